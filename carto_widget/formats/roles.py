"""Which column of a table is which, where a tool or a person has named them.

The first name of a row that a table has is taken, whatever its case. A column that begins with `_`
is nobody's signal (`_runtime`, `_timestamp` of Weights & Biases).
"""

from __future__ import annotations

from collections.abc import Iterable

KEYS = {
    "guid": ("guid", "sample_id", "example_id", "sample", "id", "idx", "index"),
    "epoch": ("epoch", "epochs", "_step", "step", "global_step"),
    "gold": ("gold", "label", "labels", "target", "y", "y_true", "true_label", "given_label"),
}
SIGNALS = {
    "loss": ("loss", "losses"),
    "margin": ("margin",),
    "gold_probability": ("gold_probability", "gold_prob", "p_gold", "true_prob", "p_true"),
    "prediction": ("prediction", "pred", "predicted", "predicted_label", "y_pred"),
    "is_correct": ("is_correct", "correct"),
    "logits": ("logits",),
    "label_margin": ("label_margin",),
    "pred_probs": ("pred_probs", "probabilities", "probs"),
}


def roles_of(names: Iterable[str]) -> dict[str, str]:
    """What a column is -> its name, for the columns that have such a role."""
    by_lower: dict[str, str] = {}
    for name in names:
        by_lower.setdefault(name.lower(), name)
    return {
        role: next(by_lower[alias] for alias in aliases if alias in by_lower)
        for role, aliases in {**KEYS, **SIGNALS}.items()
        if any(alias in by_lower for alias in aliases)
    }


def is_logged(names: Iterable[str]) -> bool:
    """Whether Weights & Biases wrote this history."""
    return bool({"_step", "_runtime", "_timestamp"} & {*names})


def said_of_missing(missing: Iterable[str], names: Iterable[str]) -> str:
    """Which roles no column has, by which names they would be known, and which names there are."""
    wanted = "; ".join(f"{role} ({', '.join(KEYS[role])})" for role in missing)
    return (
        f"no column for {wanted}; there are {', '.join(names)[:300]}. Rename yours, or read it "
        "into a DataFrame: TrainingDynamics.from_frame(frame, guid=..., epoch=..., gold=...)"
    )
