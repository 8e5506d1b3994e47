"""A Hugging Face Trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract import Setting
from numbered import BATCH, EPOCHS, Net, NumberedDicts
from torch import Tensor, nn

import carto_widget as carto

FRAMEWORK = "transformers"
HAS_VALIDATION = True
ACCUMULATES = True
ITEMS = NumberedDicts


class Model(nn.Module):
    """The network with a forward like those of Hugging Face."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        logits = self.net(x)
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits.float(), labels), "logits": logits}


def build(
    net: Net, train: Any, held_out: Any, setting: Setting, folder: Path, **options: Any
) -> Any:
    from transformers import Trainer

    return Trainer(
        model=Model(net),
        args=arguments(setting, folder, **options),
        train_dataset=train,
        eval_dataset=held_out,
    )


def arguments(setting: Setting, folder: Path, **options: Any) -> Any:
    from transformers import TrainingArguments

    given: dict[str, Any] = {
        "output_dir": str(folder),
        "use_cpu": True,
        "num_train_epochs": EPOCHS,
        "per_device_train_batch_size": BATCH,
        "per_device_eval_batch_size": BATCH,
        "gradient_accumulation_steps": setting.accumulation,
        "dataloader_num_workers": setting.workers,
        "dataloader_pin_memory": False,
        "eval_strategy": "epoch",
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "logging_strategy": "no",
        "learning_rate": 0.05,
        "label_names": ["labels"],
    }
    return TrainingArguments(**given | options)


def attach(trainer: Any, recorder: carto.Recorder) -> Any:
    return carto.attach(trainer, recorder)


def fit(trainer: Any) -> None:
    trainer.train()


def parts(trainer: Any) -> list[Any]:
    return [trainer, trainer.callback_handler, trainer.model, trainer.args]
