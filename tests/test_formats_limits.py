"""Files that claim more than they hold, and names that are not files."""

from __future__ import annotations

import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import carto_widget as carto

NOT_A_BYTE = b"\x93NUMPY\x01\x00\x76\x00"


def header(shape: str, dtype: str = "'<f8'") -> bytes:
    text = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}"
    return NOT_A_BYTE + text.ljust(0x75).encode() + b"\n"


@pytest.mark.parametrize(
    "head",
    [
        header("(1000000, 1000000, 1000000)"),
        header("(-1, 4, 2)"),
        header("(2, 2, 2)", "'|O'"),
        header("(2, 2, 2)", "'<f' * 9"),
        header("(2, 2, 2)", "__import__('os').abort()"),
    ],
)
def test_an_array_that_is_not_what_its_header_says_takes_no_memory(
    tmp_path: Path, head: bytes
) -> None:
    np.save(tmp_path / "gold.npy", np.zeros(2, int))
    (tmp_path / "pred_probs.npy").write_bytes(head + bytes(64 + 8))
    with zipfile.ZipFile(tmp_path / "run.npz", "w") as packed:
        packed.writestr("pred_probs.npy", head + bytes(64 + 8))
    tracemalloc.start()
    for source in (tmp_path, tmp_path / "run.npz"):
        with pytest.raises(ValueError, match=r"pred_probs.*(claims|damaged|pickled)"):
            carto.load(source)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    n_cells = 2**24
    with zipfile.ZipFile(tmp_path / "run.npz", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("loss.npy", header(f"(1, {n_cells})") + bytes(8 * n_cells))
    assert (tmp_path / "run.npz").stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"loss\.npy claims 134,217,\d+ bytes out of 13"):
        carto.load(tmp_path / "run.npz")
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


def test_rows_that_take_no_room_are_refused(tmp_path: Path) -> None:
    n_rows = 20_000_000
    one = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n_rows, np.int8)), pa.array([1]))
    pq.write_table(pa.table({"guid": one, "epoch": one, "gold": one, "loss": one}), tmp_path / "x")
    assert (tmp_path / "x").stat().st_size < 1_000_000
    with pytest.raises(ValueError, match=r"x: claims 20,000,000 rows in \d+,\d+ bytes"):
        carto.load(tmp_path / "x")


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000])
def test_nested_values_are_refused_or_passed_over(tmp_path: Path, deep: str) -> None:
    line = '{"guid":1,"confidence":0.5,"variability":0.1,"x":'
    (tmp_path / "td_metrics.jsonl").write_text(line + deep + "\n")
    with pytest.raises(ValueError, match=r"td_metrics\.jsonl|no table of metrics"):
        carto.read_table(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dynamics_epoch_0.jsonl")
    for source in (tmp_path, tmp_path / "dynamics_epoch_0.jsonl"):
        for read in (carto.load, carto.read_table):
            with pytest.raises(ValueError, match="Known: "):
                read(source)


def test_scattered_rows_are_refused_before_they_are_spread(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i},0,1.0\n" for i in range(4000))
    (tmp_path / "x.csv").write_text("guid,epoch,gold,loss\n" + rows)
    with pytest.raises(ValueError, match="16,000,000 cells would be nearly empty"):
        carto.load(tmp_path / "x.csv")


def test_numbers_beyond_32_bits_are_infinite(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("guid,epoch,gold,loss\n1,0,0,1e300\n2,0,0,-1e300\n")
    assert carto.load(tmp_path / "x.csv").signals["loss"].tolist() == [[np.inf, -np.inf]]


def test_a_guid_of_a_csv_is_a_number_only_where_all_are(tmp_path: Path) -> None:
    for guids, expected in (
        (["1", "-20"], [1, -20]),
        (["1", "020"], ["1", "020"]),
        (["NA", "null"], ["NA", "null"]),
        (["1e3", "2020-01-01"], ["1e3", "2020-01-01"]),
    ):
        rows = "".join(f"{guid},0,1,0.5\n" for guid in guids)
        (tmp_path / "x.csv").write_text("guid,epoch,gold,loss\n" + rows)
        assert carto.load(tmp_path / "x.csv").guid.tolist() == expected


def test_gold_labels_by_name_are_sorted_classes(tmp_path: Path) -> None:
    text = "guid,epoch,gold,loss,note\n1,0,pos,0.5,x\n2,0,neg,0.5,y\n"
    (tmp_path / "x.csv").write_text(text)
    dynamics = carto.load(tmp_path / "x.csv")
    assert (dynamics.gold.tolist(), dynamics.label_names) == ([1, 0], ["neg", "pos"])
    assert "note" not in dynamics.signals
    for old, new, said in (
        ("1,0,pos", "1,0.5,pos", "the column 'epoch' is double, expected whole numbers"),
        ("1,0,pos", "1,,pos", "1 rows without 'epoch'"),
        ("2,0,neg", "1,0,neg", "the gold label of guid '?1'? changes"),
        (text[text.index("1,") :], "", "no column of numbers|no rows"),
    ):
        (tmp_path / "x.csv").write_text(text.replace(old, new))
        with pytest.raises(ValueError, match=rf"x\.csv: .*({said})"):
            carto.load(tmp_path / "x.csv")
