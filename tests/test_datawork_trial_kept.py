"""A trial that is interrupted goes on; fits of another model or test set are never mixed in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import trial_fits

import carto_widget as carto
from carto_widget.datawork.fingerprints import fingerprint

TEST = (np.zeros(40), np.zeros(40, int))


def made(folder: Path) -> list[str]:
    return (folder / "made.txt").read_text().splitlines()


def tried(folder: Path, after: str = "newer", test: Any = TEST, **more: Any) -> Any:
    options = {"seeds": 2, "path": folder / "trial.jsonl", "progress": None, **more}
    return carto.trial(partial(trial_fits.counted, folder), "old", after, test, **options)


def test_a_killed_trial_goes_on_where_it_was(tmp_path: Path) -> None:
    command = [sys.executable, trial_fits.__file__, str(tmp_path)]
    kept = tmp_path / "trial.jsonl"
    for n in (2, 4, 5):  # the header, and so many fits
        going = subprocess.Popen(command, env={**os.environ, "LAST_FIT": str(n)})
        while trial_fits.lines(kept) <= n and going.poll() is None:
            time.sleep(0.01)
        going.kill()
        going.wait()
        assert going.returncode == -9
    with kept.open("ab") as file:
        file.write(b'{"data": "half a li')
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    whole = tried(tmp_path, seeds=5, path=None)
    assert told.splitlines()[-1] == str(whole.seeds["difference"].tolist())
    assert "fits are on record" in told.splitlines()[0]
    n_killed = 3  # a fit in hand is lost with each kill, no other is made twice
    assert len(made(tmp_path)) <= 10 + n_killed + 10


def test_more_seeds_and_another_after_do_only_what_is_new(tmp_path: Path) -> None:
    tried(tmp_path)
    tried(tmp_path)
    assert sorted(made(tmp_path)) == ["newer 0", "newer 1", "old 0", "old 1"]
    tried(tmp_path, seeds=3)
    assert len(made(tmp_path)) == 6
    tried(tmp_path, after="another")
    assert sorted(made(tmp_path))[:2] == ["another 0", "another 1"]
    assert len(made(tmp_path)) == 8


def test_a_fit_that_failed_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "trial.jsonl"
    state = {"fails": True}

    class Model:
        def __call__(self, data: str, seed: int) -> Any:
            if state["fails"] and seed == 1:
                raise OSError("disk")
            return lambda inputs: np.zeros(len(inputs), int)

    options: dict[str, Any] = {"seeds": 2, "path": path, "progress": None}
    assert len(carto.trial(Model(), 1, 2, TEST, **options).errors) == 2
    state["fails"] = False
    assert not carto.trial(Model(), 1, 2, TEST, **options).errors


def test_another_test_set_or_model_is_refused(tmp_path: Path) -> None:
    tried(tmp_path)
    other = (np.ones(40), np.zeros(40, int))
    with pytest.raises(ValueError, match="belongs to a trial with another test set"):
        tried(tmp_path, test=other)
    with pytest.raises(ValueError, match="another model"):
        carto.trial(
            trial_fits.logistic, "old", "newer", TEST,
            path=tmp_path / "trial.jsonl", progress=None,
        )  # fmt: skip
    stranger = tmp_path / "stranger.jsonl"
    stranger.write_text(json.dumps({"labels": [1]}) + "\n")
    with pytest.raises(ValueError, match="no file of a trial"):
        tried(tmp_path, path=stranger)


class Texts:
    """A dataset of its own kind."""

    def __init__(self, texts: list[str]) -> None:
        self.texts, self.itself = texts, self


def objects(*values: Any) -> Any:
    return np.array(values, object)


class Model:
    """One whose method is the fit."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def fit(self, data: Any, seed: int) -> float:
        return self.rate


def typed(text: str) -> Any:
    """A function without a source that is kept."""
    return eval(f"lambda data, seed: {text}")


FRAME = pd.DataFrame({"text": ["a", "b"], "kind": pd.Categorical(["x", "y"]), "n": [1.0, np.nan]})
THINGS: dict[str, tuple[Any, Any, Any]] = {  # twice the same, and another
    "array": (np.arange(4), np.arange(4), np.arange(4.0)),
    "shape": (np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((3, 2))),
    "objects": (objects("a", None), objects("a", None), objects("a", "None")),
    "frame": (FRAME, FRAME.copy(), FRAME.assign(n=[1.0, 2.0])),
    "index": (FRAME, FRAME.copy(), FRAME.set_axis([1, 2])),
    "category": (FRAME, FRAME.copy(), FRAME.assign(kind=pd.Categorical(["x", "x"]))),
    "lists": (pd.Series([[1], [2, 3]]), pd.Series([[1], [2, 3]]), pd.Series([[1, 2], [3]])),
    "tensor": (torch.ones(2), torch.ones(2), torch.zeros(2)),
    "mapping": ({"a": [1]}, {"a": [1]}, {"a": [2]}),
    "set": ({"x", "y", "z"}, {"z", "y", "x"}, {"x", "y"}),
    "object": (Texts(["a"]), Texts(["a"]), Texts(["b"])),
    "dataset": (
        torch.utils.data.TensorDataset(torch.ones(2)),
        torch.utils.data.TensorDataset(torch.ones(2)),
        torch.utils.data.TensorDataset(torch.zeros(2)),
    ),
    "function": (trial_fits.logistic, trial_fits.logistic, trial_fits.dies),
    "method": (Model(0.1).fit, Model(0.1).fit, Model(0.2).fit),
    "typed": (typed("[0.1]"), typed("[0.1]"), typed("[0.2]")),
    "kind": ((1, 2), (1, 2), [1, 2]),
    "split": (["ab", "c"], ["ab", "c"], ["a", "bc"]),
    "date": (date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2)),
}


@pytest.mark.parametrize("name", THINGS)
def test_data_is_told_from_other_data_by_what_it_is_made_of(name: str) -> None:
    one, same, other = THINGS[name]
    assert fingerprint(one) == fingerprint(same)
    assert fingerprint(one) != fingerprint(other)


def test_what_a_function_closed_over_counts() -> None:
    def made_with(rate: float) -> Any:
        return lambda data, seed: rate

    assert fingerprint(made_with(0.1)) == fingerprint(made_with(0.1))
    assert fingerprint(made_with(0.1)) != fingerprint(made_with(0.2))


def test_what_a_function_has_as_its_defaults_counts() -> None:
    def made_with(rate: float) -> Any:
        def fit(data: Any, seed: int, *, rate: float = rate) -> float:
            return rate

        return fit

    assert fingerprint(made_with(0.1)) == fingerprint(made_with(0.1))
    assert fingerprint(made_with(0.1)) != fingerprint(made_with(0.2))


def test_a_module_that_a_function_closed_over_is_told_by_its_name() -> None:
    def using(module: Any) -> Any:
        return lambda data, seed: module

    assert fingerprint(using(np)) == fingerprint(using(np))
    assert fingerprint(using(np)) != fingerprint(using(json))


def test_what_nothing_is_known_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="generator cannot be told from others"):
        carto.trial(
            trial_fits.logistic, (i for i in [1]), [], TEST, path=tmp_path / "t", progress=None
        )
