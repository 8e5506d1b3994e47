"""The names of functions under @signal, and what a run keeps of them."""

from __future__ import annotations

import hashlib
import inspect
import json
import textwrap
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cli_run import said
from test_own_signals import (
    DATA,
    NAN,
    OF_GOLD,
    N,
    doubled,
    gold_logit,
    logits_of,
    named,
    run,
)
from torch import Tensor
from torch.utils.data import DataLoader

import carto_widget as carto

# ---- names ----


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("loss", "something that we record"),
        ("gold", "something that we record"),
        ("features", "something that we record"),
        ("confidence", "the name of a metric"),
        ("mine", "the name of a metric"),
    ],
)
def test_a_taken_name_is_refused_where_it_is_given(name: str, why: str) -> None:
    @carto.metric
    def mine(loss: Any) -> Any:
        return loss[0]

    with pytest.raises(ValueError, match=f"signal: {name!r} is the name of .*{why[-8:]}.*another"):
        carto.signal(named(name, gold_logit))


def test_a_signals_name_is_taken_for_metrics_and_for_log_signal() -> None:
    carto.signal(gold_logit)
    with pytest.raises(ValueError, match="a signal of yours has this name"):
        carto.metric(named("gold_logit", gold_logit))
    recorder = carto.Recorder()
    for rows, gold in recorder.track(DataLoader(DATA, batch_size=8)):
        recorder.log(logits_of(rows), gold)
        with pytest.raises(ValueError, match="a function under @carto"):
            recorder.log_signal("gold_logit", rows)
        break


def test_what_is_no_function_of_logits_and_gold_is_refused() -> None:
    with pytest.raises(ValueError, match="'<lambda>', expected one with a name"):
        carto.signal(lambda logits, gold: logits[:, 0])
    with pytest.raises(TypeError, match="got float, expected a function"):
        carto.signal(0.5)  # type: ignore[call-overload]  # wrong on purpose
    with pytest.raises(TypeError, match=r"'lonely' takes .*, expected two arguments"):
        carto.signal(lonely)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(TypeError, match=r"task=\(3,\), expected a kind of task"):
        carto.signal(task=[3])(gold_logit)  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(ValueError, match="signals= got 'nothing': there is none"):
        carto.Recorder(signals=["nothing"])
    with pytest.raises(TypeError, match="expected names, or functions under @carto"):
        carto.Recorder(signals=[gold_logit])  # type: ignore[list-item]  # wrong on purpose


def lonely(logits: Any) -> Any:
    return logits


def test_a_cell_run_again_replaces_it_for_recorders_made_from_then_on() -> None:
    made = carto.signal(named("mine", gold_logit))
    before = carto.Recorder()
    carto.signal(named("mine", doubled))
    after, chosen, none = (
        carto.Recorder(),
        carto.Recorder(signals=[made]),
        carto.Recorder(signals=[]),
    )
    for recorder in (before, after, chosen, none):
        run(recorder, epochs=1)
    np.testing.assert_array_equal(before.dynamics.signals["mine"], [OF_GOLD])
    np.testing.assert_array_equal(after.dynamics.signals["mine"], [2 * OF_GOLD])
    np.testing.assert_array_equal(chosen.dynamics.signals["mine"], [OF_GOLD])
    assert "mine" not in none.dynamics.signals
    assert made(torch.eye(3), torch.arange(3)).tolist() == [1, 1, 1]


# ---- kept with the run ----


def described(path: Path) -> Any:
    return json.loads((path / "run.json").read_text(encoding="utf-8")).get("own")


def test_a_run_keeps_the_source_text_and_its_hash(tmp_path: Path) -> None:
    @carto.signal
    def mine(logits: Tensor, gold: Tensor) -> Tensor:
        return logits[:, 0]  # kept too

    @carto.metric
    def last(mine: Any) -> Any:
        return mine[-1]

    namespace: dict[str, Any] = {}
    exec("def typed(logits, gold):\n    return logits[:, 0]", namespace)
    carto.signal(namespace["typed"])
    recorder = carto.Recorder(tmp_path / "run")
    assert described(tmp_path / "run")["signals"].keys() == {"mine", "typed"}  # before any row

    @carto.metric
    def later(mine: Any) -> Any:
        return mine[0]

    run(recorder, epochs=1)
    recorder.close()
    kept = described(tmp_path / "run")
    text = textwrap.dedent(inspect.getsource(mine.function))
    assert text.startswith("@carto.signal\ndef mine(")
    digest = hashlib.sha256(text.encode()).hexdigest()
    about = {"session": 0, "task": ["multiclass"]}
    assert kept["signals"] == {
        "mine": [{**about, "sha256": digest, "source": text}],
        "typed": [{**about, "sha256": None, "source": None}],
    }
    assert kept["metrics"].keys() == {"last", "later"}
    dynamics = carto.load(tmp_path / "run")
    assert dynamics.own_functions("signals") == kept["signals"]
    _, told, _ = said("info", tmp_path / "run")
    assert "Signals computed by functions of its own: mine, typed (no source text)." in told
    assert "Metrics defined by functions of its own: last, later." in told


