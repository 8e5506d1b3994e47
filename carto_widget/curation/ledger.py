"""The ledger: a file of the dataset to which lines are added, and none is changed."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock

from carto_widget.curation.entry import Entry, parsed
from carto_widget.store.places.durable import append_line, make_folder


class Ledger:
    """What was said of a dataset's samples, one JSON object a line, on disk when it is told.

    Several notebooks may write one file: each line is added by a single write at its end, and the
    file is read again where another has changed it. The order of the lines does not matter, so two
    versions of the file may be merged by taking the lines of both.

    Args:
        path: Of the file; it is made with the first entry.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock = RLock()
        self._stamp: tuple[int, int, int] | None = None
        self._read: dict[str, Entry] = {}
        self._kept: dict[str, Entry] = {}  # that could not be written
        self._entries: list[Entry] = []
        self._unread = 0
        self._fault = ""

    @property
    def entries(self) -> list[Entry]:
        """All entries, oldest first; the same list until there is another entry."""
        with self._lock:
            stamp = _stamp(self.path)
            if stamp != self._stamp:
                self._read_all(stamp)
            return self._entries

    @property
    def notes(self) -> list[str]:
        """What is wrong with the file."""
        unread = f"{self.path}: {self._unread:,} line{'' if self._unread == 1 else 's'} set aside"
        notes = [f"{unread} that cannot be read"] if self._unread else []
        return [*notes, self._fault] if self._fault else notes

    def append(self, *entries: Entry) -> bool:
        """Put entries on record together; True when they are on disk.

        Where the file cannot be written they are kept in memory, `notes` says why, and the next
        entry tries again for all.
        """
        with self._lock:
            later = _in_order(entries, self.entries[-1:])
            new = [*self._kept.values(), *later]
            lines = b"\n".join(one.line for one in new)
            try:
                make_folder(self.path.parent)
                append_line(self.path, lines)
            except OSError as error:
                self._kept |= {one.id: one for one in later}
                self._fault = (
                    f"{self.path} cannot be written ({error.strerror or error}): what is named is "
                    "kept in memory only; give ledger= a path that can be written"
                )
                self._arrange()
                return False
            self._fault, self._kept = "", {}
            self._take_over(new, len(lines) + 1)
            return True

    def _take_over(self, new: list[Entry], n_bytes: int) -> None:
        """Know what was written; the file is read only where another has written, too."""
        stamp, old = _stamp(self.path), self._stamp or (None, 0, 0)
        is_ours = stamp is not None and old[0] in (None, stamp[0]) and stamp[1] == old[1] + n_bytes
        if not is_ours:
            self._read_all(stamp)
            return
        self._stamp = stamp
        self._read |= {one.id: one for one in new}
        self._arrange()

    def _read_all(self, stamp: tuple[int, int, int] | None) -> None:
        self._stamp = stamp
        try:
            lines = self.path.read_bytes().split(b"\n") if stamp else []
        except OSError as error:
            self._fault = f"{self.path} cannot be read: {error.strerror or error}"
            return
        found = [parsed(line) for line in lines if line.strip()]
        self._read = {one.id: one for one in found if one is not None}
        self._unread = found.count(None)
        self._arrange()

    def _arrange(self) -> None:
        self._entries = sorted((self._read | self._kept).values(), key=lambda one: one.place)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Another one whenever the file is another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _in_order(entries: tuple[Entry, ...], last: list[Entry]) -> list[Entry]:
    """The entries, each later than the one before it and than the last one known."""
    made: list[Entry] = []
    for one in entries:
        before = [*last, *made][-1:]
        when = max([one.when, *(_after(other.when) for other in before)])
        made.append(Entry(**{**vars(one), "when": when}))
    return made


def _after(when: str) -> str:
    try:
        later = datetime.fromisoformat(when) + timedelta(microseconds=1)
    except (ValueError, OverflowError):  # written by hand
        return ""
    return later.isoformat(timespec="microseconds")
