"""The names of a run's parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote

_FILE = re.compile(
    r"epoch=(?P<epoch>\d{5,})-session=(?P<session>\d{2,})"
    r"-rank=(?P<rank>\d{5,})-of-(?P<ranks>\d{5,})-chunk=(?P<chunk>\d{4,})(?P<last>-last)?\.parquet"
)
_FOLDER = re.compile(
    r"(?:(?:dynamics/)?split=(?P<split>[^/]+)/mode=(?P<mode>[^/]+)/task=(?P<task>[^/]+)"
    r"|signals/split=(?P<of>[^/]+)/mode=(?P<how>[^/]+)/signal=(?P<signal>[^/]+))"
)


@dataclass(frozen=True, order=True)
class Series:
    """One `TrainingDynamics`: rows of two series never share a map.

    Attributes:
        split: "train", "validation", ...
        mode: "online" (recorded in the training step) or "eval" (a clean pass).
        task: which head; "main" where there is one.
        signal: numbers of the loop's own, which belong to all tasks of their split and mode (task
            is "main" then); "": what was said of gold labels.
    """

    split: str = "train"
    mode: str = "online"
    task: str = "main"
    signal: str = ""

    def __post_init__(self) -> None:
        for name in ("split", "mode", "task"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                raise ValueError(f"{name}={value!r}: expected a name that is not empty")

    def __str__(self) -> str:
        said = f"split={self.split!r}, mode={self.mode!r}, task={self.task!r}"
        return said + (f", signal={self.signal!r}" if self.signal else "")

    @property
    def folder(self) -> str:
        """Path of the series' parts below the run, names percent-encoded."""
        names = (self.split, self.mode, self.signal or self.task)
        split, mode, last = (quote(name, safe="") for name in names)
        if self.signal:
            return f"signals/split={split}/mode={mode}/signal={last}"
        return f"dynamics/split={split}/mode={mode}/task={last}"

    @classmethod
    def parse(cls, folder: str) -> Series | None:
        """The series whose `folder` this is (with or without `dynamics/`), else None."""
        match = _FOLDER.fullmatch(folder)
        if match is None:
            return None
        if match["signal"]:
            split, mode, signal = (unquote(match[name]) for name in ("of", "how", "signal"))
            return cls(split, mode, signal=signal)
        return cls(*(unquote(match[name]) for name in ("split", "mode", "task")))


@dataclass(frozen=True, order=True)
class Part:
    """One immutable file: a chunk of one epoch of one series by one rank in one session.

    Attributes:
        split, mode, task, signal: the series, as in `Series`.
        epoch: from 0.
        session: the how-manyth writer of the run, from 0.
        rank: 0 <= rank < `ranks`.
        ranks: processes that write together.
        chunk: from 0 within (epoch, session, rank).
        last: nothing follows from this rank in this epoch.
    """

    split: str = "train"
    mode: str = "online"
    task: str = "main"
    epoch: int = 0
    session: int = 0
    rank: int = 0
    ranks: int = 1
    chunk: int = 0
    last: bool = False
    signal: str = ""

    def __post_init__(self) -> None:
        _ = self.series
        if min(self.epoch, self.session, self.chunk) < 0 or not 0 <= self.rank < self.ranks:
            raise ValueError(f"{self}: numbers count from 0 and rank stays below ranks")

    @property
    def series(self) -> Series:
        """The training dynamics that the rows belong to."""
        return Series(self.split, self.mode, self.task, self.signal)

    @cached_property
    def path(self) -> str:
        """Path below the run."""
        return (
            f"{self.series.folder}/epoch={self.epoch:05d}-session={self.session:02d}"
            f"-rank={self.rank:05d}-of-{self.ranks:05d}-chunk={self.chunk:04d}"
            f"{'-last' if self.last else ''}.parquet"
        )

    @classmethod
    def parse(cls, path: str) -> Part | None:
        """The part whose `path` this is, else None (a temporary file, a stranger's)."""
        folder, _, name = path.replace("\\", "/").rpartition("/")
        series, match = Series.parse(folder), _FILE.fullmatch(name)
        if series is None or match is None:
            return None
        epoch, session, rank, ranks, chunk = (int(number) for number in match.groups()[:5])
        last = match["last"] is not None
        names = (series.split, series.mode, series.task)
        if rank >= ranks:
            return None
        return cls(*names, epoch, session, rank, ranks, chunk, last, series.signal)
