"""`carto check`: what a run holds, and what of it is missing or damaged."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from click.testing import CliRunner
from torch.utils.data import DataLoader, TensorDataset

import carto_widget as carto
from carto_widget.cli import carto as command
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder

GOLD = torch.arange(64) % 3
LOGITS = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
FOSSIL = Path(__file__).parent / "fossil"


def recorded(path: Path, epochs: int = 3, **options: Any) -> carto.Recorder:
    recorder = carto.Recorder(path, **options)
    data = TensorDataset(torch.arange(64), GOLD)
    loader = recorder.track(DataLoader(data, batch_size=16, shuffle=True))
    for _ in range(epochs):
        for rows, gold in loader:
            recorder.log(LOGITS[rows], gold)
    return recorder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Three whole epochs of 64 samples."""
    recorded(tmp_path / "run").close()
    return tmp_path / "run"


def checked(path: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["check", str(path), *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.exit_code, done.output.strip()


def parts_of(run: Path) -> list[Path]:
    return sorted(run.rglob("epoch=*.parquet"))


def flip(path: Path, column: str, group: int = 0) -> None:
    """Change one byte in the middle of a column's pages."""
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        chunk = file.metadata.row_group(group).column(names.index(column))
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        length = chunk.total_compressed_size
    content = bytearray(path.read_bytes())
    content[start + length - 2] ^= 0xFF
    path.write_bytes(content)


def test_a_sound_run_is_told_in_one_paragraph(tmp_path: Path) -> None:
    samples = pd.DataFrame({"id": [f"s{i}" for i in range(64)], "label": GOLD.numpy()})
    recorder = recorded(tmp_path / "run", samples=samples, guid="id", gold="label")
    told = recorder.identity
    recorder.close()
    code, text = checked(tmp_path / "run")
    assert code == 0
    assert text == (
        f"The run {tmp_path / 'run'} was recorded by carto-widget {carto.__version__}. Split "
        "'train' has 64 samples, named by column 'id' of samples; identity checked on 64 samples: "
        "the logged labels are those that rode in the batches and those in samples. Mode online, "
        "task 'main' (multiclass): epochs 0 to 2 are complete with every sample. The "
        "log-probabilities of all classes are kept as float16 (logits='auto': 50 epochs of 3 "
        "classes take 19.2 kB). 3 parts (192 rows) and 1 ids file were read whole and compared "
        "with their checksums, hashes, counts and labels: all is in order."
    )
    assert text.startswith(told)


def test_json_has_the_same_facts(run: Path) -> None:
    code, text = checked(run, "--json")
    facts = json.loads(text)
    assert (code, facts["is_sound"], facts["wrong"]) == (0, True, [])
    (split,) = facts["splits"]
    assert (split["guid"], split["n_verified"]) == ("row numbers of the dataset", 64)
    assert split["series"][0]["epochs"] == [0, 1, 2]
    assert facts["read"] == {"n_parts": 3, "n_rows": 192, "n_ids": 1}
    assert facts["paragraph"] == checked(run)[1]


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"schema": 1}', '{"schema": 99}'])
def test_what_is_not_a_run_is_one_sentence(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    code, text = checked(tmp_path)
    assert code == 2
    assert text.startswith(f"carto: {tmp_path} ")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("every", "x"),
        ("every", 0),
        ("every", None),
        ("session", "a"),
        ("session", True),
        ("fingerprint", []),
        ("fingerprint", {"train": 3}),
        ("skipped", "q"),
        ("task", 3),
        ("label_names", 3),
        ("label_names", {"main": "ab"}),
        ("code", None),
        ("checkpoint_every", "z"),
    ],
)
def test_a_field_that_no_recorder_writes_so_is_named(run: Path, name: str, value: Any) -> None:
    described = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(described | {name: value}))
    code, text = checked(run)
    said = f"{run / 'run.json'} is damaged: its field {name!r} is {value!r}; "
    assert (code, text.startswith(f"carto: {said}"), "\n" in text) == (2, True, False)
    with pytest.raises(ValueError, match=re.escape(said)):
        carto.Recorder(run, if_exists="resume")
    with pytest.raises(ValueError, match=re.escape(said)):
        carto.load(run)


