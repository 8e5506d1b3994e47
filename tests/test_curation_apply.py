"""Edits applied to DataFrames: all or nothing, and never in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carto_widget.curation.ledger import Ledger

NAMES = ["neg", "pos"]


def frame(labels: Any = ("neg", "pos", "neg", "pos", "neg")) -> pd.DataFrame:
    texts = ["bad", "fine", "awful", "I love it ... not", "good, but bad"]
    return pd.DataFrame({"text": texts, "label": labels}, index=list("abcde"))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "reviews.ledger.jsonl").of(frame(), gold="label")


def test_a_new_frame_has_the_edits_and_the_old_one_stays(ledger: Ledger) -> None:
    given = frame()
    given.attrs["mine"] = 1
    before = given.copy(deep=True)
    ledger.relabel("d", "neg")
    ledger.drop("b")
    ledger.keep("a")
    ledger.unsure("c")
    made = ledger.apply(given)
    assert list(made.index) == list("acde")
    assert list(made["label"]) == ["neg", "neg", "neg", "neg"]
    pd.testing.assert_frame_equal(given, before)
    assert given.attrs == {"mine": 1}
    assert made.attrs == {
        "mine": 1,
        "carto": {
            "ledger": str(ledger.path),
            "samples": 5,
            "relabelled": 1,
            "dropped": 1,
            "kept": 1,
            "unsure": 1,
            "already": 0,
            "content_not_compared": 0,
            "moves": {"pos -> neg": 1},
            "label_names": ["neg", "pos"],
        },
    }
    assert list(ledger.apply(given, unsure="drop").index) == list("ade")
    made.loc["a", "text"] = "changed"
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (pd.Series([0, 1, 0, 1, 0], dtype="int8"), [0, 1, 0, 2, 0]),
        (pd.Series([0, 1, 0, 1, 0], dtype="Int16"), [0, 1, 0, 2, 0]),
        (pd.Series([0, 1, 0, 1, 0], dtype="int64[pyarrow]"), [0, 1, 0, 2, 0]),
        (pd.Series([0.0, 1.0, 0.0, 1.0, None]), [0, 1, 0, 2, None]),
        (pd.Series(["neg", "pos"] * 2 + ["neg"]), ["neg", "pos", "neg", "mixed", "neg"]),
        (pd.Series(["neg", "pos"] * 2 + ["neg"], dtype=object), ["neg", "pos", "neg", "mixed"]),
        (pd.Series(["neg", "pos"] * 2 + ["neg"], dtype="string"), ["neg", "pos", "neg", "mixed"]),
    ],
)
def test_a_column_keeps_its_type(ledger: Ledger, labels: Any, expected: list[Any]) -> None:
    ledger.add_class("mixed")
    ledger.relabel("d", "mixed")
    given = frame(labels.to_numpy()).astype({"label": labels.dtype})
    made = ledger.apply(given, label_names=NAMES)["label"]
    assert made.dtype == labels.dtype
    found = [None if pd.isna(one) else one for one in made.tolist()]
    assert found[: len(expected)] == expected


def test_a_type_grows_only_where_it_must(tmp_path: Path) -> None:
    given = pd.DataFrame({"label": np.array([0, 127, 1], np.int8)})
    names = [f"class {i}" for i in range(128)]
    shown = given.assign(label=pd.Categorical([names[i] for i in given["label"]], names))
    ledger = Ledger(tmp_path / "l").of(shown, gold="label")
    ledger.add_class("more")
    ledger.relabel([0], "more")
    made = ledger.apply(given, label_names=names)["label"]
    assert made.tolist() == [128, 127, 1]
    assert made.dtype == np.int16
    flags = pd.DataFrame({"label": [True, False]})
    ledger = Ledger(tmp_path / "flags").of(flags.astype(int), gold="label")
    ledger.relabel([0], 0)
    made = ledger.apply(flags)["label"]
    assert made.tolist() == [False, False]
    assert made.dtype == bool


def test_a_new_class_is_a_category_whether_it_is_used_or_not(ledger: Ledger) -> None:
    ledger.add_class("mixed")
    ledger.add_class("spam")
    ledger.relabel("e", "mixed")
    made = ledger.apply(frame(pd.Categorical(frame()["label"], ["pos", "neg"], ordered=True)))
    assert list(made["label"].cat.categories) == ["pos", "neg", "mixed", "spam"]
    assert made["label"].cat.ordered
    assert made.loc["e", "label"] == "mixed"
    assert made.attrs["carto"]["label_names"] == ["pos", "neg", "mixed", "spam"]
    assert ledger.label_names(["pos", "neg"]) == ["pos", "neg", "mixed", "spam"]


def test_guids_in_a_column_of_a_frame_in_another_order_with_other_rows(ledger: Ledger) -> None:
    ledger.relabel("d", "neg")
    ledger.drop("b")
    given = frame().rename_axis("id").reset_index().iloc[[3, 0, 1]]
    made = ledger.apply(given, guid="id", gold="label")
    assert made["id"].tolist() == ["d", "a"]
    assert made.index.tolist() == [3, 0]
    assert made["label"].tolist() == ["neg", "neg"]


def test_everything_that_does_not_fit_is_counted_and_named_and_nothing_is_applied(
    ledger: Ledger,
) -> None:
    ledger.relabel(["a", "c"], "pos")
    ledger.drop(["b", "d", "e"])
    given = frame(["pos", "pos", "neutral", "pos", "neg"]).drop("e")
    given.loc["d", "text"] = "other"
    before = given.copy(deep=True)
    with pytest.raises(ValueError, match="apply changed nothing") as caught:
        ledger.apply(given)
    told = str(caught.value).split("\n")
    assert told[0].endswith("3 of 5 decisions do not fit this DataFrame of 4 samples")
    assert told[1].startswith("- not in the dataset (1): 'e'. Give the dataset that was reviewed")
    assert told[2].startswith("- content changed (1): 'd'. Review these again")
    assert told[3].startswith("- label differs (1): 'c' is 'neutral', was 'neg'. ")
    assert told[4] == "More than half do not fit: this is likely to be another dataset."
    assert told[5] == "Applied already are 1 ('a'), which is no fault."
    pd.testing.assert_frame_equal(given, before)
    states = ledger.preview(given)["state"].to_dict()
    assert states == {
        "a": "applied already",
        "c": "label differs",
        "b": "drop",
        "d": "content changed",
        "e": "not in the dataset",
    }


def test_a_changed_or_missing_sample_that_is_only_kept_is_no_fault(ledger: Ledger) -> None:
    ledger.keep(["a", "b"])
    ledger.relabel("d", "neg")
    given = frame().drop("a")
    given.loc["b", "text"] = "other"
    assert ledger.apply(given).loc["d", "label"] == "neg"


def test_it_may_be_applied_to_what_it_was_applied_to(ledger: Ledger) -> None:
    ledger.relabel(["a", "c"], "pos")
    once = ledger.apply(frame())
    twice = ledger.apply(once)
    pd.testing.assert_frame_equal(once, twice)
    assert twice.attrs["carto"]["already"] == 2


def test_an_edit_of_an_edited_sample_is_applied_to_the_first_dataset(ledger: Ledger) -> None:
    ledger.add_class("mixed")
    ledger.relabel("a", "pos")
    later = Ledger(ledger.path).of(ledger.apply(frame()), gold="label")
    later.relabel("a", "mixed")
    assert ledger.apply(frame()).loc["a", "label"] == "mixed"
    later.undo()
    assert ledger.apply(frame()).loc["a", "label"] == "pos"
    elsewhere = later.of(frame(["mixed", *frame()["label"][1:]]), gold="label")
    elsewhere.relabel("a", "pos")
    with pytest.raises(ValueError, match="'a' is 'neg', was 'mixed'"):
        ledger.apply(frame())


def test_reviewers_who_differ_are_refused_unless_it_is_said_who_counts(ledger: Ledger) -> None:
    anna, ben, cleo = (ledger.by(name) for name in ("anna", "ben", "cleo"))
    anna.relabel(["a", "c"], "pos")
    ben.relabel("a", "pos")
    ben.keep("c")
    with pytest.raises(ValueError, match=r"reviewers disagree \(1\): 'c'\. Settle these"):
        ledger.apply(frame())
    labels = {who: ledger.apply(frame(), reviewer=who)["label"].tolist() for who in ("anna", "ben")}
    assert labels["anna"] == ["pos", "pos", "pos", "pos", "neg"]
    assert labels["ben"] == ["pos", "pos", "neg", "pos", "neg"]
    assert ledger.apply(frame(), conflicts="latest").loc["c", "label"] == "neg"
    with pytest.raises(ValueError, match="reviewers disagree"):
        ledger.apply(frame(), conflicts="majority")
    cleo.relabel("c", "pos")
    assert ledger.apply(frame(), conflicts="majority").loc["c", "label"] == "pos"
    with pytest.raises(ValueError, match="'dora' has decided nothing; who has: 'anna', 'ben'"):
        ledger.apply(frame(), reviewer="dora")
    with pytest.raises(ValueError, match="expected one of refuse, majority, latest"):
        ledger.apply(frame(), conflicts="first")


def test_classes_that_nobody_made_and_names_that_are_not_given(ledger: Ledger) -> None:
    ledger.relabel("d", "neg")
    gone = frame(["pos"] * 5).drop(["a", "c", "e"])
    with pytest.raises(
        ValueError, match=r"class unknown \(1\): 'd' from 'pos' to 'neg'.*\nThe classes are"
    ):
        ledger.apply(gone)
    assert ledger.apply(gone, label_names=NAMES).loc["d", "label"] == "neg"
    with pytest.raises(ValueError, match="Give all old classes as label_names="):
        ledger.apply(frame([0, 1, 0, 1, 0]))
    assert ledger.apply(frame([0, 1, 0, 1, 0]), label_names=NAMES).loc["d", "label"] == 0
    with pytest.raises(ValueError, match=r"class unknown \(1\): 'd' from 'pos' to 'neg'"):
        ledger.apply(frame(), label_names=["neg"])
    with pytest.raises(ValueError, match="one class a sample"):
        ledger.apply(frame([["neg"], ["pos"], [], [], []]))


def test_a_class_that_was_taken_back_is_unknown(ledger: Ledger) -> None:
    added = ledger.add_class("mixed")
    ledger.relabel("a", "mixed")
    ledger.undo(added)
    for label in ("neg", "mixed", "odd"):
        given = frame([label, *frame()["label"][1:]])
        with pytest.raises(ValueError, match=r"class unknown \(1\): 'a' from 'neg' to 'mixed'"):
            ledger.apply(given, label_names=NAMES)


def test_names_that_the_ledgers_own_samples_know_need_not_be_given(tmp_path: Path) -> None:
    shown = frame(pd.Categorical(frame()["label"], ["pos", "neg", "neutral"]))
    ledger = Ledger(tmp_path / "l").of(shown, gold="label")
    ledger.add_class("mixed")
    ledger.relabel("d", "mixed")
    ledger.relabel("a", "neutral")
    made = ledger.apply(frame([1, 0, 1, 0, 1]))
    assert made["label"].tolist() == [2, 0, 1, 3, 1]
    assert ledger.apply(frame())["label"].tolist() == ["neutral", "pos", "neg", "mixed", "neg"]
    twice = Ledger(ledger.path).apply(ledger.apply(frame()))
    assert twice.attrs["carto"]["label_names"] == ["neg", "neutral", "pos", "mixed"]
    with pytest.raises(ValueError, match="class unknown"):
        ledger.apply(frame([1, 7, 1, 0, 1]))


def test_guids_of_another_kind_or_twice_are_named(ledger: Ledger) -> None:
    ledger.relabel("d", "neg")
    with pytest.raises(ValueError, match="ledger's guids are texts, those of the dataset numbers"):
        ledger.apply(frame().reset_index(drop=True))
    days = frame().set_axis(pd.date_range("2026-01-01", periods=len(frame())))
    with pytest.raises(ValueError, match="are texts, those of the dataset Timestamps"):
        ledger.apply(days)
    with pytest.raises(ValueError, match=r"more than once \(1\): 'd'"):
        ledger.apply(pd.concat([frame(), frame()]))


def test_content_that_cannot_be_compared_is_counted(ledger: Ledger) -> None:
    ledger.relabel("d", "neg")
    made = ledger.apply(frame()[["label"]])
    assert made.attrs["carto"]["content_not_compared"] == 1


def test_which_column_is_meant_must_be_clear(ledger: Ledger) -> None:
    ledger.relabel("d", "neg")
    with pytest.raises(ValueError, match=r"Give gold=, one of \['text', 'stars'\]"):
        ledger.apply(frame().rename(columns={"label": "stars"}))
    with pytest.raises(ValueError, match="guid='id' is no column"):
        ledger.apply(frame(), guid="id")
    with pytest.raises(TypeError, match=r"expected one of: .*a pandas DataFrame"):
        ledger.apply([1, 2])
    with pytest.raises(TypeError, match="to= is not known for a pandas DataFrame"):
        ledger.apply(frame(), to="x.csv")


def test_edits_of_several_datasets_must_be_told_apart(ledger: Ledger) -> None:
    ledger.relabel("d", "neg")
    other = frame().rename(index={"a": "z"})
    Ledger(ledger.path).of(other, gold="label").drop("z")
    with pytest.raises(ValueError, match="edits of several datasets"):
        Ledger(ledger.path).apply(frame())
    made = Ledger(ledger.path).of(frame(), gold="label").apply(frame())
    assert made.loc["d", "label"] == "neg"


def test_a_ledger_with_edits_of_another_dataset_alone_says_so(ledger: Ledger) -> None:
    ledger.relabel("d", "neg")
    other = frame().rename(index={"a": "z"})
    with pytest.raises(
        ValueError, match=r"all edits in .* another dataset .*: train with 5 sample"
    ):
        ledger.of(other, gold="label").apply(other)


def test_a_frame_of_no_rows_and_one_of_one(tmp_path: Path) -> None:
    one = frame().iloc[:1]
    ledger = Ledger(tmp_path / "l").of(one, gold="label")
    assert ledger.apply(one.iloc[:0]).shape == (0, 2)
    ledger.drop("a")
    assert ledger.apply(one).shape == (0, 2)
