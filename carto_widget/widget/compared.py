"""A comparison of two runs as a map: two places a sample, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from carto_widget.pictures.picture import UNTITLED, Picture
from carto_widget.store.snapshot import Status
from carto_widget.views.compared import MOMENTS, QUIET, at, paired, usual_view, without_seldom
from carto_widget.views.complete import frame_of_table
from carto_widget.views.few import Few
from carto_widget.views.frame import Column, Domain, Frame, axes_of
from carto_widget.views.view import View
from carto_widget.widget.past import NoPast
from carto_widget.widget.source import TableSource


def table_source(table: pd.DataFrame, samples: pd.DataFrame | None) -> TableSource:
    """The source that a DataFrame is: of two moments, of spreads, or of any columns."""
    usual = usual_view(table)
    if usual is None:
        return TableSource(table, samples)
    kind = ComparedSource if paired(table) else SpreadSource
    return kind(table, samples, usual)


class SpreadSource(TableSource):
    """A table that has a view of its own, and says what it cannot show."""

    def __init__(self, table: pd.DataFrame, samples: pd.DataFrame | None, usual: View) -> None:
        super().__init__(without_seldom(table), samples)
        self.view = usual
        notes = tuple(str(note) for note in table.attrs.get("notes", ()))
        n_runs = table["n_runs"].to_numpy() if "n_runs" in table else np.zeros(1, int)
        text = f"mean places of {n_runs.max(initial=0):,} runs"
        text = "before and after" if paired(table) else text
        self.seen = replace(self.seen, notes=notes, status=Status("ended", text))

    def frame(self, view: View) -> Frame:
        return quiet(super().frame(view))

    def picture(self, view: View) -> Picture:
        guid = self.own.columns.index.to_numpy()
        return Picture(self.frame(view), guid, UNTITLED, own=self.own.columns)


class ComparedSource(SpreadSource):
    """Two runs of the same samples; the map shows the second, its past is the first."""

    def __init__(self, table: pd.DataFrame, samples: pd.DataFrame | None, usual: View) -> None:
        super().__init__(table, samples, usual)
        self.past = TwoMoments(self)

    def frame(self, view: View) -> Frame:
        return self.moment(view, 1)

    def moment(self, view: View, epoch: int) -> Frame:
        """The picture of one of the two, on axes that hold both."""
        axes: dict[str, Domain] = {}
        few = Few()
        tables = [at(self.own.columns, name) for name in MOMENTS]
        for one in tables:
            axes |= axes_of(frame_of_table(one, view, axes, few))
        return replace(quiet(frame_of_table(tables[epoch], view, axes, few)), epoch=epoch)

    def names(self) -> list[str]:
        return [*paired(self.own.columns), *super().names()]


class TwoMoments(NoPast):
    """What was before and what is after, as epochs 0 and 1."""

    names = MOMENTS

    def __init__(self, source: ComparedSource) -> None:
        super().__init__()
        self._source = source

    def on_record(self) -> list[int]:
        return [0, 1]

    known = on_record

    def frames(self, view: View, epochs: Sequence[int]) -> Iterator[Frame | None]:
        return (self.frame(view, epoch) for epoch in sorted(epochs))

    def frame(self, view: View, epoch: int) -> Frame | None:
        return self._source.moment(view, epoch)


def quiet(frame: Frame) -> Frame:
    """The frame with categories that call for no attention in grey."""
    columns = {role: _quiet(column) for role, column in frame.columns.items()}
    return replace(frame, columns=columns)


def _quiet(column: Column) -> Column:
    names = QUIET.get(column.name, ())
    codes = tuple(code for code, name in enumerate(column.categories) if name in names)
    return replace(column, quiet=codes) if codes else column
