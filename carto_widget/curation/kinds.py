"""What an edit can be."""

from __future__ import annotations

DECISIONS = ("keep", "relabel", "drop", "unsure")  # what a sample's label shall be
OF_A_SAMPLE = (*DECISIONS, "note", "tag", "untag")
EDITS = (*OF_A_SAMPLE, "class", "undo")
