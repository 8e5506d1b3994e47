"""What a ledger tells: counts, a patch, an audit, agreement, and the cell that applies it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from edited import REVIEWS, decided, ledger_of
from sklearn.metrics import cohen_kappa_score

import carto_widget as carto
from carto_widget.curation.ledger import Ledger
from carto_widget.curation.reports.agreement import kappa
from carto_widget.curation.reports.audit import wilson


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Ann has decided on all, Bob on three."""
    ann = ledger_of(tmp_path / "reviews.ledger.jsonl")
    ann.relabel("s2", "negative", reason="aum", note="it ends\nwith not")
    ann.keep("s1")
    ann.add_class("mixed", color="#aa00ff", rule="both")
    ann.relabel("s3", "mixed", reason="lasso")
    ann.drop("s4")
    ann.tag("s2", "irony")
    bob = ann.by("bob")
    bob.relabel("s2", "negative", note="sarcasm")
    bob.keep(["s1", "s4"])
    return ann


PATCH = """\
--- reviews.ledger.jsonl: 2 of 4 decided samples change
    1 keep
    1 on which reviewers differ
+ class mixed (#aa00ff; both)

@@ s3  "Good, but also bad"
- positive
+ mixed
  ann, found by lasso

@@ s2  "I really love this app...not"
- positive
+ negative
  bob: sarcasm
  tags: irony

@@ s4  "Never again"
- negative
? (drop) (ann)
? negative (bob)"""


def test_a_diff_reads_like_a_patch(ledger: Ledger) -> None:
    assert repr(ledger.diff()) == ledger.diff() == PATCH
    assert '"I really' not in carto.ledger(ledger.path).diff()  # no samples at hand
    assert "ann, found by aum: it ends with not" in ledger.diff("ann")


def test_of_a_long_sample_eighty_letters_are_shown_in_one_line(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["two\nlines " + "x" * 100], "label": ["a"]}, index=["s1"])
    ledger = ledger_of(tmp_path / "l", frame)
    ledger.drop("s1")
    (line,) = [line for line in ledger.diff().splitlines() if line.startswith("@@")]
    assert line == f'@@ s1  "two lines {"x" * 69}…"'


def test_a_summary_counts_by_kind_class_and_reviewer(ledger: Ledger) -> None:
    found = ledger.summary()
    assert found.kinds["edits"].to_dict() == {
        "keep": 3,
        "relabel": 3,
        "drop": 1,
        "tag": 1,
        "class": 1,
    }
    changes = found.changes.set_index(["from", "to"])["samples"].to_dict()
    assert changes == {("positive", "mixed"): 1, ("positive", "negative"): 1}
    assert found.reviewers["decided"].to_dict() == {"ann": 4, "bob": 3}
    assert found.reviewers["keep"].to_dict() == {"ann": 1, "bob": 2}
    assert [found.conflicts, found.classes] == [1, ["mixed"]]
    ledger.undo()
    assert ledger.summary().kinds.loc["tag"].to_dict() == {"edits": 1, "hold": 0}


def test_a_ledger_shows_itself_without_a_front_end_and_names_are_text(ledger: Ledger) -> None:
    ledger.by("<script>eve").relabel("s1", "negative")
    assert "reviewers differ on 2 samples" in repr(ledger)
    shown = ledger._repr_html_()
    assert "&lt;script&gt;eve" in shown
    assert "<script>" not in shown
    other = ledger_of(ledger.path, split="test")
    other.keep("s1")
    assert "edits of several datasets" in repr(carto.ledger(ledger.path))
    assert "edits of several datasets" in carto.ledger(ledger.path)._repr_html_()
    assert "0 edits" in repr(carto.ledger(ledger.path.with_name("new")))


