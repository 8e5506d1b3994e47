"""A run lies in a folder or in an object store, and nothing that it tells depends on which."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from fsspec.implementations.memory import MemoryFileSystem
from test_record_epochs import N, logits_of, one_epoch, tracked

import carto_widget as carto
from carto_widget.cli import carto as command
from carto_widget.store.account.inspection import inspected
from carto_widget.store.places.place import Place, place_of
from carto_widget.store.run.following import Following
from carto_widget.store.run.parts import Series
from carto_widget.store.run.run import RunFolder
from carto_widget.store.snapshot import Cursor


@pytest.fixture
def bucket() -> Iterator[str]:
    """A URL below which nothing is."""
    url = f"memory://{uuid.uuid4().hex}"
    yield url
    memory = MemoryFileSystem()
    if memory.exists(url):
        memory.rm(url, recursive=True)


@pytest.fixture(params=["folder", "object store"])
def place(request: pytest.FixtureRequest, tmp_path: Path, bucket: str) -> Place:
    return place_of(tmp_path / "run" if request.param == "folder" else f"{bucket}/run")


def recorded(where: str | Path, epochs: int = 2, **options: Any) -> carto.Recorder:
    recorder = carto.Recorder(where, **options)
    loader = tracked(recorder)
    for _ in range(epochs):
        one_epoch(recorder, loader)
    return recorder


def said(*words: str) -> str:
    """What a command prints; it must not fail."""
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_file_is_written_once_read_and_listed(place: Place) -> None:
    assert (place.is_free(), place.exists(), place.names()) == (True, False, [])
    place.write("ids/split=a%2Fb/part=00000.parquet", b"one")
    place.write("run.json", memoryview(b"{}"))
    assert not place.is_free()
    assert sorted(place.names()) == ["ids/split=a%2Fb/part=00000.parquet", "run.json"]
    assert place.names("ids") == ["ids/split=a%2Fb/part=00000.parquet"]
    assert place.names("id") == []
    assert (place.read("run.json"), place.size("run.json")) == (b"{}", 2)
    assert (place.exists("run.json"), place.exists("ids"), place.exists("x")) == (
        True, isinstance(place / "x", Path), False,
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"run\.json exists: parts never change"):
        place.write("run.json", b"another")
    place.replace("run.json", b"another")
    assert place.read("run.json") == b"another"
    place.remove("run.json")
    place.remove("run.json")
    with pytest.raises(FileNotFoundError):
        place.read("run.json")


def test_lines_are_appended_in_order(place: Place) -> None:
    place.write("run.json", b"{}")
    place.append("steering.jsonl", b"a")
    place.append("steering.jsonl", b"b")
    assert place.read("steering.jsonl") == b"a\nb\n"


def test_a_name_may_look_like_a_pattern(tmp_path: Path) -> None:
    for name in ("run[1]", "run[1]-2"):
        place_of(tmp_path / name).write("run.json", b"{}")
    assert place_of(tmp_path / "run[1]").numbers() == [2]


def test_a_claim_goes_to_one_of_two(place: Place) -> None:
    other = place_of(place.path)
    assert (place.claim(".session=00"), other.claim(".session=00")) == (True, False)
    assert other.claim(".session=01")


def test_the_places_beside_one_are_found_by_their_numbers(place: Place) -> None:
    for name in ("10", "2", "x"):
        place_of(f"{place.path}-{name}").write("run.json", b"{}")
    assert place.numbers() == [2, 10]
    assert place.suffixed(2).exists("run.json")


def test_a_run_in_an_object_store_tells_what_one_in_a_folder_tells(
    tmp_path: Path, bucket: str
) -> None:
    for where in (str(tmp_path / "run"), f"{bucket}/run"):
        recorded(where).close()
        account = inspected(where)
        assert (account.is_sound, account.wrong, account.notes) == (True, (), ())
    there, here = carto.table(f"{bucket}/run"), carto.table(tmp_path / "run")
    pd.testing.assert_frame_equal(there, here)


def test_each_part_is_one_put(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    puts: Counter[str] = Counter()
    pipe = MemoryFileSystem.pipe_file

    def counted(self: Any, path: str, value: bytes, **more: Any) -> None:
        puts[path.rpartition("/")[2]] += 1
        pipe(self, path, value, **more)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", counted)
    recorder = recorded(f"{bucket}/run", epochs=3)
    recorder.control("rate", 0.1, min=0, max=1).value = 0.5
    recorder.close()
    parts = {name: n for name, n in puts.items() if name.endswith(".parquet")}
    assert len(parts) == 4  # three epochs, and the ids
    assert set(parts.values()) == {1}


def test_features_lie_in_an_object_store_too(bucket: str) -> None:
    with carto.Recorder(f"{bucket}/run") as recorder:
        loader = tracked(recorder)
        for epoch in range(2):
            for rows, gold in loader:
                recorder.log(logits_of(rows), gold, features=rows[:, None] + float(epoch))
    found = carto.load(f"{bucket}/run").features
    assert found.ravel().tolist() == [row + 1.0 for row in range(N)]
    assert len(place_of(f"{bucket}/run").names("features")) == 1


def test_a_used_url_gets_a_suffix_and_resume_a_session(bucket: str) -> None:
    recorded(f"{bucket}/run").close()
    with pytest.warns(UserWarning, match=f"{bucket}/run is used: this run is {bucket}/run-2"):
        assert carto.Recorder(f"{bucket}/run").path == f"{bucket}/run-2"
    with pytest.warns(UserWarning, match=f"there is also {bucket}/run-2"):
        again = recorded(f"{bucket}/run", if_exists="resume")
    again.close()
    assert carto.load(f"{bucket}/run").epochs.tolist() == [0, 1, 2, 3]


def test_an_older_writer_learns_that_another_goes_on(bucket: str) -> None:
    first = recorded(f"{bucket}/run", epochs=1)
    second = recorded(f"{bucket}/run", epochs=1, if_exists="resume")
    with pytest.warns(UserWarning, match="another program goes on with this run as session 1"):
        one_epoch(first, tracked(first))
    second.close()
    assert carto.load(f"{bucket}/run").epochs.tolist() == [0, 1]
    assert RunFolder.open(f"{bucket}/run").description["session"] == 1


def test_where_there_are_no_locks_sessions_tell_writers_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carto_widget.store.places.locks.fcntl", None)  # as on Windows
    first = recorded(tmp_path / "run", epochs=1)
    recorded(tmp_path / "run", epochs=1, if_exists="resume").close()
    first.resume()
    with pytest.warns(UserWarning, match="another program goes on with this run as session 1"):
        one_epoch(first, tracked(first))
    assert carto.load(tmp_path / "run").epochs.tolist() == [0, 1]


def test_a_store_that_cannot_refuse_a_second_put_is_asked_before(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = MemoryFileSystem.pipe_file
    monkeypatch.setattr(
        MemoryFileSystem, "pipe_file", lambda self, path, value: pipe(self, path, value)
    )
    place = place_of(f"{bucket}/run")
    assert (place.claim(".session=00"), place.claim(".session=00")) == (True, False)
    with pytest.raises(ValueError, match="parts never change"):
        place.write(".session=00", b"")


def test_a_put_whose_answer_was_lost_is_ours(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = MemoryFileSystem.pipe_file

    def twice(self: Any, path: str, value: bytes, **more: Any) -> None:
        pipe(self, path, value, **more)
        pipe(self, path, value, **more)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", twice)
    place = place_of(f"{bucket}/run")
    place.write("part", b"1")
    assert place.claim(".session=00")


def test_a_store_that_fails_stops_the_recording_by_name(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("no route to host")

    recorder = recorded(f"{bucket}/run", epochs=1)
    loader = tracked(recorder)
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", fails)
    with pytest.warns(
        UserWarning, match=r"recording stopped, .*chunk=0000-last\.parquet could not be written "
        r"\(RuntimeError: no route to host\)"
    ):  # fmt: skip
        one_epoch(recorder, loader)
    monkeypatch.undo()
    assert carto.load(recorder).epochs.tolist() == [0]


def test_a_run_in_an_object_store_is_followed(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carto_widget.store.places.remote.FRESH", 0.0)
    recorder = carto.Recorder(f"{bucket}/run")
    loader = tracked(recorder)
    one_epoch(recorder, loader)
    following = Following(f"{bucket}/run")
    seen = following.snapshot(Cursor())
    assert (len(seen.sealed), seen.status.word) == (1, "training")
    assert "without locks here nobody can tell when it ends" in seen.status.text
    one_epoch(recorder, loader)
    assert [one.epoch for one in following.snapshot(seen.since).sealed] == [1]
    recorder.close()
    assert following.snapshot(Cursor()).status.text == "ended: 2 epochs on record"


def test_the_commands_take_a_url(bucket: str, tmp_path: Path) -> None:
    recorded(f"{bucket}/run").close()
    assert f"{bucket}/run: " in said("info", f"{bucket}/run")
    assert "all is in order" in said("check", f"{bucket}/run")
    said("table", f"{bucket}/run", "-o", str(tmp_path / "out.csv"))
    assert len(pd.read_csv(tmp_path / "out.csv")) == N
    missing = CliRunner().invoke(command, ["info", f"{bucket}/none"])
    assert (missing.exit_code, missing.output) == (2, f"carto: {bucket}/none: no such run\n")


def test_a_large_part_is_read_where_it_is_asked_for(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carto_widget.store.places.remote.WHOLE", 0)
    recorded(f"{bucket}/run", epochs=1).close()
    run = RunFolder.open(f"{bucket}/run")
    np.testing.assert_array_equal(run.read(Series(), 0).sample, np.arange(N))


def test_a_damaged_part_is_named_by_its_url(bucket: str) -> None:
    recorded(f"{bucket}/run", epochs=1).close()
    run = RunFolder.open(f"{bucket}/run")
    run.place.replace(run.parts()[0].path, b"PAR1")
    with pytest.raises(ValueError, match=f"{bucket}/run/dynamics/.*is damaged"):
        run.read(Series(), 0)


@pytest.mark.parametrize(
    ("url", "why"), [("nowhere://x/run", "Protocol not known"), ("memory://x/none", "no such run")]
)
def test_a_url_that_leads_nowhere_is_said(url: str, why: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=why):
        carto.load(url)


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    recorder = recorded(f"file://{tmp_path}/run")
    recorder.close()
    assert Path(str(recorder.path)) == tmp_path / "run"
    assert carto.load(f"file://{tmp_path}/run").epochs.tolist() == [0, 1]
