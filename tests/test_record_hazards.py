"""Loops and batches of other people's making: recorded right, or refused with a reason."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from test_record_identity import Numbered, check, logits_of, plain, shuffled
from torch.utils.data import DataLoader, Dataset, Subset

import carto_widget as carto
from carto_widget.store.snapshot import Cursor


def margins_of(recorder: carto.Recorder, split: str = "train", task: str = "main") -> Any:
    """Epochs and the number of samples seen in each, all of them recorded for the right row."""
    dynamics = carto.load(recorder, split, task=task)
    margins = dynamics.signals["margin"]
    seen = ~np.isnan(margins)
    np.testing.assert_array_equal(
        margins[seen], np.broadcast_to(dynamics.guid, margins.shape)[seen]
    )
    return dynamics.epochs.tolist(), seen.sum(1).tolist()


# ---- loops ----


def test_more_batches_ahead_than_are_remembered_are_refused() -> None:
    """The batch that gold belongs to is forgotten: another that equals it must not be taken."""
    recorder = carto.Recorder()
    batches = list(recorder.track(DataLoader(Numbered(4 * 65), batch_size=4)))
    x, gold = batches[0]
    only_equal = next(g for _, g in batches[1:] if sum(g.equal(o) for _, o in batches[1:]) == 1)
    with pytest.raises(ValueError, match=r"more than 64 batches are yielded.*guid="):
        recorder.log(logits_of(x, gold), gold)
    with pytest.raises(ValueError, match=r"more than 64 batches are yielded.*guid="):
        recorder.log(logits_of(x, only_equal), only_equal.clone())
    for x, gold in batches[1:]:  # their own labels leave no doubt
        recorder.log(logits_of(x, gold), gold)
    check(recorder)


def test_guids_go_to_the_split_whose_batch_holds_them() -> None:
    recorder = carto.Recorder()
    train = recorder.track(shuffled(Numbered()))
    validation = recorder.track(DataLoader(Numbered(40), batch_size=16), split="validation")
    for step, (x, gold) in enumerate(train):
        guid = recorder.batch.guid
        if step == 3:
            for vx, vgold in validation:
                recorder.log(logits_of(vx, vgold), vgold)
                break  # and its pass stays open
        recorder.log(logits_of(x, gold), gold, guid=guid)
    recorder.end_epoch()
    assert margins_of(recorder) == ([0], [200])
    assert margins_of(recorder, "validation") == ([0], [16])


def test_guids_that_could_be_of_two_splits_want_the_split() -> None:
    recorder = carto.Recorder()
    for split in ("train", "validation"):
        next(iter(recorder.track(DataLoader(Numbered(40), batch_size=16), split=split)))
    gold = torch.zeros(2, dtype=torch.long)
    with pytest.raises(ValueError, match=r"\['train', 'validation'\] are open.*split="):
        recorder.log(torch.eye(2), gold, guid=[0, 1])
    recorder.log(torch.eye(2), gold, guid=[30, 31], split="train")
    with pytest.raises(ValueError, match=r"in hand of none hold these guids.*split="):
        recorder.log(torch.eye(2), gold, guid=[30, 31])


def test_read_ahead_to_the_end_keeps_every_head_in_its_epoch() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered()))
    for _ in range(2):
        for x, gold in list(loader):
            recorder.log(logits_of(x, gold), gold)
            recorder.log(logits_of(x, gold), gold, task="second")
    assert margins_of(recorder) == ([0, 1], [200, 200])
    assert margins_of(recorder, task="second") == ([0, 1], [200, 200])


def test_a_head_that_comes_after_its_epoch_is_refused() -> None:
    recorder = carto.Recorder(on_error="raise")
    x, gold = next(iter(recorder.track(shuffled(Numbered()))))
    recorder.log(logits_of(x, gold), gold)
    recorder.end_epoch()
    with pytest.raises(ValueError, match="epoch is already sealed"):
        recorder.log(logits_of(x, gold), gold, task="second")


def test_read_ahead_to_the_end_keeps_all_chunks_of_the_last_batch() -> None:
    recorder = carto.Recorder()
    batches = list(recorder.track(shuffled(Numbered(64))))
    for x, gold in batches:
        for part in (slice(0, 8), slice(8, 16)):
            guid = x[part, 0].long()
            recorder.log(logits_of(x[part], gold[part]), gold[part], guid=guid)
    recorder.end_epoch()
    assert margins_of(recorder) == ([0], [64])


def test_a_batch_logged_twice_is_not_taken_for_the_next() -> None:
    recorder = carto.Recorder()
    batches = iter(recorder.track(DataLoader(Numbered(), batch_size=1)))
    (x, gold), _ = next(batches), next(batches)
    recorder.log(logits_of(x, gold), gold)
    with pytest.raises(ValueError, match="logged already"):
        recorder.log(logits_of(x, gold), gold)


def test_an_iterator_that_yields_nothing_closes_none() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered()))
    batches = iter(loader)
    x, gold = next(batches)
    recorder.log(logits_of(x, gold), gold)
    later = iter(loader)
    plain(recorder, batches)
    assert margins_of(recorder) == ([0], [200])
    plain(recorder, later)
    assert margins_of(recorder) == ([0, 1], [200, 200])


def test_a_part_of_a_batch_may_be_empty() -> None:
    recorder = carto.Recorder()
    for x, gold in recorder.track(shuffled(Numbered(32))):
        keep = gold > 9
        guid = recorder.batch.guid[keep.numpy()]
        recorder.log(logits_of(x[keep], gold[keep]), gold[keep], guid=guid)
    assert recorder.epoch is None


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_a_thread_fetches_while_another_logs_and_a_third_seals() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered(1200)))
    is_over = threading.Event()

    def seal() -> None:
        while not is_over.is_set():
            recorder.end_epoch()

    def fetch(batches: queue.Queue[Any]) -> None:
        for x, gold in loader:
            batches.put((x, gold, x[:, 0].long()))
        batches.put(None)

    sealing = threading.Thread(target=seal)
    sealing.start()
    try:
        for _ in range(3):
            batches: queue.Queue[Any] = queue.Queue(8)
            threading.Thread(target=fetch, args=(batches,), daemon=True).start()
            for x, gold, guid in iter(batches.get, None):
                recorder.log(logits_of(x, gold), gold, guid=guid)
    finally:
        is_over.set()
        sealing.join()
    recorder.end_epoch()
    _, seen = margins_of(recorder)
    assert sum(seen) == 3 * 1200


@pytest.mark.parametrize("workers", [0, 2])
def test_a_cell_that_is_run_again_tracks_for_its_new_recorder(workers: int) -> None:
    loader = shuffled(Numbered(), num_workers=workers, persistent_workers=workers > 0)
    for _ in range(3):
        recorder = carto.Recorder()
        loader = recorder.track(loader)
        plain(recorder, loader)
        assert margins_of(recorder) == ([0], [200])
    assert [kind.__name__ for kind in type(loader).__mro__].count("TrackedLoader") == 1


def fetched_ahead(loader: Any) -> Iterator[Any]:
    """A thread that reads ahead through a queue, as accelerators' prefetchers do."""
    batches: queue.Queue[Any] = queue.Queue(4)

    def fill() -> None:
        for batch in loader:
            batches.put(batch)
        batches.put(None)

    threading.Thread(target=fill, daemon=True).start()
    return iter(batches.get, None)


