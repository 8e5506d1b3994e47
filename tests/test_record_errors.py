"""Each misuse gives its error in the first batch, and says what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import carto_widget as carto

GOLD = torch.arange(64) % 3
X = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
LOGITS = torch.randn(16, 3, generator=torch.Generator().manual_seed(1))


def loader(**options: Any) -> DataLoader[Any]:
    return DataLoader(TensorDataset(X, GOLD), batch_size=16, **options)


def first_batch(recorder: carto.Recorder, **options: Any) -> torch.Tensor:
    gold: torch.Tensor = next(iter(recorder.track(loader(), **options)))[1]
    return gold


def test_logits_of_another_batch_size() -> None:
    recorder = carto.Recorder()
    gold = first_batch(recorder)
    with pytest.raises(ValueError, match=r"10 rows for a batch of 16.*guid="):
        recorder.log(LOGITS[:10], gold[:10])


def test_labels_outside_the_classes() -> None:
    recorder = carto.Recorder()
    gold = first_batch(recorder)
    with pytest.raises(ValueError, match=r"label 2 with logits of 2 classes.*0\.\.1"):
        recorder.log(LOGITS[:, :2], gold)


@pytest.mark.parametrize("shape", [(16,), (16, 1)])
def test_one_logit(shape: tuple[int, ...]) -> None:
    recorder = carto.Recorder()
    gold = first_batch(recorder)
    with pytest.raises(
        ValueError, match=r"say what is learned: Recorder\(\.\.\., task='binary'\): one logit"
    ):
        recorder.log(torch.zeros(shape), gold)


def test_float_targets() -> None:
    recorder = carto.Recorder()
    first_batch(recorder)
    with pytest.raises(ValueError, match=r"task='multilabel'.*task='soft_labels'.*clean pass"):
        recorder.log(LOGITS, torch.full((16, 3), 1 / 3))


def test_token_logits() -> None:
    recorder = carto.Recorder()
    first_batch(recorder)
    with pytest.raises(
        ValueError, match=r"task='language_modeling'.*or .*task='token_classification'"
    ):
        recorder.log(torch.zeros(16, 7, 3), torch.zeros(16, 7, dtype=torch.long))


def test_a_batch_that_nobody_yielded() -> None:
    recorder = carto.Recorder()
    tracked = recorder.track(loader())
    for _, gold in loader():  # the untracked one
        with pytest.raises(ValueError, match=r"no tracked loader yielded.*recorder\.track"):
            recorder.log(LOGITS, gold)
        break
    del tracked


def test_a_batch_logged_twice() -> None:
    recorder = carto.Recorder()
    gold = first_batch(recorder)
    recorder.log(LOGITS, gold)
    with pytest.raises(ValueError, match="logged already"):
        recorder.log(LOGITS, gold)


def test_labels_that_do_not_ride_in_the_batch() -> None:
    recorder = carto.Recorder()
    gold = first_batch(recorder)
    with pytest.raises(ValueError, match=r"nothing that came in the first batch equals.*samples="):
        recorder.log(LOGITS, 2 - gold)


def test_a_batch_sorted_by_the_loop() -> None:
    recorder = carto.Recorder()
    gold = first_batch(recorder)
    with pytest.raises(ValueError, match="nothing that came in the first batch equals"):
        recorder.log(LOGITS, gold.sort().values)


def test_samples_of_another_length() -> None:
    recorder = carto.Recorder(samples=pd.DataFrame({"text": ["a"] * 63}))
    with pytest.raises(ValueError, match=r"samples has 63 rows, the root dataset .* 64"):
        recorder.track(loader())


def test_samples_with_other_labels() -> None:
    wrong = GOLD.numpy().copy()
    wrong[5] = (wrong[5] + 1) % 3
    recorder = carto.Recorder(samples=pd.DataFrame({"label": wrong}), gold="label")
    gold = first_batch(recorder)
    with pytest.raises(ValueError, match=r"sample 5 .* label 2, but the label in samples is 0"):
        recorder.log(LOGITS, gold)


def test_label_names_are_looked_up_and_unknown_ones_named() -> None:
    names = ["negative", "neutral", "positive"]
    samples = pd.DataFrame({"label": [names[i] for i in GOLD]})
    recorder = carto.Recorder(samples=samples, gold="label", label_names=names)
    recorder.log(LOGITS, first_batch(recorder))
    with pytest.raises(ValueError, match=r"\['neutral'\].* neither class numbers nor in"):
        carto.Recorder(samples=samples, gold="label", label_names=names[::2]).track(loader())


def test_names_of_classes_without_label_names_are_told_what_to_give() -> None:
    samples = pd.DataFrame({"label": ["b" if i else "a" for i in GOLD]})
    with pytest.raises(ValueError, match=r"label_names=, which is not given\. Name the classes in"):
        carto.Recorder(samples=samples, gold="label").track(loader())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label_names": "abc"}, "label_names='abc': expected the names of the classes"),
        ({"samples": ["a", "b"]}, r"samples: expected a DataFrame, .*; got list"),
        ({"samples": {"train": ["a"]}}, r"samples\['train'\]: expected a DataFrame"),
    ],
)
def test_what_is_no_list_of_names_and_no_samples(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        carto.Recorder(**options)


def test_two_classes_of_one_name() -> None:
    with pytest.raises(ValueError, match="label_names has 'b' more than once"):
        carto.Recorder(label_names=["a", "b", "b"])


def test_nothing_on_record_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"split='train', .*; nothing is, so far: log a batch"):
        carto.table(carto.Recorder())


def test_label_names_of_another_number() -> None:
    recorder = carto.Recorder(label_names=["no", "yes"])
    gold = first_batch(recorder)
    with pytest.raises(ValueError, match=r"3 classes, label_names has 2"):
        recorder.log(LOGITS, gold)


def test_guids_of_a_wrong_type_or_doubled() -> None:
    with pytest.raises(TypeError, match="int"):
        carto.Recorder(guid=[float(i) for i in range(64)]).track(loader())
    with pytest.raises(TypeError, match="str"):
        carto.Recorder(guid=lambda row: row if row else "zero").track(loader())
    with pytest.raises(ValueError, match=r"unique; \[7\]"):
        carto.Recorder(guid=[7, 7, *range(100, 162)]).track(loader())
    with pytest.raises(ValueError, match="63 entries, the dataset 64"):
        carto.Recorder(guid=list(range(63))).track(loader())
    with pytest.raises(TypeError, match="one kind a run"):
        recorder = carto.Recorder()
        recorder.log(LOGITS, GOLD[:16], guid=list(range(16)))
        recorder.log(LOGITS, GOLD[:16], guid=[str(i) for i in range(16)])


def test_unknown_guids_are_named() -> None:
    recorder = carto.Recorder(samples=pd.DataFrame(index=list("abc")))
    with pytest.raises(ValueError, match="'x'"):
        recorder.log(LOGITS[:2], GOLD[:2], guid=["a", "x"])


def test_a_first_batch_without_one_finite_row() -> None:
    recorder = carto.Recorder()
    gold = first_batch(recorder)
    with pytest.raises(ValueError, match=r"all 16 rows .* NaN"):
        recorder.log(LOGITS * np.nan, gold)


def test_after_a_refused_first_batch_the_corrected_one_is_taken() -> None:
    recorder = carto.Recorder()
    for _, gold in recorder.track(loader()):
        if not recorder.dynamics.epochs.size and recorder.epoch is None:
            with pytest.raises(ValueError, match="classes"):
                recorder.log(LOGITS[:, :2], gold)
        recorder.log(LOGITS, gold)
    assert recorder.dynamics.epochs.tolist() == [0]
    assert not np.isnan(recorder.dynamics.signals["loss"]).any()


def test_streams_and_strangers_are_refused() -> None:
    class Stream(IterableDataset[int]):
        def __iter__(self) -> Any:
            return iter(range(10))

    with pytest.raises(TypeError, match=r"IterableDataset.*guid="):
        carto.Recorder().track(DataLoader(Stream()))
    with pytest.raises(TypeError, match="wants a torch DataLoader, got list"):
        carto.Recorder().track([1, 2])  # type: ignore[type-var]


def test_another_dataset_under_the_same_split() -> None:
    recorder = carto.Recorder()
    recorder.track(loader())
    with pytest.raises(ValueError, match="another dataset object"):
        recorder.track(loader())


def test_a_loader_rebuilt_after_track() -> None:
    tracked = carto.Recorder().track(loader())
    rebuilt = DataLoader(tracked.dataset, batch_size=16, collate_fn=tracked.collate_fn)
    for batch in rebuilt:
        with pytest.raises(RuntimeError, match="call track last"):
            _, _ = batch
    with pytest.raises(RuntimeError, match="call track last"):
        next(iter(DataLoader(tracked.dataset, batch_size=16)))


def test_a_mode_that_changes_within_an_epoch() -> None:
    recorder = carto.Recorder()
    batches = iter(recorder.track(loader()))
    recorder.log(LOGITS, next(batches)[1])
    with torch.no_grad(), pytest.raises(ValueError, match=r"'online', this batch .* mode='eval'"):
        recorder.log(LOGITS, next(batches)[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample": 1}, "unknown argument 'sample'; did you mean 'samples'"),
        ({"lable_names": []}, "did you mean 'label_names'"),
    ],
)
def test_an_unknown_argument_names_the_nearest(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        carto.Recorder(**options)


@pytest.mark.parametrize(
    "options", [{"task": "multi-label"}, {"on_error": "ignore"}, {"if_exists": "overwrite"}]
)
def test_an_unknown_choice_lists_what_there_is(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected one of"):
        carto.Recorder(**options)


@pytest.mark.parametrize("kind", ["segmentation", "detection"])
def test_tasks_without_a_gold_label_a_sample_are_refused_by_name(kind: str) -> None:
    with pytest.raises(ValueError, match=f"task='{kind}'.*recorder.log_signal"):
        carto.Recorder(task=kind)
    with pytest.raises(ValueError, match=r"segmentation or detection.*recorder.log_signal"):
        carto.Recorder().log(torch.zeros(2, 3, 8, 8), torch.zeros(2, 8, 8, dtype=torch.long))
    with pytest.raises(TypeError, match=r"type dict, expected a tensor.*recorder.log_signal"):
        carto.Recorder().log({"boxes": torch.zeros(2, 4)}, torch.zeros(2))


def test_a_wrong_label_later_stops_the_recording_and_names_the_sample() -> None:
    recorder = carto.Recorder()
    tracked = recorder.track(loader())
    for _, gold in tracked:
        recorder.log(LOGITS, gold)
    with pytest.warns(UserWarning, match=r"recording stopped.*sample \d+ .*Likely cause") as told:
        for _, gold in tracked:
            recorder.log(LOGITS, (gold + 1) % 3)
    assert told[0].filename == __file__
    assert "recording stopped" in repr(recorder)
    assert recorder.dynamics.epochs.tolist() == [0]  # what was sealed is kept


def test_on_error_raise_raises_later_too() -> None:
    recorder = carto.Recorder(on_error="raise")
    tracked = recorder.track(loader())
    for _, gold in tracked:
        recorder.log(LOGITS, gold)

    def again() -> None:
        for _, gold in tracked:
            recorder.log(LOGITS, (gold + 1) % 3)

    with pytest.raises(ValueError, match="Likely cause"):
        again()


def test_a_label_that_changes_between_epochs_is_an_error() -> None:
    recorder = carto.Recorder(on_error="raise")
    recorder.log(LOGITS[:2], torch.tensor([0, 1]), guid=["a", "b"])
    recorder.end_epoch()
    with pytest.raises(
        ValueError, match=r"'b' .* label 2, but the label logged for it earlier is 1"
    ):
        recorder.log(LOGITS[:2], torch.tensor([0, 2]), guid=["a", "b"])
        recorder.end_epoch()
