"""Epochs in flight and sealed: rows on their way into the run, sessions, processes."""
