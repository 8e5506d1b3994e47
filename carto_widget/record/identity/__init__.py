"""Whose values these are: loaders, batches in hand, samples, and the labels that prove it."""
