"""Damaged and hostile files of tables, datasets and subsets, as in `test_formats_mutated`."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_formats_mutated import N_MUTATIONS, as_text, dynamics, margins, mutated, refusal, run_case

import carto_widget as carto
from carto_widget.formats import epoch_lines

ROWS = [
    {"id": f"g{i}", "epoch": epoch, "label": i % 3, "margin": i / 4 - epoch}
    for epoch in range(2)
    for i in range(12)
]


def right_of(rows: list[dict[str, Any]]) -> dict[Any, float]:
    found: dict[Any, float] = {}
    name_of: dict[str, str] = {}  # in lower case -> the first column so called
    for name in dict.fromkeys(name for row in rows for name in row):
        name_of.setdefault(name.lower(), name)
    for given in rows:
        row: dict[str, Any] = {lower: given.get(name) for lower, name in name_of.items()}
        value = row.get("margin")
        found.setdefault((int(row["epoch"]), str(row["id"])), np.nan if value is None else value)
    return {key: float(np.float32(value)) for key, value in found.items() if value == value}


def check_rows(rows_of: Callable[[Any], list[dict[str, Any]]]) -> Callable[..., None]:
    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        value = json.loads(file.read_text(encoding="utf-8-sig"))
        if "margin" in found.signals:
            try:
                right = right_of(rows_of(value))
            except KeyError:  # another column is the guid or the epoch now
                return
            assert as_text(margins(found)) == pytest.approx(right, rel=1e-6), seed

    return check


def test_a_table_of_weights_and_biases(tmp_path: Path) -> None:
    table = {"columns": list(ROWS[0]), "data": [list(row.values()) for row in ROWS]}
    check = check_rows(
        lambda value: [dict(zip(value["columns"], row, strict=True)) for row in value["data"]]
    )
    data = json.dumps(table).encode()
    assert run_case(tmp_path, "x.json", data, carto.load, check) > N_MUTATIONS // 50


def test_records_in_one_json_value(tmp_path: Path) -> None:
    data = json.dumps(ROWS).encode()
    n_read = run_case(tmp_path, "x.json", data, carto.load, check_rows(lambda value: value))
    assert n_read > N_MUTATIONS // 50


@pytest.mark.parametrize("name", ["data-00000-of-00001.arrow", "state.json", "dataset_info.json"])
def test_a_dataset_on_disk(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    carto.save(dynamics(), folder, "huggingface")
    data = (folder / name).read_bytes()

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        assert len(found.guid) <= 12 * 12, (
            seed
        )  # Arrow has no checksums: another number may be read

    read: Callable[[Path], Any] = lambda file: carto.load(file.parent)  # noqa: E731  # shared signature
    run_case(folder, name, data, read, check)


def test_parquet_with_lists(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    lists = pa.table({"label": [0, 1], "loss": [[1.0, 2.0], [3.0]], "epoch": [[0, 4], [0]]})
    pq.write_table(lists, tmp_path / "x.parquet", write_page_checksum=True)

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        if found.epochs.tolist() == [0, 4] and "loss" in found.signals:
            np.testing.assert_array_equal(found.signals["loss"], [[1, 3], [2, np.nan]], str(seed))

    data = (tmp_path / "x.parquet").read_bytes()
    run_case(tmp_path, "mutated.parquet", data, carto.load, check)


def test_a_subset_in_the_papers_folder(tmp_path: Path) -> None:
    folder = tmp_path / "cartography_variability_0.33" / "QNLI"
    folder.mkdir(parents=True)
    lines = ["index\tquestion\tlabel", *(f"{i}\twhat is {i}\t{i % 2}" for i in range(12))]

    def check(found: Any, file: Path, seed: int) -> None:
        text = file.read_text(encoding="utf-8")
        rows = [line for line in text.split("\n") if line.strip()][1:]
        assert len(found) == len(rows), seed
        assert found.index.is_unique

    data = ("\n".join(lines) + "\n").encode()
    assert run_case(folder, "train.tsv", data, carto.read_table, check) > N_MUTATIONS // 50


@pytest.mark.parametrize("guid", ['"g%d"', "%d"])
def test_the_readers_of_lines_never_disagree(tmp_path: Path, guid: str) -> None:
    line = '{"guid":' + guid + ',"logits_epoch_0":[%.4f,%.4f,-%.4f],"gold":%d}\n'
    data = "".join(line % (i, i / 3, i / 7, i / 5, i % 3) for i in range(12)).encode()
    file, n_read = tmp_path / "dynamics_epoch_0.jsonl", 0
    for seed in range(N_MUTATIONS):
        file.write_bytes(mutated(data, random.Random(seed)))
        first = data.decode().splitlines()[0]
        try:
            quick = epoch_lines.by_cells(file, 0, first)
        except ValueError as error:
            if wrong := refusal(error, file):
                pytest.fail(f"seed {seed}: {wrong}")
            continue
        if quick is not None:
            n_read += 1
            try:
                slow = epoch_lines.by_lines(file, 0)
            except ValueError as error:
                if "4300 digits" not in str(error):  # Python's limit for an integer, not JSON's
                    raise
                continue
            assert quick.guid.to_pylist() == slow.guid.to_pylist(), seed
            assert quick.gold.tolist() == slow.gold.tolist(), seed
            for name, values in slow.signals.items():
                np.testing.assert_array_equal(quick.signals[name], values, f"{seed}: {name}")
    assert n_read > N_MUTATIONS // 50
