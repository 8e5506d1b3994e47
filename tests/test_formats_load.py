"""`load`: recognition by content, the choice of a series, lines that are not as they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carto_widget as carto
from carto_widget.formats import epoch_lines
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import MemoryRun, Run, RunFolder

NAN = np.nan


def epoch_file(folder: Path, number: int, lines: list[Any], name: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / (name or f"dynamics_epoch_{number}.jsonl")
    texts = [
        line
        if isinstance(line, str)
        else json.dumps(dict(zip(("guid", f"logits_epoch_{number}", "gold"), line, strict=True)))
        for line in lines
    ]
    file.write_text("\n".join(texts), encoding="utf-8")
    return file


def filled(run: Run, *parts: Part) -> Run:
    one = np.ones(1, np.int32)
    for split in {part.split for part in parts}:
        run.add_ids(split, Ids(np.array(["g"], object), np.zeros(1, np.int64)))
    for part in parts:
        half = np.full(1, 0.5, np.float32)
        rows = Rows.of_classes(np.zeros(1), one, half, half, one)
        run.write(part, rows)
    return run


def test_a_folder_its_parent_and_a_str_path_are_the_same(tmp_path: Path) -> None:
    epoch_file(tmp_path / "training_dynamics", 0, [("a", [0.0, 1.0], 1)])
    for source in (tmp_path, str(tmp_path), tmp_path / "training_dynamics"):
        assert carto.load(source).guid.tolist() == ["a"]


def test_gaps_strange_files_and_further_keys_are_passed_over(tmp_path: Path) -> None:
    epoch_file(tmp_path, 2, [("a", [0.0, 1.0], 1)])
    line = '{"device": "cuda:0", "guid": "a", "gold": 1, "logits_epoch_7": [1, 0], "x": {"y": []}}'
    epoch_file(tmp_path, 7, ["", line, "", ""])
    (tmp_path / ".DS_Store").write_bytes(b"\x00\xff")
    epoch_file(tmp_path, 0, ["not json"], "dynamics_epoch_one.jsonl")
    dynamics = carto.load(tmp_path)
    assert dynamics.epochs.tolist() == [2, 7]
    assert dynamics.signals["margin"].tolist() == [[1.0], [-1.0]]


def test_logits_that_are_null_or_not_finite_are_missing(tmp_path: Path) -> None:
    epoch_file(
        tmp_path,
        0,
        [
            ("a", [None, 1.0], 1),
            ("b", None, 1),
            '{"guid": "c", "logits_epoch_0": [NaN, 1], "gold": 0}',
            '{"guid": "d", "logits_epoch_0": [Infinity, 1], "gold": 0}',
            '{"guid": "e", "logits_epoch_0": [-Infinity, 1], "gold": 0}',
            ("f", [1, 1], 0),
            ("g", [10**400, 1], 0),
        ],
    )
    found = carto.load(tmp_path).signals
    np.testing.assert_array_equal(found["margin"], [[NAN, NAN, NAN, NAN, -np.inf, 0, NAN]])
    np.testing.assert_array_equal(found["gold_probability"], [[NAN, NAN, NAN, NAN, 0, 0.5, NAN]])


def test_the_three_readers_of_lines_agree(tmp_path: Path) -> None:
    golden = Path(__file__).with_name("golden") / "missing" / "training_dynamics"
    for number in (0, 3):
        file = golden / f"dynamics_epoch_{number}.jsonl"
        plain = epoch_file(tmp_path, number, [])
        plain.write_text(file.read_text().replace("\\/", ":").replace("\\u00e4", "ä"))
        _assert_readers_agree(plain, number)
    text = '{"guid":%d,"logits_epoch_7":[-1e-05,2.5E+3,0,-0.0],"gold":3}\n'
    file = epoch_file(tmp_path, 7, [])
    file.write_text("\n".join(text % guid for guid in (0, -7, 10**15)))
    _assert_readers_agree(file, 7)
    file.write_text("".join((text % guid).replace(":", ": ").replace(",", ", ") for guid in (1, 2)))
    _assert_readers_agree(file, 7)


def _assert_readers_agree(file: Path, number: int) -> None:
    first = file.read_text().splitlines()[0]
    slow = epoch_lines.by_lines(file, number)
    for quick in (
        epoch_lines.by_cells(file, number, first),
        epoch_lines.by_columns(file, number, json.loads(first)),
    ):
        assert quick is not None
        assert quick.guid.to_pylist() == slow.guid.to_pylist()
        np.testing.assert_array_equal(quick.gold, slow.gold)
        for name, values in slow.signals.items():
            np.testing.assert_array_equal(quick.signals[name], values, name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *((":7,", f":{guid},") for guid in ("07", "-07", "0x7", "7.0", "+7", "7 ", '"7"', "null")),
        *(("0.5", number) for number in (".5", "-.5", "5.", "5.e3", "00.5", "+0.5", "inf", "nan")),
        *(("0.5", number) for number in ("null", "0.5,1", "0.5 ", '"0.5"', "0x5", "- 0.5", "1e")),
        *(("}", end) for end in ("}}", "},", "} ", ',"x":1}')),
        ('"guid"', '"Guid"'),
        ("[", "[ "),
        ('_0"', '_1"'),
        ('{"guid":7,', '{"gold":1,"guid":7,'),
    ],
)
def test_a_line_unlike_the_first_is_left_to_the_readers_of_json(
    tmp_path: Path, old: str, new: str
) -> None:
    plain = '{"guid":7,"logits_epoch_0":[0.5,1.5],"gold":1}\n'
    file = epoch_file(tmp_path, 0, [])
    file.write_text(plain.replace("7", "8") + plain.replace(old, new), newline="")
    assert epoch_lines.by_cells(file, 0, plain) is None


@pytest.mark.parametrize("guid", ['a"', "a\\", "a\\/b", "a\tb", "a,b", "a\x00b", "a\r"])
def test_a_text_that_is_not_plain_is_left_to_the_readers_of_json(tmp_path: Path, guid: str) -> None:
    plain = '{"guid":"x","logits_epoch_0":[0.5,1.5],"gold":1}\n'
    file = epoch_file(tmp_path, 0, [])
    file.write_text(plain + plain.replace("x", guid), newline="")
    assert epoch_lines.by_cells(file, 0, plain) is None


def test_guids_that_look_like_dates_or_numbers_stay_text(tmp_path: Path) -> None:
    texts = ["2020-01-01", "2020-01-01 00:00:00", "12", "1e3", "ä/ö", "true"]
    epoch_file(tmp_path, 0, [(text, [0.0, 1.0], 1) for text in texts])
    assert carto.load(tmp_path).guid.tolist() == texts


def test_epochs_without_a_guid_in_common_are_read(tmp_path: Path) -> None:
    for number in range(3):
        epoch_file(tmp_path, number, [(f"g{number}", [0.0, 1.0], 1)])
    dynamics = carto.load(tmp_path)
    assert dynamics.guid.tolist() == ["g0", "g1", "g2"]
    np.testing.assert_array_equal(np.isnan(dynamics.signals["margin"]), ~np.eye(3, dtype=bool))


def test_one_epoch_file_alone_is_one_epoch(tmp_path: Path) -> None:
    file = epoch_file(tmp_path, 4, [("a", [0.0, 1.0], 1)])
    assert carto.load(file).epochs.tolist() == [4]


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    file = epoch_file(tmp_path, 0, [("ä", [0.0, 1.0], 1)])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert carto.load(tmp_path).guid.tolist() == ["ä"]


def test_two_files_of_one_epoch_are_refused_and_a_folder_of_that_name_is_none(
    tmp_path: Path,
) -> None:
    epoch_file(tmp_path, 1, [("a", [0.0, 1.0], 1)])
    (tmp_path / "dynamics_epoch_2.jsonl").mkdir()
    assert carto.load(tmp_path).epochs.tolist() == [1]
    epoch_file(tmp_path, 1, [("a", [0.0, 1.0], 1)], "dynamics_epoch_01.jsonl")
    with pytest.raises(ValueError, match=r"epoch 1 is in dynamics_epoch_01\.jsonl too"):
        carto.load(tmp_path)


def test_epochs_nearly_empty_are_refused_before_they_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carto_widget.formats.limits.MAX_CELLS", 0)
    for number in range(51):
        epoch_file(tmp_path, number, [(number, [0.0, 1.0], 1)])
    with pytest.raises(ValueError, match=r"51 rows of 51 samples in 51 epochs, so that 2,601 cell"):
        carto.load(tmp_path)
    (tmp_path / "dynamics_epoch_50.jsonl").unlink()
    assert len(carto.load(tmp_path).epochs) == 50


def test_a_line_that_does_not_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch_lines, "MAX_LINE", 60)
    epoch_file(tmp_path, 0, [("a", [0, 1], 1), ("a" * 60, [0, 1], 1)])
    with pytest.raises(ValueError, match="line 2: longer than 60 characters"):
        epoch_lines.by_lines(tmp_path / "dynamics_epoch_0.jsonl", 0)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{"], r"epoch_0\.jsonl, line 1: not JSON"),
        ([("a", [0, 1], 1), "", "[1]"], "line 3: '\\[1\\]' is not a JSON object"),
        (['{"guid": "a", "gold": 1}'], "line 1: no 'logits_epoch_0'; the keys are 'guid', 'gold'"),
        (['{"guid": "a", "gold": 1, "logits_epoch_1": [0, 1]}'], "no 'logits_epoch_0'"),
        ([("a", [0, 1], 1), ("b", [0, 1, 2], 1)], "line 2: 3 logits, 2 in the lines before"),
        ([("a", [0, "x"], 1)], r"line 1: logits_epoch_0 is \[0, 'x'\], expected a list of numbers"),
        ([("a", [], 1)], "expected a list of numbers"),
        ([("a", [[0, 1]], 1)], "expected a list of numbers"),
        ([("a", [0, 1], "1")], "gold '1', expected the number of a class"),
        ([("a", [0, 1], None)], "gold None, expected the number of a class"),
        ([("a", [0, 1], 10**30)], "gold 1000000000000000000000000000000, expected"),
        ([(None, [0, 1], 1)], "guid None, expected an int or a str"),
        ([(1.5, [0, 1], 1)], "guid 1.5, expected an int or a str"),
        ([("a", [0, 1], 1), (1, [0, 1], 1)], "integers alone or str alone"),
        (["[" * 100_000], "line 1: not JSON"),
        ([(10**30, [0, 1], 1)], "too (large|big)"),
        (['{"guid": "\\ud800", "logits_epoch_0": [0, 1], "gold": 1}'], "half of a surrogate pair"),
    ],
)
def test_a_line_that_is_not_what_it_should_be_is_named(
    tmp_path: Path, lines: list[Any], said: str
) -> None:
    epoch_file(tmp_path, 0, lines)
    with pytest.raises(ValueError, match=said):
        carto.load(tmp_path)


def test_epochs_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    epoch_file(tmp_path, 0, [("a", [0, 1], 1), ("b", [0, 1], 0)])
    epoch_file(tmp_path, 1, [("a", [0, 1], 1), ("b", [0, 1], 1)])
    with pytest.raises(ValueError, match="gold label of guid 'b' changes from 0 to 1 in epoch 1"):
        carto.load(tmp_path)
    epoch_file(tmp_path, 1, [("a", [0, 1, 2], 1)])
    with pytest.raises(
        ValueError, match=r"epoch_1\.jsonl: 3 logits a line, 2 in the epochs before"
    ):
        carto.load(tmp_path)
    epoch_file(tmp_path, 1, [(7, [0, 1], 1)])
    with pytest.raises(ValueError, match="integers alone or str alone"):
        carto.load(tmp_path)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    epoch_file(tmp_path, 0, [("a", [0, 1], 1)]).write_bytes(b'{"guid": "\xff\xfe"}')
    with pytest.raises(ValueError, match=r"epoch_0\.jsonl: not JSON lines in UTF-8"):
        carto.load(tmp_path)


def test_files_without_a_line_are_no_training_dynamics(tmp_path: Path) -> None:
    epoch_file(tmp_path, 0, [""])
    with pytest.raises(ValueError, match="1 epoch files without a line"):
        carto.load(tmp_path)


def test_nothing_there_and_nothing_known_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such file or folder"):
        carto.load(tmp_path / "none")
    with pytest.raises(ValueError, match=r"Known: allenai/cartography.*; a run folder"):
        carto.load(tmp_path)
    with pytest.raises(TypeError, match=r"load: list; expected a path.*from_arrays"):
        carto.load([1])


def test_online_is_taken_where_there_is_any(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    filled(run, Part(last=True), Part(mode="eval", last=True), Part("dev", "eval", last=True))
    assert carto.load(run.path).mode == "online"
    assert carto.load(run.path, mode="eval").mode == "eval"
    assert carto.load(run.path, "dev").mode == "eval"
    with pytest.raises(ValueError, match=r"no training dynamics for split='test'.*split='dev'"):
        carto.load(run.path, "test")
    with pytest.raises(ValueError, match="no training dynamics for split='dev', mode='online'"):
        carto.load(run.path, "dev", mode="online")


def test_a_choice_that_is_not_unique_lists_what_there_is() -> None:
    class Recorder:
        run = filled(MemoryRun(), Part(task="ner", last=True), Part(task="pos", last=True))

    with pytest.raises(ValueError, match=r"fits 2 training dynamics; there are: .*'ner'.*'pos'"):
        carto.load(Recorder(), running=True)
    assert carto.load(Recorder(), task="pos").task == "pos"


def test_dynamics_are_their_own_source_if_they_are_what_is_asked_for() -> None:
    dynamics = carto.TrainingDynamics.from_arrays(gold=[0], loss=[[0.5]])
    assert carto.load(dynamics) is dynamics
    with pytest.raises(ValueError, match="no training dynamics for split='dev'"):
        carto.load(dynamics, "dev")
