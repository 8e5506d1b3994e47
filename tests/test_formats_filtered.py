"""Subsets in the original paper's folders: written by `write_filtered`, read by `read_table`."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import carto_widget as carto
from carto_widget.datawork.original import write_filtered
from carto_widget.store.paper_ids import paper_id

PAIRS = ["3416050480.jpg#4r1n", "vg_len5r2e", "vg_verb12c", "2267923837.jpg#2r1e"]
NUMBERS = [3416050480412, 555520, 444121, 2267923837210]  # worked out from the original's rule


def task_folder(root: Path, task: str, header: str, lines: list[str]) -> Path:
    folder = root / "glue" / task
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("\n".join([header, *lines]) + "\n")
    for name in ("dev.tsv", "test.tsv"):
        (folder / name).write_text("x\n")
    return folder


def dynamics(guid: list[int] | list[str]) -> carto.TrainingDynamics:
    rising = np.linspace(0.1, 0.9, len(guid))
    return carto.TrainingDynamics.from_arrays(
        gold=np.zeros(len(guid), int), guid=guid, gold_probability=[rising, rising]
    )


def test_the_ids_of_the_paper_are_integers() -> None:
    assert [paper_id(pair) for pair in PAIRS] == NUMBERS
    assert (paper_id("abc"), paper_id("x"), paper_id("")) == (1, 3, None)


@pytest.mark.parametrize("guid", [PAIRS, NUMBERS])
def test_snli_goes_round(tmp_path: Path, guid: list[int] | list[str]) -> None:
    # the header names fewer labels than some lines have: those of the annotators
    lines = [f"{i}\tc\t{pair}\ttext {i}\tx\ty\tneutral" for i, pair in enumerate(PAIRS)]
    data = task_folder(
        tmp_path, "SNLI", "index\tcaptionID\tpairID\ttext\tlabel1\tgold_label", lines
    )
    made = dynamics(guid)
    for fraction in (0.25, 0.5):
        chosen = carto.subset(made, metric="confidence", fraction=fraction, compat=True)
        written = write_filtered(chosen, data, tmp_path / "out")
    assert written.read_text().splitlines()[1] == f"0\tc\t{PAIRS[0]}\ttext 0\tx\tneutral"
    found = carto.read_table(tmp_path / "out")
    assert found.index.tolist() == NUMBERS[:3]  # one more than the fraction, as the original
    assert found["fraction"].tolist() == [0.25, 0.25, 0.5]
    assert found["gold_label"].tolist() == ["neutral"] * 3
    assert found.attrs["metric"] == "confidence"
    assert (found.attrs["task"], found.attrs["worst"]) == ("SNLI", False)
    for source in (written, written.parent, written.parent.parent):
        one = carto.read_table(source)
        assert one.index.tolist() == NUMBERS[:3]
        assert set(one["fraction"]) == {0.5}


def test_other_tasks_keep_their_ids(tmp_path: Path) -> None:
    lines = [f"text {i}\t{10000 + i}\t1" for i in range(4)]
    data = task_folder(tmp_path, "WINOGRANDE", "sentence\tguid\tlabel", lines)
    made = dynamics([10000, 10001, 10002, 10003])
    chosen = carto.subset(made, metric="confidence", fraction=0.5, worst=True, both_ends=True)
    found = carto.read_table(write_filtered(chosen, data, tmp_path / "out").parent)
    assert found.index.tolist() == chosen.index.tolist() == [10003, 10000]
    assert made.guid.dtype == found.index.dtype


def test_the_random_baseline_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "out_725862" / "QNLI_0.33" / "QNLI"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("index\tquestion\tlabel\n7q\twhat\t1\n3q\twho\t0\n")
    found = carto.read_table(tmp_path / "out_725862")
    assert found.index.tolist() == ["7q", "3q"]
    assert (found.attrs["metric"], found["fraction"].tolist()) == ("random", [0.33, 0.33])


def test_a_subset_is_no_training_dynamics(tmp_path: Path) -> None:
    folder = tmp_path / "cartography_variability_0.33" / "QNLI"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("index\tlabel\n7\t1\n")
    with pytest.raises(ValueError, match=r"carto\.read_table reads them"):
        carto.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no header"),
        ("id\tid\n1\t2\n", "a column is there twice: id, id"),
        ("id\ttext\n1\n", "line 2: 1 columns, 2 in the header"),
        ("id\ttext\n1\ta\n1\tb\n", "guids must be unique, these repeat: 1"),
        ("id\ttext\n\xff\ta\n", "not text in UTF-8"),
    ],
)
def test_lines_that_do_not_fit_are_named(tmp_path: Path, text: str, said: str) -> None:
    folder = tmp_path / "cartography_variability_0.33" / "QNLI"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=rf"train\.tsv.*{said}"):
        carto.read_table(tmp_path)


def test_two_metrics_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    for metric in ("variability", "confidence"):
        folder = tmp_path / f"cartography_{metric}_0.33" / "QNLI"
        folder.mkdir(parents=True)
        (folder / "train.tsv").write_text("index\tlabel\n7\t1\n")
    said = "several kinds: confidence of QNLI, variability of QNLI. Name the folder of one"
    with pytest.raises(ValueError, match=said):
        carto.read_table(tmp_path)
    assert carto.read_table(tmp_path / "cartography_variability_0.33").index.tolist() == [7]


def test_ids_too_large_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "cartography_variability_0.33" / "MNLI"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("index\tlabel\n" + "9" * 5000 + "e\t1\n")
    with warnings.catch_warnings(), pytest.raises(ValueError, match="'index' holds no ids"):
        carto.read_table(tmp_path)
