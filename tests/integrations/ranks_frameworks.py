"""One of several processes that train with a framework; started by torchrun.

python -m torch.distributed.run --nproc-per-node W ranks_frameworks.py FRAMEWORK FOLDER

Every process ends by writing what its model really said, said-<rank>.pt in the folder.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from numbered import Net, NumberedDicts, held_out_set, training_set

import carto_widget as carto


def lightning(net: Net, recorder: carto.Recorder, folder: Path) -> int:
    import drive_lightning as driver

    with driver.lightnings_own_warnings():
        import lightning.pytorch as package

        trainer = driver.trainer_of(package, folder, devices=2, strategy="ddp")
        carto.attach(trainer, recorder, logits="net.layers")
        module = driver.module_of(package, net, driver.loss_only)
        trainer.fit(module, *driver.loaders(training_set(), held_out_set()))
    return int(trainer.global_rank)


def transformers(net: Net, recorder: carto.Recorder, folder: Path) -> int:
    import drive_huggingface as driver
    from contract import Setting

    train, held_out = training_set(NumberedDicts), held_out_set(NumberedDicts)
    how: dict[str, Any] = {"ddp_backend": "gloo", "ddp_find_unused_parameters": False}
    trainer = driver.build(net, train, held_out, Setting(), folder, **how)
    carto.attach(trainer, recorder)
    trainer.train()
    return int(trainer.args.process_index)


def main(framework: str, folder: Path) -> None:
    net, recorder = Net(), carto.Recorder(folder / "run", on_error="raise")
    rank = {"lightning": lightning, "transformers": transformers}[framework](net, recorder, folder)
    recorder.close()
    torch.save(net.said, folder / f"said-{rank}.pt")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    warnings.filterwarnings("error", module="carto_widget")
    main(sys.argv[1], Path(sys.argv[2]))
