"""`carto` and what others have written: names that a terminal obeys, files that are no place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bokeh.models import Legend
from cli_run import record, said

import carto_widget as carto

OBEYED = "\x1b[31mred\x1b]0;mine\x07"
SHOWN = r"\u001b[31mred\u001b]0;mine\u0007"
BACKWARDS = "\u202e\u05e9\u05dc\u05d5\u05dd"
MANY = 60


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("strangers") / "run"
    record(path)
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Arrays whose guids and labels are what nobody should print."""
    path = tmp_path_factory.mktemp("hostile") / "long.csv"
    names = [OBEYED, BACKWARDS, "x" * 3000]
    rows = [f"{name},{epoch},{name},0.5" for name in names for epoch in range(2)]
    path.write_text("\n".join(["guid,epoch,gold,gold_probability", *rows]) + "\n")
    return path


def carto_command(*arguments: object, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "carto_widget", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=os.environ | environment, stdout=pipe, stderr=pipe)


def test_names_say_nothing_to_the_terminal(hostile: Path) -> None:
    for command in ("table", "subset"):
        options = ["--metric", "confidence", "--fraction", 1] if command == "subset" else []
        code, text, _ = said(command, hostile, *options)
        assert (code, "\x1b" in text, "\u202e" in text) == (0, False, False)
        assert SHOWN in text
        assert max(map(len, text.splitlines())) < 300


def test_an_error_says_nothing_to_the_terminal(tmp_path: Path) -> None:
    code, _, error = said("table", tmp_path / OBEYED)
    assert (code, "\x1b" in error, SHOWN in error) == (2, False, True)


def test_info_shows_long_and_many_classes_shortly(tmp_path: Path) -> None:
    names = [OBEYED, "x" * 3000, *map(str, range(MANY))]
    with carto.Recorder(tmp_path / "run", label_names=names) as recorder:
        shares = np.full((4, len(names)), 1 / len(names))
        recorder.log_epoch(shares, np.zeros(4, int), guid=range(4))
    _, text, _ = said("info", tmp_path / "run")
    assert f"classes: {SHOWN}, " in text
    assert f"{'x' * 59}…, " in text
    assert f"and {len(names) - 50} more\n" in text
    (split,) = json.loads(said("info", tmp_path / "run", "--json")[1])["splits"]
    assert split["series"][0]["label_names"] == names


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_alphabet_that_standard_output_lacks_is_escaped(
    hostile: Path, options: tuple[str, ...]
) -> None:
    done = carto_command("table", hostile, *options, PYTHONIOENCODING="latin-1")
    text, error = done.communicate()
    assert (done.returncode, error) == (0, b"")
    assert rb"\u05e9" in text.lower()


def test_nobody_reading_on_is_no_mistake(run: Path) -> None:
    done = carto_command("watch", run, "--once")
    assert done.stdout is not None
    done.stdout.close()
    assert done.stderr is not None
    assert done.stderr.read() == b""
    done.stderr.close()
    done.wait()


def test_json_has_no_infinity(run: Path, tmp_path: Path) -> None:
    def refused(constant: str) -> None:
        pytest.fail(f"{constant} is not JSON")

    options = ["--threshold", "inf", "-o", tmp_path / "none.csv", "--json"]
    facts = json.loads(said("subset", run, *options)[1], parse_constant=refused)
    assert (facts["rows"], facts["threshold"]) == (0, "Infinity")


def test_no_sample_is_said_in_words_and_as_json(run: Path) -> None:
    options = ["--metric", "variability", "--threshold", 2]
    assert said("subset", run, *options)[1] == "no sample\n"
    assert said("subset", run, *options, "--json")[1] == ""


def test_no_number_is_no_threshold(run: Path) -> None:
    code, _, error = said("subset", run, "--threshold", "nan")
    assert (code, error) == (2, "carto: subset: threshold=nan, expected a number\n")


def test_a_metric_named_twice_is_there_once(run: Path) -> None:
    assert carto.table(run, ["aum", "aum"]).columns.tolist() == ["gold", "prediction", "aum"]


@pytest.mark.parametrize(
    "command", ["table -o", "subset -o", "plot -o", "convert"], ids=lambda text: text[:7].strip()
)
@pytest.mark.parametrize("url", ["memory://x", "s3://bucket/x", "file:///x"])
def test_a_file_is_not_written_to_a_url(
    run: Path, command: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name, *option = command.split()
    suffix = {"plot": ".png", "convert": ".npz"}.get(name, ".parquet")
    code, _, error = said(name, run, *option, f"{url}{suffix}")
    assert code == 2
    assert error.startswith(f"carto: {url}{suffix}: expected a path on this machine")
    assert not list(tmp_path.iterdir())


def test_a_url_is_refused_in_python_too(run: Path, tmp_path: Path) -> None:
    for write in (carto.save, carto.to_html):
        with pytest.raises(ValueError, match="expected a path on this machine"):
            write(run, "memory://x.npz")
    with pytest.raises(ValueError, match="expected a path on this machine"):
        carto.write_table(run, "memory://x.parquet")
    carto.write_table(run, tmp_path / "new" / "x.parquet")
    assert (tmp_path / "new" / "x.parquet").is_file()


def test_suffixes_may_be_large(run: Path, tmp_path: Path) -> None:
    for name in ("table", "subset", "plot"):
        suffix = ".PNG" if name == "plot" else ".CSV"
        code, _, error = said(name, run, "-o", tmp_path / f"{name}{suffix}")
        assert (code, error) == (0, "")
    assert (tmp_path / "plot.PNG").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "table.CSV").read_text().startswith("guid,")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.png", ["--size", "90000x90000"], "size=90000x90000 at scale=2: 32,400 million pixels"),
        ("a.svg", ["--size", "90000x90000"], "size=90000x90000: expected at least 240x180"),
        ("a.html", ["--size", "100x100"], "size=100x100: expected at least 480x320"),
    ],
)
def test_a_picture_has_a_size_that_can_be(
    run: Path, name: str, options: list[str], sentence: str, tmp_path: Path
) -> None:
    code, _, error = said("plot", run, "-o", tmp_path / name, *options)
    assert (code, error.startswith(f"carto: {sentence}")) == (2, True)


@pytest.mark.parametrize("command", ["info", "check", "table", "watch"])
def test_a_description_without_an_id_is_no_run(run: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "run.json").write_text('{"schema": 1}')
    (tmp_path / "dynamics").symlink_to(run / "dynamics")
    code, _, error = said(command, tmp_path)
    assert (code, error) == (2, f"carto: {tmp_path} is not a run: its run.json has no id, run=\n")


def test_every_class_has_its_name_beside_a_small_picture(tmp_path: Path) -> None:
    gold = np.arange(12) % 6
    shares = np.full((2, 12, 6), 1 / 6, np.float32)
    np.savez(tmp_path / "run.npz", pred_probs=shares, gold=gold)
    options = ["--view", "confidence,gold,confidence", "--size", "560x380"]
    said("plot", tmp_path / "run.npz", "-o", tmp_path / "map.svg", *options)
    text = (tmp_path / "map.svg").read_text()
    assert all(f">{name}</text>" in text for name in range(6))


def test_the_number_of_a_class_is_not_turned_with_its_name() -> None:
    frame = pd.DataFrame({"x": range(13), "y": range(13), "label": [BACKWARDS] * 12 + ["b"]})
    drawn = carto.to_bokeh(frame, view={"x": "x", "y": "y", "color": "label"})
    (legend,) = drawn.select({"type": Legend})
    assert f"\u2068{BACKWARDS}\u2069  (12)" in [item.label.value for item in legend.items]
