"""How loops are compiled. Imports Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """The loop, compiled at its first call and kept on disk.

    No option of it may change a bit: neither sums in another order nor fused multiplications.
    """
    try:
        made: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(loop)
    except RuntimeError:  # there is no folder to keep it in
        made = numba.njit(nogil=True, error_model="numpy")(loop)
    typed: Loop = made
    return typed
