"""A ledger whose edits are applied to datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from carto_widget.curation.applied.apply import apply, previewed
from carto_widget.curation.applied.edits import Edits
from carto_widget.curation.applied.way import Way
from carto_widget.curation.bound import Bound
from carto_widget.curation.held.alone import origins
from carto_widget.curation.held.held import Held


class Applying(Bound):
    """A ledger that makes new datasets."""

    def apply(
        self,
        dataset: Any,
        *,
        guid: Any = None,
        gold: Any = None,
        reviewer: str | None = None,
        conflicts: str = "refuse",
        label_names: Sequence[str] | None = None,
        unsure: str = "keep",
        **options: Any,
    ) -> Any:
        """A new dataset in which the decisions are done; the one that is given stays as it is.

        All or nothing: where a decision does not fit its sample, nothing is applied, and one error
        counts and names what does not fit. Decisions that are applied already fit.

        Args:
            dataset: A DataFrame, a map-style torch dataset, a Hugging Face Dataset or DatasetDict,
                or the path of a CSV, TSV, Parquet or JSON lines file.
            guid: Its column with the samples' names; without it the index, or the row numbers. Of a
                torch dataset the names themselves, or a function of the row.
            gold: Its column with the labels; without it the one named "label", "labels", "gold" or
                "target". Of a torch dataset the place in an item; without it the last.
            reviewer: Only this one's decisions.
            conflicts: Where reviewers differ: "refuse", "majority" or "latest".
            label_names: Names of the old classes, where the labels are numbers and neither the
                dataset nor the samples that the ledger is bound to know them.
            unsure: "keep" or "drop" samples of which a reviewer is unsure.
            **options: Of a file ``to=``, the path of the new one, and ``overwrite=True`` where that
                may replace another.

        Returns:
            The same kind of thing. What was done is its ``carto`` (of a DataFrame
            ``.attrs["carto"]``): counts, ``moves`` between classes, ``label_names``.

        Raises:
            ValueError: Decisions that do not fit, or an argument that does not.
            TypeError: A dataset of another kind.
            FileNotFoundError: There is no such ledger, or no such file of a dataset.
        """
        way = Way(guid, gold, reviewer, conflicts, label_names, unsure)
        return apply(dataset, self._edits(way), **options)

    def preview(
        self,
        dataset: Any,
        *,
        guid: Any = None,
        gold: Any = None,
        reviewer: str | None = None,
        conflicts: str = "refuse",
        label_names: Sequence[str] | None = None,
        unsure: str = "keep",
    ) -> pd.DataFrame:
        """What `apply` would do with each sample, without doing it.

        Returns:
            One row a decided sample, indexed by guid: the decision, the ``label`` in the dataset
            and ``state``: what would be done, or why nothing could be.
        """
        way = Way(guid, gold, reviewer, conflicts, label_names, unsure)
        return previewed(dataset, self._edits(way))

    def _edits(self, way: Way) -> Edits:
        new = [str(name) for name in self._classes()["name"]]
        known = None if self._given is None else self._given().label_names
        return Edits(str(self.path), self._held_of, self._splits, new, known, way)

    def _splits(self) -> list[str]:
        """Those that edits are about."""
        return sorted({split for _, _, split in origins(self._lines.edits)})

    def _held_of(self, split: str | None) -> Held:
        """The edits to be applied: of the samples that the ledger is bound to, or of a split."""
        if split is None:
            return self._held_here()
        if self._given is not None and self._given().dataset.split == split:
            return self.held()
        edits = self._lines.edits
        edits = edits.filter(pc.equal(edits["split"], split))
        found = origins(edits)
        if len(found) > 1:
            self._origin(found)
        return Held(edits)

    def _held_here(self) -> Held:
        """Those of the samples that the ledger is bound to.

        Raises:
            ValueError: There are only others.
        """
        held, others = self.held(), origins(self._lines.edits)
        if self._given is None and not others and not self.path.exists():
            raise FileNotFoundError(f"apply: {self.path}: there is no such ledger")
        if others and not len(held.edits):
            of = ", ".join(f"{split} with {rows:,} samples" for _, rows, split in others)
            raise ValueError(
                f"apply: all edits in {self.path} are of another dataset than the one that the "
                f"ledger is bound to: {of}"
            )
        return held
