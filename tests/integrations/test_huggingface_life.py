"""The life of a Hugging Face training: a callback, training twice, stops, checkpoints, workers."""

from __future__ import annotations

import gc
import multiprocessing
import queue
from pathlib import Path
from typing import TYPE_CHECKING, Any

import drive_huggingface as driver
import numpy as np
import pytest
import torch
from contract import Setting
from numbered import BATCH, EPOCHS, Net, NumberedDicts, held_out_set, training_set
from test_huggingface import Weighted, built, check

import carto_widget as carto
from carto_widget.demo.server import PATIENCE

pytestmark = pytest.mark.frameworks
transformers = pytest.importorskip("transformers")
if TYPE_CHECKING:
    from transformers import TrainerCallback
else:
    TrainerCallback = transformers.TrainerCallback


def test_a_second_train_goes_on_with_the_same_model(tmp_path: Path) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = built(tmp_path, net=net)
    carto.attach(trainer, recorder)
    trainer.train()
    trainer.train()
    assert recorder.dynamics.epochs.tolist() == list(range(2 * EPOCHS))
    check(recorder, net, trainer.train_dataset)


def test_a_second_train_with_a_fresh_model_is_refused(tmp_path: Path) -> None:
    recorder = carto.Recorder(on_error="raise")
    trainer = transformers.Trainer(
        model_init=lambda: driver.Model(Net()),
        args=driver.arguments(Setting(), tmp_path, eval_strategy="no"),
        train_dataset=training_set(NumberedDicts),
    )
    carto.attach(trainer, recorder)
    trainer.train()
    with pytest.raises(ValueError, match=r"another model.*new Recorder"):
        trainer.train()
    recorder.resume()
    trainer.train()
    assert len(recorder.dynamics.epochs) == 2 * EPOCHS


def test_as_a_callback_it_gives_the_same_numbers(tmp_path: Path) -> None:
    from carto_widget.integrations.huggingface import CartographyCallback

    attached = carto.Recorder(on_error="raise")
    one = built(tmp_path / "attached", net=(net := Net()), gradient_accumulation_steps=4)
    carto.attach(one, attached)
    one.train()
    called = carto.Recorder(on_error="raise")
    other = Weighted(
        model=driver.Model(again := Net()),
        args=driver.arguments(Setting(accumulation=4), tmp_path / "callback"),
        train_dataset=training_set(NumberedDicts),
        eval_dataset=held_out_set(NumberedDicts),
        callbacks=[CartographyCallback(called)],
    )
    other.train()
    for split in ("train", "validation"):
        expected, found = (carto.load(recorder, split) for recorder in (attached, called))
        for name in ("loss", "margin", "n_seen"):
            np.testing.assert_array_equal(found.signals[name], expected.signals[name])
    assert all(map(torch.equal, net.parameters(), again.parameters()))


def test_a_callback_that_comes_too_late_is_refused(tmp_path: Path) -> None:
    from carto_widget.integrations.huggingface import CartographyCallback

    trainer = built(tmp_path)
    trainer.add_callback(CartographyCallback(carto.Recorder()))
    with pytest.raises(ValueError, match=r"too late.*callbacks=\[...\]"):
        trainer.train()


def test_a_resumed_epoch_records_the_rows_that_are_left(tmp_path: Path) -> None:
    first = built(tmp_path, save_strategy="steps", save_steps=6, max_steps=6, eval_strategy="no")
    first.train()
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = built(tmp_path, net=net, eval_strategy="no", num_train_epochs=2)
    carto.attach(trainer, recorder)
    trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
    recorded = recorder.dynamics.signals["gold_probability"]
    rows = [rows for _, rows, _ in net.said]
    assert [len(r) for r in rows[:2]] == [BATCH, 5]  # of eight batches six were skipped
    assert np.isfinite(recorded).sum(axis=1).tolist() == [BATCH + 5, 61]
    left = torch.cat(rows[:2]).tolist()
    of_left = np.isin(recorder.dynamics.guid, left)
    assert np.isfinite(recorded[0]).tolist() == of_left.tolist()
    expected = [dict(zip(recorder.dynamics.guid.tolist(), row, strict=True)) for row in recorded]
    labels = trainer.train_dataset.dataset.labels
    for _, batch, logits in net.said[:2]:
        probabilities = torch.softmax(logits.double(), 1)
        for row, p in zip(batch.tolist(), probabilities, strict=True):
            assert expected[0][row] == pytest.approx(float(p[labels[row]]), abs=1e-5)


