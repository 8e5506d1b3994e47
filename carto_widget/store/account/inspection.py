"""A run on disk read whole, to find what is missing or damaged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.account.facts import Account, WhatWasRead, account_of
from carto_widget.store.files import parquet
from carto_widget.store.files.damage import damage_of
from carto_widget.store.places.place import File, Place
from carto_widget.store.rows import distinct
from carto_widget.store.run import samples
from carto_widget.store.run.features import require_sound
from carto_widget.store.run.folder import RunFolder, ids_name
from carto_widget.store.run.ids import Ids, first_three, require_unique
from carto_widget.store.run.ids_hash import chained_hash
from carto_widget.store.run.parts import Part, Series

Over = Callable[[list[Part]], Iterable[Part]]


def inspected(path: str | os.PathLike[str], over: Over = iter) -> Account:
    """The account of a run of which every page has been read.

    Args:
        path: the run folder; nothing in it is changed.
        over: goes over the parts, for example with a progress bar.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not a run, or written by a newer version.
    """
    run = _Whole(path)
    run.description = RunFolder.open(path).description
    splits, parts = run.splits_on_disk(), run.parts()
    wrong = [text for split in splits for text in run.wrong_ids(split)]
    for part in over(parts):
        wrong += run.wrong_pages(part)
    for part in run.parts():
        wrong += run.wrong_rows(part)
        wrong += run.wrong_features(part)
    wrong += run.wrong_fingerprints()
    wrong += run.wrong_samples()
    try:
        account = account_of(run)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        account = account_of(run, {})
        wrong.append(f"{path}: the account in run.json cannot be read ({error!r}).")
    read = WhatWasRead(len(parts), run.n_rows, sum(len(run._ids_files(one)) for one in splits))
    notes = tuple(_notes(run.place))
    return replace(account, notes=notes, read=read, wrong=tuple(dict.fromkeys(wrong)))


class _Whole(RunFolder):
    """A run that is read whole; what turns out to be unreadable is left out from then on."""

    def __init__(self, path: str | os.PathLike[str] | Place, *, session: int = -1) -> None:
        super().__init__(path, session=session)
        self.n_rows = 0
        self._left_out: set[Part] = set()
        self._without_ids: set[str] = set()
        self._columns: dict[Series, set[str]] = {}
        self._labels: dict[tuple[str, str], tuple[NDArray[Any], NDArray[np.bool_]]] = {}

    def parts(self, series: Series | None = None) -> list[Part]:
        return [
            part
            for part in super().parts(series)
            if part not in self._left_out and part.split not in self._without_ids
        ]

    def stored_ids(self, split: str) -> Ids | None:
        return None if split in self._without_ids else super().stored_ids(split)

    def splits_on_disk(self) -> list[str]:
        """Splits that have ids, or parts that want ids."""
        return sorted({*(part.split for part in super().parts()), *_splits(self.place)})

    def wrong_ids(self, split: str) -> Iterator[str]:
        """What is wrong with the ids of a split; then its parts cannot be read."""
        files = self._ids_files(split)
        try:
            digest = ""
            for number, file in enumerate(files):
                if file.name != f"part={number:05d}.parquet":
                    raise ValueError(f"{self.place / ids_name(split, number)} is not there")
                digest = self._hash_of(file, digest)
            ids = self.stored_ids(split)
            if ids is not None:
                require_unique(ids.guid)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._without_ids.add(split)
            yield f"Split {split!r} cannot be read: {_ended(error)}"

    def _hash_of(self, file: File, before: str) -> str:
        damage = damage_of(file)
        if damage:
            raise ValueError(damage)
        table = parquet.read_table(file)
        if table.footer.get("run") != self.description.get("run"):
            raise ValueError(f"{file} belongs to another run")
        digest = chained_hash(before, Ids(table.columns["guid"], table.columns.get("sample")))
        if digest != table.footer.get("hash"):
            raise ValueError(f"{file} does not have the hash that its footer names")
        return digest

    def wrong_pages(self, part: Part) -> Iterator[str]:
        """What of a part cannot be read; then it is left out."""
        damage = damage_of(self.place / part.path)
        if damage:
            self._left_out.add(part)
            yield f"{damage}."

    def wrong_rows(self, part: Part) -> Iterator[str]:
        """What is wrong with the rows of a part that can be read."""
        if part.split in self._without_ids:
            return
        try:
            self._read_whole(part)
        except (ValueError, KeyError, TypeError) as error:
            self._left_out.add(part)
            yield _ended(error)

    def _read_whole(self, part: Part) -> None:
        path = self.place / part.path
        if "sample" in self.column_names(part) and self.stored_ids(part.split) is None:
            self._without_ids.add(part.split)
            raise ValueError(f"Split {part.split!r} cannot be read: its ids are gone")
        columns = self.part_columns(part)
        table = parquet.read_table(path, ["epoch"])
        n_rows = len(columns["n_seen"])
        if table.footer.get("rows") != str(n_rows):
            raise ValueError(f"{path} has {n_rows:,} rows, its footer says {table.footer['rows']}")
        if (table.columns["epoch"] != part.epoch).any():
            raise ValueError(f"{path} holds rows of another epoch: it was renamed")
        key = columns.get("sample", columns.get("guid"))
        ids = self.ids(part.split)
        if key is None or ids is None or len(distinct(key)) != n_rows:
            raise ValueError(f"{path} does not have each sample once")
        position = ids.position(key) if "sample" in columns else ids.position_of_guid(key)
        self.n_rows += n_rows
        if n_rows:
            self._same_columns(part, set(columns) - {"logits", "feature_norm"})
        if n_rows and "gold" in columns:
            self._same_labels(part, ids, position, columns["gold"])

    def wrong_features(self, part: Part) -> Iterator[str]:
        """What is wrong with the features of a part that can be read."""
        if part.signal or part in self._left_out or part.split in self._without_ids:
            return
        try:
            require_sound(self, part)
        except ValueError as error:
            yield _ended(error)

    def _same_columns(self, part: Part, names: set[str]) -> None:
        """Raise unless the part has the columns of its series' parts before it."""
        known = self._columns.setdefault(part.series, names)
        if names != known:
            raise ValueError(
                f"{self.place / part.path} has the columns {', '.join(sorted(names))}, parts "
                f"before it {', '.join(sorted(known))}"
            )

    def _same_labels(
        self, part: Part, ids: Ids, position: NDArray[np.int64], gold: NDArray[Any]
    ) -> None:
        """Raise unless each sample has the label that it has in the parts before."""
        empty = np.zeros((len(ids), *gold.shape[1:]), gold.dtype), np.zeros(len(ids), bool)
        labels, is_known = self._labels.setdefault((part.split, part.task), empty)
        equal = (labels[position] == gold).reshape(len(gold), -1).all(1)
        other = position[is_known[position] & ~equal]
        if len(other):
            raise ValueError(
                f"{self.place / part.path} gives {_counted(len(other), 'sample')} another gold "
                f"label than parts before it: {first_three(ids.guid[other])}"
            )
        labels[position], is_known[position] = gold, True

    def wrong_samples(self) -> Iterator[str]:
        """What of the user's samples and of their hashes cannot be read."""
        for name in [name for folder in samples.FOLDERS for name in self.place.names(folder)]:
            damage = None if _is_hidden(name) else damage_of(self.place / name)
            if damage:
                yield f"{damage}."

    def wrong_fingerprints(self) -> Iterator[str]:
        """Where the ids are not those that ``run.json`` names."""
        for split, known in self.description.get("fingerprint", {}).items():
            ids = self.stored_ids(split)
            if ids is None:  # a stream, or said already
                continue
            n = known.get("rows", 0) if isinstance(known, dict) else 0
            first = Ids(ids.guid[:n], None if ids.sample is None else ids.sample[:n])
            if not n or len(first) != n or chained_hash("", first) != known.get("guid"):
                yield f"The ids of split {split!r} are not those that run.json was written for."


def _notes(place: Place) -> Iterator[str]:
    """What is neither right nor wrong."""
    names = place.names()
    for process in place.writers():
        yield f"Process {process} is writing it now."
    n_unfinished = sum(_is_hidden(name) and name.endswith(".tmp") for name in names)
    if n_unfinished and not place.writers():
        files = _counted(n_unfinished, "unfinished file")
        yield f"{files} (.tmp) of a killed writer may be deleted."
    parts = [name for name in names if name.startswith("dynamics/") and name.endswith(".parquet")]
    strangers = sorted(name for name in parts if Part.parse(name) is None and not _is_hidden(name))
    if strangers:
        shown = ", ".join(name.rpartition("/")[2] for name in strangers[:3])
        yield f"Not part of the run by its name: {shown}."


def _is_hidden(name: str) -> bool:
    return name.rpartition("/")[2].startswith(".")


def _splits(place: Place) -> set[str]:
    folders = {name.split("/")[1] for name in place.names("ids")}
    return {unquote(one.removeprefix("split=")) for one in folders if one.startswith("split=")}


def _ended(error: Exception) -> str:
    """An error as one sentence."""
    return str(error).strip().rstrip(".") + "."


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"
