"""Decides on one sample after the other, and says each edit's id when it is on disk.

For `test_curation_kill_edits.py`: `python edits_writer.py PATH REVIEWER`. A line "go" on standard
input begins, in a process of its own, and says "begun" behind the first edit; "kill" kills that one
with SIGKILL and says "killed"; a number makes so many decisions and says "done".
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from itertools import count

import pandas as pd

import carto_widget as carto

path, reviewer = sys.argv[1:]
frame = pd.DataFrame({"text": [f"review {i}" for i in range(500)], "label": ["a", "b"] * 250})
ledger = carto.ledger(path, reviewer=reviewer).of(frame, gold="label")
ledger.decisions()
assert ledger.samples.dataset.fingerprint  # worked out once, before processes begin


def decide(numbers: Iterable[int]) -> None:
    for i in numbers:
        (edit,) = ledger.relabel(i % 500, "b", reason=reviewer, note="n" * (1 + i % 300))
        os.write(1, f"{edit} {i % 500} {1 + i % 300}\n".encode())


writer = 0
print("ready", flush=True)
for line in sys.stdin:
    if line == "go\n":
        writer = os.fork()
        if not writer:
            decide([0])
            os.write(1, b"begun\n")
            decide(count(1))
    elif line == "kill\n":
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        print("killed", flush=True)
    else:
        decide(range(int(line)))
        print("done", flush=True)
