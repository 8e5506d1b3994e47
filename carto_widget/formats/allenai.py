"""The original paper's `training_dynamics/dynamics_epoch_<N>.jsonl` (allenai/cartography).

One file an epoch, one JSON object a line: `{"guid": ..., "logits_epoch_<N>": [...], "gold": ...}`.
Rules where the original's own reader fails or guesses:

- The epochs are the numbers in the file names: they may start anywhere and have gaps. Other files
  in the folder, blank lines, empty files and further keys are passed over. One such file alone is
  one epoch.
- A guid that an epoch does not have is not observed in it; guids may first come in a later epoch,
  epochs may have no guid in common.
- A guid twice in one epoch: its first line counts, and `n_seen` is added.
- A logit that is null, NaN or +inf makes the observation a missing one.
- Refused, naming file and line or guid: a gold label that changes or lies outside the logits,
  a single logit, another number of logits than before, guids of both kinds (int and str), two files
  of one epoch, and what `limits` says.
"""

from __future__ import annotations

import re
from pathlib import Path

from carto_widget.formats.epoch_lines import epoch_of_file, refuse
from carto_widget.formats.gathering import Gathering
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.chosen import require_series
from carto_widget.store.run.parts import Series

TITLE = "allenai/cartography's folder training_dynamics/ of dynamics_epoch_<N>.jsonl"
_NAME = re.compile(r"dynamics_epoch_(\d{1,9})\.jsonl")


def recognises(path: Path) -> bool:
    """Such a folder, the one above it, or one such file."""
    return bool(_files(path))


def read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """Training dynamics of split "train", mode "online" (so the original records); see `load`."""
    require_series([Series()], split, mode, task)
    files = _files(path)
    gathering = Gathering(path)
    width = 0
    for number, file in files.items():
        epoch = epoch_of_file(file, number)
        if epoch is not None:
            n_logits = epoch.signals["logits"].shape[1]
            width = width or n_logits
            if n_logits != width:
                refuse(file, f"{n_logits} logits a line, {width} in the epochs before")
            gathering.add(number, epoch)
    if not width:
        raise ValueError(f"{path}: {len(files)} epoch files without a line")
    return gathering.dynamics()


def _files(path: Path) -> dict[int, Path]:
    """Epoch number -> file, ascending."""
    for files in (_inside(path), _inside(path / "training_dynamics"), [path]):
        found: dict[int, Path] = {}
        for file in sorted(files):
            match = _NAME.fullmatch(file.name)
            if match and file.is_file():
                same = found.setdefault(int(match[1]), file)
                if same != file:
                    refuse(file, f"epoch {int(match[1])} is in {same.name} too")
        if found:
            return dict(sorted(found.items()))
    return {}


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
