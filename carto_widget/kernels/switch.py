"""Whether compiled loops do the work: the one place that decides."""

from __future__ import annotations

import functools
import importlib
import os
from types import ModuleType
from typing import Any

LEAST = 200_000  # samples; with fewer, formulas take less time than loading the compiled loops
VARIABLE = "CARTO_COMPILED"


def loops(file: str, n: int) -> Any:
    """A file of this room with compiled loops, or None where the formulas do the work.

    Args:
        file: its name.
        n: samples that there are.
    """
    if n < LEAST or os.environ.get(VARIABLE) == "0":
        return None
    return _imported(file)


@functools.cache
def _imported(file: str) -> ModuleType | None:
    try:
        return importlib.import_module(f"carto_widget.kernels.{file}")
    except Exception:  # no Numba, or one that does not go with what else is installed
        return None
