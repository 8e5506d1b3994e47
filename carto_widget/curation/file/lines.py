"""The ledger's file: lines are added at its end, and what others have added is read from there."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock

import pyarrow as pa
import pyarrow.compute as pc

from carto_widget.curation.file.columns import SCHEMA, Columns, columns_of, columns_of_entries
from carto_widget.curation.file.entry import OF_CLASSES, Entry
from carto_widget.store.places.durable import append_line, make_folder

_SEEN = 4096  # bytes before the end that must be the same for what follows to be an addition
_FEW = 2000  # rows that are put behind the others each time

_OF_CLASSES = pa.array(OF_CLASSES)

Stamp = tuple[int, int, int]


class Lines:
    """What a ledger's file says, in the order in which it was said.

    Args:
        path: Of the file; it is made with the first entry.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.lock = RLock()
        self._stamp: Stamp | None = None
        self._fault = ""
        self._kept: dict[str, Entry] = {}  # that could not be written
        self._last = ("", "")
        self._edits: pa.Table | None = None
        self._others: list[Entry] | None = None
        self._nothing()

    @property
    def stamp(self) -> Stamp | None:
        """Of the file as it is now: another one whenever the file is another; None: none."""
        return _stamp(self.path)

    @property
    def edits(self) -> pa.Table:
        """One row an edit, oldest first, each once; the same table until there is another."""
        with self.lock:
            self._look()
            if self._edits is None:
                self._edits = self._merged()
            return self._edits

    @property
    def others(self) -> list[Entry]:
        """Entries that are no edits, oldest first; the same list until there is another."""
        with self.lock:
            self._look()
            if self._others is None:
                found = self._other | {one.id: one for one in self._kept_columns().others}
                self._others = sorted(found.values(), key=lambda one: one.place)
            return self._others

    @property
    def notes(self) -> list[str]:
        """What is wrong with the file."""
        n = self._unread + self._half
        unread = f"{self.path}: {n:,} line{'' if n == 1 else 's'} set aside that cannot be read"
        return [*([unread] if n else []), *([self._fault] if self._fault else [])]

    @property
    def n_structural(self) -> int:
        """Edits so far that may change the classes: new ones, and what was taken back."""
        with self.lock:
            self._look()
            return self._n_structural + len(self._kept)

    def has(self, entry_id: str) -> bool:
        """Is there an edit with this id?"""
        with self.lock:
            self._look()
            tables = (self._old, *self._new, self._kept_columns().edits)
            return any(pc.index(one["id"], entry_id).as_py() >= 0 for one in tables)

    def append(self, *entries: Entry) -> bool:
        """Put entries on record together; True when they are on disk.

        Where the file cannot be written they are kept in memory, `notes` says why, and the next
        entry tries again for all.
        """
        with self.lock:
            self._look()
            later = self._in_order(entries)
            new = [*self._kept.values(), *later]
            if not new:
                return True
            lines = b"\n".join(one.line for one in new)
            try:
                make_folder(self.path.parent)
                append_line(self.path, lines)
            except OSError as error:
                self._kept |= {one.id: one for one in later}
                self._fault = (
                    f"{self.path} cannot be written ({error.strerror or error}): what is said is "
                    "kept in memory only; give ledger= a path that can be written"
                )
                self._changed()
                return False
            self._fault, self._kept = "", {}
            self._changed()
            self._look()
            return True

    # ---- reading ----

    def _look(self) -> None:
        """Read what is new in the file; all of it where it is another."""
        stamp = self.stamp
        if stamp == self._stamp:
            return
        try:
            added = self._added(stamp)
            if added is None:
                self._nothing()
                added = self._bytes(0, stamp[1]) if stamp else b""
        except OSError as error:
            self._fault = f"{self.path} cannot be read: {error.strerror or error}"
            return
        self._stamp = stamp
        self._take(added)

    def _added(self, stamp: Stamp | None) -> bytes | None:
        """What stands behind what was read; None where the file is another."""
        if not stamp or not self._stamp or stamp[0] != self._stamp[0] or stamp[1] <= self._end:
            return None
        start = self._end - len(self._seen)
        found = self._bytes(start, stamp[1])
        return found[len(self._seen) :] if found.startswith(self._seen) else None

    def _bytes(self, start: int, end: int) -> bytes:
        """Not more than the stamp tells of, whatever others add meanwhile."""
        with open(self.path, "rb") as file:
            file.seek(start)
            return file.read(end - start)

    def _nothing(self) -> None:
        self._end, self._seen = 0, b""  # how far the file is read, and what stands before that
        self._unread = self._half = 0
        self._n_structural = getattr(self, "_n_structural", 0) + 1
        self._old = Columns().edits
        self._new: list[pa.Table] = []
        self._other: dict[str, Entry] = {}
        self._changed()

    def _take(self, lines: bytes) -> None:
        """Know these lines; a last one without an end is read again when it has one."""
        end = lines.rfind(b"\n") + 1
        found, rest = columns_of(lines[:end]), columns_of(lines[end:])
        self._half = rest.unread
        if lines[end:] and not rest.unread:
            end, found = len(lines), _both(found, rest)
        self._seen = (self._seen + lines[max(0, end - _SEEN) : end])[-_SEEN:]
        self._end += end
        self._unread += found.unread
        self._new.append(found.edits)
        self._n_structural += pc.sum(pc.is_in(found.edits["kind"], _OF_CLASSES)).as_py() or 0
        self._other |= {one.id: one for one in found.others}
        self._later(found)
        self._changed()

    def _changed(self) -> None:
        self._edits = self._others = None

    def _merged(self) -> pa.Table:
        """All edits in order; few new ones are kept apart, so that the many stay as they are."""
        added = pa.concat_tables([SCHEMA.empty_table(), *self._new])
        kept = self._kept_columns().edits
        if len(added) >= _FEW or not len(self._old):
            self._old, self._new = in_order(self._old, added).combine_chunks(), []
            return in_order(self._old, kept)
        return in_order(self._old, pa.concat_tables([added, kept]))

    def _kept_columns(self) -> Columns:
        return columns_of_entries(self._kept.values())

    # ---- the order ----

    def _later(self, found: Columns) -> None:
        places = [one.place for one in found.others]
        if len(found.edits):
            places.append((pc.max(found.edits["when"]).as_py(), ""))
        self._last = max([self._last, *places])

    def _in_order(self, entries: tuple[Entry, ...]) -> list[Entry]:
        """The entries, each later than the one before it and than all that are known."""
        made: list[Entry] = []
        for one in entries:
            made.append(replace(one, when=max(one.when, _after(self._last[0]))))
            self._last = made[-1].place
        return made


