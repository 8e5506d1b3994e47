"""What `save` notes beside columns: split, mode, task, kind and names of the classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from carto_widget.store.dynamics import TrainingDynamics

KINDS = (
    *("multiclass", "binary", "soft_labels", "multilabel"),
    *("regression", "token_classification", "language_modeling"),
)
OF_CLASSES = KINDS[:3]
KEY = b"carto_widget"
_LONGEST = 200  # characters of the name of a split, mode or task


def note_text(dynamics: TrainingDynamics) -> str:
    """The note of training dynamics, in JSON."""
    return json.dumps(
        {
            "split": dynamics.split,
            "mode": dynamics.mode,
            "task": dynamics.task,
            "kind": dynamics.kind,
            "label_names": dynamics.label_names,
        }
    )


def note_of(path: Path, schema: Any) -> dict[str, Any]:
    """The note in the metadata of a `pyarrow.Schema`, {} where there is none.

    Raises:
        ValueError: it is not one that `save` writes.
    """
    text = (schema.metadata or {}).get(KEY, b"{}")
    try:
        note = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: its note {text[:60]!r} is not JSON") from error
    names = note.get("label_names") if isinstance(note, dict) else 0
    is_named = isinstance(names, list) and all(isinstance(name, str) for name in names)
    is_short = is_named or names is None
    if is_short:
        series = [note.get(name, "") for name in ("split", "mode", "task")]
        is_short = all(isinstance(name, str) and len(name) <= _LONGEST for name in series)
    if not is_short or note.get("kind", "binary") not in KINDS:
        raise ValueError(f"{path}: its note {text[:60]!r} is not one that `save` writes")
    found: dict[str, Any] = note
    return found


def with_note(table: Any, text: object) -> Any:
    """The table with such a note in its metadata, if the text is one; else as it is."""
    try:
        is_note = isinstance(text, str) and json.loads(text).get("kind") in KINDS
    except (ValueError, AttributeError, TypeError, RecursionError):
        is_note = False
    if not is_note:
        return table
    return table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: text})


def require_kind(dynamics: TrainingDynamics, what: str, kinds: tuple[str, ...]) -> None:
    """Refuse a kind of task that a format cannot hold, naming formats that can."""
    if dynamics.kind not in kinds:
        raise ValueError(
            f"save: this is {dynamics.kind}; {what} of {', '.join(kinds)}. "
            "Any kind can be saved as 'parquet', 'npz' or 'huggingface'"
        )
