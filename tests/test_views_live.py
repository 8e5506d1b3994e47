"""The picture of a run that goes on, fed piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows
from carto_widget.store.snapshot import Cursor, SealedEpoch, Snapshot
from carto_widget.views.complete import frame_of_dynamics
from carto_widget.views.frame import Frame
from carto_widget.views.live import LiveState
from carto_widget.views.view import View

GOLD = np.array([0, 1, 0, 1], np.int32)
OWN = pd.DataFrame({"length": [1.0, 2.0, 3.0, 4.0]})


def rows(samples: Sequence[int], probability: Sequence[float]) -> Rows:
    """Presentations; right where the probability is above one half."""
    p = np.array(probability, np.float32)
    sample = np.array(samples, np.int64)
    with np.errstate(divide="ignore"):
        loss = -np.log(p)
    gold = GOLD[sample]
    return Rows.of_classes(
        sample, gold, loss, p - np.float32(0.5), 1 - gold, np.ones(len(p), np.uint32)
    )


class Run:
    """A source of snapshots: epochs that are sealed, and presentations of the one in flight."""

    def __init__(self, n: int = 4) -> None:
        self.n = n
        self.sealed: list[tuple[int, Rows]] = []
        self.epoch: int | None = None
        self.flying = Rows.empty()

    def log(self, samples: Sequence[int], probability: Sequence[float]) -> None:
        if self.epoch is None:
            self.epoch = len(self.sealed)
        self.flying = Rows.concatenate([self.flying, rows(samples, probability)])

    def seal(self) -> None:
        assert self.epoch is not None
        self.sealed.append((self.epoch, self.flying.once()))
        self.epoch, self.flying = None, Rows.empty()

    def snapshot(self, cursor: Cursor) -> Snapshot:
        start = cursor.rows if cursor.epoch == self.epoch else 0
        since = replace(cursor, sealed=len(self.sealed), epoch=self.epoch, rows=len(self.flying))
        return Snapshot(
            since,
            np.arange(self.n),
            GOLD[: self.n],
            epoch=self.epoch,
            sealed=tuple(
                SealedEpoch(epoch, lambda kept=kept: kept)  # type: ignore[misc]  # bound now
                for epoch, kept in self.sealed[cursor.sealed :]
            ),
            running=self.flying.take(slice(start, None)),
        )

    @property
    def dynamics(self) -> TrainingDynamics:
        probability = np.full((len(self.sealed), self.n), np.nan, np.float32)
        margin, other = probability.copy(), probability.copy()
        for e, (_, kept) in enumerate(self.sealed):
            probability[e, kept.sample] = kept["gold_probability"]
            margin[e, kept.sample] = kept["margin"]
            other[e, kept.sample] = kept["other_label"]
        return TrainingDynamics.from_arrays(
            gold=GOLD[: self.n], gold_probability=probability, margin=margin, other_label=other
        )


def state(run: Run, view: View | None = None) -> LiveState:
    return LiveState(view or View(), lambda: run.dynamics, Cursor())


def look(live: LiveState, run: Run) -> Frame:
    live.feed(run.snapshot(live.since))
    return live.frame(OWN[: run.n], live=True)


def numbers(frame: Frame, role: str = "y") -> list[float | None]:
    values = frame.columns[role].values
    return [None if np.isnan(v) else round(float(v), 4) for v in values]


def test_before_the_first_batch_nothing_is_drawn() -> None:
    run = Run()
    frame = look(state(run), run)
    assert numbers(frame) == [None] * 4
    assert (frame.n_unseen, frame.epoch, frame.live) == (4, None, True)


def test_samples_seen_in_the_epoch_in_flight_move_and_the_others_stay() -> None:
    run = Run()
    live = state(run)
    run.log([0, 1, 2], [0.2, 0.4, 0.6])
    run.seal()
    assert numbers(look(live, run)) == [0.2, 0.4, 0.6, None]
    run.log([1], [0.8])
    frame = look(live, run)
    assert numbers(frame) == [0.2, 0.6, 0.6, None]
    assert (frame.epoch, frame.n_unseen) == (1, 1)


def test_x_and_y_are_of_the_same_moment() -> None:
    run = Run()
    live = state(run)
    run.log([0, 1], [0.2, 0.4])
    run.seal()
    run.log([0], [0.6])
    frame = look(live, run)
    assert numbers(frame, "x")[0] == 0.2  # of 0.2 and 0.6
    assert numbers(frame, "y")[0] == 0.4
    assert frame.columns["x"].waiting is not None
    assert frame.columns["x"].waiting.tolist() == [False, True, False, False]


def test_the_first_presentation_in_an_epoch_counts() -> None:
    run = Run()
    live = state(run)
    run.log([0, 0], [0.2, 0.8])
    assert numbers(look(live, run))[0] == 0.2
    run.log([0], [0.9])
    assert numbers(look(live, run))[0] == 0.2


def test_a_first_presentation_without_a_number_is_not_replaced() -> None:
    run = Run()
    live = state(run)
    run.log([0, 1], [np.nan, 0.5])
    run.log([0], [0.9])
    assert numbers(look(live, run))[:2] == [None, 0.5]


def test_the_pieces_in_which_rows_come_make_no_difference() -> None:
    run, whole = Run(), Run()
    live = state(run)
    rng = np.random.default_rng(0)
    for _ in range(3):
        for _ in range(7):
            samples, probability = rng.integers(0, 4, 3).tolist(), rng.random(3).tolist()
            run.log(samples, probability)
            whole.log(samples, probability)
            look(live, run)
        run.seal()
        whole.seal()
    assert numbers(look(live, run)) == numbers(look(state(whole), whole))


def test_after_sealing_the_picture_is_that_of_the_training_dynamics() -> None:
    run = Run()
    live = state(run)
    rng = np.random.default_rng(1)
    for _ in range(5):
        run.log(rng.permutation(4)[:3].tolist(), rng.random(3).tolist())
        look(live, run)
        run.seal()
    frame, still = look(live, run), frame_of_dynamics(run.dynamics, View(), OWN)
    for role in ("x", "y", "color"):
        np.testing.assert_allclose(
            frame.columns[role].values, still.columns[role].values, atol=8e-6
        )
    assert frame.epoch == still.epoch == 4


def test_a_listener_that_comes_late_sees_the_same() -> None:
    run = Run()
    early = state(run)
    for p in (0.2, 0.4):
        run.log([0, 1], [p, p])
        look(early, run)
        run.seal()
    run.log([3], [0.9])
    assert numbers(look(early, run)) == numbers(look(state(run), run))


def test_an_epoch_that_was_given_up_leaves_no_trace() -> None:
    run = Run()
    live = state(run)
    run.log([0], [0.2])
    run.seal()
    run.log([0], [0.9])
    look(live, run)
    run.epoch, run.flying = None, Rows.empty()
    assert numbers(look(live, run))[0] == 0.2


def test_an_error_while_counting_leaves_everything_as_it_was() -> None:
    run = Run()
    live = state(run)
    run.log([0], [0.2])
    look(live, run)
    before, since = numbers(look(live, run)), live.since
    broken = replace(run.snapshot(Cursor()), running=rows([3, 0], [0.5, 0.5]))
    bad = replace(broken, running=replace(broken.running, sample=np.array([3, 99])))
    with pytest.raises(ValueError, match="99"):
        live.feed(bad)
    assert live.since == since
    assert numbers(live.frame(OWN, live=True)) == before
    run.log([1], [0.4])
    assert numbers(look(live, run))[:2] == [0.2, 0.4]


def test_nothing_new_is_no_change() -> None:
    run = Run()
    live = state(run)
    run.log([0], [0.2])
    assert live.feed(run.snapshot(live.since))
    assert not live.feed(run.snapshot(live.since))


def test_a_split_may_grow() -> None:
    run = Run(n=2)
    live = state(run, View("length", "confidence", "gold"))
    run.log([0, 1], [0.2, 0.4])
    look(live, run)
    run.n = 4
    run.log([3], [0.6])
    frame = look(live, run)
    assert numbers(frame) == [0.2, 0.4, None, 0.6]
    assert numbers(frame, "x") == [1, 2, 3, 4]
    assert len(frame) == 4


def test_a_view_without_a_running_form_changes_when_an_epoch_ends() -> None:
    run = Run()
    live = state(run, View(color="region"))
    run.log([0, 1], [0.2, 0.6])
    frame = look(live, run)
    assert (numbers(frame), frame.epoch) == ([None] * 4, None)
    run.seal()
    assert numbers(look(live, run)) == [0.2, 0.6, None, None]
    run.log([0], [0.9])
    assert not live.feed(run.snapshot(live.since))
    assert numbers(live.frame(OWN, live=True)) == [0.2, 0.6, None, None]
    run.seal()
    assert numbers(look(live, run))[0] == 0.55


def test_an_unbounded_axis_never_shrinks() -> None:
    run = Run()
    live = state(run, View("last_margin", "confidence", None))
    run.log([0, 1], [0.0, 1.0])
    run.seal()
    first = look(live, run).columns["x"].domain
    run.log([0, 1], [0.5, 0.5])
    run.seal()
    assert look(live, run).columns["x"].domain == first == (-0.6, 0.6)


def test_a_wrong_name_lists_what_there_is_the_nearest_first() -> None:
    run = Run()
    live = state(run, View("confidnce"))
    live.feed(run.snapshot(live.since))
    with pytest.raises(ValueError, match="there is confidence, "):
        live.frame(OWN, live=True)
