"""Edits meet labels of every kind: flags, numbers that are names, none at all, those of a round
before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.curation.ledger import Ledger

GUID = list("abcd")
STARS = ["1", "2", "3"]


def frame(labels: Any) -> pd.DataFrame:
    return pd.DataFrame({"text": ["w", "x", "y", "z"], "label": labels}, index=GUID)


def bound(folder: Path, given: pd.DataFrame) -> Ledger:
    return Ledger(folder / "l.jsonl").of(given, gold="label")


@pytest.mark.parametrize("kind", ["bool", "boolean", "category", "float64", "object"])
def test_flags_and_whole_fractions_are_classes(tmp_path: Path, kind: str) -> None:
    given = frame([True, False, True, False]).astype({"label": kind})
    ledger = bound(tmp_path, given)
    for to in (given["label"].iloc[1], False, 0, 0.0):  # in whatever type somebody writes it
        ledger.relabel("a", to)
    ledger.relabel("d", True)
    assert ledger.decisions()["to"].tolist() == [0, 1]
    made = ledger.apply(given)["label"]
    assert made.tolist() == [False, False, True, True]
    assert made.dtype == given["label"].dtype


@pytest.mark.parametrize("kind", ["bool", "boolean", "int8", "float32", "object", "bool[pyarrow]"])
def test_samples_are_dropped_whatever_type_their_labels_have(tmp_path: Path, kind: str) -> None:
    given = frame([True, False, True, False]).astype({"label": kind})
    ledger = bound(tmp_path, given)
    ledger.drop("b")
    made = ledger.apply(given)["label"]
    assert made.tolist() == [1, 1, 0]
    assert made.dtype == given["label"].dtype
    given.rename_axis("guid").reset_index().to_parquet(tmp_path / "in.parquet")
    path = ledger.apply(tmp_path / "in.parquet", guid="guid", to=tmp_path / "out.parquet")
    assert pd.read_parquet(path)["label"].tolist() == [1, 1, 0]


@pytest.mark.parametrize("kind", ["boolean", "object", "bool[pyarrow]"])
def test_flags_of_which_some_are_missing_take_a_third_class(tmp_path: Path, kind: str) -> None:
    given = frame([False, None, True, False]).astype({"label": kind})
    ledger = bound(tmp_path, frame(pd.Categorical(["no", None, "yes", "no"], ["no", "yes"])))
    ledger.relabel("d", "yes")
    made = ledger.apply(given, label_names=["no", "yes"])["label"]
    assert made.isna().tolist() == [False, True, False, False]
    assert made.dropna().map(type).tolist() == [bool] * 3
    ledger.add_class("perhaps")
    ledger.relabel("a", "perhaps")
    made = ledger.apply(given, label_names=["no", "yes"])["label"]
    assert made.tolist() == [2, pd.NA, 1, 1]
    given.rename_axis("guid").reset_index().to_parquet(tmp_path / "in.parquet")
    path = ledger.apply(
        tmp_path / "in.parquet", guid="guid", label_names=["no", "yes"], to=tmp_path / "o.parquet"
    )
    assert pd.read_parquet(path)["label"].fillna(-1).tolist() == [2, -1, 1, 1]


def test_names_are_written_where_all_labels_were_missing(tmp_path: Path) -> None:
    given = frame([float("nan")] * 4)
    ledger = bound(tmp_path, given)
    ledger.add_class("spam")
    ledger.relabel("c", "spam")
    made = ledger.apply(given, label_names=["ham"])["label"]
    assert made.dropna().to_dict() == {"c": "spam"}


@pytest.mark.parametrize("odd", [[b"p"] * 4, [float("inf")] * 4, [["p"]] * 4, [1j] * 4])
def test_labels_that_are_no_classes_are_refused_in_words(tmp_path: Path, odd: Any) -> None:
    ledger = bound(tmp_path, frame([0, 1, 0, 1]))
    ledger.relabel("a", 1)
    with pytest.raises(ValueError, match="one class a sample, a name or a number"):
        ledger.apply(frame(odd))


def test_names_of_samples_may_be_one_level_of_an_index(tmp_path: Path) -> None:
    given = frame(["p", "q", "p", "q"])
    ledger = bound(tmp_path, given)
    ledger.relabel("a", "q")
    ledger.drop("b")
    several = pd.MultiIndex.from_arrays([[1, 1, 2, 2], GUID], names=["fold", "guid"])
    made = ledger.apply(given.set_axis(several), guid="guid")
    assert made["label"].to_dict() == {(1, "a"): "q", (2, "c"): "p", (2, "d"): "q"}


def test_a_file_without_types_has_numbers_where_the_ledger_has_names(tmp_path: Path) -> None:
    given = frame(pd.Categorical(["1", "2", "1", "3"], STARS))
    ledger = bound(tmp_path, given)
    ledger.relabel("a", "2")  # as places among the names 1 would be "2", and done already
    ledger.drop("b")
    path = tmp_path / "stars.csv"
    given.rename_axis("guid").to_csv(path)
    made = pd.read_csv(ledger.apply(path, guid="guid", to=tmp_path / "fixed.csv"))
    assert made["label"].tolist() == [2, 1, 3]
    again = Ledger(ledger.path).apply(path, guid="guid", to=tmp_path / "unbound.csv")
    assert again.read_bytes() == (tmp_path / "fixed.csv").read_bytes()


def test_numbers_that_may_be_names_or_places_are_not_guessed(tmp_path: Path) -> None:
    ledger = bound(tmp_path, frame(pd.Categorical(["1", "2", "1", "2"], STARS)))
    ledger.relabel("a", "2")
    with pytest.raises(ValueError, match=r"these names, or places among them\? Give the labels as"):
        ledger.apply(frame([1, 2, 1, 2]))
    places = frame([0, 1, 0, 2])
    assert ledger.apply(places)["label"].tolist() == [1, 1, 0, 2]


def test_what_was_said_without_knowing_a_label_is_applied_whatever_it_is(tmp_path: Path) -> None:
    given = frame(["p", "q", "p", "q"])
    ledger = Ledger(tmp_path / "l.jsonl").of(given[["text"]])
    ledger.drop("a")
    ledger.add_class("mixed")
    ledger.relabel("b", "mixed")
    assert ledger.apply(given)["label"].tolist() == ["mixed", "p", "q"]


def test_a_ledger_that_is_not_there_is_not_an_empty_one(tmp_path: Path) -> None:
    given = frame(["p", "q", "p", "q"])
    with pytest.raises(FileNotFoundError, match=r"typo\.jsonl: there is no such ledger"):
        Ledger(tmp_path / "typo.jsonl").apply(given)
    assert len(bound(tmp_path, given).apply(given)) == 4  # nothing is said of these yet


def test_a_new_number_is_a_class_of_numbers(tmp_path: Path) -> None:
    given = frame([7, 8, 7, 8])
    ledger = bound(tmp_path, given)
    with pytest.raises(ValueError, match="the dataset has this class already"):
        ledger.add_class("7")
    ledger.add_class("9")
    ledger.relabel("a", "9")
    assert ledger.apply(given)["label"].tolist() == [9, 8, 7, 8]


def test_names_in_a_csv_file_are_texts_where_the_ledger_has_texts(tmp_path: Path) -> None:
    given = frame(["p", "q", "p", "q"]).set_axis(["001", "002", "1e3", "4"])
    ledger = bound(tmp_path, given)
    ledger.drop(["001", "002"])
    ledger.relabel("1e3", "q")
    path = tmp_path / "reviews.csv"
    given.rename_axis("guid").to_csv(path)
    made = ledger.apply(path, guid="guid", to=tmp_path / "fixed.csv")
    assert made.read_text() == "guid,text,label\n1e3,y,q\n4,z,q\n"


def test_what_is_kept_after_a_relabel_is_the_label_that_it_gave(tmp_path: Path) -> None:
    given = frame(pd.Categorical(["p", "p", "q", "q"]))
    ledger = bound(tmp_path, given)
    ledger.relabel(["a", "b"], "q")
    fixed = ledger.apply(given)
    second = ledger.of(fixed, gold="label")  # another look, at the labels of the first round
    second.keep("a")
    second.relabel("b", "p")
    for one in (ledger, second, Ledger(ledger.path)):
        assert one.apply(given)["label"].tolist() == ["q", "p", "q", "q"]
        assert one.apply(fixed)["label"].tolist() == ["q", "p", "q", "q"]
    assert ledger.apply(given).attrs["carto"]["moves"] == {"p -> q": 1}
    assert ledger.preview(given)["state"].tolist() == ["relabel", "applied already"]


def test_what_somebody_else_takes_back_does_not_hold_for_a_reviewer(tmp_path: Path) -> None:
    given = frame(["p", "p", "q", "q"])
    ann = bound(tmp_path, given).by("ann")
    wrong = ann.relabel("a", "q")
    ann.keep("b")
    ann.by("bob").undo(wrong)
    assert ann.decisions("ann").index.tolist() == ["b"]
    assert "0 of 1 decided samples change" in ann.diff("ann")
    assert ann.apply(given, reviewer="ann")["label"].tolist() == ["p", "p", "q", "q"]


def test_half_a_letter_is_refused_in_words(tmp_path: Path) -> None:
    ledger = carto.ledger(tmp_path / "l.jsonl").of(frame(["p", "p", "q", "q"]), gold="label")
    with pytest.raises(ValueError, match=r"a note has half a letter, '\\ud83d"):
        ledger.note("a", "so \ud83d")
    assert not ledger.path.exists()
