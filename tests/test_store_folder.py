"""The run folder on disk: names, sessions, damage, strangers who read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import RunFolder

TRAIN = Series()


def rows(n: int, loss: float = 0.5) -> Rows:
    everyone = np.arange(n)
    values = np.full(n, loss, np.float32)
    return Rows.of_classes(
        everyone,
        np.zeros(n, np.int32),
        values,
        values,
        np.ones(n, np.int32),
        np.ones(n, np.uint32),
    )


def written(path: Path, n: int = 4, epochs: int = 2) -> RunFolder:
    run = RunFolder.create(path, description={"label_names": ["no", "yes"]})
    run.add_ids("train", Ids(np.array([f"g{i}" for i in range(n)], object), np.arange(n)))
    for epoch in range(epochs):
        run.write(Part(epoch=epoch, last=True), rows(n, 0.5 + epoch))
    return run


def damaged(path: Path, change: Any) -> Path:
    file = sorted((path / "dynamics").rglob("*.parquet"))[0]
    data = bytearray(file.read_bytes())
    file.write_bytes(bytes(change(data)))
    return file


def test_a_used_name_gets_the_next_free_suffix_and_says_so(tmp_path: Path) -> None:
    names = [RunFolder.create(tmp_path / "run") for _ in range(3)]
    assert [Path(run.path).name for run in names] == ["run", "run-2", "run-3"]
    assert names[0].notice is None
    assert str(names[1].notice).endswith(f"is used: this run is {tmp_path / 'run-2'}")


def test_an_empty_folder_is_free_and_one_with_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert Path(RunFolder.create(tmp_path / "empty").path).name == "empty"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    assert Path(RunFolder.create(tmp_path / "mine").path).name == "mine-2"
    (tmp_path / "file").write_text("a file of this name")
    assert Path(RunFolder.create(tmp_path / "file").path).name == "file-2"


def test_a_name_without_a_folder_before_it_is_made_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert RunFolder.create("run").path == "run"
    assert RunFolder.create("deep/er/run").path == "deep/er/run"
    assert (tmp_path / "deep/er/run/run.json").exists()


def test_resume_opens_the_next_session_of_that_very_run(tmp_path: Path) -> None:
    first = written(tmp_path / "run")
    again = RunFolder.create(tmp_path / "run", if_exists="resume")
    assert (again.path, again.session, first.session) == (first.path, 1, 0)
    assert again.description["run"] == first.description["run"]
    assert again.epochs(TRAIN) == [0, 1]
    again.write(Part(epoch=2, session=again.session, last=True), rows(4))
    assert RunFolder.open(tmp_path / "run").epochs(TRAIN) == [0, 1, 2]
    assert RunFolder.create(tmp_path / "run", if_exists="resume").session == 2


def test_two_resumes_at_once_get_different_sessions(tmp_path: Path) -> None:
    written(tmp_path / "run")
    sessions = [RunFolder.create(tmp_path / "run", if_exists="resume").session for _ in range(2)]
    assert sessions == [1, 2]


def test_resume_of_nothing_creates_and_of_a_strangers_folder_refuses(tmp_path: Path) -> None:
    assert RunFolder.create(tmp_path / "new", if_exists="resume").session == 0
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"")
    with pytest.raises(ValueError, match="photos is not a run"):
        RunFolder.create(tmp_path / "photos", if_exists="resume")
    with pytest.raises(ValueError, match=r"a\.png is not a run"):
        RunFolder.create(tmp_path / "photos" / "a.png", if_exists="resume")
    with pytest.raises(ValueError, match="expected 'new' or 'resume'"):
        RunFolder.create(tmp_path / "x", if_exists="overwrite")  # type: ignore[arg-type]  # the test


def test_other_ranks_join_the_newest_run_of_their_launch(tmp_path: Path) -> None:
    for launch in ("monday", "tuesday", "tuesday"):
        RunFolder.create(tmp_path / "run", description={"launch": launch})
    joined = RunFolder.join(tmp_path / "run", launch="tuesday")
    assert (Path(joined.path).name, joined.session) == ("run-3", 0)
    with pytest.raises(FileNotFoundError, match="carries the launch 'friday'"):
        RunFolder.join(tmp_path / "run", launch="friday")


def test_the_description_is_json_that_keeps_what_it_is_told(tmp_path: Path) -> None:
    run = written(tmp_path / "run")
    run.describe(fingerprint={"train": {"rows": 4}}, task="größer")
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert told["label_names"] == ["no", "yes"]
    assert told["fingerprint"] == {"train": {"rows": 4}}
    assert (told["schema"], told["task"], told["session"]) == (1, "größer", 0)
    assert RunFolder.open(tmp_path / "run").description == told
    with pytest.raises(ValueError, match="JSON"):
        run.describe(bad=float("nan"))
    assert json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8")) == told


def test_a_newer_schema_is_refused_with_the_version_to_install(tmp_path: Path) -> None:
    run = written(tmp_path / "run")
    run.describe(schema=2, code="9.1")
    with pytest.raises(ValueError, match=r"schema 2 .* Install carto-widget >= 9\.1"):
        RunFolder.open(tmp_path / "run")


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such run"):
        RunFolder.open(tmp_path / "none")
    for text in ("", "{}", "[1]", '{"schema": "x"}'):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(ValueError, match="is not a run"):
            RunFolder.open(tmp_path)


def test_a_run_that_was_opened_to_read_is_not_written(tmp_path: Path) -> None:
    written(tmp_path / "run")
    reader = RunFolder.open(tmp_path / "run")
    with pytest.raises(ValueError, match="opened to read"):
        reader.write(Part(epoch=9), rows(1))
    with pytest.raises(ValueError, match="opened to read"):
        reader.describe(task="x")


def test_a_flipped_bit_is_found_and_its_file_named(tmp_path: Path) -> None:
    n = 5000
    run = RunFolder.create(tmp_path / "run")
    run.add_ids("train", Ids(np.arange(n), np.arange(n)))
    noise = np.random.default_rng(0).exponential(size=n).astype(np.float32)
    part = rows(n)
    run.write(
        Part(last=True),
        Rows.of_classes(part.sample, part["gold"], noise, noise, part["other_label"], part.n_seen),
    )
    column = pq.ParquetFile(sorted((tmp_path / "run").rglob("dynamics/**/*.parquet"))[0])
    place = column.metadata.row_group(0).column(3)
    assert place.path_in_schema == "loss"
    middle = place.data_page_offset + place.total_compressed_size // 2

    def flip(data: bytearray) -> bytearray:
        data[middle] ^= 1
        return data

    file = damaged(tmp_path / "run", flip)
    reader = RunFolder.open(tmp_path / "run")
    with pytest.raises(ValueError, match=f"{file.name} is damaged: "):
        reader.read(TRAIN, 0)
    assert len(reader.columns("train", reader.chain(TRAIN, 0), ["gold"])["gold"]) == n


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_truncated_part_is_found_and_named(tmp_path: Path, keep: int) -> None:
    written(tmp_path / "run")
    file = damaged(tmp_path / "run", lambda data: data[:keep])
    dynamics = RunFolder.open(tmp_path / "run")
    with pytest.raises(ValueError, match=f"{file.name} is damaged: "):
        dynamics.read(TRAIN, 0)
    assert dynamics.read(TRAIN, 1)["loss"].tolist() == [1.5] * 4


def test_parts_of_another_run_or_other_ids_are_refused(tmp_path: Path) -> None:
    run, other = written(tmp_path / "run", epochs=1), written(tmp_path / "other", epochs=2)
    stray = Path(other.path, Part(epoch=1, last=True).path)
    target = Path(run.path, Part(epoch=1, last=True).path)
    target.write_bytes(stray.read_bytes())
    with pytest.raises(ValueError, match="belongs to another run"):
        RunFolder.open(run.path).read(TRAIN, 1)
    for file in Path(run.path, "ids/split=train").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match=r"ids of split 'train' are not there"):
        RunFolder.open(run.path).read(TRAIN, 0)
    swapped = RunFolder.create(run.path, if_exists="resume")
    swapped.add_ids("train", Ids(np.arange(4), np.arange(4)))
    with pytest.raises(ValueError, match="written for other ids"):
        RunFolder.open(run.path).read(TRAIN, 0)


def test_a_reader_sees_epochs_and_ids_as_they_are_added(tmp_path: Path) -> None:
    run = written(tmp_path / "run", n=2, epochs=1)
    reader = RunFolder.open(tmp_path / "run")
    assert reader.epochs(TRAIN) == [0]
    run.add_ids("train", Ids(np.array(["g0", "g1", "g2"], object), np.arange(3)))
    run.write(Part(epoch=1, last=True), rows(3))
    assert reader.epochs(TRAIN) == [0, 1]
    assert TrainingDynamics.of_run(reader, TRAIN).guid.tolist() == ["g0", "g1", "g2"]


def test_a_killed_writers_file_is_never_read(tmp_path: Path) -> None:
    run = written(tmp_path / "run")
    folder = Path(run.path, TRAIN.folder)
    whole = next(folder.glob("*.parquet")).read_bytes()
    (folder / f".{Path(Part(epoch=7).path).name}.123-4.tmp").write_bytes(whole[:100])
    assert RunFolder.open(run.path).epochs(TRAIN) == [0, 1]
    assert len(pd.read_parquet(folder)) == 8


def test_dataframe_tools_read_the_folder_as_it_is(tmp_path: Path) -> None:
    run = written(tmp_path / "run")
    frame = pd.read_parquet(Path(run.path, "dynamics"))
    assert frame.columns[:7].tolist() == [
        "sample",
        "epoch",
        "gold",
        "loss",
        "margin",
        "other_label",
        "n_seen",
    ]
    assert frame.groupby("epoch")["loss"].mean().to_dict() == {0: 0.5, 1: 1.5}
    assert set(frame["split"]) == {"train"}
    found = pyarrow.dataset.dataset(Path(run.path, "dynamics"), partitioning="hive")
    assert found.count_rows() == 8
    ids = pd.read_parquet(Path(run.path, "ids"))
    assert ids["guid"].tolist() == ["g0", "g1", "g2", "g3"]


def test_encodings_checksums_and_row_groups_are_as_stated(tmp_path: Path) -> None:
    n = 70_000
    run = RunFolder.create(tmp_path / "run")
    run.add_ids("train", Ids(np.arange(n), np.arange(n)))
    run.write(Part(last=True), rows(n), footer={"n_log_calls": "3"})
    file = pq.ParquetFile(Path(run.path, Part(last=True).path))
    group = file.metadata.row_group(0)
    assert (file.metadata.num_row_groups, group.num_rows) == (2, 65_536)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(7)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert "BYTE_STREAM_SPLIT" in columns["loss"].encodings
    assert "BYTE_STREAM_SPLIT" in columns["margin"].encodings
    assert "DELTA_BINARY_PACKED" in columns["sample"].encodings
    nullable = {field.name for field in file.schema_arrow if field.nullable}
    assert nullable == {"loss", "margin"}
    footer = run.footer(Part(last=True))
    assert (footer["n_log_calls"], footer["rows"], footer["schema"]) == ("3", str(n), "1")
    assert footer["run"] == run.description["run"]


def test_guids_of_both_kinds_and_many_rows_come_back(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    texts = np.array(["", "a/b", "ä", "x" * 300, "0"], object)
    run.add_ids("text", Ids(texts, np.arange(5)))
    run.add_ids("whole", Ids(np.array([2**62, -5, 0]), np.array([1, 3, 5])))
    reader = RunFolder.open(run.path)
    text, whole = reader.ids("text"), reader.ids("whole")
    assert text is not None
    assert whole is not None
    assert text.guid.tolist() == texts.tolist()
    assert whole.guid.tolist() == [2**62, -5, 0]
    assert whole.sample is not None
    assert whole.sample.tolist() == [1, 3, 5]


def test_parts_of_a_stream_carry_guids_instead_of_samples(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    guid = np.array(["b", "a"], object)
    run.write(Part(last=True), rows(2), guid=guid, footer={})
    table = pq.read_table(Path(run.path, Part(last=True).path), partitioning=None)
    assert table.column_names[:2] == ["guid", "epoch"]
    assert "sample" not in table.column_names
    assert table["guid"].to_pylist() == ["b", "a"]
    with pytest.raises(ValueError, match="2 rows came with 1 guids"):
        run.write(Part(epoch=1), rows(2), guid=guid[:1])


def test_rows_that_repeat_or_are_out_of_order_are_not_written(tmp_path: Path) -> None:
    run = written(tmp_path / "run", n=3, epochs=0)
    for order in ([0, 0], [1, 0]):
        with pytest.raises(ValueError, match=r"Rows\.once first"):
            run.write(Part(), rows(3).take(order))
    assert run.parts() == []
