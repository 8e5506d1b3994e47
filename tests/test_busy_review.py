"""Reviewing while a kernel trains: nothing is lost and nothing counts twice.

CARTO_REVIEW_KILLS=20 kills as many kernels; continuous integration kills two.
"""

from __future__ import annotations

import json
import os
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from kernel_driver import FrontEnd, kernel, python_value

SETUP = """
import time
import pandas as pd, torch
from torch.utils.data import DataLoader, TensorDataset
import carto_widget as carto

torch.manual_seed(0)
torch.set_num_threads(1)
x = torch.randn(400, 5)
y = (x @ torch.randn(5, 3)).argmax(1)
frame = pd.DataFrame({"text": [f"sample {i} of the kind {i % 7}" for i in range(400)],
                      "label": y.numpy()}, index=[f"g{i}" for i in range(400)])
recorder = carto.Recorder(samples=frame, gold="label", label_names=["a", "b", "c"])
loader = recorder.track(DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True))
datamap = carto.DataMap(recorder, ledger=LEDGER)
features = torch.nn.Linear(5, 8)
head = torch.nn.Linear(8, 3)
optimizer = torch.optim.SGD([*features.parameters(), *head.parameters()], 0.1)

def fit(epochs):
    for epoch in range(epochs):
        for bx, by in loader:
            h = torch.relu(features(bx))
            logits = head(h)
            loss = torch.nn.functional.cross_entropy(logits, by)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            recorder.log(logits, by, features=h)
            if STOP.exists():
                return
            time.sleep(0.005)  # an honest batch takes longer than this one
"""
KINDS = [{"kind": "keep"}, {"kind": "relabel", "to": "b"}, {"kind": "drop"}, {"kind": "unsure"}]
needs_subshells = pytest.mark.skipif(
    version("ipykernel").startswith("6."), reason="ipykernel 6 has no subshells"
)


class Reviewer:
    """A page that decides: keeps each decision until it is accepted, and sends some again."""

    def __init__(self, front: FrontEnd, name: str) -> None:
        self.front, self.name = front, name
        self.accepted: set[str] = set()
        self.asked = 0
        front.heard = self.hear

    def hear(self, content: dict[str, Any]) -> None:
        if content["kind"] == "frame" and content["chunk"] == content["chunks"] - 1:
            self.front.send({"kind": "ack", "frame": content["frame"]})
        self.accepted |= {*content.get("accepted", [])}

    @property
    def review(self) -> dict[str, Any] | None:
        told = [one for one in self.front.received if one["kind"] == "review"]
        return told[-1] if told else None

    def ask(self, what: str, **about: Any) -> str:
        self.asked += 1
        number = f"{self.name} {self.asked}"
        self.front.send({"kind": "ask", "id": number, "what": what, **about})
        return number

    def answer(self, number: str) -> dict[str, Any]:
        def answers() -> list[dict[str, Any]]:
            told = [one for one in self.front.received if one["kind"] == "answer"]
            return [one for one in told if one["ask"] == number]

        assert self.front.until(lambda: bool(answers())), f"no answer to {number}"
        return answers()[0]

    def cards(self, start: int, count: int) -> list[dict[str, Any]]:
        """As many as come."""
        assert self.review is not None
        about = {"review": self.review["id"], "from": start, "count": count}
        found: list[dict[str, Any]] = self.answer(self.ask("review", **about))["cards"]
        return found

    def decide(self, *decisions: dict[str, Any]) -> str:
        assert self.review is not None
        return self.ask("decide", review=self.review["id"], decisions=list(decisions))


def opened(front: FrontEnd, folder: Path, name: str, training: str) -> Reviewer:
    """A reviewer whose kernel trains, where there is a training."""
    reviewer = Reviewer(front, name)
    paths = f"import pathlib; LEDGER = {str(folder / 'a.ledger.jsonl')!r}; "
    front.run(paths + f"STOP = pathlib.Path({str(folder / 'stop')!r})\n{SETUP}")
    front.send({"kind": "hello", "id": name})
    front.run(f"fit(1); recorder.resume(); review = datamap.review(reviewer={name!r})")
    front.start(training)
    assert front.until(lambda: reviewer.review is not None)
    assert front.until(lambda: not training or front.kinds().count("frame") > 3)
    return reviewer


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "a.ledger.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def made(name: str, position: int, row: int) -> dict[str, Any]:
    kind = KINDS[position % len(KINDS)]
    return {"id": f"{name}-{position}", "position": position, "row": row} | kind


