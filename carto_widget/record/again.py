"""A recorder for the training after the edits: it knows the run before, and what lies between."""

from __future__ import annotations

import os
from collections import Counter
from hashlib import sha256
from importlib import import_module
from typing import Any

from carto_widget.record.recorder import Recorder
from carto_widget.store.places.place import is_url
from carto_widget.store.run.run import RunFolder
from carto_widget.store.run.samples import stored

KEPT = ("every", "checkpoint_every", "compact")
ROWS = "row numbers of the dataset"


def again(run: Any, ledger: Any, /, **options: Any) -> Recorder:
    """A recorder for training again on the edited data, which knows the run before.

    `run.json` of the new run names the run before, the ledger, and the edits it had when the
    recorder was made (`parent`): `carto check` and `carto info` say so, and `compare(before,
    after)` knows which samples were edited. What holds for both runs is taken over: the task, the
    label names with the ledger's new classes behind them, the names of the columns `guid` and
    `gold`, `every`, `checkpoint_every`, `compact`, and the samples of a recorder or of a run that
    keeps them, with the edits applied. Without `run=` it lies beside the run before, as
    `<run>-again`.

    The data is yours to change: train on what `ledger.apply(...)` gives.

    Args:
        run: the run before: its path, or its recorder.
        ledger: the edits since: a ledger, or the path of its file.
        **options: as for `Recorder`; what is given here counts.

    Raises:
        ValueError: nothing tells which sample is which after some are dropped; new classes for a
            run without label names; `if_exists="resume"` without `run=`.
        TypeError: an unknown option.
        FileNotFoundError: no such run or ledger.
    """
    before = getattr(run, "run", None) or RunFolder.open(run)
    if isinstance(ledger, (str, os.PathLike)):
        if not os.path.exists(ledger):
            raise FileNotFoundError(f"again: {os.fspath(ledger)}: there is no such ledger")
        ledger = import_module("carto_widget").ledger(ledger)
    if options.get("if_exists") == "resume" and "run" not in options:
        raise ValueError(
            'again(if_exists="resume") would go on with the run before; name the new one: run=...'
        )
    recorder = Recorder(**(_taken_over(run, before, ledger, options) | options))
    if recorder.run.session == 0 and int(os.environ.get("RANK", "0")) == 0:
        recorder.run.describe(parent=_parent(before, ledger))
    return recorder


def _parent(before: Any, ledger: Any) -> dict[str, Any]:
    """What `run.json` says of the run before and of the edits since."""
    edits = ledger.edits
    ids = sorted(edits["id"])
    return {
        "run": before.description.get("run"),
        "path": _absolute(before.path),
        "ledger": _absolute(getattr(ledger, "path", None)),
        "edits": len(ids),
        "sha256": sha256("\n".join(ids).encode()).hexdigest(),
        "kinds": dict(sorted(Counter(edits["kind"]).items())),
    }


def _absolute(path: Any) -> str | None:
    if path is None:
        return None
    text = str(os.fspath(path))
    return text if is_url(text) else os.path.abspath(text)


def _taken_over(run: Any, before: Any, ledger: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The options of the recorder before that hold for the next one, too."""
    described = before.description
    found: dict[str, Any] = {"run": before.path and f"{str(before.path).rstrip('/')}-again"}
    found |= {name: described[name] for name in KEPT if described.get(name)}
    if described.get("task") not in (None, "multiclass"):
        found["task"] = described["task"]
    if "label_names" not in options:
        found["label_names"] = _label_names(described.get("label_names"), ledger)
    splits, columns = _known(run, before)
    if "samples" not in options:
        found |= _edited_samples(run, before, ledger, columns | options)
    if "samples" in {*options, *found}:
        return found | {name: column for name, column in columns.items() if column is not None}
    _require_names(ledger, splits, options)
    return found


def _known(run: Any, before: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the recorder before noted of its splits, and by which columns of `samples`."""
    if isinstance(run, Recorder):
        told = run._recording.told()
    else:
        told = before.description.get("account", {})
    newest = told[max(told, key=int)] if told else {}
    return newest.get("splits", {}), newest.get("columns", {})


def _edited_samples(run: Any, before: Any, ledger: Any, columns: dict[str, Any]) -> dict[str, Any]:
    """The samples of the run before with the edits applied, where they have the labels."""
    is_live = isinstance(run, Recorder)
    samples = run._recording.splits.samples if is_live else stored(before, "train")
    if not isinstance(columns.get("gold"), str) or not hasattr(samples, "columns"):
        return {}
    known = {"guid": columns.get("guid"), "gold": columns["gold"]}
    names = before.description.get("label_names")
    return {"samples": ledger.apply(samples, **known, label_names=names)}


def _require_names(ledger: Any, splits: dict[str, Any], options: dict[str, Any]) -> None:
    """Raise where samples are dropped, and those that are left get other names."""
    n = int((ledger.decisions()["kind"] == "drop").sum())
    if n and "guid" not in options and {one.get("guid") for one in splits.values()} == {ROWS}:
        raise ValueError(
            f"again: the ledger drops {n:,} sample{'s' * (n != 1)}, and the run before names its "
            "samples by their row numbers, which are others then. Give guid= with the row numbers "
            "from before, or samples= with these as its index (ledger.apply keeps the index)"
        )


def _label_names(old: Any, ledger: Any) -> Any:
    if isinstance(old, list):
        return ledger.label_names(old)
    if len(ledger.classes):
        raise ValueError(
            "again: the ledger has new classes, and the run before "
            + ("has no label names" if old is None else "names those of each task")
            + "; give label_names= with all of them"
        )
    return old