def test_a_field_of_a_later_version_is_passed_over(run: Path) -> None:
    described = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(described | {"later": True}))
    assert checked(run)[0] == 0


def test_a_path_where_nothing_lies(tmp_path: Path) -> None:
    assert checked(tmp_path / "none") == (2, f"carto: {tmp_path / 'none'}: no such run")


@pytest.mark.parametrize("column", ["sample", "loss", "other_label", "n_seen"])
def test_a_flipped_byte_is_named(run: Path, column: str) -> None:
    damaged = parts_of(run)[1]
    flip(damaged, column)
    code, text = checked(run)
    assert code == 1
    assert f"{damaged} is damaged: {column} in row group 0 (" in text
    assert "epochs 0 and 2 are complete" in text
    assert "all is in order" not in text


def test_a_part_cut_short_is_named(run: Path) -> None:
    parts_of(run)[2].write_bytes(parts_of(run)[2].read_bytes()[:-40])
    code, text = checked(run)
    assert code == 1
    assert f"{parts_of(run)[2]} is damaged" in text


def test_an_epoch_that_was_removed_is_missing(run: Path) -> None:
    parts_of(run)[1].unlink()
    code, text = checked(run)
    assert code == 1
    assert "epochs 0 and 2 are complete with every sample; epoch 1 is missing or incomplete" in text


def test_damaged_features_are_named_and_their_rows_are_read(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        recorder.log(LOGITS, GOLD, guid=range(64), features=torch.ones(64, 2))
    (path,) = (tmp_path / "run" / "features").rglob("*.npy")
    code, text = checked(tmp_path / "run")
    assert (code, "all is in order" in text) == (0, True)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\x7f")
    code, text = checked(tmp_path / "run")
    assert (code, "they do not have the checksum that their part names" in text) == (1, True)
    path.write_bytes(whole[:150])
    code, text = checked(tmp_path / "run")
    assert (code, f"{path}: these features are damaged" in text) == (1, True)
    for other in (np.zeros((3, 2), np.float16), np.zeros((64, 2)), np.zeros(64, np.float16)):
        np.save(path, other)
        code, text = checked(tmp_path / "run")
        assert (code, "expected float16 of shape (64, D): a file of" in text) == (1, True)
    assert "epoch 0 is complete with every sample" in text


def test_a_newest_epoch_that_was_removed_is_missing(run: Path) -> None:
    parts_of(run)[2].unlink()
    code, text = checked(run)
    assert code == 1
    assert "epochs 0 to 1 are complete with every sample; epoch 2 is missing or incomplete" in text


def test_every_epoch_from_the_first_that_was_removed_is_missing(tmp_path: Path) -> None:
    recorded(tmp_path / "run", epochs=5, every=2).close()
    for part in parts_of(tmp_path / "run")[1:]:
        part.unlink()
    code, text = checked(tmp_path / "run")
    assert code == 1
    assert "epoch 0 is complete with every sample; epochs 2 and 4 are missing" in text


def test_parts_that_are_all_gone_are_missing(run: Path) -> None:
    shutil.rmtree(run / "dynamics")
    code, text = checked(run)
    assert code == 1
    assert "Mode online, task 'main' (multiclass): epoch 2 is missing or incomplete." in text


def test_the_newest_part_of_a_signal_that_was_removed_is_missing(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        for _ in range(2):
            recorder.log(LOGITS, GOLD, guid=range(64))
            recorder.log_signal("tenfold", range(64), guid=range(64))
            recorder.end_epoch()
    assert checked(tmp_path / "run")[0] == 0
    sorted((tmp_path / "run" / "signals").rglob("*.parquet"))[1].unlink()
    code, text = checked(tmp_path / "run")
    assert code == 1
    assert "signal 'tenfold': epoch 0 is complete with every sample; epoch 1 is missing" in text


def test_what_a_session_took_back_before_it_was_killed_is_not_missing(run: Path) -> None:
    recorder = carto.Recorder(run, if_exists="resume")
    run_id = recorder.run.description["run"]
    passes = [{"split": "train", "mode": "online", "next": 1, "chunks": {}}]
    recorder.load_state_dict({"run": run_id, "session": 0, "passes": passes})
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(64), GOLD), batch_size=16))
    rows, gold = next(iter(loader))
    recorder.log(LOGITS[rows], gold)
    recorder.state_dict()  # a chunk of epoch 1 is on disk
    code, text = checked(run)
    assert (code, "missing" in text) == (0, False)
    recorder.close()