def test_stop_reaches_a_thread_that_fetches_ahead() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered()))
    n_logged = 0
    known = threading.Event()

    def fit() -> None:
        nonlocal n_logged
        known.wait(60)
        for _ in range(100):
            for x, gold in fetched_ahead(loader):
                recorder.log(logits_of(x, gold), gold)
                n_logged += 1
                training.stop()

    training = carto.start(fit)
    known.set()
    training.wait(60)
    assert n_logged <= 13  # the batches of one epoch that were fetched by then
    assert recorder.dynamics.epochs.tolist() == [0]


# ---- batches ----


def arrays(values: list[int]) -> dict[str, Any]:
    backwards = np.array(values[::-1])[::-1]
    frozen = np.array(values)
    frozen.flags.writeable = False
    return {
        "negative strides": backwards,
        "not writable": frozen,
        "big endian": np.array(values, ">i4"),
        "unsigned": np.array(values, np.uint16),
        "a list of NumPy ints": list(np.array(values)),
        "a tuple of tensors": tuple(torch.tensor(values)),
        "a column": torch.tensor(values).unsqueeze(1),
        "int32": torch.tensor(values, dtype=torch.int32),
        "beside ints beyond 64 bits": [[2**70 + value for value in values], torch.tensor(values)],
        "beside a sparse tensor": [torch.eye(len(values)).long().to_sparse(), torch.tensor(values)],
    }


