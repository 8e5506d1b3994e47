"""Writes named selections into a ledger back to back, and says each one's name when it is on disk.

For `test_curation_kill.py`: `python ledger_writer.py PATH PREFIX`.
"""

from __future__ import annotations

import sys
from itertools import count

import numpy as np

from carto_widget.curation.file.entry import entry
from carto_widget.curation.ledger import Ledger
from carto_widget.curation.samples.dataset import Dataset

path, prefix = sys.argv[1:]
dataset = Dataset(np.arange(5000), "train")
ledger = Ledger(path)
for i in count():
    guids = list(range(i, i + 3000))  # a line of some 17 kB
    name = f"{prefix}-{i}"
    if ledger.append(entry("name", dataset, name=name, guids=guids, count=len(guids))):
        print(name, flush=True)
