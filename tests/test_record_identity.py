"""Sample identity: data that carries its own row number, logged in every way loops iterate."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    RandomSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    random_split,
)
from widget_page import until

import carto_widget as carto

N, C, EPOCHS = 200, 5, 3


class Numbered(Dataset[tuple[Tensor, int]]):
    """Item i is (i, label of i)."""

    def __init__(self, n: int = N, first: int = 0) -> None:
        self.first, self.n = first, n
        self.labels = np.random.default_rng(first).integers(0, C, n).tolist()

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return torch.tensor([float(self.first + i)]), self.labels[i]


def logits_of(x: Tensor, gold: Tensor) -> Tensor:
    """Logits whose margin is the row number that the data itself carries."""
    return nn.functional.one_hot(gold, C).float() * x


def check(recorder: carto.Recorder, root: np.ndarray | None = None) -> None:
    """Every recorded margin is the row number of the sample it was recorded for."""
    dynamics = recorder.dynamics
    margins = dynamics.signals["margin"]
    expected = np.broadcast_to(dynamics.guid if root is None else root, margins.shape)
    seen = ~np.isnan(margins)
    assert seen.any()
    np.testing.assert_array_equal(margins[seen], expected[seen])


HELD_OUT = Numbered(40)
Loop = Callable[[carto.Recorder, Any], None]


def plain(recorder: carto.Recorder, loader: Any) -> None:
    for x, gold in loader:
        recorder.log(logits_of(x, gold), gold)


def leave_early(recorder: carto.Recorder, loader: Any) -> None:
    for x, gold in itertools.islice(loader, 7):
        recorder.log(logits_of(x, gold), gold)


def skip_some(recorder: carto.Recorder, loader: Any) -> None:
    for step, (x, gold) in enumerate(loader):
        if step % 3:
            recorder.log(logits_of(x, gold), gold)


def validate_inside(recorder: carto.Recorder, loader: Any) -> None:
    validation = recorder.track(DataLoader(HELD_OUT, batch_size=16), split="validation")
    for step, (x, gold) in enumerate(loader):
        recorder.log(logits_of(x, gold), gold)
        if step == 3:
            with torch.no_grad():
                for vx, vgold in validation:
                    recorder.log(logits_of(vx, vgold), vgold)


def read_ahead(recorder: carto.Recorder, loader: Any) -> None:
    """As frameworks do: the next batch is fetched before this one is used."""
    batches = iter(loader)
    ahead = next(batches)
    while ahead is not None:
        x, gold = ahead
        ahead = next(batches, None)
        recorder.log(logits_of(x, gold), gold)


def filtered(recorder: carto.Recorder, loader: Any) -> None:
    for x, gold in loader:
        keep = gold > 0
        if keep.any():
            guid = recorder.batch.guid[keep.numpy()]
            recorder.log(logits_of(x[keep], gold[keep]), gold[keep], guid=guid)


def in_chunks(recorder: carto.Recorder, loader: Any) -> None:
    for x, gold in loader:
        guid = recorder.batch.guid
        order = torch.argsort(gold)
        for part in order.split(5):
            recorder.log(logits_of(x[part], gold[part]), gold[part], guid=guid[part.numpy()])


def shuffled(dataset: Dataset[Any], **options: Any) -> DataLoader[Any]:
    return DataLoader(dataset, batch_size=16, shuffle=True, **options)


def with_replacement(dataset: Any) -> DataLoader[Any]:
    sampler = WeightedRandomSampler([1.0] * len(dataset), len(dataset))
    return DataLoader(dataset, batch_size=16, sampler=sampler)


def dict_batches(items: list[tuple[Tensor, int]]) -> dict[str, Any]:
    return {"x": torch.stack([x for x, _ in items]), "labels": torch.tensor([y for _, y in items])}


LOADERS: dict[str, Callable[[], DataLoader[Any]]] = {
    "shuffled": lambda: shuffled(Numbered()),
    "two workers": lambda: shuffled(Numbered(), num_workers=2),
    "batches of one": lambda: DataLoader(Numbered(30), batch_size=1, shuffle=True),
    "last batch of one": lambda: DataLoader(Numbered(33), batch_size=16),
    "drop_last": lambda: shuffled(Numbered(), drop_last=True),
    "subset of subset": lambda: shuffled(
        Subset(Subset(Numbered(), range(20, 180)), list(range(0, 150, 3)))
    ),
    "random_split": lambda: shuffled(random_split(Numbered(), [0.7, 0.3])[0]),
    "with replacement": lambda: with_replacement(Numbered()),
    "batch_sampler": lambda: DataLoader(
        Numbered(), batch_sampler=BatchSampler(RandomSampler(range(N)), 16, False)
    ),
    "ConcatDataset": lambda: shuffled(ConcatDataset([Numbered(60), Numbered(140, 60)])),
    "batch_size=None, sampler of lists": lambda: DataLoader(
        ListsToo(), batch_size=None, sampler=BatchSampler(RandomSampler(range(N)), 16, False)
    ),
}


class ListsToo(Numbered):
    """Gives a whole batch when it is asked by a list of rows."""

    def __getitem__(self, i: Any) -> Any:
        labels = torch.tensor(self.labels)
        return torch.as_tensor(i, dtype=torch.float32).unsqueeze(1), labels[i]


@pytest.mark.parametrize("make", LOADERS.values(), ids=LOADERS)
def test_every_loader_gives_the_right_ids(make: Callable[[], DataLoader[Any]]) -> None:
    torch.manual_seed(0)
    recorder = carto.Recorder()
    loader = recorder.track(make())
    for _ in range(EPOCHS):
        plain(recorder, loader)
    check(recorder)
    assert len(recorder.dynamics.epochs) == EPOCHS


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(
    "loop", [leave_early, skip_some, validate_inside, read_ahead, filtered, in_chunks]
)
def test_every_loop_gives_the_right_ids(loop: Loop, workers: int) -> None:
    torch.manual_seed(0)
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered(), num_workers=workers))
    for _ in range(EPOCHS):
        loop(recorder, loader)
    recorder.end_epoch()
    check(recorder)
    assert len(recorder.dynamics.epochs) == EPOCHS


def test_n_is_what_the_loader_can_reach_and_guids_are_the_samples_own() -> None:
    pd = pytest.importorskip("pandas")
    dataset = Numbered()
    names = [f"review-{i}" for i in range(N)]
    samples = pd.DataFrame({"label": dataset.labels}, index=names)
    recorder = carto.Recorder(samples=samples, gold="label")
    rows = list(range(150, 50, -1))
    loader = recorder.track(shuffled(Subset(dataset, rows)))
    plain(recorder, loader)
    dynamics = recorder.dynamics
    assert dynamics.guid.tolist() == names[51:151]
    check(recorder, np.arange(51, 151))


def test_a_mapping_batch_comes_as_the_collate_function_made_it() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered(), collate_fn=dict_batches, num_workers=2))
    for batch in loader:
        assert sorted(batch) == ["labels", "x"]
        recorder.log(logits_of(batch["x"], batch["labels"]), batch["labels"])
    check(recorder)


def test_a_batch_stays_the_object_that_the_collate_function_made() -> None:
    recorder = carto.Recorder()
    loader = DataLoader(Numbered(32), batch_size=16)
    tracked = recorder.track(loader)
    assert type(tracked) is not type(loader)
    assert isinstance(tracked, DataLoader)
    assert len(tracked) == len(loader) == 2
    assert tracked.sampler is loader.sampler
    for batch, untracked in zip(tracked, loader, strict=True):
        assert type(batch) is type(untracked)
        assert all(torch.equal(a, b) for a, b in zip(batch, untracked, strict=True))


def test_tracking_a_tracked_loader_does_nothing() -> None:
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(Numbered(32), batch_size=16))
    assert recorder.track(loader) is loader


def test_the_tracked_dataset_forwards_attributes_both_ways() -> None:
    dataset = Numbered()
    loader = carto.Recorder().track(DataLoader(dataset, batch_size=16))
    inner: Any = loader.dataset
    assert inner.labels is dataset.labels
    inner.first = 7
    assert dataset.first == 7


def test_a_repeated_sample_is_recorded_once_with_its_first_value() -> None:
    recorder = carto.Recorder()
    gold = torch.tensor([0, 1, 0])
    logits = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    recorder.log(logits, gold, guid=[10, 11, 10])
    recorder.end_epoch()
    dynamics = recorder.dynamics
    assert dynamics.guid.tolist() == [10, 11]
    assert dynamics.signals["margin"].tolist() == [[1.0, 2.0]]
    assert dynamics.signals["n_seen"].tolist() == [[2.0, 1.0]]


def trained(recorder: carto.Recorder | None, workers: int, *, ask: bool) -> list[Tensor]:
    """The weights after three epochs of a model with dropout; ``ask``: with a map's questions."""
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(
        Numbered(), batch_size=16, shuffle=True, num_workers=workers, generator=generator
    )
    if recorder is not None:
        loader = recorder.track(loader)
    early = iter(loader)  # before the model exists
    next(early)
    model = nn.Sequential(nn.Linear(1, 16), nn.Dropout(0.2), nn.ReLU(), nn.Linear(16, C))
    optimizer = torch.optim.SGD(model.parameters(), 1e-4)
    for _ in range(EPOCHS):
        for x, gold in loader:
            logits = model(x / N)
            loss = nn.functional.cross_entropy(logits, gold)
            if recorder is not None:
                recorder.log(logits, gold)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if recorder is not None and ask:
            carto.table(recorder)
    return [parameter.detach() for parameter in model.parameters()]


