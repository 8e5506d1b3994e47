"""A run in a folder of this machine."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Any

from carto_widget.store.places import durable, locks
from carto_widget.store.places.place import Place, exists_already


class LocalPlace(Place):
    """A folder; it stays the same one when the process changes its working directory."""

    def __init__(self, path: str) -> None:
        self.path = str(Path(path))
        self._root = Path(path).absolute()

    def __truediv__(self, name: str) -> Path:
        return self._root / name

    def exists(self, name: str = "") -> bool:
        return (self._root / name).exists()

    def names(self, below: str = "") -> list[str]:
        found = []
        for folder, _, names in os.walk(self._root / below):
            inside = Path(folder).relative_to(self._root).as_posix()
            found += names if inside == "." else [f"{inside}/{name}" for name in names]
        return found

    def size(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def read(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def write(self, name: str, content: Any) -> None:
        path = self._root / name
        if path.exists():
            raise exists_already(path)
        durable.write_bytes(path, content)

    def replace(self, name: str, content: Any) -> None:
        durable.write_bytes(self._root / name, content)

    def append(self, name: str, line: bytes) -> None:
        durable.append_line(self._root / name, line)

    def remove(self, name: str) -> None:
        (self._root / name).unlink(missing_ok=True)

    def is_free(self) -> bool:
        if not os.path.lexists(self._root):
            return True
        return self._root.is_dir() and not any(self._root.iterdir())

    def suffixed(self, number: int) -> LocalPlace:
        return LocalPlace(f"{self.path}-{number}")

    def numbers(self) -> list[int]:
        stem = f"{self._root.name}-"
        beside = self._root.parent.glob(f"{glob.escape(stem)}*")
        rests = [folder.name[len(stem) :] for folder in beside]
        return sorted(int(rest) for rest in rests if rest.isdecimal())

    def claim(self, name: str) -> bool:
        durable.make_folder(self._root)
        try:
            os.close(os.open(self._root / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

    def lock(self, rank: int) -> bool:
        return locks.lock(self._root, rank)

    def unlock(self, rank: int) -> None:
        locks.unlock(self._root, rank)

    def writers(self) -> list[str]:
        return locks.writers(self._root)

    def has_locks(self) -> bool:
        return locks.has_locks(self._root)