@pytest.mark.parametrize("kind", arrays([0]))
def test_labels_ride_in_whatever_the_collate_function_makes(kind: str) -> None:
    def collate(items: Any) -> Any:
        return torch.stack([x for x, _ in items]), arrays([y for _, y in items])[kind]

    recorder = carto.Recorder()
    for x, labels in recorder.track(shuffled(Numbered(), collate_fn=collate)):
        last = labels[-1] if kind.startswith("beside") else labels
        gold = torch.tensor([int(value) for value in last])
        recorder.log(logits_of(x, gold), gold)
    assert margins_of(recorder) == ([0], [200])


def test_labels_changed_in_place_after_log_are_recorded_as_logged() -> None:
    recorder = carto.Recorder()
    for x, gold in recorder.track(shuffled(Numbered())):
        recorder.log(logits_of(x, gold), gold)
        gold.add_(7)
    assert margins_of(recorder) == ([0], [200])
    assert recorder.dynamics.gold.tolist() == Numbered().labels


def test_negative_indices_of_a_subset_are_rows_of_the_root() -> None:
    class FromTheEnd(Numbered):
        def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
            return super().__getitem__(i % self.n)

    recorder = carto.Recorder()
    plain(recorder, recorder.track(DataLoader(Subset(FromTheEnd(50), [-1, 0, -43]), 2)))
    assert recorder.dynamics.guid.tolist() == [0, 7, 49]
    check(recorder)


class Keyed(Dataset[Any]):
    """Items are asked by something else than a row number."""

    def __init__(self, keys: list[Any]) -> None:
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, key: Any) -> Any:
        return torch.zeros(1), self.keys.index(key)


@pytest.mark.parametrize("keys", [["a", "b"], [(0, 32), (1, 64)], [0.5, 1.5]])
def test_a_sampler_of_other_keys_than_rows_is_refused(keys: list[Any]) -> None:
    loader = carto.Recorder().track(DataLoader(Keyed(keys), batch_size=2, sampler=keys))
    with pytest.raises(TypeError, match=r"expected row numbers.*guid="):
        next(iter(loader))


class TwoLabels(Numbered):
    """Item i is (i, its label, its coarse label, a number that may equal a label)."""

    def __getitem__(self, i: int) -> Any:
        x, label = super().__getitem__(i)
        return x, label, int(label > 2), i % 7


def test_heads_may_have_labels_of_their_own() -> None:
    recorder = carto.Recorder(samples=pd.DataFrame({"label": Numbered().labels}), gold="label")
    for x, gold, coarse, _ in recorder.track(shuffled(TwoLabels())):
        recorder.log(logits_of(x, gold), gold.clone())
        recorder.log(logits_of(x, coarse), coarse.clone(), task="coarse")
    for task, labels in (("main", Numbered().labels), ("coarse", np.array(Numbered().labels) > 2)):
        assert margins_of(recorder, task=task) == ([0], [200])
        assert carto.load(recorder, task=task).gold.tolist() == [int(label) for label in labels]
        assert recorder.snapshot(Cursor(task=task)).gold.tolist() == [int(y) for y in labels]


