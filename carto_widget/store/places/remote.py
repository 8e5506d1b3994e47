"""A run in an object store, or in whatever else fsspec reaches.

An object appears whole when its PUT has ended, so nothing is renamed and nothing is synced. There
are no locks: sessions are claimed by objects that only one program can create, and a writer looks
whether a newer session has begun.
"""

from __future__ import annotations

import io
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, unquote

import fsspec
from fsspec.implementations.local import LocalFileSystem

from carto_widget.store.places.place import Place, RemoteFile, exists_already

FRESH = 1.0  # s for which a listing is believed; what is written through the place ends it
WHOLE = 4 * 1024**2  # bytes up to which a file is read in one request

_WRITER = ".writer-rank="


class RemotePlace(Place):
    """A prefix.

    Args:
        url: as fsspec takes it; credentials are found as fsspec finds them.
    """

    def __init__(self, url: str) -> None:
        self.path = url.rstrip("/")
        self._fs, root = _file_system(self.path)
        self._root = root.rstrip("/")
        self._sizes: dict[str, int] = {}
        self._listed = -FRESH

    def __truediv__(self, name: str) -> RemoteFile:
        return RemoteFile(f"{self.path}/{name}", lambda: self._opened(name))

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _listing(self) -> dict[str, int]:
        """Name -> bytes of everything here."""
        if time.monotonic() - self._listed > FRESH:
            begun = time.monotonic()
            with self._said("listed"):
                found = self._found()
            start = len(self._root) + 1
            self._sizes = {path[start:]: int(one["size"]) for path, one in found.items()}
            self._sizes.pop("", None)
            self._listed = begun
        return self._sizes

    def _found(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._fs.find(self._root, detail=True)
        except FileNotFoundError:
            return {}
        return found

    def exists(self, name: str = "") -> bool:
        if not name:
            return bool(self._listing())
        try:
            with self._said("read", name):
                return bool(self._fs.info(self._at(name))["type"] == "file")
        except FileNotFoundError:
            return False

    def names(self, below: str = "") -> list[str]:
        return [name for name in self._listing() if not below or name.startswith(f"{below}/")]

    def size(self, name: str) -> int:
        return self._listing()[name]

    def read(self, name: str) -> bytes:
        with self._said("read", name):
            return bytes(self._fs.cat_file(self._at(name)))

    def _opened(self, name: str) -> Any:
        """A file object: small ones are read at once, of large ones what is asked for."""
        if self._listing().get(name, 0) <= WHOLE:
            return io.BytesIO(self.read(name))
        with self._said("read", name):
            return self._fs.open(self._at(name), "rb")

    def write(self, name: str, content: Any) -> None:
        if not self._is_created(name, bytes(content)):
            raise exists_already(self / name)

    def replace(self, name: str, content: Any) -> None:
        with self._said("written", name):
            self._fs.pipe_file(self._at(name), bytes(content))

    def append(self, name: str, line: bytes) -> None:
        try:
            before = self.read(name)
        except FileNotFoundError:
            before = b""
        self.replace(name, before + line + b"\n")

    def remove(self, name: str) -> None:
        with self._said("removed", name):
            try:
                self._fs.rm_file(self._at(name))
            except FileNotFoundError:
                return

    def is_free(self) -> bool:
        return not self._listing()

    def suffixed(self, number: int) -> RemotePlace:
        return RemotePlace(f"{self.path}-{number}")

    def numbers(self) -> list[int]:
        folder, _, name = self._root.rpartition("/")
        try:
            with self._said("listed"):
                paths = self._fs.ls(folder or "/", detail=False)
        except FileNotFoundError:
            return []
        found = [str(path).rstrip("/").rpartition("/")[2] for path in paths]
        rests = [one[len(name) + 1 :] for one in found if one.startswith(f"{name}-")]
        return sorted(int(rest) for rest in rests if rest.isdecimal())

    def claim(self, name: str) -> bool:
        token = uuid.uuid4().hex.encode()
        # Where a store cannot refuse a second PUT the later one's token stays.
        return self._is_created(name, token) and self.read(name) == token

    def _is_created(self, name: str, content: bytes) -> bool:
        """Whether what lies there is ours."""
        with self._said("written", name):
            try:
                _create(self._fs, self._at(name), content)
            except FileExistsError:  # perhaps by us, where the answer to an earlier try was lost
                return bool(self._fs.cat_file(self._at(name)) == content)
        return True

    def lock(self, rank: int) -> bool:
        """Say who writes, which keeps nobody from it and outlives a killed process."""
        self.replace(self._mark(rank), b"")
        return False

    def unlock(self, rank: int) -> None:
        with suppress(Exception):  # where the store is gone, or the interpreter half
            self.remove(self._mark(rank))

    def _mark(self, rank: int) -> str:
        return f"{_WRITER}{rank:05d}={os.getpid()}@{quote(socket.gethostname(), safe='')}"

    def writers(self) -> list[str]:
        marks = [name for name in self._listing() if name.startswith(_WRITER)]
        return [unquote(mark.rpartition("=")[2]) for mark in sorted(marks)]

    def has_locks(self) -> bool:
        return False

    @contextmanager
    def _said(self, what: str, name: str = "") -> Iterator[None]:
        """A store's own kinds of errors as OSError; after a change the listing is old."""
        try:
            yield
        except OSError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise OSError(f"{self / name} could not be {what} ({reason})") from error
        finally:
            if what in ("written", "removed"):
                self._listed = -FRESH


def local_path(url: str) -> str | None:
    """The path of a `file://` URL, else None."""
    fs, path = _file_system(url)
    return path if isinstance(fs, LocalFileSystem) else None


def _file_system(url: str) -> tuple[Any, str]:
    """The file system and the path in it; listings are never remembered by fsspec itself."""
    try:
        fs, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise ValueError(f"{url}: {str(error).rstrip('.')}") from error
    return fs, str(path)


def _create(fs: Any, path: str, content: bytes) -> None:
    """PUT an object that must not be there yet; FileExistsError where it is."""
    try:
        fs.pipe_file(path, content, mode="create")
    except (TypeError, NotImplementedError):  # this file system cannot be asked to refuse
        if fs.exists(path):
            raise FileExistsError(path) from None
        fs.pipe_file(path, content)
