"""Damaged and hostile files: an error of ours that names the file, or the right answer.

500 mutations a reader; the environment variable CARTO_MUTATIONS says another number.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carto_widget as carto

N_MUTATIONS = int(os.environ.get("CARTO_MUTATIONS", "500"))
HOSTILE = [
    *(b"\x00", b"\xff", b"\n", b"\r", b'"', b",", b"{", b"}", b"[", b"]", b"-", b".", b"e9"),
    *(b"null", b"NaN", b"Infinity", b"-Infinity", b"true", b"1e999", b"99999999999999999999"),
    *(b"\\ud800", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"[" * 3000, b"9" * 5000, b"\xff" * 8),
    *(b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"guid", b"gold", b'"gold":1,'),
]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to three damages: bytes flipped, cut, doubled, swapped, or something hostile put in."""
    piece = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(piece) + 1)
        end = min(len(piece), at + rng.choice([1, 2, 8, 40, 400]))
        how = rng.randrange(6)
        if how == 0 and at < len(piece):
            piece[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            del piece[at:end]
        elif how == 2:
            piece[at:at] = piece[at:end]
        elif how == 3:
            piece[at : at + rng.choice([0, 1, 4])] = rng.choice(HOSTILE)
        elif how == 4:
            del piece[at:]
        else:
            other = rng.randrange(len(piece) + 1)
            piece[at:end] = piece[other : other + end - at]
    return bytes(piece)


def dynamics() -> carto.TrainingDynamics:
    rng = np.random.default_rng(1)
    return carto.TrainingDynamics.from_arrays(
        guid=[f"g{i}" for i in range(12)],
        gold=rng.integers(0, 3, 12),
        logits=rng.normal(size=(2, 12, 3)).astype(np.float32),
    )


def margins(found: carto.TrainingDynamics) -> dict[Any, float]:
    """(epoch, guid) -> margin, where there is one."""
    signal = found.signals["margin"]
    return {
        (int(epoch), guid): float(value)
        for epoch, row in zip(found.epochs, signal, strict=True)
        for guid, value in zip(found.guid.tolist(), row, strict=True)
        if not np.isnan(value)
    }


def records(file: Path) -> list[dict[str, Any]]:
    """The JSON values of a file, one after the other."""
    decoder = json.JSONDecoder(parse_int=lambda text: float(text) if len(text) > 300 else int(text))
    text, found = file.read_text(encoding="utf-8-sig").strip(), []
    while text:
        record, end = decoder.raw_decode(text)
        found.append(record)
        text = text[end:].lstrip()
    return found


def margins_of_lines(file: Path) -> dict[Any, float]:
    found: dict[Any, float] = {}
    for record in records(file):
        logits, gold = record["logits_epoch_0"], record["gold"]
        value = np.nan
        if logits is not None and None not in logits and max(logits) < np.inf:
            with np.errstate(over="ignore"):
                value = float(np.float32(logits[gold] - max(np.delete(logits, gold))))
        found.setdefault((0, record["guid"]), value)
    return {key: value for key, value in found.items() if not np.isnan(value)}


def margins_of_csv(file: Path, guid: str, epoch: str, first: int) -> dict[Any, float] | None:
    """None where quotes are so placed that readers differ in what they mean."""
    text = io.StringIO(file.read_bytes().decode("utf-8-sig", "replace"), newline="")
    found: dict[Any, float] = {}
    try:
        for row in csv.DictReader(text, strict=True):
            if any(row.values()):
                value = row["margin"].strip()
                is_there = value.lower() not in ("", "na", "null", "n/a", "#n/a")
                key = (int(float(row[epoch])) - first, row[guid])
                found.setdefault(key, float(np.float32(value)) if is_there else np.nan)
    except csv.Error:
        return None
    return {key: value for key, value in found.items() if not np.isnan(value)}


def as_text(found: dict[Any, float]) -> dict[Any, float]:
    return {(epoch, str(guid)): value for (epoch, guid), value in found.items()}


def refusal(error: Exception, file: Path) -> str:
    """What is wrong with an error about a file; "" where it is as it should be."""
    names_it, is_short = str(file.parent) in str(error), len(str(error)) < 2000
    return "" if names_it and is_short else f"{names_it=}, {is_short=}: {error!r:.3000}"


def run_case(
    folder: Path, name: str, data: bytes, read: Callable[[Path], Any], check: Callable[..., None]
) -> int:
    """Reads every mutation; gives how many were read rather than refused."""
    n_read = 0
    for seed in range(N_MUTATIONS):
        file = folder / name
        file.write_bytes(mutated(data, random.Random(seed)))
        try:
            found = read(file)
        except (ValueError, TypeError, FileNotFoundError) as error:
            if wrong := refusal(error, file):
                pytest.fail(f"seed {seed}: {wrong}")
        else:
            n_read += 1
            check(found, file, seed)
    return n_read


def source(folder: Path, name: str) -> bytes:
    carto.save(dynamics(), folder / name)
    return (folder / name).read_bytes()


def test_json_lines(tmp_path: Path) -> None:
    carto.save(dynamics(), tmp_path / "source")
    data = (tmp_path / "source" / "training_dynamics" / "dynamics_epoch_0.jsonl").read_bytes()

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        assert margins(found) == pytest.approx(margins_of_lines(file), rel=1e-6), seed

    assert run_case(tmp_path, "dynamics_epoch_0.jsonl", data, carto.load, check) > N_MUTATIONS // 50


def test_long_csv(tmp_path: Path) -> None:
    data = source(tmp_path, "long.csv")

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        right = margins_of_csv(file, "guid", "epoch", 0) if "margin" in found.signals else None
        if right is not None:
            assert as_text(margins(found)) == pytest.approx(as_text(right), rel=1e-6), seed

    assert run_case(tmp_path, "mutated.csv", data, carto.load, check) > N_MUTATIONS // 50


def test_aum_records(tmp_path: Path) -> None:
    rows = [
        f"{i},{k},{i % 3},{0.5 + k},{(i + 1) % 3},{0.25 * i},{0.5 + k - 0.25 * i},0.0"
        for i in range(12)
        for k in (1, 2)
    ]
    names = "sample_id,num_measurements,target_logit,target_val,other_logit,other_val,margin,aum"
    data = "\n".join([names, *rows, ""]).encode()

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        right = margins_of_csv(file, "sample_id", "num_measurements", 1)
        if right is not None:
            assert as_text(margins(found)) == pytest.approx(as_text(right), rel=1e-6), seed

    assert run_case(tmp_path, "mutated.csv", data, carto.load, check) > N_MUTATIONS // 50


def test_parquet(tmp_path: Path) -> None:
    data = source(tmp_path, "long.parquet")
    right = margins(carto.load(tmp_path / "long.parquet"))

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        if "margin" in found.signals:  # else the footer names another column
            assert margins(found) == right, seed

    run_case(tmp_path, "mutated.parquet", data, carto.load, check)


def test_npz(tmp_path: Path) -> None:
    data = source(tmp_path, "arrays.npz")
    right = carto.load(tmp_path / "arrays.npz")

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        for name in {"loss", "margin"} & {*found.signals}:  # the checksums of the zip file hold
            np.testing.assert_array_equal(found.signals[name], right.signals[name], str(seed))

    run_case(tmp_path, "mutated.npz", data, carto.load, check)


def test_a_folder_of_npy(tmp_path: Path) -> None:
    folder = tmp_path / "arrays"
    folder.mkdir()
    np.save(folder / "labels.npy", np.arange(12) % 3)
    np.save(tmp_path / "pred_probs.npy", np.full((2, 12, 3), 1 / 3))
    data = (tmp_path / "pred_probs.npy").read_bytes()

    def check(found: carto.TrainingDynamics, file: Path, seed: int) -> None:
        assert len(found.guid) == 12
        logits = np.log(np.maximum(np.load(file).astype(float).reshape(-1, 12, 3), 1e-38))
        held = found.signals["logits"].reshape(logits.shape)
        np.testing.assert_allclose(held, logits, rtol=1e-6, err_msg=str(seed))

    read: Callable[[Path], Any] = lambda file: carto.load(file.parent)  # noqa: E731  # shared signature
    assert run_case(folder, "pred_probs.npy", data, read, check) > N_MUTATIONS // 50


TD_METRICS = "".join(
    f'{{"guid":"g{i}","index":{i},"threshold_closeness":0.25,"confidence":{i / 12},'
    f'"variability":0.1,"correctness":{i % 7},"forgetfulness":{[0, 1, 1000][i % 3]}}}\n'
    for i in range(12)
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("td_metrics.jsonl", TD_METRICS),
        ("aum_values.csv", "sample_id,aum\n" + "".join(f"{i},{i / 8}\n" for i in range(12))),
        (
            "issues.csv",
            ",is_label_issue,label_score,given_label,predicted_label\n"
            + "".join(f"{i},{i % 2 == 0},0.{i},{i % 3},{i % 2}\n" for i in range(12)),
        ),
    ],
)
def test_tables(tmp_path: Path, name: str, text: str) -> None:
    column = "aum" if name == "aum_values.csv" else "confidence"

    def check(found: Any, file: Path, seed: int) -> None:
        assert found.index.is_unique
        if column not in found:
            return
        if name.endswith("csv"):
            lines: Any = csv.DictReader(
                io.StringIO(file.read_bytes().decode("utf-8-sig", "replace"), newline="")
            )
            texts = [row[column] for row in lines if any(row.values())]
            right = [np.nan if text in ("", "null") else float(text) for text in texts]
        else:
            right = [np.nan if row.get(column) is None else row[column] for row in records(file)]
        np.testing.assert_allclose(found[column].astype(float), right, rtol=1e-9, err_msg=str(seed))

    assert run_case(tmp_path, name, text.encode(), carto.read_table, check) > N_MUTATIONS // 50


def test_scores_of_data_diet(tmp_path: Path) -> None:
    folder = tmp_path / "forget_scores"
    folder.mkdir()
    np.save(folder / "ckpt_1.npy", np.arange(12.0))
    data = (folder / "ckpt_1.npy").read_bytes()

    def check(found: Any, file: Path, seed: int) -> None:
        values = np.load(file).astype(float)
        right = np.where(np.isposinf(values), 0, values)
        np.testing.assert_array_equal(found["forgetting_events"], right, str(seed))

    assert run_case(folder, "ckpt_1.npy", data, carto.read_table, check) > N_MUTATIONS // 50
