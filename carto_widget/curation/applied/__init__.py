"""Edits applied to datasets.

What shall change, and whether all of it fits, is worked out here for all kinds of dataset alike,
between what a file of `kinds` reads and what it makes.
"""
