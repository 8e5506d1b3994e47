"""When the next frame may leave, so that neither page nor training is ever swamped."""

from __future__ import annotations

IN_FLIGHT = 2  # frames sent and not acknowledged, in the closed loop
INTERVAL = 0.25  # s between two frames: at most four a second
CLOSED_RATE = 4e6  # bytes a second while acknowledgements arrive
OPEN_RATE = 2e6  # bytes a second where none arrives
OPEN_INTERVAL = 1.0  # s between two frames where no acknowledgement arrives
PATIENCE = 2.0  # s without an acknowledgement after which the loop opens
REST = 9.0  # times as long as a frame took: drawing takes a tenth of one core at most
LONGEST = 2.0  # s of rest, after what is done once, as for an epoch that has ended


class Pacing:
    """Two gears, told by the acknowledgements that come back.

    Closed while they arrive: two frames in flight. Open where the oldest frame has waited 2 s for
    its own (a front end whose messages wait for the cell to end): a frame now and then by the
    clock. The first acknowledgement closes the loop again. All times are seconds of one clock that
    the caller reads.
    """

    def __init__(self) -> None:
        self._in_flight: dict[int, float] = {}  # frame to the time it was sent
        self._heard = float("-inf")
        self._sent = float("-inf")
        self._n_bytes = 0
        self._rested = float("-inf")

    def is_open(self, now: float) -> bool:
        """Has the oldest frame in flight waited too long, and nothing been heard since?"""
        if not self._in_flight:
            return False
        oldest = min(self._in_flight.values())
        return now - max(oldest, self._heard) >= PATIENCE

    def next_time(self, now: float) -> float:
        """The earliest time at which a frame may leave; infinity while only an
        acknowledgement, or patience running out, can change that."""
        if self.is_open(now):
            pause = max(OPEN_INTERVAL, self._n_bytes / OPEN_RATE)
            return max(self._sent + pause, self._rested)
        free = max(self._sent + max(INTERVAL, self._n_bytes / CLOSED_RATE), self._rested)
        if len(self._in_flight) < IN_FLIGHT:
            return free
        oldest = min(self._in_flight.values())
        return max(free, max(oldest, self._heard) + PATIENCE)

    def may_send(self, now: float) -> bool:
        """May a frame leave now?"""
        return now >= self.next_time(now)

    def sent(self, frame: int, n_bytes: int, now: float) -> None:
        """A frame of ``n_bytes`` has left whole at ``now``."""
        if self.is_open(now):  # the oldest tells how long the silence has lasted
            oldest = min(self._in_flight)
            self._in_flight = {oldest: self._in_flight[oldest]}
        self._in_flight[frame] = self._sent = now
        self._n_bytes = n_bytes

    def worked(self, seconds: float, now: float) -> float:
        """The thread was busy for ``seconds`` until ``now``; when it has rested."""
        self._rested = now + min(LONGEST, REST * seconds)
        return self._rested

    def acknowledged(self, frame: int, now: float) -> None:
        """The page has this frame, and so all earlier ones."""
        self._heard = now
        self._in_flight = {n: sent for n, sent in self._in_flight.items() if n > frame}

    def forget(self, now: float) -> None:
        """A page came (back): nothing that was sent before counts, a frame may leave at once."""
        self._in_flight.clear()
        self._sent = float("-inf")
        self._rested = min(self._rested, now)
