"""Layouts that training dynamics come in: one file each, recognised by content.

A file of this room that has `TITLE`, `recognises(path)` and `read(path, ...)` is a layout.
"""
