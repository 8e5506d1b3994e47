"""The ledger: what people have said of a dataset's samples, and what of it holds."""

from __future__ import annotations

import pandas as pd

from carto_widget.curation.applying import Applying
from carto_widget.curation.exchanging import Exchanging
from carto_widget.curation.held.frames import decisions, edits_frame
from carto_widget.curation.held.held import Held
from carto_widget.curation.reporting import Reporting
from carto_widget.curation.writing import Writing


class Ledger(Applying, Exchanging, Writing, Reporting):
    """What was said of a dataset's samples, one JSON object a line, on disk when it is told.

    Several notebooks may write one file: each line is added by a single write at its end, and what
    others have added is read from there. The order of the lines does not matter, so two versions of
    the file may be merged by taking the lines of both.

    Edits belong to a dataset and a split. A ledger that holds those of one is bound to it by
    itself and knows the samples that it names; ``of`` binds it to samples that are at hand.

    Args:
        path: Of the file; it is made with the first entry.
    """

    @property
    def edits(self) -> pd.DataFrame:
        """One row an edit, oldest first: of these samples; of a ledger that is not bound, all.

        Columns ``id, when, who, kind, split, guid, from, to, reason, note, tag, run, epoch`` and
        ``holds``: neither taken back nor followed by another that takes its place.
        """
        frames = [edits_frame(one.held()) for one in self.apart()]
        if len(frames) == 1:
            return frames[0]
        every = pd.concat([edits_frame(Held(self._lines.edits[:0])), *frames])
        return every.sort_values(["when", "id"], ignore_index=True)

    def decisions(self, reviewer: str | None = None) -> pd.DataFrame:
        """What each sample's label shall be, one row a decided sample, indexed by guid.

        Columns: ``kind`` (keep, relabel, drop or unsure), ``to`` (of a relabel), ``from`` (its
        class at that time), ``who``, ``note``, ``tags`` (a tuple), ``content`` (a hash of what was
        looked at) and ``conflict``: reviewers differ, and the row is the latest one's.

        Args:
            reviewer: Whose; without it all reviewers'.

        Raises:
            ValueError: The ledger holds edits of several datasets or splits and is bound to none.
        """
        return decisions(self.held(reviewer))
