"""Metrics of the user's own: a wrong one is named, and everything else is as it was."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_own_signals import DATA, OF_GOLD, N, gold_logit, logits_of, run
from torch.utils.data import DataLoader
from widget_page import until

import carto_widget as carto

NAN = math.nan
LOSS = [[0.5, 2.0, 1.0], [1.5, 1.0, NAN]]  # (E, N)


def dynamics(**more: Any) -> carto.TrainingDynamics:
    return carto.TrainingDynamics.from_arrays(gold=[0, 1, 1], loss=LOSS, **more)


def defined(name: str, function: Callable[..., Any], **said: Any) -> None:
    """A metric of the signal ``loss``, under a name."""

    def renamed(loss: Any) -> Any:
        return function(loss)

    renamed.__name__ = name
    carto.metric(**said)(renamed)


WRONG: dict[str, tuple[Callable[..., Any], str]] = {
    "raises": (lambda loss: loss[7], r"failed: IndexError: index 7 is out of bounds"),
    "wide": (lambda loss: loss, r"gave float32 of shape \(2, 3\), expected one number"),
    "number": (lambda loss: 0.5, r"gave float64 of shape \(\), expected one number"),
    "words": (lambda loss: np.array(["a"] * 3), r"gave <U1 of shape \(3,\), expected one number"),
}


def good() -> None:
    defined("good", lambda loss: loss[0] + 1)


# ---- definitions ----


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"kind": "number"}, "kind='number', expected one of 'continuous', "),
        ({"direction": "up"}, "direction='up', expected one of 'higher is easier', "),
        ({"scope": "all"}, "scope='all', expected one of 'sample', 'dataset'"),
        ({"domain": (1, 0)}, r"domain=\(1, 0\), expected \(lowest, highest\)"),
        ({"domain": (1,)}, r"domain=\(1,\), expected \(lowest, highest\)"),
        ({"kind": "category"}, r"categories=\(\), expected a name for each code"),
        ({"kind": "category", "categories": "aa"}, r"categories=\('a', 'a'\), expected a name"),
    ],
)
def test_a_keyword_that_means_nothing_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        defined("odd", lambda loss: loss[0], **said)
    assert "odd" not in carto.list_metrics().index


def test_a_parameter_with_a_default_keeps_it() -> None:
    @carto.metric
    def powered(loss, power=2):  # type: ignore[no-untyped-def]  # as in a notebook
        return loss[0] ** power

    assert carto.table(dynamics())["powered"].tolist() == [0.25, 4, 1]
    assert carto.list_metrics().at["powered", "needs"] == "loss"


def test_what_is_not_given_by_name_and_the_index_are_refused() -> None:
    def first(loss, /):  # type: ignore[no-untyped-def]  # as in a notebook
        return loss[0]

    with pytest.raises(TypeError, match="first: ask for signals by name, not through"):
        carto.metric(first)
    with pytest.raises(ValueError, match="metric 'guid': "):
        defined("guid", lambda loss: loss[0])


# ---- tables and lists ----


@pytest.mark.parametrize(
    ("said", "gives", "why"),
    [
        ({"kind": "category", "categories": "ab"}, 2, "number of one of its categories"),
        ({"kind": "category", "categories": "ab"}, math.inf, "number of one of its categories"),
        ({"kind": "flag"}, 0.5, "0 or 1"),
        ({"kind": "label"}, -1, "number of a class"),
        ({"kind": "label"}, 2, "number of a class"),
    ],
)
def test_a_number_that_is_no_code_is_named_and_all_others_are_there(
    said: dict[str, Any], gives: float, why: str
) -> None:
    defined("odd", lambda loss: np.array([gives, NAN, 1]), **said)
    with pytest.warns(UserWarning, match=f"metric 'odd' gave {float(gives)}, expected.*{why}"):
        found = carto.table(dynamics(label_names=["a", "b"]))
    assert "odd" not in found
    assert found["loss_mean"].tolist() == [1, 1.5, 1]
    with pytest.raises(ValueError, match="metric 'odd' gave"):
        carto.table(dynamics(label_names=["a", "b"]), ["odd"])


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("which", [None, "all"])
def test_a_table_names_the_wrong_ones_and_has_all_others(wrong: str, which: str | None) -> None:
    without = carto.table(dynamics(), which)
    function, why = WRONG[wrong]
    defined("bad", function)
    good()
    defined("worse", function, core=which is None)

    @carto.metric
    def upon(bad: Any) -> Any:
        return bad + 1

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = carto.table(dynamics(), which)
    said = sorted(str(one.message) for one in warned)
    assert re.match(f"metric 'bad' {why}", said[0])
    assert said[1].startswith(f"metric 'upon' asks for another: {said[0]}")
    assert re.match(f"metric 'worse' {why}", said[2])
    assert {one.filename for one in warned} == {__file__}
    assert set(found) == {*without, "good"}
    assert found["good"].tolist() == [1.5, 3.0, 2.0]
    assert found[without.columns].equals(without)
    with pytest.raises((RuntimeError, ValueError), match=f"metric 'bad' {why}"):
        carto.table(dynamics(), ["good", "bad"])
    assert carto.table(dynamics(), ["good"])["good"].tolist() == [1.5, 3.0, 2.0]


def test_one_that_would_change_what_others_ask_for_is_wrong_and_its_column_is_the_tables() -> None:
    run = dynamics()

    @carto.metric
    def rude(loss: Any) -> Any:
        loss[np.isnan(loss)] = 0
        return loss.mean(0)

    defined("first", lambda loss: loss[0])
    with pytest.warns(UserWarning, match="metric 'rude' failed: ValueError: assignment"):
        found = carto.table(run)
    assert found["first"].tolist() == LOSS[0]
    found.loc[:, "first"] = 9.0
    np.testing.assert_array_equal(run.signals["loss"], np.array(LOSS, np.float32))


def test_the_list_says_what_is_wrong() -> None:
    good()
    for name, (function, _) in WRONG.items():
        defined(name, function)
    listed = carto.list_metrics(dynamics())
    said = dict(zip(listed.index.tolist(), listed["why_not"].tolist(), strict=True))
    assert said["good"] == ""
    for name, (_, why) in WRONG.items():
        assert not listed.at[name, "has"]
        assert why[:4] in said[name]
        assert f"metric {name!r}" in said[name]
    assert listed.at["loss_mean", "has"]


def test_one_that_is_nan_for_every_sample_is_named_and_there() -> None:
    defined("blank", lambda loss: loss[0] * NAN)
    defined("early", lambda loss: loss[0] * NAN, defined_from=3)
    with pytest.warns(UserWarning, match="metric 'blank' is NaN for every sample") as warned:
        found = carto.table(dynamics())
    assert len(warned) == 1
    assert found["blank"].isna().all()
    why = carto.list_metrics(dynamics()).at["blank", "why_not"]
    assert why == "metric 'blank' is NaN for every sample"


def test_where_nothing_was_seen_no_metric_is_blamed() -> None:
    defined("highest", lambda loss: np.fmax.reduce(loss))
    unseen = carto.TrainingDynamics.from_arrays(gold=[0, 1], loss=[[NAN, NAN]])
    assert carto.table(unseen)["highest"].isna().all()


def test_a_signals_name_is_said_by_the_list() -> None:
    defined("length", lambda loss: loss[0])
    why = carto.list_metrics(dynamics(length=[[1, 2, 3]] * 2)).at["length", "why_not"]
    assert why == "a signal of this source has the same name"


def test_a_lambda_is_refused_and_a_metric_asks_for_a_function_under_signal() -> None:
    with pytest.raises(ValueError, match="'<lambda>', expected one with a name"):
        carto.metric(lambda loss: loss[0])
    carto.signal(gold_logit)

    @carto.metric
    def mean_gold_logit(gold_logit: Any) -> Any:
        return gold_logit.mean(axis=0)

    assert "mean_gold_logit" not in carto.table(dynamics())
    recorder = carto.Recorder()
    run(recorder)
    np.testing.assert_array_equal(carto.table(recorder)["mean_gold_logit"], OF_GOLD)
    live = recorder.metric("mean_gold_logit")
    np.testing.assert_array_equal(live[[3, 5]], OF_GOLD[[3, 5]])


# ---- kept with the run ----


def test_another_source_text_than_when_the_run_was_recorded_is_said(tmp_path: Path) -> None:
    def cell(text: str) -> None:
        path = tmp_path / f"cell{len(text)}.py"
        path.write_text(text)
        namespace = {"carto": carto}
        exec(compile(text, str(path), "exec"), namespace)

    first = "@carto.metric\ndef mine(loss):\n    return loss[0]\n"
    cell(first)
    good()
    run_path = tmp_path / "run"
    with carto.Recorder(run_path) as recorder:
        run(recorder, epochs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        carto.table(run_path)
        carto.list_metrics(run_path)
    assert carto.load(run_path).own_functions("metrics")["mine"][-1]["source"] == first
    cell(first.replace("loss[0]", "loss[0] * 10"))
    for ask in (carto.table, carto.list_metrics):
        with pytest.warns(UserWarning, match="'mine' is computed by another source") as warned:
            found = ask(run_path)
        assert len(warned) == 1
        assert "mine" in found.index if ask is carto.list_metrics else "mine" in found
    carto.table(dynamics())  # of no run


# ---- maps ----


def test_a_map_draws_a_metric_of_a_function_under_signal(shown: Any) -> None:
    carto.signal(gold_logit)

    @carto.metric
    def mean_gold_logit(gold_logit: Any) -> Any:
        return gold_logit.mean(axis=0)

    recorder = carto.Recorder()
    datamap, page = shown(recorder, view=carto.View("mean_gold_logit", "confidence"))
    run(recorder, epochs=1)
    until(lambda: "status" in page.kinds() and page.last("status")[0]["observed"] == N)
    assert page.last("status")[0]["notes"] == ["in memory only: nothing is saved"]
    datamap.select(None)
    assert "mean_gold_logit" in datamap.selection


def test_a_live_map_goes_on_and_says_which_metric_is_wrong(shown: Any) -> None:
    """Fine after the first epoch, wrong after the second, drawn as missing."""

    @carto.metric
    def fickle(loss: Any) -> Any:
        return loss[0] if len(loss) == 1 else loss

    recorder = carto.Recorder()
    view = carto.View("variability", "confidence", "fickle")
    datamap, page = shown(recorder, view=view)
    loader = recorder.track(DataLoader(DATA, batch_size=8, shuffle=True))

    def train() -> None:
        for rows, gold in loader:
            recorder.log(logits_of(rows), gold)

    def status() -> Any:
        return page.last("status")[0] if "status" in page.kinds() else {"notes": []}

    train()
    until(lambda: status().get("observed") == N)
    assert not any("fickle" in note for note in status()["notes"])
    train()
    until(lambda: any("metric 'fickle' gave" in note for note in status()["notes"]))
    assert "error" not in page.kinds(), page.last("error")
    datamap.view = carto.View()
    until(lambda: not any("fickle" in note for note in status()["notes"]))
    datamap.select(np.arange(N) < 3)
    with pytest.warns(UserWarning, match="metric 'fickle' gave"):
        rows = datamap.selection
    assert len(rows) == 3
    assert "confidence" in rows
    assert "fickle" not in rows


def test_a_running_form_that_fails_is_named_on_the_map(shown: Any) -> None:
    @carto.metric
    def running(loss: Any) -> Any:
        return loss.mean(axis=0)

    @running.running
    def _(loss_sum: Any) -> Any:
        return loss_sum / None

    recorder = carto.Recorder()
    datamap, page = shown(recorder, view=carto.View("running", "confidence"))
    run(recorder)
    until(lambda: "error" in page.kinds())
    assert "metric 'running' failed in its running form: TypeError" in page.last("error")[0]["text"]
    datamap.view = carto.View()
    until(lambda: "status" in page.kinds() and page.last("status")[0]["observed"] == N)
