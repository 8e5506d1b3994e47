"""One file a kind of dataset, found by listing this folder.

A file that has `NAME`, `recognises(dataset)`, `sources(dataset, edits)` (what the dataset holds, a
`Source` for each split) and `made(dataset, plans)` (a new one) is a kind.
"""