def test_damaged_ids_are_named_and_their_split_is_not_read(run: Path) -> None:
    (ids,) = (run / "ids").rglob("*.parquet")
    flip(ids, "guid")
    code, text = checked(run)
    assert code == 1
    assert f"Split 'train' cannot be read: {ids} is damaged: guid in row group 0 (" in text


def test_ids_that_are_gone_are_said_once(run: Path) -> None:
    shutil.rmtree(run / "ids")
    code, text = checked(run)
    assert code == 1
    assert text.count("its ids are gone") == 1


def test_a_part_of_another_run_and_one_renamed(run: Path, tmp_path: Path) -> None:
    recorded(tmp_path / "other").close()
    shutil.copy(parts_of(tmp_path / "other")[0], parts_of(run)[0])
    shutil.copy(parts_of(run)[1], parts_of(run)[2])
    code, text = checked(run)
    assert code == 1
    assert f"{parts_of(run)[0]} belongs to another run" in text
    copied = parts_of(run)[1].relative_to(run)
    assert f"{parts_of(run)[2]} is damaged: it was written as {copied} and put here by ha" in text


def test_a_column_that_changed_its_name_is_named(run: Path) -> None:
    (path,) = [part for part in parts_of(run) if "epoch=00001" in part.name]
    path.write_bytes(path.read_bytes().replace(b"margin", b"mergin"))
    code, text = checked(run)
    assert code == 1
    assert f"{path} has the columns" in text or f"{path} is damaged" in text


def written(path: Path, *labels: list[int], **about: Any) -> RunFolder:
    """A run of epochs with these labels, written without a recorder."""
    run = RunFolder.create(path)
    run.add_ids("train", Ids(np.array(list("abc"), object), np.arange(3)))
    for epoch, gold in enumerate(labels):
        rows = Rows.of_classes(np.arange(3), np.array(gold), np.zeros(3), np.ones(3), np.zeros(3))
        run.write(Part(epoch=epoch, last=True, **about), rows)
    return run


def test_a_label_that_changes_between_epochs_is_named(tmp_path: Path) -> None:
    written(tmp_path / "run", [0, 1, 2], [0, 2, 2]).close()
    code, text = checked(tmp_path / "run")
    assert code == 1
    assert "gives 1 sample another gold label than parts before it: 'b'." in text


def test_a_rank_that_has_not_ended_its_epoch_is_awaited(tmp_path: Path) -> None:
    written(tmp_path / "run", [0, 1, 2], ranks=2).close()
    code, text = checked(tmp_path / "run")
    assert code == 0
    assert "epoch 0 is not complete, 3 rows so far, rank 1 of 2 awaited." in text


