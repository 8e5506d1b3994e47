"""Training again on edited data: a run that knows the one before, and the edits between."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import carto_widget as carto
from carto_widget.cli import carto as command
from carto_widget.curation.ledger import Ledger

NAMES = ["negative", "positive"]
GUID = ["a", "b", "c", "d"]


def logged(recorder: carto.Recorder, gold: Any = (0, 0, 1, 1), guid: Any = GUID) -> None:
    """Two epochs that say "positive" to everything, by 0.8."""
    said = np.full((len(gold), len(recorder.label_names or NAMES)), 0.2 / 2)
    said[:, 1] = 0.8
    said[:, 0] = 1 - said[:, 1:].sum(axis=1)
    for _ in range(2):
        recorder.log_epoch(said, np.array(gold), guid=guid)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    with carto.Recorder(tmp_path / "first", label_names=NAMES) as recorder:
        logged(recorder)
    return tmp_path / "first"


@pytest.fixture
def ledger(before: Path) -> Ledger:
    """One sample relabelled, one kept, of which one class is new."""
    made = carto.ledger(before)
    made.add_class("mixed")
    made.relabel(["a"], "mixed")
    made.keep(["c"])
    return made


def told(run: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(run) / "run.json").read_text())
    return found


def test_the_new_run_knows_the_run_before_and_the_edits_between(
    before: Path, ledger: Ledger
) -> None:
    with carto.again(before, ledger, run=before.with_name("second")) as recorder:
        logged(recorder)
    ids = "\n".join(sorted(ledger.edits["id"]))
    assert told(before.with_name("second"))["parent"] == {
        "run": told(before)["run"],
        "path": str(before),
        "ledger": str(ledger.path),
        "edits": 3,
        "sha256": hashlib.sha256(ids.encode()).hexdigest(),
        "kinds": {"class": 1, "keep": 1, "relabel": 1},
    }


def test_new_classes_stand_behind_the_old_ones(before: Path, ledger: Ledger) -> None:
    recorder = carto.again(before, ledger)
    assert recorder.label_names == [*NAMES, "mixed"]
    assert recorder.run.path == f"{before}-again"
    recorder.close()


def test_a_path_names_the_ledger_too_and_what_is_given_counts(before: Path, ledger: Ledger) -> None:
    names = ["no", "yes", "both"]
    with carto.again(before, ledger.path, label_names=names, every=2) as recorder:
        assert recorder.label_names == names
        assert recorder.run.description["every"] == 2


def test_check_and_info_say_from_which_run_it_descends(before: Path, ledger: Ledger) -> None:
    with carto.again(before, ledger, run=before.with_name("second")) as recorder:
        logged(recorder)
        assert f"Trained again after {before}, with 3 edits of " in recorder.identity
    for words in ("check", "info"):
        done = CliRunner().invoke(command, [words, str(before.with_name("second"))])
        assert f"Trained again after {before}, with 3 edits of {ledger.path}" in done.output
        assert "(1 class, 1 keep, 1 relabel)" in done.output
        assert done.exit_code == 0


def test_compare_knows_what_was_edited(before: Path, ledger: Ledger) -> None:
    after = before.with_name("second")
    with carto.again(before, ledger, run=after) as recorder:
        logged(recorder, gold=(2, 0, 1, 1))
    found = carto.compare(before, after)
    assert found["edited"].loc[["a", "c"]].tolist() == ["relabel", "keep"]
    assert found["edited"].isna().loc[["b", "d"]].all()
    assert found.loc["a", "change"] == "relabelled"
    assert found.attrs["classes"]["only after"] == ["mixed"]
    ledger.drop(["b"])
    later = carto.compare(before, after)
    assert "The ledger has 1 edit made after b began." in later.attrs["notes"]
    assert "edited" not in carto.compare(after, after)
    ledger.path.unlink()
    gone = carto.compare(before, after)
    assert "edited" not in gone
    assert "is not there" in str(gone.summary)


def test_the_options_of_the_run_before_hold(tmp_path: Path) -> None:
    path, samples = tmp_path / "first", pd.DataFrame({"id": GUID, "label": [0, 0, 1, 1]})
    options: dict[str, Any] = {"guid": "id", "gold": "label", "every": 2, "compact": True}
    with carto.Recorder(path, samples=samples, label_names=NAMES, **options) as recorder:
        logged(recorder)
    ledger = carto.ledger(path)
    ledger.relabel(["a"], "positive")
    fixed = samples.assign(label=[1, 0, 1, 1])
    with carto.again(path, ledger, samples=fixed) as recorder:
        logged(recorder, gold=(1, 0, 1, 1))
        assert recorder.dynamics.guid.tolist() == GUID
        assert recorder.run.description["every"] == 2
        assert recorder.run.description["compact"]
        assert "the logged labels are those in samples" in recorder.identity


def test_of_a_recorder_in_memory_the_new_one_is_in_memory(tmp_path: Path) -> None:
    first = carto.Recorder(label_names=NAMES)
    logged(first)
    ledger = carto.ledger(tmp_path / "edits.jsonl")
    recorder = carto.again(first, ledger)
    assert recorder.run.path is None
    assert recorder.run.description["parent"]["run"] == first.run.description.get("run")
    assert recorder.run.description["parent"]["edits"] == 0


def test_rows_that_move_up_when_some_are_dropped_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "first"
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    with carto.Recorder(path, label_names=NAMES) as recorder:
        rows = TensorDataset(torch.zeros(4, 2), torch.tensor([0, 0, 1, 1]))
        for x, gold in recorder.track(DataLoader(rows, batch_size=2)):
            recorder.log(x, gold)
    ledger = carto.ledger(path)
    ledger.drop([1])
    with pytest.raises(ValueError, match="drops 1 sample, and the run before names its samples by"):
        carto.again(path, ledger)
    carto.again(path, ledger, guid=[0, 2, 3]).close()


def test_what_cannot_be_meant_is_refused(before: Path, ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="would go on with the run before"):
        carto.again(before, ledger, if_exists="resume")
    with pytest.raises(TypeError, match="'label_name'; did you mean 'label_names'"):
        carto.again(before, ledger, label_name=NAMES)
    with carto.Recorder(tmp_path / "nameless") as recorder:
        logged(recorder)
    with pytest.raises(ValueError, match="the run before has no label names; give label_names="):
        carto.again(tmp_path / "nameless", ledger)
    with pytest.raises(FileNotFoundError, match=r"again: no[.]jsonl: there is no such ledger"):
        carto.again(before, "no.jsonl")
    with pytest.raises(FileNotFoundError, match=r"compare: no[.]jsonl: there is no such ledger"):
        carto.compare(before, before, ledger="no.jsonl")


def test_the_samples_of_the_run_before_are_taken_over_with_the_edits_applied(
    tmp_path: Path,
) -> None:
    samples = pd.DataFrame({"id": GUID, "label": [0, 0, 1, 1]})
    options: dict[str, Any] = {"samples": samples, "guid": "id", "gold": "label"}
    path = tmp_path / "first"
    with carto.Recorder(path, **options, label_names=NAMES, store_samples=True) as recorder:
        logged(recorder)
        ledger = carto.ledger(path)
        ledger.add_class("mixed")
        ledger.relabel(["a"], "mixed")
        ledger.drop(["d"])
        with carto.again(recorder, ledger, run=tmp_path / "live") as live:
            logged(live, gold=(2, 0, 1), guid=GUID[:3])
            assert "the logged labels are those in samples" in live.identity
    with carto.again(path, ledger) as stored:
        logged(stored, gold=(2, 0, 1), guid=GUID[:3])
        assert stored.dynamics.guid.tolist() == ["a", "b", "c"]
    found = carto.compare(path, tmp_path / "live")
    assert found["change"].loc[["a", "d"]].tolist() == ["relabelled", "only before"]
    assert found["edited"].loc[["a", "d"]].tolist() == ["relabel", "drop"]
    wrong = carto.again(path, ledger, run=tmp_path / "wrong")
    with pytest.raises(
        ValueError, match="the label in samples is 2"
    ):  # the loop trains on what it was before
        logged(wrong, gold=(0, 0, 1), guid=GUID[:3])
    wrong.close()
