"""What a ledger tells: counts, changes, how many labels are wrong, how far reviewers agree."""

from __future__ import annotations

from html import escape

import pandas as pd

from carto_widget.curation.bound import Bound
from carto_widget.curation.reports.agreement import agreement_frame, conflicts_frame
from carto_widget.curation.reports.audit import Audit, audited, drawn
from carto_widget.curation.reports.patch import Patch, cell, patch
from carto_widget.curation.reports.summary import Summary, summary_of
from carto_widget.curation.samples.samples import Samples
from carto_widget.store.account.sentences import counted


class Reporting(Bound):
    """A ledger that gives an account of itself."""

    def summary(self) -> Summary:
        """Counts by kind, class and reviewer, and what audited samples say; shown as tables.

        Raises:
            ValueError: As `decisions`.
        """
        held, classes = self.held(), list(self._classes()["name"])
        of = self.samples.dataset if self._given is not None or len(held.edits) else None
        whose = ("", 0) if of is None else (of.split, len(of))
        n_others = len(self._lines.edits) - len(held.edits)
        others = [f"{counted(n_others, 'edit')} in this file of other samples"] if n_others else []
        return summary_of(str(self.path), held, classes, [*self.notes, *others], whose)

    def diff(self, reviewer: str | None = None) -> Patch:
        """What changes, to be read as one reads a patch: of each sample that gets another class or
        is dropped the guid, what it reads (where samples are known), both classes, and who said so,
        how it was found and why.

        Raises:
            ValueError: As `decisions`.
        """
        return patch(self.path, self.held(reviewer), self.classes, self._at_hand)

    def audit(self, n: int = 100, *, seed: int = 0) -> pd.DataFrame:
        """Samples to be reviewed so that one learns how many labels are wrong: drawn from all with
        the same chance, in random order, indexed by guid.

        Decisions about them count in `audit_result` where their reason is "audit", which
        ``.attrs["reason"]`` says. Of one seed the samples of a smaller n are the first of a larger.

        Raises:
            ValueError: More than there are, or the ledger does not know all samples.
        """
        return drawn(self.samples, n, seed)

    def audit_result(self, reviewer: str | None = None) -> Audit:
        """The share of wrong labels among audited samples, with Wilson's interval (95 %).

        Raises:
            ValueError: As `decisions`.
        """
        return audited(self.held(reviewer))

    def agreement(self) -> pd.DataFrame:
        """How far reviewers agree: one row a pair who decided on the same samples.

        Columns ``reviewer, other, samples`` (that both decided), ``agreed`` (the share on which
        they say the same: a class, to drop it, or unsure) and ``kappa`` (Cohen 1960: 1 always, 0 as
        often as chance has it; NaN where both only ever gave one answer).

        Raises:
            ValueError: As `decisions`.
        """
        return agreement_frame(self.held())

    def conflicts(self) -> pd.DataFrame:
        """The samples on which reviewers differ, indexed by guid: ``from``, and a column a
        reviewer: the class that it shall have, "(drop)", "(unsure)", None.

        Raises:
            ValueError: As `decisions`.
        """
        return conflicts_frame(self.held())

    def code(self, reviewer: str | None = None) -> Patch:
        """The cell that makes an edited copy of the DataFrame ``samples``.

        Args:
            reviewer: By this one's decisions alone.

        Raises:
            ValueError: As `decisions`.
        """
        return cell(self.path, self.summary(), self._at_hand, reviewer)

    def __repr__(self) -> str:
        try:
            return f"Ledger {self.summary()!r}"
        except ValueError as error:  # of several datasets
            return "\n".join([f"Ledger {self.path}", str(error), *self.notes])

    def _repr_html_(self) -> str:
        try:
            return self.summary()._repr_html_()
        except ValueError:
            return f"<pre>{escape(repr(self))}</pre>"

    @property
    def _at_hand(self) -> Samples | None:
        return None if self._given is None else self._given()
