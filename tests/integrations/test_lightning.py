"""Lightning: precision, limits, sanity check, validation loaders, checkpoints, refusals."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drive_lightning import lightnings_own_warnings, loaders, loss_only, module_of, trainer_of
from numbered import EPOCHS, Net, Numbered, held_out_set, training_set
from torch import Tensor, nn
from torch.utils.data import DataLoader

import carto_widget as carto

lightning: Any = pytest.importorskip("lightning.pytorch")
pytestmark = pytest.mark.frameworks


def returns_logits(net: Net, batch: Any) -> Any:
    x, gold = batch
    logits = net(x)
    return {"loss": nn.functional.cross_entropy(logits.float(), gold), "logits": logits}


class Fitted:
    def __init__(
        self,
        folder: Path,
        step: Any = loss_only,
        logits: str = "net",
        recorder: carto.Recorder | None = None,
        **options: Any,
    ) -> None:
        self.train: Any = training_set()
        self.net, self.held_out = Net(), held_out_set()
        self.recorder = recorder or carto.Recorder(on_error="raise")
        self.module = module_of(lightning, self.net, step)
        self.trainer = trainer_of(lightning, folder, **options)
        self.handle = carto.attach(self.trainer, self.recorder, logits=logits)

    def fit(self, *given: Any, **options: Any) -> Fitted:
        with lightnings_own_warnings():
            self.trainer.fit(self.module, *(given or loaders(self.train, self.held_out)), **options)
        return self

    def check(self, split: str = "train", data: Any = None) -> None:
        dynamics = carto.load(self.recorder, split)
        data = data or (self.train if split == "train" else self.held_out)
        expected = self.net.gold_probability(data, training=split == "train")
        assert dynamics.signals["gold_probability"].shape == expected.shape
        np.testing.assert_allclose(
            dynamics.signals["gold_probability"], expected, rtol=0, atol=1e-5
        )


@pytest.mark.parametrize(("step", "logits"), [(loss_only, "net"), (returns_logits, "logits")])
def test_bfloat16_logits_are_recorded_as_they_are(step: Any, logits: str, tmp_path: Path) -> None:
    run = Fitted(tmp_path, step, logits, precision="bf16-mixed").fit()
    run.check()
    run.check("validation")


def test_the_sanity_check_is_not_recorded(tmp_path: Path) -> None:
    run = Fitted(tmp_path, num_sanity_val_steps=2).fit()
    run.check()
    n_batches = len(loaders(run.train, run.held_out)[1])
    n_evaluations = [said for said in run.net.said if not said[0]]
    assert len(n_evaluations) == 2 + EPOCHS * n_batches
    assert len(carto.load(run.recorder, "validation").epochs) == EPOCHS


def test_samples_beyond_the_limit_are_not_seen(tmp_path: Path) -> None:
    run = Fitted(tmp_path, limit_train_batches=2, limit_val_batches=1).fit()
    dynamics, labels = carto.load(run.recorder), run.train.dataset.labels
    probability = dynamics.signals["gold_probability"]
    assert (~np.isnan(probability)).sum(1).tolist() == [16, 16, 16]
    batches = [said for said in run.net.said if said[0]]  # two an epoch
    for i, (_, rows, logits) in enumerate(batches):
        expected = torch.softmax(logits.double(), 1)[torch.arange(len(rows)), labels[rows]]
        found = probability[i // 2, np.searchsorted(dynamics.guid, rows.numpy())]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_validation_inside_an_epoch_is_an_epoch_of_its_split(tmp_path: Path) -> None:
    run = Fitted(tmp_path, val_check_interval=0.5).fit()
    run.check()
    run.check("validation")
    assert len(carto.load(run.recorder, "validation").epochs) == 2 * EPOCHS


def test_several_validation_loaders_are_several_splits(tmp_path: Path) -> None:
    run = Fitted(tmp_path)
    other = Numbered(12, 5000)
    train, validation = loaders(run.train, run.held_out)
    run.fit(train, [validation, DataLoader(other, batch_size=5)])
    run.check("validation")
    run.check("validation_1", other)


def test_validate_and_test_after_the_training_are_recorded(tmp_path: Path) -> None:
    run = Fitted(tmp_path).fit()
    tested = Numbered(12, 5000)
    with lightnings_own_warnings():
        run.trainer.validate(run.module, loaders(run.train, run.held_out)[1], verbose=False)
        run.trainer.test(run.module, DataLoader(tested, batch_size=5), verbose=False)
    assert len(carto.load(run.recorder, "validation").epochs) == EPOCHS + 1
    run.check("test", tested)


@pytest.mark.parametrize("step", [6, 8], ids=["mid", "last step"])
def test_a_checkpoint_carries_the_recorder(step: int, tmp_path: Path) -> None:
    """Lightning begins the loader anew and takes as many batches as were left."""

    def made(recorder: carto.Recorder) -> Fitted:
        kept = lightning.callbacks.ModelCheckpoint(
            tmp_path / "kept", every_n_train_steps=step, save_top_k=-1
        )
        options: dict[str, Any] = {"enable_checkpointing": True, "callbacks": [kept]}
        return Fitted(tmp_path, recorder=recorder, limit_val_batches=0, **options)

    with carto.Recorder(tmp_path / "run", on_error="raise") as recorder:
        first = made(recorder).fit()
    checkpoint = str(next(tmp_path.glob(f"kept/*step={step}.ckpt")))
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume", on_error="raise")
    again = made(recorder)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*your dataloader is not resumable")
        warnings.filterwarnings("ignore", ".*exists and is not empty")
        again.fit(ckpt_path=checkpoint)
    dynamics = carto.load(recorder)
    assert dynamics.epochs.tolist() == [0, 1, 2]
    said = first.net.said[:step] + again.net.said
    assert len(said) in (24, 25)  # up to 2.4 the batch within which was saved follows once more
    ends = [0, len(said) - 16, len(said) - 8, len(said)]
    for epoch in range(3):
        expected = dict.fromkeys(dynamics.guid.tolist(), float("nan"))
        for _, rows, logits in reversed(said[ends[epoch] : ends[epoch + 1]]):  # the first counts
            gold = first.train.dataset.labels[rows]
            told = torch.softmax(logits.double(), 1)[torch.arange(len(rows)), gold]
            expected |= dict(zip(rows.tolist(), told.tolist(), strict=True))
        found = dynamics.signals["gold_probability"][epoch]
        np.testing.assert_allclose(found, list(expected.values()), rtol=0, atol=1e-5)


def test_a_checkpoint_of_another_run_begins_a_new_one(tmp_path: Path) -> None:
    first = Fitted(tmp_path, recorder=carto.Recorder(tmp_path / "run"), max_epochs=1).fit()
    first.trainer.save_checkpoint(tmp_path / "end.ckpt")
    with pytest.warns(UserWarning, match="run-2"):
        recorder = carto.Recorder(tmp_path / "run", on_error="raise")
    Fitted(tmp_path, recorder=recorder).fit(ckpt_path=str(tmp_path / "end.ckpt"))
    assert carto.load(recorder).epochs.tolist() == [0, 1]
    other = carto.Recorder(tmp_path / "run-2", if_exists="resume")
    with pytest.raises(ValueError, match="state of run"):
        Fitted(tmp_path, recorder=other).fit(ckpt_path=str(tmp_path / "end.ckpt"))


def test_several_processes_that_do_not_know_of_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"trains in 2 processes.*knows of 1: .*torchrun"):
        Fitted(tmp_path, devices=2, strategy="ddp")


def test_checkpoints_are_the_same_with_and_without(tmp_path: Path) -> None:
    def state(recorded: bool) -> Any:
        torch.manual_seed(0)
        run = Fitted(tmp_path)
        if not recorded:
            run.handle.detach()
        run.fit()
        run.trainer.save_checkpoint(tmp_path / "end.ckpt")
        return torch.load(tmp_path / "end.ckpt", weights_only=False)

    ours, plain = state(True), state(False)
    assert ours.keys() == plain.keys()
    assert ours["callbacks"] == plain["callbacks"] == {}
    for name, weights in plain["state_dict"].items():
        assert torch.equal(ours["state_dict"][name], weights)


@pytest.mark.filterwarnings("ignore:`training_step` returned `None`")
def test_a_skipped_step_is_not_recorded(tmp_path: Path) -> None:
    def skips(net: Net, batch: Any) -> Any:
        return returns_logits(net, batch) if 2 not in batch[1] else None

    run = Fitted(tmp_path, skips, "logits").fit()
    probability = carto.load(run.recorder).signals["gold_probability"]
    n_said = sum(len(rows) for training, rows, _ in run.net.said if training)
    assert (~np.isnan(probability)).sum() == n_said


def test_the_modules_batches_are_as_without_us_and_its_loaders_are_given_back(
    tmp_path: Path,
) -> None:
    seen = []

    def looks(net: Net, batch: Any) -> Any:
        seen.append([type(batch), *(type(part) for part in batch)])
        return loss_only(net, batch)

    run = Fitted(tmp_path, looks)
    train, validation = loaders(run.train, run.held_out)
    run.fit(train, validation)
    assert all(kinds == [list, Tensor, Tensor] for kinds in seen)
    run.handle.detach()
    assert run.trainer.train_dataloader is train
    assert run.trainer.val_dataloaders is validation


def twice(net: Net, batch: Any) -> Any:
    return loss_only(net, batch) + loss_only(net, batch)


@pytest.mark.parametrize(
    ("step", "logits", "n_found"), [(loss_only, "logits", 0), (twice, "net", 2)]
)
def test_a_step_that_does_not_tell_its_logits_is_refused(
    step: Any, logits: str, n_found: int, tmp_path: Path
) -> None:
    run = Fitted(tmp_path, step, logits)
    with pytest.raises(ValueError, match=rf"found {n_found} logits.*logits=\"fc\""):
        run.fit()
    assert not any(module._forward_hooks for module in run.net.modules())


def test_labels_that_cannot_be_told_are_asked_for(tmp_path: Path) -> None:
    class TwoLabels(Numbered):
        def __getitem__(self, i: int) -> Any:
            return self.x[i], int(self.labels[i]), i

    def first_label(net: Net, batch: Any) -> Any:
        return loss_only(net, batch[:2])

    data = TwoLabels(24)
    run = Fitted(tmp_path, first_label)
    with pytest.raises(ValueError, match=r"2 columns of integers.*gold=lambda batch"):
        run.fit(*loaders(data, data))
    run.handle.detach()
    run.net.said.clear()
    run.trainer = trainer_of(lightning, tmp_path)
    carto.attach(run.trainer, run.recorder, logits="net", gold=lambda batch: batch[1])
    run.fit(*loaders(data, data))
    run.check(data=data)


def test_a_trainer_takes_one_recorder(tmp_path: Path) -> None:
    run = Fitted(tmp_path)
    with pytest.raises(ValueError, match="already"):
        carto.attach(run.trainer, carto.Recorder())
    assert len([c for c in run.trainer.callbacks if type(c).__name__ == "Carto"]) == 1
