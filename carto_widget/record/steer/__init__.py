"""Pause, stop, sliders, and how a recording stands."""
