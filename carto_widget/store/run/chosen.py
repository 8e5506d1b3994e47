"""Which split, mode and task is meant, where a source may hold several."""

from __future__ import annotations

from collections.abc import Iterable

from carto_widget.store.run.parts import Series


def chosen_series(
    there: Iterable[Series], split: str, mode: str | None, task: str | None
) -> Series:
    """The one series meant; `mode=None` takes online where there is any.

    Raises:
        ValueError: none or several; lists what there is.
    """
    there = sorted(there)
    fits = [
        one
        for one in there
        if one.split == split and mode in (None, one.mode) and task in (None, one.task)
    ]
    if mode is None and any(one.mode == "online" for one in fits):
        fits = [one for one in fits if one.mode == "online"]
    if len(fits) == 1:
        return fits[0]
    asked = f"split={split!r}, mode={mode!r}, task={task!r}"
    listed = "; ".join(map(str, there))
    if not fits:
        raise ValueError(f"no training dynamics for {asked}; there are: {listed or 'none yet'}")
    raise ValueError(f"{asked} fits {len(fits)} training dynamics; there are: {listed}")


def require_series(there: Iterable[Series], split: str, mode: str | None, task: str | None) -> None:
    """Refuse what `chosen_series` refuses."""
    chosen_series(there, split, mode, task)