@pytest.mark.parametrize(("step", "exact"), [(6, 3), (8, 1)], ids=["mid", "last step"])
def test_a_checkpoint_carries_the_recorder(tmp_path: Path, step: int, exact: int) -> None:
    """Between epochs the trainer draws other random numbers than the one that went on."""

    def trained(run: str, if_exists: Any = "new", **how: Any) -> carto.TrainingDynamics:
        trainer = built(
            tmp_path / f"{run}-checkpoints", net=Net(), save_strategy="steps", save_steps=step,
            dataloader_num_workers=1, dataloader_prefetch_factor=1,
        )  # fmt: skip
        with carto.Recorder(tmp_path / run, if_exists=if_exists, on_error="raise") as recorder:
            carto.attach(trainer, recorder)
            trainer.train(**how)
        return carto.load(tmp_path / run)

    whole = trained("whole")
    trained("run")
    found = trained(
        "run", "resume", resume_from_checkpoint=f"{tmp_path}/run-checkpoints/checkpoint-{step}"
    )
    assert found.epochs.tolist() == whole.epochs.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(found.signals["n_seen"], whole.signals["n_seen"])
    for name in ("loss", "margin"):
        np.testing.assert_array_equal(found.signals[name][:exact], whole.signals[name][:exact])


def test_a_checkpoint_under_a_recorder_that_went_on_since_is_refused(tmp_path: Path) -> None:
    trainer = built(tmp_path / "checkpoints", save_strategy="steps", save_steps=6)
    carto.attach(trainer, carto.Recorder(tmp_path / "run", on_error="raise"))
    trainer.train()
    with pytest.raises(ValueError, match=r"if_exists='resume'"):
        trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoints" / "checkpoint-6"))
    trainer.args.num_train_epochs += 1
    trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoints" / "checkpoint-24"))


def test_a_trainer_is_attached_once_and_detached_as_often_as_one_likes(tmp_path: Path) -> None:
    trainer = built(tmp_path)
    handle = carto.attach(trainer, carto.Recorder())
    with pytest.raises(ValueError, match="attached to this Trainer already: detach it first"):
        carto.attach(trainer, carto.Recorder())
    handle.detach()
    handle.detach()
    carto.attach(trainer, carto.Recorder()).detach()


class StopAt(TrainerCallback):
    """Asks the training that runs to stop, as a user does in another cell."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.training: queue.Queue[Any] = queue.Queue()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == self.step:
            self.training.get().stop()


@pytest.mark.parametrize("accumulation", [1, 4])
def test_stop_ends_the_trainer_after_this_step(tmp_path: Path, accumulation: int) -> None:
    recorder, stop = carto.Recorder(on_error="raise"), StopAt(3)
    trainer = built(
        tmp_path, gradient_accumulation_steps=accumulation, load_best_model_at_end=True,
        save_strategy="epoch",
    )  # fmt: skip
    trainer.add_callback(stop)
    carto.attach(trainer, recorder)
    training = carto.start(trainer.train)
    stop.training.put(training)
    training.wait(PATIENCE)
    assert trainer.state.global_step == 3
    last = recorder.dynamics.signals["n_seen"][-1]
    seen_in_last = 3 * BATCH if accumulation == 1 else 4 * BATCH
    assert int(np.nansum(last)) == seen_in_last


def workers_after(folder: Path, *, attached: bool) -> int:
    """How many persistent workers live on when nobody holds their trainer any more."""
    before = set(multiprocessing.active_children())
    trainer = built(folder, dataloader_num_workers=1, dataloader_persistent_workers=True)
    if attached:
        carto.attach(trainer, carto.Recorder())
    trainer.train()
    del trainer
    left = set(multiprocessing.active_children()) - before
    for worker in left:
        worker.join(PATIENCE)
    return sum(worker.is_alive() for worker in left)


def test_workers_end_with_their_trainer_as_without_us(tmp_path: Path) -> None:
    """Found by the garbage collector instead, each worker would take five seconds to end."""
    gc.disable()
    try:
        assert workers_after(tmp_path, attached=True) == workers_after(tmp_path, attached=False)
    finally:
        gc.enable()