def test_a_run_without_any_says_nothing_of_them(tmp_path: Path) -> None:
    recorder = carto.Recorder(tmp_path / "run")
    run(recorder, epochs=1)
    recorder.close()
    assert described(tmp_path / "run") is None
    assert carto.load(tmp_path / "run").own_functions("signals") == {}
    assert "of its own" not in recorder.identity


@pytest.mark.parametrize("own", [3, [], {"signals": 3}, {"signals": {"gold_logit": [4, {}]}}])
def test_what_a_hand_left_in_run_json_stops_nothing(own: Any, tmp_path: Path) -> None:
    carto.signal(gold_logit)
    for session in range(2):
        with carto.Recorder(tmp_path / "run", if_exists="resume") as recorder:
            run(recorder, epochs=1)
        if not session:
            whole = json.loads((tmp_path / "run" / "run.json").read_text())
            (tmp_path / "run" / "run.json").write_text(json.dumps({**whole, "own": own}))
            assert "gold_logit" in carto.load(tmp_path / "run").signals
            assert said("info", tmp_path / "run")[0] == 0
    signals = carto.load(tmp_path / "run").signals
    np.testing.assert_array_equal(signals["gold_logit"], [OF_GOLD, OF_GOLD])


def test_a_session_with_other_functions(tmp_path: Path) -> None:
    """One stays, one changes, one leaves, one comes."""
    for session, (mine, also) in enumerate([(gold_logit, "leaves"), (doubled, "comes")]):
        carto.signal(gold_logit)
        carto.signal(textual(tmp_path / f"cell{session}.py", mine.__name__))
        carto.signal(named(also, gold_logit))
        with carto.Recorder(
            tmp_path / "run", if_exists="resume", signals=["gold_logit", "mine", also]
        ) as recorder:
            run(recorder, epochs=1)
    dynamics = carto.load(tmp_path / "run")
    missing = [NAN] * N
    expected = {
        "gold_logit": [OF_GOLD, OF_GOLD],
        "mine": [OF_GOLD, 2 * OF_GOLD],
        "leaves": [OF_GOLD, missing],
        "comes": [missing, OF_GOLD],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(dynamics.signals[name], values)
    versions = dynamics.own_functions("signals")
    assert [one["session"] for one in versions["mine"]] == [0, 1]
    assert [len(versions[name]) for name in ("gold_logit", "leaves", "comes")] == [1, 1, 1]


def textual(path: Path, of: str) -> Any:
    """A function named mine whose source text says which function it calls."""
    import linecache

    path.write_text(f"def mine(logits, gold):\n    return {of}(logits, gold)\n")
    linecache.checkcache(str(path))
    namespace = {"gold_logit": gold_logit, "doubled": doubled}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    return namespace["mine"]


@pytest.mark.parametrize("more", [False, True])
def test_it_goes_on_at_a_checkpoint_within_an_epoch(more: bool, tmp_path: Path) -> None:
    """What joins within an epoch is missing in it; what was there goes on."""
    carto.signal(gold_logit)
    recorder = carto.Recorder(tmp_path / "run")
    steps = torch.arange(N).split(8)
    for rows in steps[:2]:
        recorder.log(logits_of(rows), DATA.tensors[1][rows], guid=rows)
    state = recorder.state_dict()
    recorder.close()
    if more:
        carto.signal(named("joins", gold_logit))
    recorder = carto.Recorder(tmp_path / "run", if_exists="resume")
    recorder.load_state_dict(state)
    for rows in steps[2:]:
        recorder.log(logits_of(rows), DATA.tensors[1][rows], guid=rows)
    recorder.end_epoch()
    for rows in steps:
        recorder.log(logits_of(rows), DATA.tensors[1][rows], guid=rows)
    recorder.close()
    signals = carto.load(tmp_path / "run").signals
    np.testing.assert_array_equal(signals["gold_logit"], [OF_GOLD, OF_GOLD])
    assert ("joins" in signals) == more
    if more:
        np.testing.assert_array_equal(signals["joins"], [[NAN] * N, OF_GOLD])


def test_a_name_that_the_loop_logged_in_an_earlier_session_is_refused(tmp_path: Path) -> None:
    with carto.Recorder(tmp_path / "run") as recorder:
        for rows, gold in recorder.track(DataLoader(DATA, batch_size=8)):
            recorder.log(logits_of(rows), gold)
            recorder.log_signal("gold_logit", rows)
    carto.signal(gold_logit)
    with pytest.raises(ValueError, match=r"its loop logged \(log_signal\); rename the function"):
        carto.Recorder(tmp_path / "run", if_exists="resume")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert carto.load(tmp_path / "run").signals["gold_logit"].tolist() == [[*range(N)]]
