"""The crash-safe run folder."""

from __future__ import annotations

import json
import os
import re
import uuid
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from carto_widget.store.files import parquet
from carto_widget.store.places.claims import claim_of, claimed, claimed_session, named
from carto_widget.store.places.place import File, Place, place_of
from carto_widget.store.rows import Rows
from carto_widget.store.run import readme
from carto_widget.store.run.description import SCHEMA, read_description
from carto_widget.store.run.features import FolderFeatures
from carto_widget.store.run.ids import Ids, growth
from carto_widget.store.run.ids_hash import chained_hash
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.reading import Reading

_IDS = re.compile(r"part=\d+\.parquet")


class RunFolder(Reading):
    """A run on disk: every epoch that `write` acknowledged with `-last` survives any stop.

    Attributes:
        path: the folder or URL, as it was named (with the suffix that was free).
        place: where that is.
        session: number of this writer; -1 where the run was opened to read.
        notice: what the user should know of the name, or None.
    """

    def __init__(self, path: str | os.PathLike[str] | Place, *, session: int = -1) -> None:
        super().__init__()
        self.place = place_of(path)
        self.path = self.place.path
        self.session = session
        self._give_back: Callable[[], object] = lambda: None
        self.notice: str | None = None
        self._is_alone = False
        self._explains = False  # its README is there
        self.features = FolderFeatures(self.place)
        self._ids: dict[str, tuple[int, Ids, list[str]]] = {}
        self.description: dict[str, Any] = {}

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        if_exists: Literal["new", "resume"] = "new",
        description: Mapping[str, Any] | None = None,
    ) -> RunFolder:
        """A run to write into.

        Args:
            path: the folder, whose parents are made, or a URL that fsspec knows.
            if_exists: "new" takes the next free suffix (`name-2`, ...) where the name is used;
                "resume" opens the next session of that very run (a new run where there is none).
            description: fields of `run.json` beside those that the folder keeps itself. On
                "resume" they are not written: compare them with `.description` first, then
                `describe`.

        Raises:
            ValueError: another `if_exists`, or "resume" of what is not a run or of a newer
                schema.
        """
        if if_exists not in ("new", "resume"):
            raise ValueError(f"if_exists={if_exists!r}: expected 'new' or 'resume'")
        wanted = place_of(path)
        if if_exists == "resume" and not wanted.is_free():
            return cls._resumed(wanted)
        chosen = claimed(wanted)
        run = cls(chosen)
        run._become_writer(0)
        if chosen is not wanted:
            run.notice = f"{wanted} is used: this run is {chosen}"
        run.describe(
            **{
                "schema": SCHEMA,
                "run": uuid.uuid4().hex,
                "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "session": 0,
                "code": _code_version(),
                **(description or {}),
            }
        )
        return run

    @classmethod
    def open(cls, path: str | os.PathLike[str] | Place) -> RunFolder:
        """A run to read, also while another process writes it.

        Raises:
            FileNotFoundError: no such folder.
            ValueError: not a run, or written by a newer version.
        """
        run = cls(path)
        run.description = read_description(run.place)
        return run

    @classmethod
    def join(cls, path: str | os.PathLike[str], *, launch: str, rank: int = 1) -> RunFolder:
        """The newest run of this name that carries the same `launch`, for ranks other than 0.

        Raises:
            FileNotFoundError: rank 0 has not created it yet.
        """
        wanted = place_of(path)
        for place in reversed(named(wanted)):
            if place.exists("run.json"):
                run = cls.open(place)
                if run.description.get("launch") == launch:
                    run._become_writer(int(run.description["session"]), rank)
                    return run
        raise FileNotFoundError(f"{wanted}: no run of this name carries the launch {launch!r}")

    @classmethod
    def _resumed(cls, place: Place) -> RunFolder:
        run = cls.open(place)
        run._become_writer(0)
        newest = max([int(run.description["session"]), *(part.session for part in run.parts())])
        run.session = claimed_session(place, newest + 1)
        newer = [other for other in named(place) if other is not place]
        if newer:
            run.notice = f"continuing {place}; there is also {newer[-1]}"
        run.describe(session=run.session)
        return run

    def __repr__(self) -> str:
        how = "read only" if self.session < 0 else f"session {self.session}"
        return f"RunFolder({self.path!r}, {how})"

    def close(self) -> None:
        """Nothing more will be written here by this writer: the run is free for others."""
        self.session = -1
        self._give_back()

    def _become_writer(self, session: int, rank: int = 0) -> None:
        """Hold the run's lock until `close`, or until nobody holds this object."""
        self._is_alone = self.place.lock(rank)
        self.session = session
        self._give_back = weakref.finalize(self, self.place.unlock, rank)

    def describe(self, **fields: Any) -> None:
        """Set fields of `run.json` and write it anew, whole or not at all."""
        self._require_writer()
        described = {**self.description, **fields}
        text = json.dumps(described, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        self.place.replace("run.json", text.encode())
        self.description = described

    def stored_ids(self, split: str) -> Ids | None:
        """The ids that were added for a split, all their parts joined."""
        files = self._ids_files(split)
        if not files:
            return None
        cached = self._ids.get(split)
        if cached is None or cached[0] != len(files):
            self._ids[split] = cached = (len(files), *self._read_ids(files))
        return cached[1]

    def add_ids(self, split: str, ids: Ids) -> None:
        """Put the samples of a split on record, before its first part.

        Again with the same samples does nothing; with more behind them adds what is new.

        Raises:
            ValueError: other samples than those on record, or doubled guids.
        """
        self._require_writer()
        new = growth(self.stored_ids(split), ids)
        if new is None:
            return
        hashes = self._ids[split][2] if split in self._ids else []
        digest = chained_hash(hashes[-1] if hashes else "", new)
        columns = {"guid": new.guid} if new.sample is None else {
            "sample": new.sample, "guid": new.guid
        }  # fmt: skip
        name = ids_name(split, len(hashes))
        footer = self.noted(name) | {"hash": digest}
        self.place.replace(name, parquet.encoded(columns, footer))
        self._ids[split] = (len(hashes) + 1, ids, [*hashes, digest])

    def parts(self, series: Series | None = None) -> list[Part]:
        """All parts (of one series), by their names alone."""
        found: list[Part] = []
        for folder in [series.folder] if series else ["dynamics", "signals"]:
            parsed = map(Part.parse, self.place.names(folder))
            found += [part for part in parsed if part is not None]
        return sorted(found)

    def write(
        self,
        part: Part,
        rows: Rows,
        *,
        guid: NDArray[Any] | None = None,
        footer: Mapping[str, str] | None = None,
    ) -> None:
        """Put a part on record; returns when it is on disk.

        Args:
            part: its place; never written before.
            rows: once each (`Rows.once`).
            guid: (R,) where the split has no samples: the part carries these instead of
                `sample`, in the order given.
            footer: what to note with it, e.g. `continues` (see `continues_text`).

        Raises:
            ValueError: the part exists, or the split's ids were not added first.
        """
        self._require_writer()
        noted = self.noted(part.path) | {"rows": str(len(rows)), **(footer or {})}
        if guid is None:
            if self.stored_ids(part.split) is None:
                raise ValueError(f"split {part.split!r} has no ids yet: add_ids comes first")
            noted["ids"] = self._ids[part.split][2][-1]
        columns = part_table(part, rows, guid)
        if not part.signal and part.rank == 0 and not self._explains:
            self._explain(part, columns)
        self.place.write(part.path, parquet.encoded(columns, noted))

    def _explain(self, part: Part, columns: Mapping[str, NDArray[Any]]) -> None:
        """Put a README beside the first part."""
        if not self.place.exists(readme.FILE):
            self.place.replace(readme.FILE, readme.text(part.series, columns).encode())
        self._explains = True

    def noted(self, name: str) -> dict[str, str]:
        """What the footer of every file of this run says."""
        return {"schema": str(SCHEMA), "run": str(self.description["run"]), "file": name}

    def footer(self, part: Part) -> dict[str, str]:
        """What the writer noted with a part."""
        return parquet.read_footer(self.place / part.path)

    def column_names(self, part: Part) -> list[str]:
        """Columns of a part that has rows."""
        return parquet.column_names(self.place / part.path)

    def part_columns(
        self, part: Part, names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Columns of one part; damage, or a part of another run, is a ValueError."""
        table = self._table(part, None if names is None else ["sample", "guid", *names])
        self._require_ours(part, table.footer, has_samples="sample" in table.columns)
        table.columns.pop("epoch", None)
        return table.columns

    def _require_ours(self, part: Part, footer: Mapping[str, str], *, has_samples: bool) -> None:
        if footer.get("run") != self.description["run"]:
            path = self.place / part.path
            raise ValueError(f"{path} belongs to another run: it was copied here by hand")
        if has_samples and self.stored_ids(part.split) is not None:
            known = self._ids[part.split][2]
            if footer.get("ids") not in known:
                raise ValueError(
                    f"{self.place / part.path} was written for other ids than those in "
                    f"{_ids_folder(part.split)}"
                )

    def _table(self, part: Part, names: Sequence[str] | None) -> parquet.Table:
        return parquet.read_table(self.place / part.path, names)

    def ids_names(self, split: str) -> list[str]:
        """The files that hold a split's ids, in order."""
        names = sorted(self.place.names(_ids_folder(split)))
        return [name for name in names if _IDS.fullmatch(name.rpartition("/")[2])]

    def _ids_files(self, split: str) -> list[File]:
        return [self.place / name for name in self.ids_names(split)]

    def _read_ids(self, files: list[File]) -> tuple[Ids, list[str]]:
        tables = [parquet.read_table(file) for file in files]
        guid = np.concatenate([table.columns["guid"] for table in tables])
        has_sample = "sample" in tables[0].columns
        sample = np.concatenate([t.columns["sample"] for t in tables]) if has_sample else None
        return Ids(guid, sample), [table.footer["hash"] for table in tables]

    def _require_writer(self) -> None:
        if self.session < 0:
            raise ValueError(f"{self.path} was opened to read; write through RunFolder.create")
        if self.description and not self.place.exists("run.json"):
            raise FileNotFoundError(
                f"{self.path}: its run.json is gone; the run was moved or removed while it was "
                "written"
            )
        if not self._is_alone and self.place.exists(claim_of(self.session + 1)):
            raise ValueError(
                f"{self.path}: another program goes on with this run as session "
                f"{self.session + 1}. What this one wrote before is kept; end one of them, and "
                "record a new run"
            )


def part_table(part: Part, rows: Rows, guid: NDArray[Any] | None) -> dict[str, NDArray[Any]]:
    """The columns of a part in the order of the layout."""
    key: dict[str, NDArray[Any]] = {"sample": rows.sample} if guid is None else {"guid": guid}
    if guid is not None and len(guid) != len(rows):
        raise ValueError(f"{len(rows):,} rows came with {len(guid):,} guids")
    if not (np.diff(rows.sample) > 0).all():
        raise ValueError("rows of a part come once each and sorted by sample: Rows.once first")
    epoch = np.full(len(rows), part.epoch, np.int32)
    plain = rows.flat().columns
    wide = {name: values for name, values in rows.columns.items() if name not in plain}
    return {**key, "epoch": epoch, **plain, "n_seen": rows.n_seen, **wide}


def _ids_folder(split: str) -> str:
    return f"ids/split={quote(split, safe='')}"


def ids_name(split: str, number: int) -> str:
    """Path below the run of a part of a split's ids."""
    return f"{_ids_folder(split)}/part={number:05d}.parquet"


def _code_version() -> str:
    try:
        return version("carto-widget")
    except PackageNotFoundError:
        return "unknown"
