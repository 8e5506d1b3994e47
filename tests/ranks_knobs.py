"""One of several processes that record on request; started by torchrun.

python -m torch.distributed.run --nproc-per-node W tests/ranks_knobs.py RUN N EPOCHS KNOBS

KNOBS is JSON: {"recorder": {...}, "track": {...}}.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

from ranks_training import data, logits_of
from torch.distributed import destroy_process_group, init_process_group
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

import carto_widget as carto


def main(run: str, n: int, epochs: int, knobs: dict[str, Any]) -> None:
    init_process_group("gloo")
    recorder = carto.Recorder(run, **knobs["recorder"])
    dataset = data(n)
    sampler: DistributedSampler[Any] = DistributedSampler(dataset)
    loader = recorder.track(DataLoader(dataset, batch_size=8, sampler=sampler), **knobs["track"])
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        for x, gold in loader:
            recorder.log(logits_of(x, gold), gold)
            recorder.log_signal("tenfold", 10 * x + epoch)
    recorder.close()
    destroy_process_group()


if __name__ == "__main__":
    warnings.simplefilter("error", category=UserWarning)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
