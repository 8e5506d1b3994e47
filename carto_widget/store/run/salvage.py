"""A damaged run, of which what cannot be read is left out."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.files import parquet
from carto_widget.store.files.damage import Damage, damage_of
from carto_widget.store.kinds import kind_of
from carto_widget.store.places.place import File, Place
from carto_widget.store.rows import distinct
from carto_widget.store.run.description import SCHEMA, NewerRun
from carto_widget.store.run.features import FolderFeatures, require_sound
from carto_widget.store.run.folder import RunFolder
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part

FEW = 8  # damaged files that a warning names


class Salvaged(RunFolder):
    """A run whose row groups are read where all their columns can be.

    So the same rows are there whatever is asked of them. What is left out reads as not seen.
    """

    def __init__(self, path: str | os.PathLike[str], *, session: int = -1) -> None:
        super().__init__(path, session=session)
        self.features = self._sound = _SoundFeatures(self.place)
        self._found: dict[str, Damage] = {}  # by file
        self._without_ids: set[str] = set()
        self.wrong: list[str] = []

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Salvaged:
        """A run to read, whatever its `run.json` looks like.

        Raises:
            FileNotFoundError: no such folder.
            ValueError: no run, or written by a newer version.
        """
        run = cls(path)
        try:
            run.description = RunFolder.open(path).description
            wrong = ""
        except NewerRun:
            raise
        except ValueError as error:
            wrong = f"{error}; classes have no names, and kinds are what the columns show"
        runs = Counter(one for part in run.parts() if (one := run.footer(part).get("run")))
        if not runs and not run.description:
            raise ValueError(wrong)
        if runs and run.description.get("run") not in runs:
            run.wrong.append(wrong or f"{run.place / 'run.json'} names another run than the parts")
            run._describe(runs.most_common(1)[0][0])
        return run

    def _describe(self, run: str) -> None:
        """What the parts tell where `run.json` does not."""
        kinds: dict[str, str] = {}
        for part in self.parts():
            if not part.signal and (columns := self.column_names(part)):
                kinds.setdefault(part.task, kind_of(columns))
        self.description = {"schema": SCHEMA, "task": kinds, **self.description, "run": run}

    def survey(self, split: str) -> None:
        """Read all of a split, and warn once of what cannot be."""
        parts = [part for part in self.parts() if part.split == split]
        damages = [self._damage(self.place / part.path) for part in parts]
        files = self._ids_files(split)
        ids = [str(damage) for file in files if (damage := self._damage(file))]
        if not files and any("sample" in self.column_names(part) for part in parts):
            ids.append(f"the ids of split {split!r} are not there")
        self.wrong += [*(str(damage) for damage in damages if damage), *ids]
        if ids:
            self._number(split, parts)
            self.wrong[-1] += "; samples are named by their rows of the dataset instead"
        for part in parts:
            self._survey_features(part)
        if self.wrong:
            named = "; ".join(self.wrong[:FEW])
            more = f"; and {len(self.wrong) - FEW} more files" if len(self.wrong) > FEW else ""
            warnings.warn(
                f"{self.path}: what cannot be read is left out (on_damage='skip'). {named}{more}",
                stacklevel=4,
            )

    def _damage(self, file: File) -> Damage | None:
        damage = damage_of(file)
        if damage is None and parquet.read_footer(file).get("run") != self.description["run"]:
            damage = Damage(str(file), why="it belongs to another run")
        if damage is not None:
            self._found[str(file)] = damage
        return damage

    def _number(self, split: str, parts: Sequence[Part]) -> None:
        """Name the samples of a split, whose ids are damaged, by their rows of the dataset."""
        self._without_ids.add(split)
        readable = [part for part in parts if self.column_names(part)]
        tables = [self._table(part, ["sample"]) for part in readable]
        samples = [table.columns["sample"] for table in tables if "sample" in table.columns]
        if samples:
            sample = distinct(np.concatenate(samples))
            hashes = sorted({table.footer["ids"] for table in tables if "ids" in table.footer})
            self._ids[split] = len(self._ids_files(split)), Ids(sample, sample), hashes

    def _survey_features(self, part: Part) -> None:
        if part.signal:
            return
        try:
            require_sound(self, part)
        except ValueError as error:
            self._sound.left_out.add(part)
            if str(self.place / part.path) not in self._found:  # else said of its part
                self.wrong.append(str(error))

    def stored_ids(self, split: str) -> Ids | None:
        if split not in self._without_ids:
            return super().stored_ids(split)
        return self._ids[split][1] if split in self._ids else None

    def footer(self, part: Part) -> dict[str, str]:
        try:
            return super().footer(part)
        except ValueError:
            return {}

    def column_names(self, part: Part) -> list[str]:
        try:
            return [] if self._is_lost(part) else super().column_names(part)
        except ValueError:
            return []

    def part_columns(
        self, part: Part, names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        if self._is_lost(part):
            key = "guid" if self.stored_ids(part.split) is None else "sample"
            return {key: np.empty(0, np.int64), "n_seen": np.empty(0, np.uint32)}
        return super().part_columns(part, names)

    def _table(self, part: Part, names: Sequence[str] | None) -> parquet.Table:
        file = self.place / part.path
        damage = self._found.get(str(file))
        return parquet.read_table(file, names, None if damage is None else damage.kept)

    def _is_lost(self, part: Part) -> bool:
        """Is there nothing left of it?"""
        damage = self._found.get(str(self.place / part.path))
        return damage is not None and not damage.kept


class _SoundFeatures(FolderFeatures):
    """Features of a run, but for those that are damaged.

    Attributes:
        left_out: parts whose features are.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.left_out: set[Part] = set()

    def read(self, part: Part) -> NDArray[np.float16] | None:
        return None if part in self.left_out else super().read(part)