@pytest.mark.parametrize(
    ("training", "subshell"),
    [
        pytest.param("fit(400)", True, marks=needs_subshells, id="plain loop, subshell"),
        pytest.param("training = carto.start(lambda: fit(400))", False, id="thread, no subshell"),
    ],
)
def test_200_decisions_in_bursts_doubled_and_resent_are_200_lines(
    tmp_path: Path, training: str, subshell: bool
) -> None:
    chance = random.Random(1)
    with kernel(subshell=subshell) as front:
        page = opened(front, tmp_path, "ann", training)
        rows: list[int] = []
        while len(rows) < 200:
            rows += [card["row"] for card in page.cards(len(rows), min(6, 200 - len(rows)))]
        waiting = [made("ann", position, row) for position, row in enumerate(rows)]
        sent = list(waiting)
        while sent:
            burst, sent = sent[:7], sent[7:]
            page.decide(*burst)
            if chance.random() < 0.5:  # as after a gap: whatever it has no answer for yet
                page.decide(*[one for one in waiting if one["id"] not in page.accepted][:50])
            if chance.random() < 0.3:  # as after a reload
                page.decide(*burst, *burst)
        assert front.until(lambda: len(page.accepted) == 200)
        (tmp_path / "stop").touch()
        assert page.answer(page.decide(*waiting[:3]))["counts"]["decided"] == 200
    written = lines(tmp_path)
    assert [line["id"] for line in written] == [one["id"] for one in waiting]
    assert {line["reason"] for line in written} == {"aum"}
    assert [line["guid"] for line in written] == [f"g{row}" for row in rows]


@needs_subshells
def test_the_cards_show_neighbours_by_features_and_an_opinion_while_it_trains(
    tmp_path: Path,
) -> None:
    with kernel() as front:
        page = opened(front, tmp_path, "ann", "fit(400)")
        card: dict[str, Any] = {}

        def is_whole() -> bool:
            for one in page.cards(0, 1):  # none while its curve is read
                card.update(one)
            return card.get("neighbours") is not None

        while not is_whole():
            pass
        (tmp_path / "stop").touch()
    assert card["neighbours_by"] == "features"
    assert len(card["neighbours"]) == 5
    assert card["suggested"] in "abc"
    assert card["suggested_by"] == "mean probability"
    assert sum(share for _, _, share in card["said"]) == pytest.approx(1, abs=0.001)
    assert card["values"]


@needs_subshells
def test_two_notebooks_write_one_ledger(tmp_path: Path) -> None:
    with kernel() as one, kernel() as other:
        pages = [opened(one, tmp_path, "ann", "fit(400)"), opened(other, tmp_path, "bob", "")]
        for position in range(0, 60, 5):
            for page in pages:
                page.decide(*[made(page.name, at, at) for at in range(position, position + 5)])
        for page in pages:
            assert page.front.until(lambda page=page: len(page.accepted) == 60)  # type: ignore[misc]
        (tmp_path / "stop").touch()
        kappa = python_value(other, "len(datamap.ledger.decisions('ann'))")
    assert kappa == 60  # what the other notebook said
    ids = [line["id"] for line in lines(tmp_path)]
    assert sorted(ids) == sorted(f"{who}-{at}" for who in ("ann", "bob") for at in range(60))


@needs_subshells
def test_a_killed_kernel_keeps_what_it_accepted(tmp_path: Path) -> None:
    accepted: set[str] = set()
    for kill in range(int(os.environ.get("CARTO_REVIEW_KILLS", "2"))):
        with kernel() as front:
            page = opened(front, tmp_path, f"ann{kill}", "fit(400)")
            chance = random.Random(kill)
            for position in range(chance.randrange(20, 60)):
                page.decide(made(page.name, position, position))
            wanted = chance.randrange(1, 20)
            assert front.until(lambda: len(page.accepted) >= wanted)  # noqa: B023  # at once
        accepted |= page.accepted  # the kernel is dead now, in the middle of it
    ids = [line["id"] for line in lines(tmp_path)]
    assert accepted <= {*ids}
    assert len(ids) == len({*ids})
