"""The lesson on fixing a dataset: it runs, and its sentences are true of its numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbformat import read as read_notebook
from nbformat.v4 import new_code_cell

import carto_widget as carto
from carto_widget.demo import LABEL_NAMES, planted
from carto_widget.demo.kernel_only import run_cells

pytestmark = pytest.mark.notebook

LESSON = Path(__file__).parents[1] / "examples" / "fix_your_dataset.ipynb"
ASIDE = """
import json

json.dump(
    {
        "regions": pd.crosstab(table["region"], kind, normalize="columns").to_dict(),
        "suspects": float((truth != samples["label"])[suspects].mean()),
        "wrong": float((truth != samples["label"]).mean()),
        "labels": {"before": samples["label"].to_dict(), "after": fixed["label"].to_dict()},
        "truth": truth.to_dict(),
        "trial": str(trial),
        "verdict": trial.verdict,
    },
    open("told.json", "w"),
)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lesson ran from top to bottom; a cell behind it wrote down what it found."""
    folder = tmp_path_factory.mktemp("lesson")
    lesson = read_notebook(LESSON, as_version=4)
    (opening,) = (cell for cell in lesson.cells if "datamap.review(suspects" in cell.source)
    opening.source += "\ndatamap.ledger.drop(suspects[:1])"  # as a reader may in the panel
    lesson.cells.append(new_code_cell(ASIDE))
    run_cells(lesson, folder)
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return found


def test_slips_are_hard_to_learn_and_sarcasm_is_ambiguous(told: dict[str, Any]) -> None:
    regions = told["regions"]
    slips, agreed = regions["real, others say otherwise"], regions["real, label as others say"]
    assert slips["hard-to-learn"] > 2 * agreed["hard-to-learn"]
    joke = regions["planted sarcasm, wrong label"]
    assert joke["ambiguous"] > joke["hard-to-learn"] + joke["easy-to-learn"]


def test_the_suspects_are_wrong_far_more_often_than_others(told: dict[str, Any]) -> None:
    assert told["suspects"] > 2 * told["wrong"]


def test_what_was_decided_is_what_changed(told: dict[str, Any], folder: Path) -> None:
    before, after = (pd.Series(told["labels"][when]) for when in ("before", "after"))
    truth, decisions = (
        pd.Series(told["truth"]),
        carto.ledger(folder / "runs" / "reviews.ledger.jsonl").decisions(),
    )
    dropped = decisions.index[decisions["kind"] == "drop"]
    assert dropped.tolist() == before.index.difference(after.index).tolist() != []
    kept = decisions.index.difference(dropped)
    assert (after[kept] == truth[kept]).all()
    untouched = after.index.difference(decisions.index)
    assert (after[untouched] == before[untouched]).all()


def test_every_planted_joke_is_negative_in_the_end_and_a_class_was_made(
    told: dict[str, Any],
) -> None:
    made, after = planted(), pd.Series(told["labels"]["after"])
    assert (after[made.index] == made["truth"]).all()
    assert set(after) == {*LABEL_NAMES, "mixed"}


def test_the_second_run_knows_the_first_and_the_edits(folder: Path) -> None:
    parent = json.loads((folder / "runs" / "first-again" / "run.json").read_text())["parent"]
    edits = carto.ledger(folder / "runs" / "reviews.ledger.jsonl").edits
    assert parent["path"] == str(folder / "runs" / "first")
    assert parent["edits"] == len(edits)


def test_the_trial_claims_no_more_than_its_intervals_show(told: dict[str, Any]) -> None:
    assert ("cannot tell" in told["trial"]) == (told["verdict"] == "cannot tell")