def test_a_leaf_that_equals_the_labels_of_the_first_batch_is_not_taken_for_them() -> None:
    for seed in range(4):
        torch.manual_seed(seed)
        recorder = carto.Recorder()
        for x, gold, _, _ in recorder.track(DataLoader(TwoLabels(), batch_size=1, shuffle=True)):
            recorder.log(logits_of(x, gold), gold.clone())
        assert margins_of(recorder) == ([0], [200])


def test_labels_that_the_loop_ignores_are_not_compared() -> None:
    recorder = carto.Recorder()
    for x, gold in recorder.track(shuffled(Numbered())):
        kept = gold.clone()
        kept[x[:, 0] % 4 == 0] = -100
        recorder.log(logits_of(x, gold), kept)
    assert margins_of(recorder) == ([0], [150])


# ---- logits ----


def test_a_numpy_buffer_that_is_used_again_is_recorded_as_logged() -> None:
    recorder = carto.Recorder()
    buffer = np.zeros((700, 40), np.float32)  # 112 kB; its first row never changes
    for step in range(4):
        buffer[1:, 0] = step + 1
        guid = list(range(700 * step, 700 * step + 700))
        recorder.log(buffer[::-1], np.zeros(700, int), guid=guid)
    recorder.end_epoch()
    margins = recorder.dynamics.signals["margin"][0].reshape(4, 700)
    assert margins[:, 0].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert margins[:, -1].tolist() == [0.0, 0.0, 0.0, 0.0]


def test_a_first_batch_that_is_refused_begins_no_epoch() -> None:
    recorder = carto.Recorder(label_names=["no", "yes"])
    with pytest.raises(ValueError, match="label_names has 2"):
        recorder.log(torch.eye(3), torch.arange(3), guid=[0, 1, 2])
    assert recorder.epoch is None
    assert recorder.snapshot(Cursor()).epoch is None


def test_another_number_of_classes_in_a_later_epoch_is_refused() -> None:
    recorder = carto.Recorder(on_error="raise")
    recorder.log(torch.eye(3), torch.arange(3), guid=[0, 1, 2])
    recorder.end_epoch()
    with pytest.raises(ValueError, match=r"logits of 4 classes, the batches before had 3.*task="):
        recorder.log(torch.eye(4), torch.arange(4), guid=[0, 1, 2, 3])
    recorder.log(torch.eye(3), torch.arange(3), guid=[0, 1, 2])
    recorder.end_epoch()
    assert recorder.dynamics.epochs.tolist() == [0, 1]


# ---- guids that the loop names ----


def test_one_sample_with_two_labels_in_one_batch_is_refused() -> None:
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match=r"'a' .* label \d, but the label beside it is \d"):
        recorder.log(torch.eye(3)[:2], torch.tensor([0, 1]), guid=["a", "a"])
    recorder.log(torch.eye(3)[:2], torch.tensor([1, 1]), guid=["a", "a"])
    recorder.end_epoch()
    assert recorder.dynamics.gold.tolist() == [1]


def test_guids_of_an_untracked_loop_are_those_of_the_recorder() -> None:
    samples = pd.DataFrame({"text": list("abc")})
    recorder = carto.Recorder(samples=samples, guid=["p", "q", "r"])
    recorder.log(torch.eye(3), torch.arange(3), guid=["r", "q", "p"])
    recorder.end_epoch()
    assert recorder.dynamics.guid.tolist() == ["p", "q", "r"]
    assert recorder.dynamics.gold.tolist() == [2, 1, 0]
    with pytest.raises(ValueError, match="'name' is no column of samples"):
        carto.Recorder(samples=samples, guid="name").log(
            torch.eye(3), torch.arange(3), guid=["p", "q", "r"]
        )
