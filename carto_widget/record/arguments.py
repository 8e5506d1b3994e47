"""Clear errors for arguments that cannot be meant."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches


def refuse_unknown(function: Callable[..., object], unknown: Mapping[str, object]) -> None:
    """Raise for the first keyword that a function does not know, and name the nearest it does."""
    for name in unknown:
        parameters = inspect.signature(function).parameters.values()
        known = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
        near = get_close_matches(name, known, 1, 0)[0]
        owner = function.__qualname__.removesuffix(".__init__")
        raise TypeError(f"{owner} got an unknown argument {name!r}; did you mean {near!r}?")


def one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    """Raise unless the value is one of a few."""
    if value not in allowed:
        raise ValueError(f"{name}={value!r}, expected one of {', '.join(map(repr, allowed))}")


def can_be_stored(is_asked: bool, samples: object) -> None:
    """Raise where samples are to be stored that there are not."""
    one_of("store_samples", is_asked, (False, True))
    if is_asked and samples is None:
        raise ValueError("store_samples=True without samples=: there is nothing to store")


def are_samples(samples: object) -> None:
    """Raise unless these are no samples, a DataFrame, or a mapping from splits to DataFrames."""
    of_splits = samples if isinstance(samples, Mapping) else {"": samples}
    for split, frame in of_splits.items():
        if frame is not None and not hasattr(frame, "columns"):
            whose = f"samples[{split!r}]" if split else "samples"
            raise TypeError(
                f"{whose}: expected a DataFrame, or one for each split, "
                f"samples={{'train': frame, ...}}; got {type(frame).__name__}"
            )


def positive(name: str, value: object) -> None:
    """Raise unless the value is a whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name}={value!r}, expected a whole number from 1")
