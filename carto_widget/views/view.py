"""Which columns are drawn on which channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carto_widget.views.nearest import unknown_keyword

CHANNELS = ("x", "y", "color", "size", "shape")


@dataclass(frozen=True, init=False)
class View:
    """What is drawn against what; the default is the data map of Swayamdipta et al. (2020).

    Args:
        x: Name of the column from left to right: a metric or a column of the samples.
        y: Name of the column from bottom to top.
        color: Name of the column that colours the points; None draws all alike.
        size: Name of the column that sizes the points.
        shape: Name of the column that shapes the points.

    Raises:
        TypeError: A channel that does not exist (the nearest is named), or a name that is no
            string.
    """

    x: str
    y: str
    color: str | None
    size: str | None
    shape: str | None

    def __init__(
        self,
        x: str = "variability",
        y: str = "confidence",
        color: str | None = "correctness",
        *,
        size: str | None = None,
        shape: str | None = None,
        **unknown: object,
    ) -> None:
        if unknown:
            raise unknown_keyword("View", unknown, CHANNELS)
        for channel, name in zip(CHANNELS, (x, y, color, size, shape), strict=True):
            if not (isinstance(name, str) or (name is None and channel not in ("x", "y"))):
                raise TypeError(
                    f"View({channel}={name!r}): expected the name of a column, "
                    f"got {type(name).__name__}"
                )
            object.__setattr__(self, channel, name)

    @classmethod
    def of(cls, channels: View | Mapping[str, Any]) -> View:
        """The view that a mapping of channels to names describes."""
        return channels if isinstance(channels, View) else cls(**channels)

    @property
    def channels(self) -> dict[str, str | None]:
        """Channel to name of column, None where the channel is not used."""
        return {channel: getattr(self, channel) for channel in CHANNELS}

    @property
    def names(self) -> list[str]:
        """The columns that are drawn, each once."""
        return list(dict.fromkeys(name for name in self.channels.values() if name is not None))
