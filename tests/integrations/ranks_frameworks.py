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
from numbered import BATCH, EPOCHS, Net, NumberedDicts, held_out_set, training_set
from torch.distributed.device_mesh import init_device_mesh
from torch.utils.data import DataLoader, DistributedSampler

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


def fsdp(net: Net, recorder: carto.Recorder, folder: Path) -> int:
    """Parameters sharded over both, each on its own batches."""
    from torch.distributed.fsdp import fully_shard

    torch.distributed.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (2,))
    fully_shard(net, mesh=mesh)
    loop(net, recorder, DistributedSampler(training_set()))
    return mesh.get_rank()


def tensor_parallel(net: Net, recorder: carto.Recorder, folder: Path) -> int:
    """Each layer's columns and rows halved over both, on the same batches."""
    from torch.distributed.tensor import parallel

    torch.distributed.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (2,))
    plan = {"0": parallel.ColwiseParallel(), "3": parallel.RowwiseParallel()}
    parallel.parallelize_module(net.layers, mesh, plan)
    net.layers[1] = torch.nn.Identity()  # dropout draws for its own half
    loop(net, recorder, None)
    return mesh.get_rank()


def loop(net: Net, recorder: carto.Recorder, sampler: Any) -> None:
    order = {"sampler": sampler} if sampler else {"shuffle": True}
    generator = torch.Generator().manual_seed(0)
    train = recorder.track(DataLoader(training_set(), BATCH, generator=generator, **order))
    held_out = recorder.track(DataLoader(held_out_set(), BATCH), split="validation")
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(EPOCHS):
        for x, gold in train:
            logits = net(x)
            recorder.log(logits, gold)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(logits, gold).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            for x, gold in held_out:
                recorder.log(net(x), gold)
        net.train()


TRAINS = {one.__name__: one for one in (lightning, transformers, fsdp, tensor_parallel)}


def main(framework: str, folder: Path) -> None:
    net, recorder = Net(), carto.Recorder(folder / "run", on_error="raise")
    rank = TRAINS[framework](net, recorder, folder)
    recorder.close()
    torch.save(net.said, folder / f"said-{rank}.pt")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    warnings.filterwarnings("error", module="carto_widget")
    main(sys.argv[1], Path(sys.argv[2]))
