"""Ranges computed by the engines people run, each for real: the bits of the table, every time."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ranges_run import made
from task_cases import CASES, trained

import carto_widget as carto
from carto_widget.metrics import written

Map = Callable[..., Iterable[Any]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(written, "TASK", 30)
    return made(tmp_path / "run", ranks=2, chunks=2)


@pytest.fixture
def ray_map(monkeypatch: pytest.MonkeyPatch) -> Iterator[Map]:
    monkeypatch.setenv("RAY_TQDM_PATCH_PRINT", "0")  # else another `print` is left behind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own
        import ray

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options: dict[str, Any] = {"include_dashboard": False, "logging_level": logging.ERROR}
            ray.init("local", num_cpus=2, **options)  # not what another process has started
        yield documented("ray_map")
    finally:  # also what a start that failed has left
        ray.shutdown()


def documented(name: str) -> Any:
    """A function as the page defines it."""
    page = Path(__file__).parent.parent / "docs/scale.md"
    block = next(one for one in page.read_text().split("```py\n") if f"def {name}(" in one)
    namespace: dict[str, Any] = {}
    exec(block.partition("```")[0], namespace)
    return namespace[name]


def written_by(run: str, engine: Map) -> pd.DataFrame:
    path = Path(run).parent / "table.parquet"
    carto.write_table(run, path, map=engine)
    return pd.read_parquet(path)


def test_threads(run: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = written_by(run, pool.map)
    pd.testing.assert_frame_equal(found, carto.table(run), check_exact=True)


@pytest.mark.slow
def test_processes(run: str) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = written_by(run, pool.map)
    pd.testing.assert_frame_equal(found, carto.table(run), check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_dask(run: str, scheduler: str) -> None:
    import dask

    with dask.config.set(scheduler=scheduler):
        found = written_by(run, documented("dask_map"))
    pd.testing.assert_frame_equal(found, carto.table(run), check_exact=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_ray(run: str, ray_map: Map) -> None:
    found = written_by(run, ray_map)
    pd.testing.assert_frame_equal(found, carto.table(run), check_exact=True)


@pytest.mark.parametrize("task", CASES)
def test_every_kind_of_task(task: str, tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run", task=task, logits="float16")
    trained(task, recorder)
    recorder.close()
    parts = carto.parts(tmp_path / "run")
    n = parts.n_samples
    found = pd.concat(
        [carto.metrics_of_range(parts, i, min(i + 7, n), "all") for i in range(0, n, 7)]
    )
    expected = carto.table(str(tmp_path / "run"), "all")[found.columns]
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert np.isfinite(found.loss_mean).all()