@pytest.mark.parametrize("workers", [0, 2])
def test_weights_are_bit_equal_with_and_without_a_recorder(workers: int, tmp_path: Any) -> None:
    plain_weights = trained(None, workers, ask=False)
    for recorder in (carto.Recorder(), carto.Recorder(tmp_path / "run")):
        weights = trained(recorder, workers, ask=True)
        assert all(torch.equal(a, b) for a, b in zip(plain_weights, weights, strict=True))


def prefetched(loader: Any) -> Iterator[Any]:
    """A thread that reads ahead through a queue."""
    import queue
    import threading

    batches: queue.Queue[Any] = queue.Queue(maxsize=4)

    def fill() -> None:
        for batch in loader:
            batches.put(batch)
        batches.put(None)

    threading.Thread(target=fill, daemon=True).start()
    return iter(batches.get, None)


def test_a_thread_that_reads_ahead_is_right() -> None:
    torch.manual_seed(0)
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered()))
    for x, gold in prefetched(loader):
        recorder.log(logits_of(x, gold), gold)
    recorder.end_epoch()
    check(recorder)


def test_read_ahead_with_moved_labels_is_right_or_refused() -> None:
    """Labels that are copies: equality tells them apart, or nothing does and it raises."""
    torch.manual_seed(0)
    recorder = carto.Recorder()
    batches = iter(recorder.track(shuffled(Numbered())))
    ahead = next(batches)
    while ahead is not None:
        x, gold = ahead
        ahead = next(batches, None)
        recorder.log(logits_of(x, gold), gold.clone())
    check(recorder)
    same = recorder.track(DataLoader(Constant(64), batch_size=16, shuffle=True), split="same")
    batches = iter(same)
    (x, gold), _ = next(batches), next(batches)
    with pytest.raises(ValueError, match=r"2 batches are yielded and not logged.*guid="):
        recorder.log(logits_of(x, gold), gold.clone(), split="same")


