"""What holds of all that was said: the latest that is not taken back."""
