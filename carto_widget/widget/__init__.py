"""The map in a notebook: its traits, its thread, its wire."""
