"""Where a run lies: a folder here, or a prefix of an object store. The rest of a run knows neither.

Files go by relative names with slashes. Each is there whole or not at all, and none is written
twice but those that are `replace`d or `append`ed to.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RemoteFile:
    """A file of a run that is not in a folder here.

    Attributes:
        url: its name in messages.
        opened: gives a file object.
    """

    url: str
    opened: Callable[[], Any]

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


File = Path | RemoteFile


class Place(ABC):
    """Where the files of one run lie.

    Attributes:
        path: as it was named.
    """

    path: str

    def __str__(self) -> str:
        return self.path

    @abstractmethod
    def __truediv__(self, name: str) -> File:
        """A file, for messages and for `opened`."""

    # ---- read ----

    @abstractmethod
    def exists(self, name: str = "") -> bool:
        """Whether a file is there; without a name, whether anything is."""

    @abstractmethod
    def names(self, below: str = "") -> list[str]:
        """The files in a folder and below it, hidden ones too."""

    @abstractmethod
    def size(self, name: str) -> int:
        """Bytes of a file."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """A whole file.

        Raises:
            FileNotFoundError: there is none.
        """

    # ---- write ----

    @abstractmethod
    def write(self, name: str, content: Any) -> None:
        """A new file; returns when it will survive any stop.

        Raises:
            ValueError: it is there already.
            OSError: it could not be written; then nothing is there.
        """

    @abstractmethod
    def replace(self, name: str, content: Any) -> None:
        """A file that takes the place of the one before, if there was one."""

    @abstractmethod
    def append(self, name: str, line: bytes) -> None:
        """A line at a file's end; half a line that a killed writer left stays alone."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """A file goes, if it is there."""

    # ---- whose it is ----

    @abstractmethod
    def is_free(self) -> bool:
        """Whether nothing is here."""

    @abstractmethod
    def suffixed(self, number: int) -> Place:
        """The place beside it with a number behind its name."""

    @abstractmethod
    def numbers(self) -> list[int]:
        """The numbers of such places that there are, ascending."""

    @abstractmethod
    def claim(self, name: str) -> bool:
        """Whether this empty file is now ours; another program may have been faster."""

    @abstractmethod
    def lock(self, rank: int) -> bool:
        """Become the writer of a rank; whether others are kept from it.

        Raises:
            ValueError: another process is.
        """

    @abstractmethod
    def unlock(self, rank: int) -> None:
        """One writer of this process has ended."""

    @abstractmethod
    def writers(self) -> list[str]:
        """Process ids of those that write now; none where nobody can tell."""

    @abstractmethod
    def has_locks(self) -> bool:
        """Whether `writers` can be believed."""


def place_of(where: str | os.PathLike[str] | Place) -> Place:
    """The place that a path or URL names.

    Raises:
        ValueError: a URL of a kind that is not known or not installed.
    """
    from carto_widget.store.places.local import LocalPlace

    if isinstance(where, Place):
        return where
    path = os.fspath(where)
    if not is_url(path):
        return LocalPlace(path)
    from carto_widget.store.places.remote import RemotePlace, local_path

    local = local_path(path)
    return RemotePlace(path) if local is None else LocalPlace(local)


def is_url(path: str | os.PathLike[str]) -> bool:
    """Whether a path is for fsspec: `s3://bucket/run`, `memory://run`."""
    return "://" in os.fspath(path)


def path_here(path: str | os.PathLike[str]) -> Path:
    """The path of a file that is to be written; runs alone are written to URLs.

    Raises:
        ValueError: a URL.
    """
    if is_url(path):
        raise ValueError(f"{path}: expected a path on this machine; write it here, then copy it")
    return Path(path)


def exists_already(file: File) -> ValueError:
    """The error of a second writer."""
    return ValueError(f"{file} exists: parts never change. Is another program writing here?")


def opened(file: File) -> Any:
    """What pyarrow and NumPy read a file from."""
    return file if isinstance(file, Path) else file.opened()
