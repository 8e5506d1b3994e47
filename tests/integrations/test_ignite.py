"""ignite: passes and epochs that differ, evaluations inside an epoch, outputs that say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numbered import BATCH, Net, Numbered
from torch import nn
from torch.utils.data import DataLoader

import carto_widget as carto

pytest.importorskip("ignite")
pytestmark = pytest.mark.frameworks
N, PASS = 40, 5  # samples, batches of a pass


def trainer_of(net: Net) -> Any:
    from ignite.engine import create_supervised_trainer

    return create_supervised_trainer(
        net,
        torch.optim.SGD(net.parameters(), 0.1),
        nn.functional.cross_entropy,
        output_transform=lambda x, y, y_pred, loss: (y_pred, y),
    )


def loader_of(data: Numbered) -> DataLoader[Any]:
    return DataLoader(data, batch_size=BATCH, shuffle=True)


@pytest.mark.parametrize("epoch_length", [2, PASS, 8])
def test_an_epoch_of_the_record_is_a_pass_whatever_ignite_calls_an_epoch(epoch_length: int) -> None:
    data, net, recorder = Numbered(N), Net(), carto.Recorder(on_error="raise")
    trainer = trainer_of(net)
    carto.attach(trainer, recorder)
    trainer.run(loader_of(data), max_epochs=PASS, epoch_length=epoch_length)
    dynamics = carto.load(recorder)
    expected = net.gold_probability(data, training=True)
    assert expected.shape == (epoch_length, N)
    np.testing.assert_allclose(dynamics.signals["gold_probability"], expected, rtol=0, atol=1e-5)


def test_a_validation_inside_an_epoch_is_sealed_and_the_epoch_goes_on() -> None:
    from ignite.engine import Events, create_supervised_evaluator

    data, held_out, net = Numbered(N), Numbered(16, 1000), Net()
    recorder = carto.Recorder(on_error="raise")
    trainer, evaluator = trainer_of(net), create_supervised_evaluator(net)
    validation = DataLoader(held_out, batch_size=BATCH)
    n_sealed = []

    def validate() -> None:
        evaluator.run(validation)
        n_sealed.append(len(carto.load(recorder, "validation").epochs))

    carto.attach(trainer, recorder)
    carto.attach(evaluator, recorder, split="validation")
    trainer.add_event_handler(Events.ITERATION_COMPLETED(every=2), validate)
    trainer.run(loader_of(data), max_epochs=2)
    assert n_sealed == [1, 2, 3, 4, 5]
    for split, rows in (("train", data), ("validation", held_out)):
        expected = net.gold_probability(rows, training=split == "train")
        found = carto.load(recorder, split).signals["gold_probability"]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_run_that_failed_leaves_the_users_loader_after_detach() -> None:
    from ignite.engine import Engine

    def fails(engine: Any, batch: Any) -> None:
        raise RuntimeError("out of memory")

    engine, loader = Engine(fails), loader_of(Numbered(N))
    engine.logger.disabled = True
    handle = carto.attach(engine, carto.Recorder())
    with pytest.raises(RuntimeError, match="out of memory"):
        engine.run(loader)
    handle.detach()
    assert engine.state.dataloader is loader


def test_an_output_without_logits_is_refused_with_the_remedy() -> None:
    from ignite.engine import create_supervised_trainer

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    trainer = create_supervised_trainer(net, optimizer, nn.functional.cross_entropy)  # its loss
    trainer.logger.disabled = True
    carto.attach(trainer, carto.Recorder())
    with pytest.raises(TypeError, match=r"output is a float.*output_transform="):
        trainer.run(loader_of(Numbered(N)))


def test_an_engine_takes_one_recorder() -> None:
    trainer = trainer_of(Net())
    carto.attach(trainer, carto.Recorder())
    with pytest.raises(ValueError, match="attached to this Engine already"):
        carto.attach(trainer, carto.Recorder())


def test_an_evaluator_that_is_detached_inside_an_epoch_cuts_no_training() -> None:
    from ignite.engine import Events, create_supervised_evaluator

    data, net, recorder = Numbered(N), Net(), carto.Recorder(on_error="raise")
    trainer, evaluator = trainer_of(net), create_supervised_evaluator(net)
    carto.attach(trainer, recorder)
    handle = carto.attach(evaluator, recorder, split="validation")
    trainer.add_event_handler(Events.ITERATION_COMPLETED(once=2), handle.detach)
    trainer.run(loader_of(data), max_epochs=1)
    loss = carto.load(recorder).signals["loss"]
    assert loss.shape == (1, N)
    assert not np.isnan(loss).any()
