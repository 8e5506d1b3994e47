"""Edits applied to files and to Hugging Face datasets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from carto_widget.curation.ledger import Ledger

ROWS = [
    {"id": "a", "text": 'He said "bad",\nreally', "label": "neg"},
    {"id": "b", "text": "so so", "label": "pos"},
    {"id": "c", "text": "", "label": "neg"},
    {"id": "d", "text": "fine ☕", "label": "pos"},
]
CSV = (
    '\ufeff"id",text,label,zip\r\n'
    'a,"He said ""bad"",\nreally",neg,007\r\n'
    '"b",so so,"pos",NA\r\n\r\n'
    "c,,neg,\r\n"
    'd,"fine ☕",pos,0.10'
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    frame = pd.DataFrame(ROWS)
    ledger = Ledger(tmp_path / "l").of(frame, guid="id", gold="label")
    ledger.add_class("mixed")
    ledger.relabel("b", "mixed")
    ledger.drop("c")
    return ledger


def test_a_csv_file_is_copied_but_for_the_edited_records(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(CSV, encoding="utf-8", newline="")
    ledger.relabel("d", "neg")
    made = ledger.apply(path, to=tmp_path / "fixed.csv", guid="id")
    assert made == tmp_path / "fixed.csv"
    assert made.read_bytes().decode() == (
        '\ufeff"id",text,label,zip\r\n'
        'a,"He said ""bad"",\nreally",neg,007\r\n'
        "b,so so,mixed,NA\r\n\r\n"
        "d,fine ☕,neg,0.10"
    )
    assert path.read_bytes().decode() == CSV
    found = pd.read_csv(made)
    assert found["label"].tolist() == ["neg", "mixed", "neg"]


def test_the_content_of_a_csv_file_is_what_pandas_reads_of_it(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(CSV, encoding="utf-8", newline="")
    ledger = Ledger(tmp_path / "l").of(pd.read_csv(path), guid="id", gold="label")
    ledger.relabel(["a", "b", "c"], "pos")
    ledger.apply(str(path), to=tmp_path / "fixed.csv", guid="id")
    path.write_text(CSV.replace("bad", "good"), encoding="utf-8", newline="")
    with pytest.raises(ValueError, match=r"content changed \(1\): 'a'"):
        ledger.apply(path, to=tmp_path / "again.csv", guid="id")
    assert not (tmp_path / "again.csv").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["fixed.csv", "l", "reviews.csv"]


def test_numbers_as_labels_and_tabs(tmp_path: Path) -> None:
    path = tmp_path / "reviews.tsv"
    path.write_text("text\tlabel\nx\t0\ny\t\nz\t1\n")
    ledger = Ledger(tmp_path / "l").of(pd.DataFrame({"label": [0, None, 1]}), gold="label")
    ledger.relabel([2], 0)
    made = ledger.apply(path, to=tmp_path / "fixed.tsv")
    assert made.read_text() == "text\tlabel\nx\t0\ny\t\nz\t0\n"


def test_json_lines_keep_what_is_not_edited(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "reviews.jsonl"
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]
    lines[0] = lines[0].replace(": ", ":") + " "
    path.write_text("\n".join([*lines[:2], "", *lines[2:]]), encoding="utf-8")
    made = ledger.apply(path, to=tmp_path / "fixed.jsonl", guid="id")
    expected = [lines[0], lines[1].replace('"pos"', '"mixed"'), "", lines[3]]
    assert made.read_text(encoding="utf-8").split("\n") == expected
    path.write_text('{"id": "a"}\n[1]\n')
    with pytest.raises(ValueError, match="expected one JSON object a line"):
        ledger.apply(path, to=tmp_path / "again.jsonl")


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_parquet_keeps_types_and_what_is_written_with_them(
    tmp_path: Path, ledger: Ledger, dtype: Any
) -> None:
    path = tmp_path / "reviews.parquet"
    frame = pd.DataFrame(ROWS).astype({"label": dtype})
    table = pa.Table.from_pandas(frame.assign(stars=pd.array([1, None, 3, 4], "Int8")))
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"mine": b"1"}), path)
    before = path.read_bytes()
    made = ledger.apply(path, to=tmp_path / "fixed.parquet", guid="id")
    found = pq.read_table(made)
    assert found.schema.metadata[b"mine"] == b"1"
    assert found["label"].to_pylist() == ["neg", "mixed", "pos"]
    assert found["stars"].to_pylist() == [1, None, 4]
    assert found.schema.types == pq.read_table(path).schema.types
    assert path.read_bytes() == before


def test_no_file_is_written_over_unless_that_is_said(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "reviews.csv"
    pd.DataFrame(ROWS).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r'to="reviews\.fixed\.csv"'):
        ledger.apply(path, guid="id")
    (tmp_path / "link.csv").symlink_to(path)
    for itself in (path, tmp_path / "link.csv"):
        with pytest.raises(ValueError, match="is the file itself"):
            ledger.apply(path, to=itself, guid="id", overwrite=True)
    with pytest.raises(ValueError, match=r"ending in \.csv"):
        ledger.apply(path, to=tmp_path / "x.parquet", guid="id")
    there = tmp_path / "there.csv"
    there.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True replaces it"):
        ledger.apply(path, to=there, guid="id")
    assert there.read_text() == "mine"
    ledger.apply(path, to=there, guid="id", overwrite=True)
    assert len(pd.read_csv(there)) == 3
    with pytest.raises(ValueError, match="expected a file ending in"):
        ledger.apply(tmp_path / "reviews.pkl", to=tmp_path / "x.pkl")
    with pytest.raises(FileNotFoundError):
        ledger.apply(tmp_path / "gone.csv", to=tmp_path / "x.csv")
    path.write_bytes(b"id,text,label\n\xff\xfe,b,c\n")
    with pytest.raises(ValueError, match="cannot be read as csv"):
        ledger.apply(path, to=tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("name", "held", "expected"),
    [
        (
            "in.csv",
            "id,label\nr0,False\nr1,TRUE\nr2,\nr3,False\n",
            "id,label\nr0,2\nr1,1\nr2,\nr3,0\n",
        ),
        (
            "in.jsonl",
            '{"id": "r0", "label": false}\n{"id": "r1", "label": true}\n{"id": "r2"}\n',
            '{"id": "r0", "label": 2}\n{"id": "r1", "label": 1}\n{"id": "r2"}\n',
        ),
    ],
)
def test_flags_are_not_left_beside_the_number_of_a_third_class(
    tmp_path: Path, name: str, held: str, expected: str
) -> None:
    labels = pd.Categorical(["no", "yes", None, "no"], ["no", "yes"])
    samples = pd.DataFrame({"label": labels}, ["r0", "r1", "r2", "r3"])
    ledger = Ledger(tmp_path / "l").of(samples, gold="label")
    ledger.add_class("perhaps")
    ledger.relabel("r0", "perhaps")
    (tmp_path / name).write_text(held)
    path = ledger.apply(
        tmp_path / name, guid="id", label_names=["no", "yes"], to=tmp_path / f"out.{name[3:]}"
    )
    assert path.read_text() == expected
