"""A review, seen from Python and from a page: its queue, its cards, what is decided."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pandas as pd
import pytest
from review_page import GOLD, GUID, MARGIN, SAMPLES, Open, Opened, asked, cards, told
from widget_page import until

import carto_widget as carto
from carto_widget.store.dynamics import TrainingDynamics


def guids(review: Any) -> list[str]:
    return list(review.queue.index)


# ---- the queue ----


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("aum", "fdbace"),
        ("-aum", "ecabdf"),
        ("length", "fbdeac"),  # of equal ones the first comes first
        ("-length", "caedbf"),
        (None, "abcdef"),
    ],
)
def test_the_queue_begins_at_the_suspicious_end(opened: Opened, order: str, expected: str) -> None:
    assert guids(opened().review(order=order)) == list(expected)


def test_a_ranking_keeps_its_own_order(opened: Opened) -> None:
    ranking = SAMPLES.loc[["e", "a", "c"]]
    assert guids(opened().review(ranking, order=None)) == ["e", "a", "c"]
    assert guids(opened().review(["e", "a", "e"], order=None)) == ["e", "a"]


def test_an_audit_stays_as_it_was_drawn_and_says_so(opened: Opened) -> None:
    datamap = opened()
    drawn = datamap.ledger.audit(3, seed=5)
    for options in ({}, {"order": "aum"}, {"blind": True}):
        review = datamap.review(drawn, **options)
        assert review.queue.index.tolist() == drawn.index.tolist()
        assert review._session.queue.reason == "audit"


def test_the_selection_is_reviewed_and_without_one_all_samples(
    opened: Opened,
) -> None:
    datamap = opened()
    assert len(guids(datamap.review())) == 6
    datamap.select(["a", "f"])
    assert guids(datamap.review()) == ["f", "a"]
    assert guids(datamap.review(np.array([True] * 2 + [False] * 4))) == ["b", "a"]


def test_what_has_no_order_is_refused(opened: Opened) -> None:
    datamap = opened()
    with pytest.raises(ValueError, match="no column 'aun'; did you mean 'aum'"):
        datamap.review(order="aun")
    with pytest.raises(ValueError, match="it holds classes; expected a metric"):
        datamap.review(order="text")
    with pytest.raises(ValueError, match="no samples"):
        datamap.review([])
    with pytest.raises(ValueError, match="unknown guid"):
        datamap.review(["z"])


def test_a_map_without_samples_says_when_they_come() -> None:
    with pytest.raises(ValueError, match="no samples yet; they come with the first batch"):
        carto.DataMap(carto.Recorder()).review()


def test_a_second_review_closes_the_first(reviewed: Open) -> None:
    datamap, page = reviewed()
    first, second = datamap.review(), datamap.review(["a"])
    assert (first.is_open, second.is_open) == (False, True)
    until(lambda: "review" in page.kinds() and told(page)["size"] == 1)
    second.close()
    until(lambda: told(page)["open"] is False)
    assert "closed" in repr(second)


def test_a_blind_queue_is_a_seeded_shuffle_that_the_order_does_not_change(
    opened: Opened,
) -> None:
    datamap = opened()
    one = guids(datamap.review(blind=True, seed=3))
    assert guids(datamap.review(blind=True, seed=3, order=None)) == one
    assert guids(datamap.review(blind=True, seed=4)) != one
    assert sorted(one) == GUID


def test_a_page_begins_a_review(reviewed: Open) -> None:
    datamap, page = reviewed()
    assert asked(page, "new-review", rows="all")["error"] is None
    until(lambda: "review" in page.kinds())
    assert (told(page)["size"], told(page)["order"]) == (6, "lowest AUM first")
    assert "no samples" in asked(page, "new-review", rows="selection")["error"]
    assert asked(page, "leave-review", review=told(page)["id"])["error"] is None
    until(lambda: told(page)["open"] is False)
    assert datamap.ledger.edits.empty


def test_what_was_read_for_a_review_goes_with_it_and_is_read_again_when_it_goes_on(
    reviewed: Open,
) -> None:
    datamap, page = reviewed()
    first = datamap.review(order=None)
    before = cards(page, first._session.id)
    of_first = weakref.ref(first._session.sheets._likeness)
    other = datamap.review(order="-aum")
    cards(page, other._session.id)
    gc.collect()
    assert of_first() is None
    assert asked(page, "new-review", review=first._session.id)["error"] is None
    assert cards(page, first._session.id) == before


# ---- the cards ----


def test_a_card_says_what_the_model_says_and_what_the_sample_is_like(reviewed: Open) -> None:
    datamap, page = reviewed()
    review = datamap.review(order=None)
    first = cards(page, review._session.id)[0]
    assert (first["guid"], first["gold"], first["position"]) == ("a", "no", 0)
    # a margin above 0 in the one epoch: predicted "no" at exp(-0.5)
    assert (first["suggested"], first["suggested_by"]) == ("yes", "the other class of most epochs")
    assert first["said"] == [["no", 0.6065, 1.0]]
    assert first["neighbours_by"] == "words"
    assert [near["guid"] for near in first["neighbours"]] == ["b", "c"]
    assert first["neighbours"][0] == {"row": 1, "text": "red pear", "guid": "b", "gold": "yes"}
    assert first["decided"] is None


def test_features_tell_neighbours_where_they_were_recorded(reviewed: Open) -> None:
    class WithFeatures(TrainingDynamics):
        @property
        def features(self) -> Any:
            return np.array([[1, 0], [0, 1], [0, 1], [2, 0.1], [0, -1], [-1, 0]], np.float16)

    other, margin = [[1, 2, 0, 2, 2, 0]], [MARGIN]
    made = WithFeatures.from_arrays(
        gold=GOLD,
        guid=GUID,
        loss=np.ones((1, 6)),
        margin=margin,
        other_label=other,
        feature_norm=np.ones((1, 6)),
    )
    datamap, page = reviewed(source=made)
    card = cards(page, datamap.review(["a"])._session.id, count=1)[0]
    assert card["neighbours_by"] == "features"
    assert [near["guid"] for near in card["neighbours"]][:1] == ["d"]


def test_images_are_alike_by_their_pixels(reviewed: Open) -> None:
    draw = np.random.default_rng(0)
    stripes = np.tile([[0, 255]], (20, 10)).astype(np.uint8)
    images = [draw.integers(0, 255, (20, 20), np.uint8) for _ in range(6)]
    images[1], images[4] = stripes, (stripes // 2 + 30).astype(np.uint8)  # the same, darker
    samples = pd.DataFrame({"image": images}, index=GUID)
    datamap, page = reviewed(samples=samples)
    card = cards(page, datamap.review(["b"])._session.id, count=1)[0]
    assert card["neighbours_by"] == "pixels"
    assert card["neighbours"][0]["guid"] == "e"


def test_where_nothing_tells_neighbours_the_card_says_so(reviewed: Open) -> None:
    datamap, page = reviewed(samples=SAMPLES[["length"]])
    review = datamap.review(["a"])._session.id

    def note() -> str:
        answer = asked(page, "review", review=review, **{"from": 0}, count=1)
        return str([card["neighbours_note"] for card in answer["cards"]])

    until(lambda: "no features were recorded" in note())


def test_without_scikit_learn_the_card_says_what_to_do(
    reviewed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    datamap, page = reviewed()
    review = datamap.review(["a"])._session.id

    def note() -> str:
        answer = asked(page, "review", review=review, **{"from": 0}, count=1)
        return str([card.get("neighbours_note") for card in answer["cards"]])

    until(lambda: "pip install scikit-learn" in note())


def test_positions_that_are_not_there_are_refused(reviewed: Open) -> None:
    datamap, page = reviewed()
    review = datamap.review()._session.id
    for start in (6, -1, "0", None):
        answer = asked(page, "review", review=review, **{"from": start}, count=1)
        assert "expected positions 0 to 5" in answer["error"]
    assert "not open" in asked(page, "review", review="another", **{"from": 0}, count=1)["error"]


def test_a_table_with_gold_labels_is_reviewed_too(reviewed: Open) -> None:
    table = SAMPLES.assign(gold=pd.Categorical([f"class {n % 2}" for n in range(6)]))
    view = carto.View("length", "length", "gold")
    datamap, page = reviewed(source=table, samples=None, view=view)
    review = datamap.review(order="length")
    card = cards(page, review._session.id, count=1)[0]
    assert (card["guid"], card["gold"], card["said"]) == ("f", "class 1", [])
    assert [one["name"] for one in told(page)["classes"]] == ["class 0", "class 1"]