def test_the_code_makes_the_edited_dataset(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reviewers differ on 1: refused until" in ledger.code()
    ledger.keep("s4")
    monkeypatch.chdir(ledger.path.parent)
    cell = {"samples": REVIEWS}
    exec(ledger.code(), cell)
    assert cell["edited"]["label"].tolist() == ["positive", "negative", "mixed", "negative"]
    assert REVIEWS["label"].tolist() == ["positive", "positive", "positive", "negative"]


def test_conflicts_say_what_each_reviewer_wants(ledger: Ledger) -> None:
    assert ledger.conflicts().to_dict("index") == {
        "s4": {"from": "negative", "ann": "(drop)", "bob": "negative"}
    }


def test_agreement_is_cohens_kappa_of_each_pair(ledger: Ledger) -> None:
    # Both decided on s1 (positive, positive), s2 (negative, negative), s4 (drop, negative):
    # agreed 2/3; by chance positive 1/3*1/3 + negative 1/3*2/3 = 1/3; (2/3 - 1/3) / (2/3) = 1/2.
    (pair,) = ledger.agreement().to_dict("records")
    assert pair == {
        "reviewer": "ann",
        "other": "bob",
        "samples": 3,
        "agreed": pytest.approx(2 / 3),
        "kappa": pytest.approx(1 / 2),
    }
    ledger.by("cid").keep("s3")
    pairs = ledger.agreement()[["reviewer", "other"]].to_numpy().tolist()
    assert pairs == [["ann", "bob"], ["ann", "cid"]]


def test_kappa_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    for answers in (2, 3, 7):
        one = random.integers(0, answers, 50)
        other = np.where(random.random(50) < 0.6, one, random.integers(0, answers, 50))
        assert kappa(one, other) == pytest.approx(cohen_kappa_score(one, other))
    assert np.isnan(kappa(np.zeros(3, np.int64), np.zeros(3, np.int64)))


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611)}
    for (k, n), interval in published.items():
        assert wilson(k, n) == pytest.approx(interval, abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_an_audit_is_drawn_from_all_with_the_same_chance(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": [f"t{i}" for i in range(50)], "label": ["a", "b"] * 25})
    ledger = ledger_of(tmp_path / "l", frame)
    ledger.drop(range(10))  # what is decided has its chance, too
    first = ledger.audit(20)
    assert first.index[:5].tolist() == ledger.audit(5).index.tolist()
    assert first["text"].tolist() == [f"t{guid}" for guid in first.index]
    assert first.attrs == {"reason": "audit", "seed": 0}
    drawn = pd.concat([ledger.audit(10, seed=seed) for seed in range(300)]).index.value_counts()
    assert drawn.sum() == 3000
    assert drawn.reindex(range(50)).between(30, 95).all()  # 60 each, give or take 4 deviations
    for n in (0, 51):
        with pytest.raises(ValueError, match="expected 1 to 50"):
            ledger.audit(n)
    with pytest.raises(ValueError, match="names 10 of 50 samples"):
        carto.ledger(tmp_path / "l").audit(5)


def test_only_what_was_audited_tells_how_many_labels_are_wrong(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": list("abcdefgh"), "label": ["a", "b"] * 4})
    ledger = ledger_of(tmp_path / "l", frame)
    assert "nothing is audited yet" in repr(ledger.audit_result())
    ledger.relabel([0, 2], "b", reason="aum")  # found because a model finds them odd
    ledger.relabel(4, "b", reason="audit")
    ledger.keep([0, 1, 3], reason="audit")
    ledger.drop(5, reason="audit")
    ledger.unsure(6, reason="audit")
    found = ledger.audit_result()
    assert [found.n, found.wrong, found.dropped, found.unsure] == [4, 1, 1, 1]
    assert [found.rate, found.interval] == [0.25, wilson(1, 4)]
    assert repr(found) == (
        "1 of 4 audited labels are wrong: 25.0% (95 % interval 4.6% to 69.9%); "
        "not counted: 1 dropped, 1 unsure"
    )
    ledger.relabel(1, "a", reason="aum")  # looked at again for another reason
    assert [ledger.audit_result().n, ledger.audit_result().wrong] == [4, 1]
    ledger.relabel(1, "a", reason="audit")  # audited again
    assert [ledger.audit_result().n, ledger.audit_result().wrong] == [4, 2]
    ledger.by("bob").keep(4, reason="audit")
    assert [ledger.audit_result().wrong, ledger.audit_result().disputed] == [1, 1]
    ledger.undo()
    assert decided(ledger)[1] == "a"
