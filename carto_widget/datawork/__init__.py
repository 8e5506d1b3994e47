"""What can be done about a dataset once its training dynamics are known."""