def in_order(old: pa.Table, new: pa.Table) -> pa.Table:
    """The rows of both, by (when, id), each id once; ``old`` is in order."""
    if not len(new):
        return old
    if len(old):
        new = new.filter(pc.invert(pc.is_in(new["id"], _common(old["id"], new["id"]))))
    both = pa.concat_tables([old, _sorted(new)])
    return both if _is_behind(old, both) else _sorted(both)


def _common(old: pa.ChunkedArray, new: pa.ChunkedArray) -> pa.Array:
    return old.filter(pc.is_in(old, new.combine_chunks())).combine_chunks()


def _is_behind(old: pa.Table, both: pa.Table) -> bool:
    if not len(old) or len(old) == len(both):
        return True
    last, first = (both.slice(at, 1).to_pylist()[0] for at in (len(old) - 1, len(old)))
    return (last["when"], last["id"]) < (first["when"], first["id"])


def _sorted(table: pa.Table) -> pa.Table:
    when = table["when"].combine_chunks()
    if not pc.all(pc.less(when[:-1], when[1:])).as_py():
        table = table.sort_by([("when", "ascending"), ("id", "ascending")])
    if pc.count_distinct(table["id"]).as_py() == len(table):
        return table
    first = dict.fromkeys(table["id"].to_pylist(), -1)
    for row, one in reversed([*enumerate(table["id"].to_pylist())]):
        first[one] = row
    return table.take(pa.array(first.values()))


def _both(one: Columns, other: Columns) -> Columns:
    edits = pa.concat_tables([one.edits, other.edits])
    return Columns(edits, [*one.others, *other.others], one.unread + other.unread)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _after(when: str) -> str:
    try:
        later = datetime.fromisoformat(when) + timedelta(microseconds=1)
    except (ValueError, OverflowError):  # written by hand
        return ""
    return later.isoformat(timespec="microseconds")
