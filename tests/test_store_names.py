from __future__ import annotations

import numpy as np
import pytest

from carto_widget.store.run.ids import Ids, growth, guid_array
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.snapshot import Status


def test_a_part_is_named_as_the_layout_says() -> None:
    part = Part("train", "online", "main", epoch=7, session=0, rank=0, ranks=2, chunk=0)
    folder = "dynamics/split=train/mode=online/task=main/"
    name = "epoch=00007-session=00-rank=00000-of-00002-chunk=0000"
    assert part.path == f"{folder}{name}.parquet"
    last = Part(epoch=7, ranks=2, last=True)
    assert last.path == f"{folder}{name}-last.parquet"


@pytest.mark.parametrize("split", ["dev/hard", "50 %", "a=b-c", "größe", ".hidden", "split=x"])
def test_names_of_any_spelling_come_back(split: str) -> None:
    part = Part(split, "eval", "head/2", epoch=123456, session=101, rank=3, ranks=4, chunk=9)
    assert part.path.count("/") == 4
    assert Part.parse(part.path) == part


@pytest.mark.parametrize(
    "name",
    [
        ".epoch=00007-session=00-rank=00000-of-00002-chunk=0000.parquet.12-0.tmp",
        "epoch=7.parquet",
        "epoch=00007-session=00-rank=00002-of-00002-chunk=0000.parquet",
        "epoch=00007-session=00-rank=00000-of-00002-chunk=0000-first.parquet",
    ],
)
def test_what_is_no_part_is_not_taken_for_one(name: str) -> None:
    assert Part.parse(f"dynamics/split=train/mode=online/task=main/{name}") is None


def test_parts_with_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="rank stays below ranks"):
        Part(rank=1, ranks=1)
    with pytest.raises(ValueError, match="count from 0"):
        Part(epoch=-1)
    with pytest.raises(ValueError, match="split=''"):
        Series("")


def test_guids_are_integers_alone_or_str_alone() -> None:
    assert guid_array([3, 1]).dtype == np.int64
    assert guid_array(np.array([2**63 - 1, 0], np.uint64)).tolist() == [2**63 - 1, 0]
    assert guid_array(["a", "b"]).dtype == object
    for too_large in (np.array([1, 2**63], np.uint64), [1, 10**30], [-(2**63) - 1, 1]):
        with pytest.raises(TypeError, match=r"too large for a 64-bit integer.*\.astype\(str\)"):
            guid_array(too_large)
    assert guid_array(np.array(["a", "b"])).tolist() == ["a", "b"]
    for mixed in ([1, "1"], [1.5], [True], [("a", 1)], [None]):
        with pytest.raises(TypeError, match=r"integers alone or str alone|one dimension"):
            guid_array(mixed)


def test_positions_of_samples_and_of_guids() -> None:
    ids = Ids(np.array(["a", "b", "c"], object), np.array([2, 5, 9]))
    assert ids.position(np.array([9, 2, 2])).tolist() == [2, 0, 0]
    assert ids.position_of_guid(["c", "a"]).tolist() == [2, 0]
    assert Ids(np.array(["x", "y"], object)).position(["y"]).tolist() == [1]


def test_unknown_samples_and_guids_are_named_three_at_a_time() -> None:
    sparse = Ids(np.arange(3), np.array([2, 5, 9]))
    with pytest.raises(ValueError, match=r"unknown sample: 3, 4, 6 and 1 more"):
        sparse.position(np.array([2, 3, 4, 6, 7]))
    with pytest.raises(ValueError, match="unknown sample: 3"):
        Ids(np.arange(3), np.arange(3)).position(np.array([0, 3]))
    with pytest.raises(ValueError, match=r"unknown guid: 'q'"):
        Ids(np.array(["a"], object)).position(["a", "q"])


def test_ids_grow_only_at_their_end() -> None:
    old = Ids(np.array(["a", "b"], object), np.array([0, 1]))
    more = Ids(np.array(["a", "b", "c"], object), np.array([0, 1, 2]))
    added = growth(old, more)
    assert added is not None
    assert (added.guid.tolist(), added.sample is not None and added.sample.tolist()) == (["c"], [2])
    assert growth(old, old) is None
    with pytest.raises(ValueError, match="do not begin with the 2 that the run has"):
        growth(old, Ids(np.array(["b", "a"], object), np.array([0, 1])))
    with pytest.raises(ValueError, match="must be unique, these repeat: 'a'"):
        growth(None, Ids(np.array(["a", "a"], object), np.array([0, 1])))


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status("waiting"), "waiting for the first batch"),
        (Status("training", epoch=3), "training, epoch 3"),
        (Status("interrupted", epoch=3), "interrupted at epoch 3"),
        (Status("failed", "ValueError: no"), "failed: ValueError: no"),
        (Status("stopped", "disk full"), "recording stopped: disk full"),
        (Status("ended"), "ended"),
    ],
)
def test_a_status_says_one_sentence(status: Status, text: str) -> None:
    assert status.text == text


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of waiting, training"):
        Status("sleeping")
