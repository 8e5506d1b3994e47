"""Both gears of pacing, by a clock that the test turns."""

from __future__ import annotations

from math import inf

from carto_widget.widget.pacing import Pacing


def test_the_first_frame_leaves_at_once() -> None:
    assert Pacing().may_send(0.0)


def test_at_most_four_frames_a_second() -> None:
    pacing = Pacing()
    pacing.sent(1, 100, 10.0)
    pacing.acknowledged(1, 10.01)
    assert not pacing.may_send(10.24)
    assert pacing.may_send(10.25)


def test_at_most_four_megabytes_a_second() -> None:
    pacing = Pacing()
    pacing.sent(1, 5_000_000, 0.0)
    pacing.acknowledged(1, 0.3)
    assert pacing.next_time(0.3) == 1.25


def test_a_third_frame_waits_for_an_acknowledgement() -> None:
    pacing = Pacing()
    pacing.sent(1, 100, 0.0)
    pacing.sent(2, 100, 0.25)
    assert not pacing.may_send(1.0)
    pacing.acknowledged(1, 1.0)
    assert pacing.may_send(1.0)


def test_the_loop_opens_after_two_seconds_of_silence() -> None:
    pacing = Pacing()
    pacing.sent(1, 100, 0.0)
    pacing.sent(2, 100, 0.5)
    assert pacing.next_time(0.5) == 2.0
    assert not pacing.is_open(1.99)
    assert pacing.is_open(2.0)
    assert pacing.may_send(2.0)


def test_an_open_loop_sends_once_a_second() -> None:
    pacing = Pacing()
    pacing.sent(1, 100, 0.0)
    now, times = 2.0, []
    while now < 6.0:
        now = max(now, pacing.next_time(now))
        times.append(now)
        pacing.sent(len(times) + 1, 100, now)
    assert times == [2.0, 3.0, 4.0, 5.0, 6.0]


def test_an_open_loop_sends_two_megabytes_a_second() -> None:
    pacing = Pacing()
    pacing.sent(1, 8_000_000, 0.0)
    assert pacing.next_time(2.5) == 4.0


def test_the_first_acknowledgement_closes_the_loop() -> None:
    pacing = Pacing()
    for n, now in enumerate((0.0, 2.0, 3.0, 4.0), 1):
        pacing.sent(n, 100, now)
    assert pacing.is_open(4.5)
    pacing.acknowledged(1, 4.5)
    assert not pacing.is_open(4.5)
    pacing.acknowledged(4, 4.6)
    assert pacing.may_send(4.6)


def test_an_idle_map_stays_closed() -> None:
    pacing = Pacing()
    pacing.sent(1, 100, 0.0)
    pacing.acknowledged(1, 0.1)
    assert not pacing.is_open(1000.0)


def test_the_thread_rests_nine_times_as_long_as_it_worked() -> None:
    pacing = Pacing()
    pacing.sent(1, 100, 1.0)
    pacing.acknowledged(1, 1.0)
    pacing.worked(0.2, 1.0)
    assert pacing.next_time(1.0) == 2.8
    assert pacing.worked(5.0, 10.0) == 12.0  # once an epoch, as reading one


def test_a_page_that_comes_back_gets_a_frame_at_once() -> None:
    pacing = Pacing()
    pacing.sent(1, 4_000_000, 0.0)
    pacing.sent(2, 4_000_000, 1.0)
    pacing.worked(10.0, 1.0)
    pacing.forget(1.1)
    assert pacing.may_send(1.1)


def test_frames_in_flight_do_not_pile_up_in_memory() -> None:
    pacing = Pacing()
    for n in range(1000):
        pacing.sent(n, 100, float(n))
    assert len(pacing._in_flight) <= 3
    assert pacing.next_time(1000.0) < inf
