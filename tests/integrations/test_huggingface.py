"""What people do with a Hugging Face Trainer beyond the contract of all integrations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import drive_huggingface as driver
import numpy as np
import pytest
import torch
from contract import Setting
from numbered import Net, NumberedDicts, held_out_set, training_set
from torch import Tensor, nn

import carto_widget as carto

pytestmark = pytest.mark.frameworks
transformers = pytest.importorskip("transformers")
if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback
else:
    Trainer, TrainerCallback = transformers.Trainer, transformers.TrainerCallback


def built(folder: Path, net: Net | None = None, **options: Any) -> Any:
    train, held_out = training_set(NumberedDicts), held_out_set(NumberedDicts)
    return driver.build(net or Net(), train, held_out, Setting(), folder, **options)


def check(recorder: carto.Recorder, net: Net, data: Any, split: str = "train") -> None:
    """Every recorded probability is what the model said of that very row."""
    dynamics = carto.load(recorder, split)
    expected = net.gold_probability(data, training=split == "train")
    assert len(expected)
    np.testing.assert_allclose(dynamics.signals["gold_probability"], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("unused", [True, False])
def test_columns_of_a_datasets_dataset_need_no_id(
    tmp_path: Path, workers: int, unused: bool
) -> None:
    datasets = pytest.importorskip("datasets")
    root, held_out = training_set(NumberedDicts).dataset, held_out_set(NumberedDicts)

    def as_columns(data: Any) -> Any:
        columns = {"x": data.x.tolist(), "labels": data.labels.tolist()}
        more = {"text": ["a text that no model takes"] * len(data)} if unused else {}
        return datasets.Dataset.from_dict(columns | more).with_format("torch")

    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = driver.build(
        net, as_columns(root), as_columns(held_out), Setting(workers), tmp_path,
        remove_unused_columns=unused,
    )  # fmt: skip
    with carto.attach(trainer, recorder):
        trainer.train()
    check(recorder, net, root)
    check(recorder, net, held_out, "validation")
    assert trainer.train_dataset.column_names[:2] == ["x", "labels"]


@pytest.mark.parametrize(
    "options",
    [
        {"bf16": True},
        {"bf16_full_eval": True, "eval_strategy": "no"},
        {"eval_strategy": "steps", "eval_steps": 2},
        {"dataloader_num_workers": 2, "dataloader_persistent_workers": True},
        {"dataloader_drop_last": True},
        {"max_steps": 8},
        {"torch_empty_cache_steps": 1, "gradient_accumulation_steps": 3},
    ],
    ids=lambda options: ", ".join(options),
)
def test_every_argument_gives_the_right_ids(tmp_path: Path, options: dict[str, Any]) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = built(tmp_path / "with", net=net, **options)
    with carto.attach(trainer, recorder):
        trainer.train()
    dynamics, labels = recorder.dynamics, trainer.train_dataset.dataset.labels
    recorded = dynamics.signals["gold_probability"]
    for guid, over_epochs in zip(dynamics.guid.tolist(), recorded.T, strict=True):
        seen = over_epochs[~np.isnan(over_epochs)]
        np.testing.assert_allclose(seen, said_of(net, guid, labels[guid]), rtol=0, atol=1e-5)
    without = built(tmp_path / "without", net=(other := Net()), **options)
    without.train()
    assert all(map(torch.equal, net.parameters(), other.parameters()))


@pytest.mark.skipif(not hasattr(torch.compiler, "set_stance"), reason="its oracle wants torch 2.6")
def test_a_compiled_model_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BACKEND", "MODE"):  # the trainer sets these for good
        monkeypatch.setenv(f"ACCELERATE_DYNAMO_{name}", "no")
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = built(tmp_path, net=net, torch_compile=True, torch_compile_backend="aot_eager")
    carto.attach(trainer, recorder)
    trainer.train()
    check(recorder, net, trainer.train_dataset)


def said_of(net: Net, row: int, label: Tensor) -> list[float]:
    """What the model said of the label of a row, each time it was trained on it."""
    return [
        float(torch.softmax(logits[rows == row].double(), 1)[0, label])
        for was_training, rows, logits in net.said
        if was_training and (rows == row).any()
    ]


def test_bf16_computes_in_bf16_and_is_recorded_as_it_was_said(tmp_path: Path) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = built(tmp_path, net=net, bf16=True)
    dtypes = set()
    net.layers[-1].register_forward_hook(lambda *args: dtypes.add(args[2].dtype))
    with carto.attach(trainer, recorder):
        trainer.train()
    assert dtypes == {torch.bfloat16}
    check(recorder, net, trainer.train_dataset)
    check(recorder, net, trainer.eval_dataset, "validation")


def test_accumulation_over_more_batches_than_a_loop_would_skip(tmp_path: Path) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = driver.build(
        net, NumberedDicts(100), held_out_set(NumberedDicts), Setting(accumulation=100), tmp_path,
        per_device_train_batch_size=1,
    )  # fmt: skip
    carto.attach(trainer, recorder)
    trainer.train()
    check(recorder, net, trainer.train_dataset)


class Weighted(Trainer):
    """A subclass with a loss of its own, as people write it."""

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        loss = nn.functional.cross_entropy(outputs["logits"], labels, torch.ones(3))
        return (loss, outputs) if return_outputs else loss


def test_a_subclass_with_its_own_loss_is_recorded(tmp_path: Path) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = Weighted(
        model=driver.Model(net),
        args=driver.arguments(Setting(accumulation=4), tmp_path),
        train_dataset=training_set(NumberedDicts),
        eval_dataset=held_out_set(NumberedDicts),
    )
    carto.attach(trainer, recorder)
    trainer.train()
    check(recorder, net, trainer.train_dataset)
    check(recorder, net, trainer.eval_dataset, "validation")


class LossOnly(Weighted):
    def compute_loss(self, *args: Any, **more: Any) -> Any:
        return super().compute_loss(*args, **more | {"return_outputs": False})


def test_a_subclass_that_keeps_its_outputs_to_itself_is_recorded(tmp_path: Path) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = LossOnly(
        model=driver.Model(net),
        args=driver.arguments(Setting(), tmp_path, eval_strategy="no"),
        train_dataset=training_set(NumberedDicts),
    )
    carto.attach(trainer, recorder)
    trainer.train()
    check(recorder, net, trainer.train_dataset)


class Twice(Weighted):
    """Asks its model for two views of a batch, as contrastive losses do."""

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **more: Any) -> Any:
        return super().compute_loss(model, dict(inputs), *args, **more) + super().compute_loss(
            model, inputs, *args, **more
        )


def test_a_subclass_that_calls_its_model_twice_a_step_is_refused(tmp_path: Path) -> None:
    model = driver.Model(Net())
    trainer = Twice(
        model=model,
        args=driver.arguments(Setting(), tmp_path, eval_strategy="no"),
        train_dataset=training_set(NumberedDicts),
    )
    carto.attach(trainer, carto.Recorder())
    with pytest.raises(ValueError, match=r"Twice.compute_loss called its model 2 times"):
        trainer.train()
    assert not model._forward_hooks


class Fused(driver.Model):
    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        outputs = super().forward(x, labels)
        return {"loss": outputs["loss"], "scores": outputs["logits"]}


def test_outputs_without_logits_are_refused_or_named(tmp_path: Path) -> None:
    trainer = built(tmp_path)
    trainer.model = trainer.model_wrapped = Fused(net := Net())
    with (
        carto.attach(trainer, carto.Recorder()),
        pytest.raises(ValueError, match=r"\['loss', 'scores'\] and no logits"),
    ):
        trainer.train()
    net.said.clear()
    recorder = carto.Recorder(on_error="raise")
    carto.attach(trainer, recorder, logits=lambda outputs: outputs["scores"])
    trainer.train()
    check(recorder, net, trainer.train_dataset)


def test_data_parallel_is_refused_by_name(tmp_path: Path) -> None:
    trainer = built(tmp_path)
    trainer.args._n_gpu = 2
    with pytest.raises(ValueError, match=r"nn\.DataParallel.*CUDA_VISIBLE_DEVICES"):
        carto.attach(trainer, carto.Recorder())


def test_several_evaluation_sets_are_splits_by_their_names(tmp_path: Path) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = built(tmp_path, net=net)
    near, far, test = (NumberedDicts(10, first) for first in (2000, 3000, 4000))
    trainer.eval_dataset = {"near": near, "far": far}
    carto.attach(trainer, recorder, splits={"test": test})
    trainer.train()
    trainer.predict(test)
    trainer.predict(NumberedDicts(10, 5000))  # nobody said which split that is
    for name, data in (("validation_near", near), ("validation_far", far), ("test", test)):
        check(recorder, net, data, name)
    assert {series.split for series in recorder.run.series()} == {
        "train", "validation_near", "validation_far", "test"
    }  # fmt: skip


def test_evaluating_the_training_set_is_a_clean_pass_over_it(tmp_path: Path) -> None:
    net, recorder = Net(), carto.Recorder(on_error="raise")
    trainer = built(tmp_path, net=net)
    carto.attach(trainer, recorder)
    trainer.train()
    trainer.evaluate(trainer.train_dataset)
    dynamics = carto.load(recorder, mode="eval")
    expected = net.gold_probability(trainer.train_dataset, training=False)
    np.testing.assert_allclose(dynamics.signals["gold_probability"], expected, rtol=0, atol=1e-5)
    check(recorder, net, trainer.train_dataset)


class Tokens(NumberedDicts):
    """Item i is a sequence whose first token is its row number."""

    def __getitem__(self, i: int) -> Any:
        return {
            "input_ids": torch.tensor([i, i % 7, i % 5]),
            "attention_mask": torch.ones(3, dtype=torch.long),
            "label": int(self.labels[i]),
        }


@pytest.mark.parametrize("accumulation", [1, 4])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_a_small_bert_is_recorded(tmp_path: Path, accumulation: int, smoothing: float) -> None:
    torch.manual_seed(0)
    model = transformers.BertForSequenceClassification(
        transformers.BertConfig(
            vocab_size=100, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, num_labels=3,
        )
    )  # fmt: skip
    said: dict[int, list[float]] = {}
    data = Tokens(60)

    def note(_: Any, args: Any, kwargs: Any, outputs: Any) -> None:
        probabilities = torch.softmax(outputs.logits.detach().double(), 1)
        for row, p in zip(kwargs["input_ids"][:, 0].tolist(), probabilities, strict=True):
            if model.training:
                said.setdefault(row, []).append(float(p[data.labels[row]]))

    model.register_forward_hook(note, with_kwargs=True)
    recorder = carto.Recorder(on_error="raise")
    trainer = transformers.Trainer(
        model=model,
        args=driver.arguments(Setting(0, accumulation), tmp_path, label_smoothing_factor=smoothing),
        train_dataset=data,
        eval_dataset=Tokens(8, 70),
    )
    carto.attach(trainer, recorder)
    trainer.train()
    expected = np.array([said[row] for row in range(60)]).T
    recorded = recorder.dynamics.signals["gold_probability"]
    np.testing.assert_allclose(recorded, expected, rtol=0, atol=1e-5)


def test_what_is_unknown_is_refused_naming_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"attach got a builtins\.int.*Hugging Face Trainer.*track"):
        carto.attach(3, carto.Recorder())
    with pytest.raises(TypeError, match="logit"):
        carto.attach(built(tmp_path), carto.Recorder(), logit="x")


def test_samples_of_the_training_data_give_the_names(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    net = Net()
    trainer = built(tmp_path, net=net)
    root = trainer.train_dataset.dataset
    words = ["easy", "fair", "hard"]
    frame = pd.DataFrame(
        {"label": [words[label] for label in root.labels]},
        index=[f"review-{i}" for i in range(len(root))],
    )
    recorder = carto.Recorder(
        samples={"train": frame}, gold="label", label_names=words, on_error="raise"
    )
    carto.attach(trainer, recorder)
    trainer.train()
    check(recorder, net, trainer.train_dataset)
    check(recorder, net, trainer.eval_dataset, "validation")
    assert recorder.dynamics.guid.tolist() == [f"review-{i}" for i in range(1, 122, 2)]


def sequences(folder: Path) -> Any:
    """A small language model on sequences of 8 whose first token is their row."""
    config = transformers.GPT2Config(vocab_size=100, n_embd=16, n_layer=1, n_head=2, n_positions=8)
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(16, 100, (16, 8), generator=generator)
    tokens[:, 0] = torch.arange(16)
    labels = tokens.masked_fill(torch.arange(8) < torch.arange(16)[:, None] % 5, -100)
    items = [{"input_ids": t, "labels": y} for t, y in zip(tokens, labels, strict=True)]
    return transformers.Trainer(
        model=transformers.GPT2LMHeadModel(config),
        args=driver.arguments(Setting(accumulation=2), folder, eval_strategy="no"),
        train_dataset=items,
    )


def test_a_language_models_sequences_are_recorded(tmp_path: Path) -> None:
    trainer = sequences(tmp_path)
    said: dict[int, list[float]] = {}

    def note(_: Any, args: Any, given: Any, outputs: Any) -> None:
        logits = outputs.logits.detach().double()
        for tokens, z, y in zip(given["input_ids"], logits, given["labels"], strict=True):
            loss = nn.functional.cross_entropy(z[:-1], y[1:], ignore_index=-100)
            said.setdefault(int(tokens[0]), []).append(float(loss))

    trainer.model.register_forward_hook(note, with_kwargs=True)
    recorder = carto.Recorder(task="language_modeling", on_error="raise")
    carto.attach(trainer, recorder)
    trainer.train()
    expected = np.array([said[row] for row in range(16)]).T
    np.testing.assert_allclose(recorder.dynamics.signals["loss"], expected, rtol=0, atol=1e-5)


def test_sequences_without_a_task_are_refused_at_the_first_batch(tmp_path: Path) -> None:
    trainer = sequences(tmp_path)
    carto.attach(trainer, carto.Recorder())
    with pytest.raises(ValueError, match=r"logits .*\(8, 8, 100\).*task='language_modeling'"):
        trainer.train()