def test_a_run_that_is_being_written_is_told_so(run: Path) -> None:
    script = f"""
import carto_widget as carto, torch
recorder = carto.Recorder({str(run)!r}, if_exists="resume")
print("ready", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        code, text = checked(run)
        assert (code, f"Process {writer.pid} is writing it now." in text) == (0, True)
        writer.communicate("\n")
    assert "is writing it" not in checked(run)[1]


def test_a_writer_in_this_process_keeps_its_lock(tmp_path: Path) -> None:
    recorder = recorded(tmp_path / "run")
    assert f"Process {os.getpid()} is writing it now." in checked(tmp_path / "run")[1]
    script = (
        f"import carto_widget; carto_widget.Recorder({str(tmp_path / 'run')!r}, if_exists='resume')"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert f"is being written by process {os.getpid()}" in other.stderr
    recorder.close()


def test_what_a_session_took_back_is_kept_and_not_read(run: Path) -> None:
    recorder = carto.Recorder(run, if_exists="resume")
    run_id = recorder.run.description["run"]
    passes = [{"split": "train", "mode": "online", "next": 1, "chunks": {}}]
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(64), GOLD), batch_size=16))
    recorder.load_state_dict({"run": run_id, "session": 0, "passes": passes})
    for rows, gold in loader:
        recorder.log(LOGITS[rows], gold)
    recorder.close()
    code, text = checked(run)
    assert code == 0
    assert "in 2 sessions" in text
    assert "epochs 0 to 1 are complete" in text
    assert "2 parts that a later session took back are kept and not read." in text


def test_a_recording_that_stopped_says_why(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(64), GOLD), batch_size=16))
    for rows, gold in loader:
        recorder.log(LOGITS[rows], gold)
    with pytest.warns(UserWarning, match="recording stopped"):
        for rows, gold in loader:
            recorder.log(LOGITS[rows], (gold + 1) % 3)
        recorder.close()
    code, text = checked(tmp_path / "run")
    assert code == 1
    assert "Recording stopped: LabelMismatch: sample 0 of split 'train' was logged with" in text


def test_a_stream_whose_samples_the_loop_names(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    for _ in range(2):
        recorder.log(LOGITS[:5], GOLD[:5], guid=list("abcde"))
        recorder.end_epoch()
    recorder.close()
    code, text = checked(tmp_path / "run")
    assert code == 0
    assert (
        "Split 'train' has 5 samples, named by the loop (guid= in log); labels not verified" in text
    )
    flip(parts_of(tmp_path / "run")[1], "guid")
    code, text = checked(tmp_path / "run")
    assert (code, "epoch 0 is complete with every sample" in text) == (1, True)


def test_samples_never_seen_and_rows_left_out_are_counted(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(64), GOLD), batch_size=16))
    for _ in range(2):
        for step, (rows, gold) in enumerate(loader):
            logits = LOGITS[rows].clone()
            logits[0, 0] = torch.nan
            if step < 3:
                recorder.log(logits, gold)
    recorder.close()
    code, text = checked(tmp_path / "run")
    assert code == 0
    assert "epochs 0 to 1 are complete with 48 samples each, and 16 samples were never seen" in text
    assert "6 presentations with NaN or +inf among the logits: missing." in text


def test_files_that_do_not_belong_are_noted(run: Path) -> None:
    folder = parts_of(run)[0].parent
    shutil.copy(parts_of(run)[0], folder / "copy of epoch 0.parquet")
    (folder / ".epoch.parquet.1-0.tmp").touch()
    code, text = checked(run)
    assert code == 0
    assert "Not part of the run by its name: copy of epoch 0.parquet." in text
    assert "1 unfinished file (.tmp) of a killed writer may be deleted." in text


def test_an_account_that_is_not_ours_is_wrong_and_the_rest_is_read(run: Path) -> None:
    described = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(described | {"account": {"0": {"splits": 3}}}))
    code, text = checked(run)
    assert code == 1
    assert "the account in run.json cannot be read" in text
    assert "epochs 0 to 2 are complete" in text


def test_the_run_of_the_first_version_is_sound_and_has_no_account() -> None:
    code, text = checked(FOSSIL / "run")
    assert code == 0
    assert "what was verified while it was recorded is not on record" in text
    assert "epoch 3 is not complete, 1 row so far, ranks 0, 1 of 2 awaited" in text
    assert "12 parts (17 rows) and 3 ids files were read whole" in text


def test_the_module_is_the_command(run: Path) -> None:
    arguments = [sys.executable, "-m", "carto_widget", "check", str(run)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == checked(run)[1]
    assert done.stderr == ""
