"""A run: what the recorder writes and everyone else reads, on disk or in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.places.place import Place
from carto_widget.store.rows import Rows
from carto_widget.store.run.features import Features, MemoryFeatures
from carto_widget.store.run.folder import RunFolder, part_table
from carto_widget.store.run.ids import Ids, growth
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.reading import Chains, Reading

__all__ = ["MemoryRun", "Run", "RunFolder", "of_task"]


class Run(Protocol):
    """What `RunFolder` and `MemoryRun` have in common; see there."""

    session: int
    description: dict[str, Any]
    notice: str | None

    @property
    def features(self) -> Features: ...
    @property
    def path(self) -> str | None: ...
    @property
    def place(self) -> Place | None: ...
    def describe(self, **fields: Any) -> None: ...
    def close(self) -> None: ...
    def ids(self, split: str) -> Ids | None: ...
    def add_ids(self, split: str, ids: Ids) -> None: ...
    def write(
        self,
        part: Part,
        rows: Rows,
        *,
        guid: NDArray[Any] | None = None,
        footer: Mapping[str, str] | None = None,
    ) -> None: ...
    def parts(self, series: Series | None = None) -> list[Part]: ...
    def footer(self, part: Part) -> dict[str, str]: ...
    def series(self) -> list[Series]: ...
    def epochs(self, series: Series) -> list[int]: ...
    def chains(self, series: Series) -> Chains: ...
    def running_epoch(self, series: Series) -> int | None: ...
    def own_signals(self, series: Series) -> dict[str, Chains]: ...
    def chain(self, series: Series, epoch: int) -> tuple[Part, ...]: ...
    def read(self, series: Series, epoch: int) -> Rows: ...
    def column_names(self, part: Part) -> list[str]: ...
    def positions(self, part: Part) -> NDArray[np.int64]: ...
    def columns(
        self, split: str, parts: Sequence[Part], names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]: ...


def of_task(described: Any, task: str) -> Any:
    """What a run's description says of a task; a mapping says it of each task."""
    return described.get(task) if isinstance(described, Mapping) else described


class MemoryRun(Reading):
    """A run without a path: the same questions, gone with the process."""

    path: str | None = None
    place: Place | None = None

    def __init__(self, description: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.session = 0
        self.notice: str | None = None
        self.description: dict[str, Any] = dict(description or {})
        self.features = MemoryFeatures()
        self._ids: dict[str, Ids] = {}
        self._parts: dict[Part, tuple[dict[str, NDArray[Any]], dict[str, str]]] = {}

    def __repr__(self) -> str:
        return f"MemoryRun({len(self._parts)} parts, nothing is saved)"

    def close(self) -> None:
        """Nothing to give back."""

    def describe(self, **fields: Any) -> None:
        """Set fields of the description."""
        self.description = {**self.description, **fields}

    def stored_ids(self, split: str) -> Ids | None:
        """The ids that were added for a split."""
        return self._ids.get(split)

    def add_ids(self, split: str, ids: Ids) -> None:
        """As `RunFolder.add_ids`."""
        if growth(self._ids.get(split), ids) is not None:
            self._ids[split] = ids

    def parts(self, series: Series | None = None) -> list[Part]:
        """All parts (of one series)."""
        parts = list(self._parts)
        return sorted(part for part in parts if series is None or part.series == series)

    def write(
        self,
        part: Part,
        rows: Rows,
        *,
        guid: NDArray[Any] | None = None,
        footer: Mapping[str, str] | None = None,
    ) -> None:
        """As `RunFolder.write`, to memory; keeps the arrays, not copies of them."""
        if part in self._parts:
            raise ValueError(f"{part.path} exists: parts never change")
        if guid is None and part.split not in self._ids:
            raise ValueError(f"split {part.split!r} has no ids yet: add_ids comes first")
        columns = part_table(part, rows, guid)
        columns.pop("epoch")
        self._parts[part] = (columns, dict(footer or {}))

    def footer(self, part: Part) -> dict[str, str]:
        """What the writer noted with a part."""
        return self._parts[part][1]

    def column_names(self, part: Part) -> list[str]:
        """Columns of a part that has rows."""
        columns = self._parts[part][0]
        return list(columns) if len(columns["n_seen"]) else []

    def part_columns(
        self, part: Part, names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Columns of one part."""
        columns = self._parts[part][0]
        wanted = columns if names is None else ("sample", "guid", *names)
        return {name: np.asarray(columns[name]) for name in wanted if name in columns}
