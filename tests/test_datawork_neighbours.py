"""Nearest neighbours against scikit-learn's own search."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from carto_widget.datawork import neighbours
from carto_widget.datawork.neighbours import Words, nearest_rows, unit_rows

sklearn = pytest.importorskip("sklearn")
WORDS = [
    "good",
    "bad",
    "film",
    "plot",
    "slow",
    "music",
    "actor",
    "long",
    "short",
    "boring",
    "great",
    "scene",
    "ending",
]


def texts(count: int) -> list[str]:
    draw = np.random.default_rng(3)
    return [" ".join(draw.choice(WORDS, draw.integers(2, 9))) for _ in range(count)]


def sklearns(points: object, rows: NDArray[np.int64], count: int) -> list[NDArray[np.float64]]:
    """The cosines of the nearest others."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=count + 1, metric="cosine", algorithm="brute")
    search.fit(points)
    distance, found = search.kneighbors(points[rows])  # type: ignore[index]
    kept = []
    for row, own, others in zip(rows, distance, found, strict=True):
        is_other = others != row
        kept.append(1 - own[is_other][:count])
    return kept


def test_features_have_the_neighbours_that_scikit_learn_finds() -> None:
    features = np.random.default_rng(0).normal(size=(500, 16)).astype(np.float16)
    unit, rows = unit_rows(features), np.array([0, 7, 499])
    found = nearest_rows(unit, rows, 5)
    for row, near, cosines in zip(rows, found, sklearns(unit, rows, 5), strict=True):
        assert row not in near
        assert unit[near] @ unit[row] == pytest.approx(cosines, abs=1e-6)


def test_blocks_give_what_all_at_once_give(monkeypatch: pytest.MonkeyPatch) -> None:
    unit, rows = unit_rows(np.random.default_rng(1).normal(size=(300, 4))), np.arange(300)
    whole = nearest_rows(unit, rows, 3)
    monkeypatch.setattr(neighbours, "_BYTES", 4 * 300 * 7)
    assert np.array_equal(nearest_rows(unit, rows, 3), whole)


def test_words_have_the_neighbours_of_scikit_learns_tf_idf() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    written, rows = texts(700), np.array([0, 13, 699])
    words = Words(written)
    n_turns = 1
    while not words.is_read(0.0):  # a piece a turn
        n_turns += 1
    assert n_turns == 4  # three of 256 texts each, and the weights
    known = TfidfVectorizer().fit_transform(written)
    for row, near, cosines in zip(
        rows, nearest_rows(words.unit, rows, 5), sklearns(known, rows, 5), strict=True
    ):
        assert row not in near
        own = (words.unit[near] @ words.unit[row].T).toarray()[:, 0]
        assert own == pytest.approx(cosines, abs=1e-6)


def test_texts_without_a_word_in_common_are_not_near() -> None:
    words = Words(["a good film", "quite another thing", "good music", ""])
    assert words.is_read(float("inf"))
    found = nearest_rows(words.unit, np.arange(4), 3, above=0)
    assert [near.tolist() for near in found] == [[2], [], [0], []]


def test_a_sample_of_which_nothing_is_known_is_near_to_none() -> None:
    unit = unit_rows(np.array([[1.0, 0], [np.nan, 0], [0, 0], [1, 1]]))
    found = nearest_rows(unit, np.arange(4), 3)
    assert [near.tolist() for near in found] == [[3], [], [], [0]]


def test_ties_go_to_the_lower_row() -> None:
    found = nearest_rows(unit_rows(np.ones((6, 2))), np.array([3]), 3)
    assert found[0].tolist() == [0, 1, 2]


def test_large_features_keep_their_direction() -> None:
    unit = unit_rows(np.array([[60_000, 0], [0, 60_000]], np.float16))
    assert unit.tolist() == [[1, 0], [0, 1]]


def test_one_sample_has_no_neighbours() -> None:
    assert [
        near.tolist() for near in nearest_rows(unit_rows(np.ones((1, 2))), np.arange(1), 3)
    ] == [[]]
