"""Layouts that training dynamics and metrics come in: one file each, recognised by content.

A file of this room that has `TITLE`, `recognises(path)` and `read(path, ...)` is a layout of
training dynamics; one that has `TABLE_TITLE`, `recognises_table(path)` and `read_table(path)` is
one of metrics; one that has `FORMATS` and `write(dynamics, path, how)` is written by `save`.
"""
