"""Edits applied to datasets: one file a kind of dataset, found by listing this folder.

A file that has `NAME`, `recognises(dataset)`, `sources(dataset, edits)` (what the dataset holds, a
`Source` for each split) and `made(dataset, plans)` (a new one) is a kind. What shall change,
and whether all of it fits, is worked out between the two, for all kinds alike.
"""
