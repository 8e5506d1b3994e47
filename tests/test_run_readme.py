"""What the README in a run says is run here, and gives the numbers that carto.table gives."""

from __future__ import annotations

import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder

N, C = 90, 3
GOLD = torch.arange(N) * 7 % C
TOOLS = ["pandas", "polars", "DuckDB", "Spark"]
MEASURES = ["confidence", "variability", "correctness"]

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def logits_of(epoch: int) -> torch.Tensor:
    """(N, C), with ties, a NaN, a gold logit of -inf and others of -inf."""
    logits = torch.randn(N, C, generator=torch.Generator().manual_seed(epoch))
    logits[:6] = 0
    logits[7, 0] = torch.nan
    logits[8] = torch.tensor([0, -torch.inf, -torch.inf])
    return logits


def loop(recorder: carto.Recorder, epochs: int, last: int = 4) -> None:
    """Whole epochs, and one that breaks off; a sample may come twice, some never do."""
    chance = torch.Generator().manual_seed(0)
    for epoch in range(epochs + 1):
        order = torch.randint(0, N - 5, (N,), generator=chance)
        pieces = order.split(16)
        for k, rows in enumerate(pieces):
            if epoch == epochs and k == last:
                return
            recorder.log(logits_of(epoch)[rows], GOLD[rows], guid=[f"g{row}" for row in rows])
            recorder._recording.state_dict()  # puts what is in flight on disk: a chunk
        if epoch < epochs:
            recorder.end_epoch()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Named samples, chunks, an epoch in flight that counts for nothing."""
    path = tmp_path / "named run"
    samples = pd.DataFrame({"label": GOLD.numpy()}, index=[f"g{row}" for row in range(N)])
    recorder = carto.Recorder(path, samples=samples, gold="label")
    loop(recorder, 3)
    recorder.state_dict()
    recorder.run.close()
    recorder._recording.is_closed = True
    return path


def blocks(path: Path) -> dict[str, str]:
    """The README's code by the tool that it is for; "" for what comes first."""
    text = (path / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return {"": found[0]} | {block.split("\n")[0].removeprefix("# "): block for block in found[1:]}


def table_of(path: Path, tool: str, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """What the README's code for a tool gives, run in the run's folder."""
    code = blocks(path)
    names: dict[str, Any] = {}
    with monkeypatch.context() as patch, warnings.catch_warnings():
        patch.chdir(path)
        if tool == "Spark":
            warnings.simplefilter("ignore")  # its own
            names["SparkSession"] = local_spark()
        exec(code[""], names)
        exec(code[tool], names)
        table = names["table"]
        found = getattr(table, {"polars": "to_pandas", "Spark": "toPandas"}.get(tool, "copy"))()
    frame: pd.DataFrame = found.set_index("guid") if "guid" in found else found
    return frame


def local_spark() -> Any:
    """A session that leaves nothing behind and serves no pages."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    builder = sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    return builder.config("spark.sql.shuffle.partitions", "1").getOrCreate()


def compare(path: Path, found: pd.DataFrame, measures: list[str]) -> None:
    """Raise unless a table holds what `carto.table` gives."""
    expected = carto.table(path)[measures].astype(float)
    seen = expected[expected.notna().any(axis=1)]
    found = found[measures].dropna(how="all").astype(float)
    assert sorted(found.index) == sorted(seen.index)
    pd.testing.assert_frame_equal(
        found.loc[seen.index], seen, check_names=False, rtol=0, atol=2e-6, check_index_type=False
    )


@pytest.mark.parametrize(
    "tool", [pytest.param(one, marks=pytest.mark.slow) if one == "Spark" else one for one in TOOLS]
)
def test_each_tool_gives_our_numbers(run: Path, tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(list(run.rglob("epoch=*.parquet"))) > 4
    compare(run, table_of(run, tool, monkeypatch), MEASURES)


@pytest.mark.parametrize("options", [{"logits": "float16"}, {"compact": True}], ids=str)
@pytest.mark.parametrize("tool", TOOLS[:3])
def test_a_tracked_dataset_is_joined_to_its_guids(
    tmp_path: Path, tool: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with carto.Recorder(tmp_path / "run", **options) as recorder:
        loader = recorder.track(DataLoader(TensorDataset(torch.arange(N), GOLD), 16, shuffle=True))
        for epoch in range(3):
            for rows, gold in loader:
                recorder.log(logits_of(epoch)[rows], gold)
    compare(tmp_path / "run", table_of(tmp_path / "run", tool, monkeypatch), MEASURES)


@pytest.mark.parametrize("tool", TOOLS[:3])
@pytest.mark.parametrize("task", ["multilabel", "regression"])
def test_another_task_has_its_own_queries(
    tmp_path: Path, task: str, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = task == "regression"
    gold = (logits_of(8)[9:] > 0).float()
    with carto.Recorder(tmp_path / "run", task=task) as recorder:
        for epoch in range(2):
            outputs = logits_of(epoch)[9:]
            recorder.log(outputs[:, 0] if one else outputs, gold[:, 0] if one else gold,
                         guid=np.arange(9, N))  # fmt: skip
            recorder.end_epoch()
    measures = ["loss_mean"] if task == "regression" else MEASURES
    compare(tmp_path / "run", table_of(tmp_path / "run", tool, monkeypatch), measures)


def ranks_and_sessions(path: Path) -> None:
    """Two processes that share a sample; a later session that does an epoch over again."""
    everyone = np.arange(N)
    halves = everyone[: N // 2 + 1], np.r_[0, everyone[N // 2 :]]  # 0 and N / 2 in both
    for session, epochs in {99: (0, 1), 100: (1, 2)}.items():
        run = RunFolder.create(path, if_exists="resume")
        run.add_ids("train", Ids(everyone * 3, everyone))
        for epoch in epochs:
            for rank, rows in enumerate(halves):
                signal = np.float32(1 + epoch + session + rank) / (1 + rows)
                gold = GOLD.numpy()[rows].astype(np.int32)
                values = Rows.of_classes(rows, gold, signal, 1 - signal, (gold + 1) % C)
                last = epoch < 2 or rank == 0
                part = Part(epoch=epoch, session=session, rank=rank, ranks=2, last=last)
                run.write(part, values)
        run.close()


@pytest.mark.parametrize("tool", TOOLS[:3])
def test_of_several_processes_and_sessions_the_right_rows_count(
    tmp_path: Path, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranks_and_sessions(tmp_path / "run")
    assert carto.load(tmp_path / "run").epochs.tolist() == [0, 1]  # of epoch 2 rank 1 is missing
    compare(tmp_path / "run", table_of(tmp_path / "run", tool, monkeypatch), MEASURES)


def test_the_readme_is_written_once_and_names_the_first_series(tmp_path: Path) -> None:
    path = tmp_path / "run"
    recorder = carto.Recorder(path)
    assert not (path / "README.md").exists()
    for split in ("dev", "train"):
        recorder.log(logits_of(0)[9:], GOLD[9:], guid=np.arange(9, N), split=split, mode="eval")
        recorder.end_epoch()
        text = (path / "README.md").read_text(encoding="utf-8")
        assert "dynamics/split=dev/mode=eval/task=main" in text
    (path / "README.md").write_text("mine", encoding="utf-8")
    recorder.close()
    with carto.Recorder(path, if_exists="resume") as recorder:
        recorder.log(logits_of(0)[9:], GOLD[9:], guid=np.arange(9, N))
    assert (path / "README.md").read_text(encoding="utf-8") == "mine"
