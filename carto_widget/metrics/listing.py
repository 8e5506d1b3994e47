"""What metrics there are, what each is and needs, and whether a source has it."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from carto_widget.metrics.own_metrics import others_on_record
from carto_widget.metrics.registry import (
    CONSTANTS,
    SIGNALS,
    Metric,
    metric_named,
    metrics,
    signals_needed,
)
from carto_widget.metrics.table import computed_of, dynamics_of, supported
from carto_widget.store.dynamics import TrainingDynamics

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
REMEDIES = {
    "logits": "Recorder(logits='float16') keeps it",
    "feature_norm": "recorder.log(..., features=h) keeps it",
    "learning_rate": "recorder.log_signal('learning_rate', [lr] * len(gold)) keeps it",
    "second_split_correct": "of two runs: carto_widget.metrics.second_split has it",
}


def list_metrics(source: Any = None) -> pd.DataFrame:
    """All metrics, one a row, indexed by name; those that every table has come first.

    Columns: `title`, `formula`, `source`, `low` and `high` (what is possible; NaN: not known),
    `direction`, `needs` (signals), `kind`, `defined_from` (observed epochs), `scope`, `is_core`
    (a column of `table(source)`; the others come with `table(source, "all")` or by name),
    `is_live` (a map keeps it up to date within an epoch), `is_built_in`, `description`. With a
    source also `has` (it can be computed of it) and `why_not`; for that one's own are computed.

    Args:
        source: training dynamics, a recorder, or whatever `load` reads from a path.
    """
    import pandas as pd

    every = sorted(metrics().values(), key=lambda one: (not one.built_in, not one.core))
    frame = pd.DataFrame([_row(one) for one in every]).set_index("metric")
    if source is not None:
        dynamics = dynamics_of(source)
        own = own_names(dynamics)
        notes = computed_of(dynamics, own).notes
        reasons = [why_not(one.name, dynamics.signals) or notes.get(one.name, "") for one in every]
        for note in others_on_record(dynamics, own):
            warnings.warn(note, stacklevel=2)
        frame["has"] = [not reason for reason in reasons]
        frame["why_not"] = reasons
    return frame


def why_not(name: str, signals: Iterable[str]) -> str:
    """Which signals that a metric needs are not among these; empty where it can be computed."""
    have = {*signals, *CONSTANTS}
    if name in have:
        return "a signal of this source has the same name"
    absent = sorted(signals_needed(name, (*SIGNALS, *have)) - have)
    notes = [f"{one} ({REMEDIES[one]})" if one in REMEDIES else one for one in absent]
    return f"not recorded: {', '.join(notes)}" if absent else ""


def own_names(dynamics: TrainingDynamics) -> list[str]:
    """The metrics of one's own that there are signals for."""
    return [name for name in supported(dynamics.signals) if not metric_named(name).built_in]


def needs(one: Metric) -> list[str]:
    """Signals that a metric needs, through other metrics, in their order."""
    needed = signals_needed(one.name)
    known = [signal for signal in SIGNALS if signal in needed]
    return [*known, *sorted(needed - {*known, *CONSTANTS})]


def _row(one: Metric) -> dict[str, Any]:
    return {
        "metric": one.name,
        "title": one.title,
        "formula": one.formula,
        "source": one.source,
        "low": one.domain[0] if one.domain else NAN,
        "high": one.domain[1] if one.domain else NAN,
        "direction": one.direction,
        "needs": ", ".join(needs(one)),
        "kind": one.kind,
        "defined_from": one.defined_from,
        "scope": one.scope,
        "is_core": one.core,
        "is_live": one.running_form is not None,
        "is_built_in": one.built_in,
        "description": (inspect.getdoc(one.function) or "").split("\n")[0],
    }
