"""Flipped bits, zeroed blocks and files cut short: found, named, and the rest opens.

CARTO_DAMAGES=1000 runs as many trials; continuous integration runs 40.
"""

from __future__ import annotations

import os
import random
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from numpy.typing import NDArray

import carto_widget as carto
from carto_widget.store.account.inspection import inspected
from carto_widget.store.files.parquet import read_table
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder

TRIALS = int(os.environ.get("CARTO_DAMAGES", "40"))
N, C = 1500, 3
GOLD = torch.arange(N) % C
KINDS = ("bit", "512", "4096", "cut")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three epochs in two chunks each, a signal of the loop's own, features, guids that are str."""
    path = tmp_path_factory.mktemp("sound") / "run"
    samples = pd.DataFrame(index=[f"guid {i}" for i in range(N)])
    with carto.Recorder(path, samples=samples, label_names=["a", "b", "c"]) as recorder:
        for epoch in range(3):
            drawn = torch.Generator().manual_seed(epoch)
            for rows in torch.arange(N).split(N // 2):
                logits, guid = (
                    torch.randn(len(rows), C, generator=drawn),
                    samples.index[rows.numpy()],
                )
                features = torch.randn(len(rows), 4, generator=drawn)
                recorder.log(logits, GOLD[rows], guid=list(guid), mode="online", features=features)
                recorder.log_signal("own", logits[:, 0], guid=list(guid), mode="online")
                recorder.state_dict()  # puts a chunk on disk
            recorder.end_epoch()
    return path


def all_of(path: Path, **how: Any) -> dict[str, NDArray[Any]]:
    """Everything that a run holds, by the guid."""
    dynamics = carto.load(path, **how)
    found = {name: np.moveaxis(dynamics.signals[name], 1, 0) for name in dynamics.signals}
    found |= {"gold": dynamics.gold, "guid": dynamics.guid}
    try:
        found["features"] = dynamics.features
    except ValueError as error:
        if "no features" not in str(error):
            raise
    return found


def error_of(path: Path) -> str:
    """What is said when everything is read; "" where nothing is."""
    try:
        all_of(path)
    except ValueError as error:
        return str(error)
    return ""


def harm(path: Path, kind: str, chance: random.Random) -> None:
    """Damage a file."""
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    if kind == "bit":
        content[at] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del content[at:]
    else:
        n = min(int(kind), len(content) - 1)
        at = chance.randrange(len(content) - n)
        content[at : at + n] = bytes(n)
    path.write_bytes(content)


def files_of(run: Path) -> list[Path]:
    return [*sorted(run.rglob("*.parquet")), *sorted(run.rglob("*.npy"))]


def equal(found: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> bool:
    names = found.keys() == expected.keys()
    return names and all(
        np.array_equal(found[n], expected[n], equal_nan=n != "guid") for n in found
    )


def subset(found: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> None:
    """What is there is right."""
    if found["guid"].dtype == object:
        assert found["guid"].tolist() == expected["guid"].tolist()
        row = np.arange(N)
    else:
        row = found["guid"]
    for name, values in found.items():
        if name not in ("guid", "gold"):
            there = ~np.isnan(values)
            np.testing.assert_array_equal(values[there], expected[name][row][there], err_msg=name)
    known = found["gold"] >= 0
    np.testing.assert_array_equal(found["gold"][known], expected["gold"][row][known])


@pytest.mark.parametrize("trial", range(TRIALS))
def test_no_damage_is_silent_and_the_rest_opens(sound: Path, tmp_path: Path, trial: int) -> None:
    chance = random.Random(trial)
    run = shutil.copytree(sound, tmp_path / "run")
    file = chance.choice(files_of(run))
    harm(file, KINDS[trial % len(KINDS)], chance)
    expected, said = all_of(sound), error_of(run)
    if not said:  # nothing that counts was hit
        assert equal(all_of(run), expected)
        return
    named = file.name.removesuffix(".npy")
    assert named in said
    assert "damaged" in said or "file of this run was changed" in said
    assert named in " ".join(inspected(run).wrong)
    with pytest.warns(UserWarning, match="what cannot be read is left out") as caught:
        found = all_of(run, on_damage="skip")
    assert [one.filename for one in caught] == [__file__]
    assert named in str(caught[0].message)
    subset(found, expected)


def test_a_damaged_column_is_named_with_its_row_group_and_rows(sound: Path, tmp_path: Path) -> None:
    run = shutil.copytree(sound, tmp_path / "run")
    file = sorted((run / "dynamics").rglob("*.parquet"))[3]
    flip(file, "margin", 0)
    said = rf"{file.name} is damaged: margin in row group 0 \(750 rows\)"
    dynamics = carto.load(run)
    with pytest.raises(ValueError, match=said + r".* on_damage='skip'\) opens the rest"):
        dynamics.signals["is_correct"]
    assert not np.isnan(dynamics.signals["loss"]).any()
    with pytest.warns(UserWarning, match=said):
        dynamics = carto.load(run, on_damage="skip")
    for name in ("margin", "loss"):  # the same rows, whatever is asked
        assert np.isnan(dynamics.signals[name]).sum(1).tolist() == [0, 750, 0]
    assert carto.table(dynamics)["n_observed"].value_counts().to_dict() == {3: 750, 2: 750}


def flip(file: Path, column: str, group: int) -> None:
    """One bit in the middle of a column's page."""
    held = pq.read_metadata(file).row_group(group)
    names = [held.column(i).path_in_schema for i in range(held.num_columns)]
    chunk = held.column(names.index(column))
    content = bytearray(file.read_bytes())
    content[chunk.data_page_offset + chunk.total_compressed_size - 3] ^= 4
    file.write_bytes(content)


def large(path: Path, n: int) -> RunFolder:
    """Two epochs of two row groups each."""
    run = RunFolder.create(path)
    run.add_ids("train", Ids(np.arange(n) + 7, np.arange(n)))
    for epoch in range(2):
        loss = np.linspace(0.1, 2 + epoch, n)
        run.write(
            Part(epoch=epoch, last=True), Rows.of_classes(range(n), [0] * n, loss, loss, [1] * n)
        )
    return run


def test_of_a_part_the_other_row_groups_are_read(tmp_path: Path) -> None:
    n = 70_000
    run = large(tmp_path / "run", n)
    flip(tmp_path / "run" / Part(last=True).path, "loss", 1)
    with pytest.warns(UserWarning, match=r"loss in row group 1 \(4,464 rows\)"):
        dynamics = carto.load(run.path, on_damage="skip")
    margin = dynamics.signals["margin"]
    assert np.isnan(margin).sum(1).tolist() == [4464, 0]
    assert not np.isnan(margin[0, :65_536]).any()
    assert dynamics.guid[0] == 7


def test_no_changed_bit_of_a_footer_is_silent(tmp_path: Path) -> None:
    large(tmp_path / "run", 20)
    (file,) = (tmp_path / "run" / "ids").rglob("*.parquet")
    whole = file.read_bytes()
    footer = range(len(whole) - 8 - int.from_bytes(whole[-8:-4], "little"), len(whole))
    for at in footer[::5]:
        content = bytearray(whole)
        content[at] ^= 1 << at % 8
        file.write_bytes(content)
        with pytest.raises(ValueError, match="is damaged: "):
            read_table(file)


@pytest.mark.parametrize("column", ["sample", "guid"])
def test_samples_of_damaged_ids_are_named_by_their_rows(tmp_path: Path, column: str) -> None:
    large(tmp_path / "run", 100)
    (ids,) = (tmp_path / "run" / "ids").rglob("*.parquet")
    flip(ids, column, 0)
    with pytest.raises(
        ValueError, match=rf"part=00000.parquet is damaged: {column} in row group 0"
    ):
        carto.load(tmp_path / "run")
    with pytest.warns(UserWarning, match="samples are named by their rows of the dataset instead"):
        dynamics = carto.load(tmp_path / "run", on_damage="skip")
    assert dynamics.guid.tolist() == list(range(100))
    assert not np.isnan(dynamics.signals["loss"]).any()


def test_a_stream_whose_part_is_lost_keeps_the_others(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        for epoch in range(2):
            recorder.log(torch.eye(3) * epoch, torch.arange(3), guid=["a", "b", "c"], mode="eval")
            recorder.end_epoch()
    part = sorted((tmp_path / "run" / "dynamics").rglob("*.parquet"))[0]
    part.write_bytes(part.read_bytes()[:100])
    with pytest.warns(UserWarning, match=f"{part.name} is damaged: "):
        dynamics = carto.load(tmp_path / "run", on_damage="skip")
    assert dynamics.guid.tolist() == ["a", "b", "c"]
    assert dynamics.epochs.tolist() == [0, 1]
    assert np.isnan(dynamics.signals["loss"]).all(1).tolist() == [True, False]


Spoil = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "spoil",
    [lambda text: b"", lambda text: bytes(len(text)), lambda text: text[:-20]],
    ids=["empty", "zeros", "cut"],
)
def test_a_run_opens_without_its_description(sound: Path, tmp_path: Path, spoil: Spoil) -> None:
    run = shutil.copytree(sound, tmp_path / "run")
    (run / "run.json").write_bytes(spoil((run / "run.json").read_bytes()))
    with pytest.raises(ValueError, match=r"is not a run: expected a folder with a run\.json"):
        carto.load(run)
    with pytest.warns(UserWarning, match="is not a run.*; classes have no names"):
        found = all_of(run, on_damage="skip")
    assert equal(found, all_of(sound))
    (run / "run.json").unlink()
    with pytest.warns(UserWarning, match="classes have no names"):
        assert carto.load(run, on_damage="skip").label_names is None


def test_a_newer_run_is_not_taken_for_a_damaged_one(sound: Path, tmp_path: Path) -> None:
    run = shutil.copytree(sound, tmp_path / "run")
    text = (run / "run.json").read_text().replace('"schema": 1', '"schema": 2')
    (run / "run.json").write_text(text.replace('"code": "', '"code": "9.'))
    with pytest.raises(ValueError, match=r"reads up to schema 1. Install carto-widget >= 9\."):
        carto.load(run, on_damage="skip")


def test_nothing_is_said_of_a_sound_run(sound: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert equal(all_of(sound, on_damage="skip"), all_of(sound))


def test_another_word_is_refused(sound: Path) -> None:
    with pytest.raises(ValueError, match="on_damage='ignore', expected 'raise' or 'skip'"):
        carto.load(sound, on_damage="ignore")  # type: ignore[call-overload]  # what a user types