class Constant(Numbered):
    """All samples have the same label, so labels cannot tell batches apart."""

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return torch.tensor([float(i)]), 0


def test_labels_that_cannot_tell_batches_apart_do_not_count_as_verified() -> None:
    recorder = carto.Recorder()
    plain(recorder, recorder.track(DataLoader(Constant(64), batch_size=16)))
    check(recorder)
    assert "not verified" in recorder.identity
    recorder = carto.Recorder()
    plain(recorder, recorder.track(DataLoader(Numbered(64), batch_size=16)))
    assert "checked on 64 samples" in recorder.identity


def test_the_workers_end_with_the_loop_as_without_us() -> None:
    """Found by the garbage collector instead, each worker would take five seconds to end."""
    before = set(multiprocessing.active_children())  # of other tests, and some may end now
    recorder = carto.Recorder()
    loader = recorder.track(shuffled(Numbered(), num_workers=2))
    gc.disable()
    try:
        for x, gold in loader:
            recorder.log(logits_of(x, gold), gold)
            break
        until(lambda: set(multiprocessing.active_children()) <= before)
    finally:
        gc.enable()


def test_labels_that_the_loop_changed_in_place_do_not_count_as_checked() -> None:
    gold = torch.randint(0, 3, (40,), generator=torch.Generator().manual_seed(0))
    recorder = carto.Recorder()
    loader = recorder.track(DataLoader(TensorDataset(torch.eye(40), gold), 8))
    for x, y in loader:
        y[y == 0] = 2
        recorder.log(x[:, :3], y)
    assert "identity not verified" in recorder.identity
