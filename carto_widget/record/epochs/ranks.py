"""Several processes that train together: each writes its own parts, the reader unites them.

There is no collective call. Rank 0 alone names and creates the run; the others open the newest run
of that name that carries their own launch.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import torch.distributed

from carto_widget.record.identity import fingerprint
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.run import MemoryRun, Run, RunFolder

T = TypeVar("T")
PATIENCE = 300.0  # s that a rank waits for rank 0


@dataclass(frozen=True)
class Rank:
    """Which of the processes this is.

    Attributes:
        number: 0 <= number < ``of``.
        of: How many there are.
        launch: The same in all processes of one start of the program, another in the next.
    """

    number: int = 0
    of: int = 1
    launch: str = ""


def this_rank() -> Rank:
    """As torch.distributed tells it where it is initialised, else the launcher's environment."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        number, of = torch.distributed.get_rank(), torch.distributed.get_world_size()
    else:
        number, of = (int(os.environ.get(k, d)) for k, d in (("RANK", "0"), ("WORLD_SIZE", "1")))
    return Rank(number, of, _launch()) if of > 1 else Rank()


def _launch() -> str:
    names = ["SLURM_JOB_ID", "SLURM_STEP_ID", "TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT"]
    told = [os.environ.get(name, "") for name in [*names, "MASTER_ADDR", "MASTER_PORT"]]
    is_one_machine = os.environ.get("LOCAL_WORLD_SIZE") == os.environ.get("WORLD_SIZE")
    return "/".join([*told, str(os.getppid()) if is_one_machine else ""])


def opened_run(
    path: str | os.PathLike[str] | None,
    rank: Rank,
    if_exists: Literal["new", "resume"],
    label_names: Any,
    kinds: Any,
    settings: Mapping[str, int | None],
    own: Mapping[str, Any],
) -> Run:
    """The run that this process writes into.

    Raises:
        ValueError: Several processes without a path, or a resumed run with other label names.
        TimeoutError: Rank 0 has not created the run.
    """
    description = {"label_names": label_names, "task": kinds or "multiclass", **settings, **own}
    if path is None:
        if rank.of > 1:
            raise ValueError(
                f"{rank.of} processes train together, and a recording in memory cannot unite "
                "them: give the Recorder a run folder that all of them see"
            )
        return MemoryRun(description)
    if rank.number:
        return awaited(
            lambda: _joined(path, rank), f"rank 0 has not created a run {os.fspath(path)!r}"
        )
    launch = {"launch": rank.launch} if rank.of > 1 else {}
    run = RunFolder.create(path, if_exists=if_exists, description={**description, **launch})
    fingerprint.same_label_names(run, label_names)
    fingerprint.same_task(run, description["task"])
    fingerprint.same_settings(run, settings)
    if run.description.get("launch") != launch.get("launch"):
        run.describe(launch=launch.get("launch"))
    return run


def _joined(path: str | os.PathLike[str], rank: Rank) -> RunFolder | None:
    try:
        return RunFolder.join(path, launch=rank.launch, rank=rank.number)
    except FileNotFoundError:
        return None


def add_ids(run: Run, rank: Rank, split: str, ids: Ids) -> None:
    """Put a split's samples on record; the other ranks wait for rank 0 and compare.

    Raises:
        ValueError: Other samples than rank 0 has, or a loop of several processes that names its
            samples as they come.
        TimeoutError: Rank 0 never tracked the split.
    """
    if rank.of > 1 and ids.sample is None:
        raise ValueError(
            f"{rank.of} processes log guids of split {split!r} that none of them knows beforehand: "
            "track the loader, or give the Recorder samples="
        )
    if rank.number:
        awaited(lambda: run.ids(split), f"rank 0 has not put the samples of {split!r} on record")
    run.add_ids(split, ids)


def awaited(ask: Callable[[], T | None], otherwise: str) -> T:
    """What ``ask`` gives, as soon as it gives something."""
    end = time.monotonic() + PATIENCE
    while (found := ask()) is None:
        if time.monotonic() > end:
            raise TimeoutError(
                f"{otherwise} within {PATIENCE:.0f} s: make the Recorder in every process, with a "
                "path that all of them see"
            )
        time.sleep(0.05)
    return found
