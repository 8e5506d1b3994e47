"""TRL's SFTTrainer: sequences by what was said of their completions; packing and fused heads."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numbered import BATCH
from torch.nn import functional

import carto_widget as carto

trl = pytest.importorskip("trl")
pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
]
N = 44


def trainer_in(folder: Path, **options: Any) -> Any:
    """A small model on prompts and completions of several lengths; the first word tells the row."""
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel

    words = ["<pad>", "<eos>", "<unk>", *(f"w{i}" for i in range(N))]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = import_module("transformers").PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    rows = [
        {"prompt": f"w{i} w{7 * i % N}", "completion": " w3 w5 w7"[: 3 + 3 * (i % 3)]}
        for i in range(N)
    ]
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(words), n_embd=16, n_layer=1, n_head=2, n_positions=32, bos_token_id=1,
        eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    given: dict[str, Any] = {
        "num_train_epochs": 2, "per_device_train_batch_size": BATCH, "learning_rate": 0.01,
        "gradient_accumulation_steps": 2, "report_to": "none", "use_cpu": True, "bf16": False,
        "save_strategy": "no", "disable_tqdm": True, "loss_type": "nll",
    }  # fmt: skip
    return trl.SFTTrainer(
        GPT2LMHeadModel(config),
        args=trl.SFTConfig(str(folder), **given | options),
        train_dataset=Dataset.from_list(rows),
        processing_class=fast,
    )


def test_every_sequence_is_recorded_with_its_supervised_tokens(tmp_path: Path) -> None:
    trainer = trainer_in(tmp_path)
    said: dict[int, list[float]] = {}

    def note(_: Any, args: Any, given: Any, outputs: Any) -> None:
        logits = outputs.logits.detach().double()
        for tokens, z, labels in zip(given["input_ids"], logits, given["labels"], strict=True):
            loss = functional.cross_entropy(z[:-1], labels[1:], ignore_index=-100)
            said.setdefault(int(tokens[0]) - 3, []).append(float(loss))

    trainer.model.register_forward_hook(note, with_kwargs=True)
    recorder = carto.Recorder(task="language_modeling", on_error="raise")
    carto.attach(trainer, recorder)
    trainer.train()
    expected = np.array([said[row] for row in range(N)]).T
    np.testing.assert_allclose(recorder.dynamics.signals["loss"], expected, rtol=0, atol=1e-5)
    n_tokens = [2 + row % 3 for row in range(N)]  # of the completion, with its end
    assert recorder.dynamics.signals["n_tokens"].tolist() == [n_tokens, n_tokens]


def test_packed_rows_are_refused_with_the_remedy(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = trainer_in(tmp_path, packing=True, max_length=16)
    with pytest.raises(ValueError, match=r"packs several examples.*packing=False.*evaluate"):
        carto.attach(trainer, carto.Recorder(task="language_modeling"))


def test_a_fused_head_is_refused_and_a_clean_pass_records_it(tmp_path: Path) -> None:
    trainer = trainer_in(tmp_path, loss_type="chunked_nll")
    recorder = carto.Recorder(task="language_modeling", on_error="raise")
    with (
        carto.attach(trainer, recorder),
        pytest.raises(ValueError, match=r"no logits.*TRL.*recorder\.evaluate"),
    ):
        trainer.train()
    loader = torch.utils.data.DataLoader(
        trainer.train_dataset, batch_size=BATCH, collate_fn=trainer.data_collator
    )
    recorder.evaluate(trainer.model, loader)
    assert np.isfinite(carto.load(recorder, mode="eval").signals["loss"]).all()
