"""fastai: searches and predictions aside, several validation loaders, its own loaders refused."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import drive_fastai
import drive_fastai_own
import numpy as np
import pandas as pd
import pytest
from contract import Setting
from numbered import BATCH, EPOCHS, Net, held_out_set, training_set
from torch import Tensor
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


def test_a_loader_without_rows_is_refused_with_the_remedy(tmp_path: Path) -> None:
    from fastai.data.core import DataLoaders, TfmdDL
    from fastai.data.load import DataLoader as Own

    learner = learner_in(tmp_path)
    good = TfmdDL(training_set(), bs=BATCH, num_workers=0)
    for bad in (Own(iter([1, 2]), bs=BATCH), Own(training_set(), bs=None)):
        learner.dls = DataLoaders(good, bad)
        with pytest.raises(TypeError, match=r"fastai\.data\.load\.DataLoader.*torch loader"):
            carto.attach(learner, carto.Recorder())
        assert type(good) is TfmdDL


def test_a_table_of_fastai_is_described_by_its_rows(tmp_path: Path) -> None:
    """Rows and labels of ``TabularPandas``, whose batches are slices of a frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_module("fastai.callback.progress")  # gives a Learner its no_bar
        from fastai.tabular.core import CategoryBlock, TabularPandas
        from fastai.tabular.learner import tabular_learner
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.normal(size=60), "b": rng.normal(size=60), "label": rng.choice(list("xyz"), 60)},
        index=[f"row-{i}" for i in range(60)],
    )
    splits = (list(range(59, 9, -1)), list(range(10)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = TabularPandas(frame, [], [], ["a", "b"], "label", CategoryBlock(), splits=splits)
        dls = table.dataloaders(bs=BATCH, device="cpu")
        learner = tabular_learner(dls, layers=[8], n_out=3, path=tmp_path)
        samples = {
            "train": frame.loc[dls.train_ds.items.index],
            "validation": frame.loc[dls.valid_ds.items.index],
        }
        recorder = carto.Recorder(
            samples=samples, gold="label", label_names=list("xyz"), on_error="raise"
        )
        carto.attach(learner, recorder)
        learner.logger = lambda *_: None
        with learner.no_bar(), learner.no_logging():
            learner.fit(2)
    for split, part in samples.items():
        gold = carto.table(carto.load(recorder, split))["gold"]
        assert gold.index.tolist() == part.index.tolist()
        assert gold.dropna().astype(str).equals(frame["label"][gold.dropna().index])
    seen = np.nansum(recorder.dynamics.signals["n_seen"], 1)
    assert seen.tolist() == [48, 48]  # fastai draws with replacement, and drops the batch of two


def test_predictions_from_loaders_made_of_ours_are_not_recorded(tmp_path: Path) -> None:
    args = Net(), training_set(), held_out_set(), Setting(), tmp_path
    learner, recorder = drive_fastai_own.build(*args), carto.Recorder(on_error="raise")
    handle = carto.attach(learner, recorder)
    kinds = [type(loader) for loader in learner.dls.loaders]
    drive_fastai_own.fit(learner)
    with learner.no_bar():
        logits, gold = learner.get_preds(dl=learner.dls.train.new(shuffle=False), reorder=False)
    assert len(logits) == len(gold) == len(training_set())
    batch = learner.dls.train.one_batch()
    assert [type(part) for part in batch] == [Tensor, Tensor]
    assert len(carto.load(recorder).epochs) == EPOCHS
    handle.detach()
    assert [type(loader) for loader in learner.dls.loaders] != kinds


def test_a_learner_takes_one_recorder(tmp_path: Path) -> None:
    learner = learner_in(tmp_path)
    carto.attach(learner, carto.Recorder())
    with pytest.raises(ValueError, match="attached to this Learner already"):
        carto.attach(learner, carto.Recorder())
    assert all(isinstance(loader, DataLoader) for loader in learner.dls.loaders)
