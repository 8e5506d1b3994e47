"""The same under the older name of the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import drive_lightning
from contract import Setting
from drive_lightning import ACCUMULATES, HAS_VALIDATION, Fitting, attach, fit, parts
from numbered import Net

__all__ = ["ACCUMULATES", "HAS_VALIDATION", "attach", "build", "fit", "parts"]
FRAMEWORK = "pytorch_lightning"


def build(net: Net, train: Any, held_out: Any, setting: Setting, folder: Path) -> Fitting:
    return drive_lightning.build(net, train, held_out, setting, folder, FRAMEWORK)
