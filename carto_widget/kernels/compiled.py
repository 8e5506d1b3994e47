"""How loops are compiled. Imports Numba."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """The loop, compiled at its first call and kept on disk where that is possible.

    No option of it may change a bit: neither sums in another order nor fused multiplications.
    """
    made: Any = numba.njit(nogil=True, error_model="numpy")(loop)
    with suppress(RuntimeError):  # there is no folder to keep it in
        made.enable_caching()
        kept = made._cache
        kept.load_overload = _or_none(kept.load_overload)  # what is there may be damaged
        kept.save_overload = _or_none(kept.save_overload)  # the disk may be full
    typed: Loop = made
    return typed


def _or_none(act: Callable[..., Any]) -> Callable[..., Any]:
    """The same; None where it fails."""

    def tried(*given: Any) -> Any:
        try:
            return act(*given)
        except Exception:
            return None

    return tried
