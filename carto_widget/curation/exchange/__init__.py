"""Files of other labelling tools: one file of this folder a tool, found by listing it.

A file that has `FORMAT`, `recognises(held)`, `said(held, names)` (what people decided there) and
`written(samples, gold)` (samples with what was decided here) is a tool; ``held`` is parsed JSON,
which anybody may have made.
"""
