"""How each kind of task is drawn by default, and in what words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carto_widget.views.frame import Cut
from carto_widget.views.view import View

Place = Mapping[str, float]  # column to where on its axis, 0..1

# Where the paper's figure has its regions.
_PAPER: Mapping[str, Place] = {
    "easy-to-learn": {"variability": 0.2, "confidence": 0.93},
    "ambiguous": {"variability": 0.84, "confidence": 0.5},
    "hard-to-learn": {"variability": 0.2, "confidence": 0.07},
}
_REGIONS = (
    Cut(
        "variability",
        "ambiguous: the third that varies most, of the samples seen twice or more that vary at all",
        top=1 / 3,
    ),
    Cut(
        "confidence",
        "of those that are not ambiguous: easy-to-learn from 0.5 on, else hard-to-learn",
        at=0.5,
    ),
)
_SHARES = View(color="label_accuracy")


@dataclass(frozen=True)
class Drawing:
    """How a kind of task is drawn.

    Attributes:
        view: By default.
        titles: Of metrics that mean something of their own there.
        words: Text to its place, drawn where both of its columns are axes.
    """

    view: View = View()  # noqa: RUF009  # frozen
    titles: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Place] = field(default_factory=lambda: _PAPER)

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """How the regions are cut that the words name."""
        return _REGIONS if self.words is _PAPER else ()


_DRAWINGS: Mapping[str, Drawing] = {
    "soft_labels": Drawing(titles={"confidence": "confidence (overlap with the soft label)"}),
    "multilabel": Drawing(_SHARES, {"confidence": "confidence (mean over labels)"}),
    "token_classification": Drawing(
        _SHARES,
        {"confidence": "confidence (mean over tokens)", "label_accuracy": "tokens predicted right"},
    ),
    "language_modeling": Drawing(
        _SHARES,
        {"confidence": "confidence (1 / perplexity)", "label_accuracy": "tokens predicted right"},
        {
            "predictable": {"variability": 0.2, "confidence": 0.93},
            "being learned": {"variability": 0.84, "confidence": 0.5},
            "surprising": {"variability": 0.2, "confidence": 0.07},
        },
    ),
    "regression": Drawing(
        View("error_std", "loss_rank", "same_sign"),
        {"loss_mean": "mean squared error", "loss_rank": "rank of the mean squared error"},
        {
            "always off, the same way": {"error_std": 0.2, "loss_rank": 0.93},
            "off, and wavering": {"error_std": 0.8, "loss_rank": 0.93},
            "fits": {"error_std": 0.2, "loss_rank": 0.07},
        },
    ),
}


def drawing(kind: str) -> Drawing:
    """How tasks of this kind are drawn; multi-class and binary as in the paper."""
    return _DRAWINGS.get(kind, Drawing())
