"""fastai: searches and predictions aside, several validation loaders, its own loaders refused."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import drive_fastai
import pytest
from contract import Setting
from numbered import BATCH, EPOCHS, Net, held_out_set, training_set
from torch.utils.data import DataLoader

import carto_widget as carto

pytest.importorskip("fastai")
pytestmark = pytest.mark.frameworks


def learner_in(folder: Path) -> Any:
    return drive_fastai.build(Net(), training_set(), held_out_set(), Setting(), folder)


def test_a_prediction_after_the_training_is_not_recorded(tmp_path: Path) -> None:
    learner, recorder = learner_in(tmp_path), carto.Recorder(on_error="raise")
    carto.attach(learner, recorder)
    drive_fastai.fit(learner)
    with learner.no_bar():
        learner.get_preds(dl=learner.dls.valid, reorder=False)
        assert len(carto.load(recorder, "validation").epochs) == EPOCHS
        learner.validate()
    recorder.end_epoch()
    assert len(carto.load(recorder, "validation").epochs) == EPOCHS + 1


@pytest.mark.filterwarnings("ignore:numpy.core is deprecated:DeprecationWarning")  # fastai pickles
def test_a_search_for_a_learning_rate_is_not_recorded(tmp_path: Path) -> None:
    learner, recorder = learner_in(tmp_path), carto.Recorder(on_error="raise")
    import_module("fastai.callback.schedule")  # gives a Learner its lr_find
    carto.attach(learner, recorder)
    with learner.no_bar():
        learner.lr_find(num_it=5, show_plot=False)
    assert "No epoch is complete yet" in recorder.identity
    drive_fastai.fit(learner)
    assert len(carto.load(recorder).epochs) == EPOCHS


def test_fastais_own_loaders_are_refused_with_the_remedy(tmp_path: Path) -> None:
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader as Own

    learner = learner_in(tmp_path)
    learner.dls = DataLoaders(Own(training_set(), bs=BATCH), Own(held_out_set(), bs=BATCH))
    with pytest.raises(TypeError, match=r"fastai\.data\.load\.DataLoader.*torch loaders"):
        carto.attach(learner, carto.Recorder())


def test_a_learner_takes_one_recorder(tmp_path: Path) -> None:
    learner = learner_in(tmp_path)
    carto.attach(learner, carto.Recorder())
    with pytest.raises(ValueError, match="attached to this Learner already"):
        carto.attach(learner, carto.Recorder())
    assert all(isinstance(loader, DataLoader) for loader in learner.dls.loaders)
