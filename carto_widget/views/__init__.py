"""What is drawn against what: a view, and the frames that show it."""
