"""Guids that are numbers mean nothing in another dataset: links and names tell datasets apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cli_run import record
from widget_page import until

import carto_widget as carto
from carto_widget.curation.samples.marks import content_mark, labels_mark
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.widget.opened import source_of
from carto_widget.widget.whose import Whose


def run_of(gold: list[int], *, guid: Any = None, loss: float = 0.5) -> TrainingDynamics:
    n = len(gold)
    return TrainingDynamics.from_arrays(
        guid=np.arange(n) if guid is None else guid,
        gold=np.array(gold),
        loss=np.full((2, n), loss),
        margin=np.ones((2, n)),
        other_label=np.zeros((2, n)),
    )


def key(thing: Any, samples: pd.DataFrame | None = None) -> str:
    source = source_of(thing, samples=samples, split="train", mode=None, task=None)
    header = Whose(source).header
    assert header is not None
    return str(header["key"])


REVIEWS, NEWS = [0, 1, 1, 0], [1, 1, 0, 0]
SAMPLES = pd.DataFrame({"text": ["fine", "awful", "dull", "grand"]})


def test_two_datasets_of_one_length_are_not_linked_and_two_runs_of_one_are() -> None:
    assert key(run_of(REVIEWS)) != key(run_of(NEWS))
    assert key(run_of(REVIEWS)) == key(run_of(REVIEWS, loss=0.9))


def test_a_table_of_a_run_is_linked_with_the_run() -> None:
    dynamics = run_of(REVIEWS)
    assert key(carto.table(dynamics)) == key(dynamics)


def test_where_labels_do_not_tell_the_samples_texts_do() -> None:
    alike = [0, 0, 0, 0]
    other = SAMPLES.assign(text=["a", "b", "c", "d"])
    assert key(run_of(alike), SAMPLES) == key(run_of(alike, loss=0.9), SAMPLES.assign(n=1))
    assert key(run_of(alike), SAMPLES) != key(run_of(alike), other)


def test_where_nothing_tells_a_map_is_linked_with_maps_of_the_same_object_alone() -> None:
    first, second = (pd.DataFrame({"confidence": [0.1, 0.2]}) for _ in range(2))
    assert key(first) == key(first)
    assert key(first) != key(second)


def test_texts_mean_the_same_sample_wherever_they_stand() -> None:
    guid = ["a", "b", "c", "d"]
    assert key(run_of(REVIEWS, guid=guid)) == key(run_of(NEWS, guid=guid))


def test_a_run_and_its_folder_are_one_dataset(tmp_path: Path) -> None:
    record(tmp_path / "run")
    assert key(tmp_path / "run") == key(carto.load(tmp_path / "run"))


@pytest.mark.parametrize(
    ("labels", "is_told"),
    [([0, 1], True), ([1, 1], False), ([0, None], False), (["b", "a"], True), ([0.5, 0.7], True)],
)
def test_labels_tell_a_dataset_where_all_are_known_and_some_differ(
    labels: list[Any], is_told: bool
) -> None:
    assert (labels_mark(pd.Series(labels)) is not None) is is_told


def test_the_same_labels_tell_the_same_however_they_are_kept() -> None:
    texts = pd.Series(["no", "yes", "no"])
    kept = pd.Series(pd.Categorical(texts, categories=["yes", "never", "no"]))
    assert labels_mark(texts) == labels_mark(kept)
    assert labels_mark(pd.Series([0.1, 0.2])) == labels_mark(pd.Series([0.1, 0.2], dtype="f4"))


def test_images_and_metrics_do_not_tell_a_dataset() -> None:
    assert content_mark(pd.DataFrame({"image": [[1], [2]], "confidence": [0.1, 0.2]})) is None


def test_names_are_not_shared_with_another_dataset_of_the_same_length(
    shown: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    reviews, _ = shown(run_of(REVIEWS))
    reviews.named["hard"] = [1, 2]
    news, _ = shown(run_of(NEWS))
    assert list(news.named) == []
    with pytest.raises(KeyError, match="names samples of another dataset"):
        news.named["hard"]
    again, _ = shown(run_of(REVIEWS, loss=0.9))
    assert again.named["hard"].index.tolist() == [1, 2]


def test_a_name_given_before_the_labels_are_known_stays_when_they_are(
    shown: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = carto.Recorder()
    logits = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 0.0]])
    recorder.log_epoch(np.exp(logits) / np.exp(logits).sum(1)[:, None], [0, 1, 0], guid=[0, 1, 2])
    datamap, _ = shown(recorder)
    datamap.named["two"] = [0, 2]
    before = datamap._named._here().fingerprint
    recorder.log_epoch(np.full((2, 2), 0.5), [1, 1], guid=[3, 4])
    until(lambda: datamap._named._here().fingerprint != before)
    assert datamap.named["two"].index.tolist() == [0, 2]
    recorder.close()


def test_columns_of_one_name_are_refused_with_what_to_do() -> None:
    twice = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    expected = r"more than one column is named 'a'; .*~frame\.columns\.duplicated\(\)"
    with pytest.raises(ValueError, match="samples: " + expected):
        carto.DataMap(run_of([0]), samples=twice)
    with pytest.raises(ValueError, match="DataMap: " + expected):
        carto.DataMap(twice, view=carto.View("a", "b", None))
