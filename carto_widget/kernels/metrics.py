"""Which metrics have compiled loops, and from which signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from carto_widget.kernels.switch import loops


class Known(Protocol):
    """Arrays by name."""

    def __getitem__(self, name: str, /) -> NDArray[Any]: ...


@dataclass(frozen=True)
class Kernel:
    """Several metrics in one pass over signals.

    Attributes:
        loop: its function in `over_epochs`.
        needs: signals `(E, N)` and `n_classes`, in the order of its parameters.
        gives: metrics `(N,)`, in the order of its results.
    """

    loop: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]

    def __call__(self, known: Known) -> dict[str, NDArray[Any]]:
        """Metric name -> `(N,)`; `known` has what it needs, float32 and contiguous."""
        from carto_widget.kernels import over_epochs

        found = getattr(over_epochs, self.loop)(*(known[name] for name in self.needs))
        return dict(zip(self.gives, found, strict=True))


KERNELS = (
    Kernel("mean_and_spread", ("gold_probability",), ("confidence", "variability")),
    Kernel("mean", ("margin",), ("aum",)),
    Kernel("mean", ("loss",), ("loss_mean",)),
    Kernel(
        "times_right", ("is_correct",), ("correctness", "correctness_count", "forgetting_events")
    ),
    Kernel("window_spread", ("gold_probability",), ("dynamic_uncertainty", "dual")),
)
_BY_METRIC = {name: kernel for kernel in KERNELS for name in kernel.gives}


def kernels(n: int) -> Mapping[str, Kernel]:
    """Metric -> the kernel that gives it; none where the formulas do the work.

    Args:
        n: samples that there are.
    """
    return {} if loops("over_epochs", n) is None else _BY_METRIC
