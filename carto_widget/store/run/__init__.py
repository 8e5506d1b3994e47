"""A run: its parts, sessions, samples, and what it says of itself."""
