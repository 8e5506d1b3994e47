"""A review: samples one after the other, and what a person says of each."""
