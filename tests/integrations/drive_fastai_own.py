"""A fastai Learner over fastai's own loaders."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import drive_fastai
from contract import Setting
from drive_fastai import ACCUMULATES, FRAMEWORK, HAS_VALIDATION, attach, fit
from numbered import BATCH, Net

__all__ = ["ACCUMULATES", "FRAMEWORK", "HAS_VALIDATION", "attach", "build", "fit", "parts"]


def own_loaders(train: Any, held_out: Any, workers: int) -> Any:
    from fastai.data.core import DataLoaders, TfmdDL

    random.seed(0)  # a loader shuffles by a number that it draws when it is made
    return DataLoaders(
        TfmdDL(train, bs=BATCH, shuffle=True, num_workers=workers),
        TfmdDL(held_out, bs=BATCH, num_workers=workers),
        device="cpu",
    )


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Any:
    return drive_fastai.build(net, train, held_out, setting, folder, own_loaders)


def parts(learner: Any) -> list[Any]:
    return [*drive_fastai.parts(learner), *learner.dls.loaders]
