"""Files of Label Studio, Argilla and FiftyOne, as those tools document and write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from carto_widget.curation.ledger import Ledger

# As in labelstud.io/guide/tasks and labelstud.io/guide/export, with our names.
LABEL_STUDIO: list[dict[str, Any]] = [
    {
        "id": 1,
        "created_at": "2021-03-09T21:52:49.513742Z",
        "updated_at": "2021-03-09T22:16:08.746926Z",
        "project": 83,
        "data": {"guid": "a", "my_text": "Opossums are great", "meta_info": {"location": "Pole"}},
        "annotations": [
            {
                "id": "1001",
                "result": [
                    {
                        "from_name": "sentiment_class",
                        "to_name": "message",
                        "type": "choices",
                        "readonly": False,
                        "hidden": False,
                        "value": {"choices": ["Positive"]},
                    }
                ],
                "was_cancelled": False,
                "ground_truth": False,
                "created_at": "2021-03-09T22:16:08.728353Z",
                "updated_at": "2021-03-09T22:16:08.728378Z",
                "lead_time": 4.288,
                "result_count": 0,
                "task": 1,
                "completed_by": 10,
            }
        ],
        "predictions": [
            {"model_version": "model 1", "result": [{"type": "choices"}], "score": 0.95}
        ],
    },
    {
        "id": 2,
        "data": {"guid": "b", "my_text": "Opossums are opportunistic."},
        "annotations": [
            {
                "id": 7,
                "completed_by": {"id": 10},
                "was_cancelled": True,
                "result": [{"type": "choices", "value": {"choices": ["Positive"]}}],
            },
            {
                "id": 8,
                "completed_by": {"id": 11, "email": "ben@example.com"},
                "result": [
                    {"from_name": "sentiment_class", "type": "choices"}
                    | {"to_name": "message", "value": {"choices": ["Neutral"]}}
                ],
            },
        ],
    },
]
# As argilla's Record.to_dict gives it to records.to_json.
ARGILLA: list[dict[str, Any]] = [
    {
        "id": "a",
        "fields": {"text": "Hello World, how are you?"},
        "metadata": {},
        "suggestions": {"label": {"value": "Negative", "score": 0.9, "agent": "model_name"}},
        "responses": {
            "label": [
                {"value": "Positive", "user_id": "00000000-0000-0000-0000-000000000001"},
                {"value": "Neutral", "user_id": "u2", "status": "draft"},
            ]
        },
        "vectors": {},
        "_server_id": "6c6f1f62-3f2a-4c0c-9f53-6a5f6f7a8b9c",
    },
    {"id": "b", "fields": {"text": "x"}, "responses": {}, "suggestions": {}},
]
ANNOTATOR = "Argilla 00000000-0000-0000-0000-000000000001"
# As in fiftyone's documentation of a sample.
FIFTYONE: dict[str, Any] = {
    "samples": [
        {
            "_id": {"$oid": "5ecdd7f58efd8c18fcea4073"},
            "guid": guid,
            "filepath": f"data/{guid}.jpg",
            "tags": ["test", "difficult"],
            "metadata": None,
            "ground_truth": {
                "_id": {"$oid": "5ecdd7f58efd8c18fcea4074"},
                "_cls": "Classification",
                "label": label,
                "confidence": None,
                "logits": None,
            },
            "my_model": {"_cls": "Classification", "label": "Neutral", "confidence": 0.957},
        }
        for guid, label in [("a", "Positive"), ("b", "Neutral")]
    ]
}


def frame() -> pd.DataFrame:
    texts = ["Opossums are great", "Opossums are opportunistic.", "Opossums like to forage."]
    paths = [f"data/{guid}.jpg" for guid in "abc"]
    labels = pd.Categorical(
        ["Negative", "Neutral", "Negative"], ["Negative", "Neutral", "Positive"]
    )
    return pd.DataFrame({"text": texts, "filepath": paths, "label": labels}, index=list("abc"))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "l").of(frame(), gold="label")


def told(ledger: Ledger) -> list[tuple[Any, ...]]:
    made = ledger.edits[["guid", "kind", "from", "to", "who", "reason"]]
    return [tuple(None if pd.isna(one) else one for one in row) for row in made.to_numpy()]


def saved(folder: Path, held: Any) -> Path:
    path = folder / "export.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (
            LABEL_STUDIO,
            [
                ("a", "relabel", "Negative", "Positive", "Label Studio 10", "label-studio"),
                ("b", "keep", "Neutral", None, "ben@example.com", "label-studio"),
            ],
        ),
        (
            ARGILLA,
            [
                (*("a", "relabel", "Negative", "Positive"), ANNOTATOR, "argilla"),
            ],
        ),
        (FIFTYONE, [("a", "relabel", "Negative", "Positive", "fiftyone", "fiftyone")]),
    ],
)
def test_a_file_is_known_by_its_content_and_read_once(
    ledger: Ledger, tmp_path: Path, held: Any, expected: list[Any]
) -> None:
    path = saved(tmp_path, held)
    made = ledger.read(path)
    assert told(ledger) == expected
    assert ledger.read(path) == made
    assert told(ledger) == expected
    other = Ledger(tmp_path / "other").of(frame(), gold="label")
    other.read(path, reviewer="anna")
    assert set(other.edits["who"]) == {"anna"}
    assert ledger.apply(frame(), conflicts="latest").loc["a", "label"] == "Positive"


@pytest.mark.parametrize("tool", ["label-studio", "argilla", "fiftyone"])
def test_what_is_written_says_what_was_decided(ledger: Ledger, tmp_path: Path, tool: str) -> None:
    ledger.add_class("mixed")
    ledger.by("anna").relabel("a", "mixed", note="both")
    ledger.by("anna").drop("c")
    path = ledger.export(tmp_path / "out.json", format=tool)
    held = json.loads(path.read_text(encoding="utf-8"))
    if tool == "label-studio":
        assert held[0] == {
            "data": {"guid": "a", "text": "Opossums are great", "filepath": "data/a.jpg"}
            | {"decision": "relabel", "reviewer": "anna", "note": "both"},
            "predictions": [{"model_version": "gold label", "result": [choice("Negative")]}],
            "annotations": [{"result": [choice("mixed")]}],
        }
        assert "annotations" not in held[1]
        assert held[1]["data"]["decision"] == "drop"
    elif tool == "argilla":
        suggested = {"value": "mixed", "score": None, "agent": "anna"}
        assert held[0]["suggestions"] == {"label": suggested}
        assert [one["id"] for one in held] == ["a", "c"]
        assert held[1]["metadata"] == {"decision": "drop"}
    else:
        assert held["samples"][0] == {
            "filepath": "data/a.jpg",
            "tags": [],
            "guid": "a",
            "ground_truth": {"_cls": "Classification", "label": "mixed"},
            "text": "Opossums are great",
        }
        assert held["samples"][1]["tags"] == ["drop"]
    with pytest.raises(FileExistsError, match="overwrite=True"):
        ledger.export(path, format=tool)


def choice(label: str) -> dict[str, Any]:
    where = {"from_name": "label", "to_name": "text", "type": "choices"}
    return {**where, "value": {"choices": [label]}}


@pytest.mark.parametrize("tool", ["label-studio", "fiftyone"])
def test_what_one_ledger_writes_another_reads(ledger: Ledger, tmp_path: Path, tool: str) -> None:
    ledger.relabel(["a", "c"], "Positive")
    ledger.relabel("b", "Negative")
    path = ledger.export(tmp_path / "out.json", format=tool)
    other = Ledger(tmp_path / "other").of(frame(), gold="label")
    other.read(path)
    assert other.decisions()["to"].to_dict() == ledger.decisions()["to"].to_dict()


def test_samples_are_sent_to_be_looked_at(ledger: Ledger, tmp_path: Path) -> None:
    path = ledger.export(tmp_path / "tasks.json", ["b", "c"])
    tasks = json.loads(path.read_text())
    assert [task["data"]["guid"] for task in tasks] == ["b", "c"]
    assert all(list(task) == ["data", "predictions"] for task in tasks)
    assert tasks[0]["data"] == {"guid": "b", **frame().loc["b", ["text", "filepath"]].to_dict()}


def test_numbers_are_names_and_classes_as_texts_too(tmp_path: Path) -> None:
    samples = pd.DataFrame({"text": ["x", "y"], "label": [0, 1]})
    ledger = Ledger(tmp_path / "l").of(samples, gold="label")
    held = [{"id": "1", "fields": {"text": "y"}, "responses": {"q": [{"value": "0"}]}}]
    ledger.read(saved(tmp_path, held))
    assert told(ledger) == [(1, "relabel", 1, 0, "argilla", "argilla")]


def test_everything_wrong_with_a_file_is_told_at_once_and_nothing_is_read(
    ledger: Ledger, tmp_path: Path
) -> None:
    held = json.loads(json.dumps(LABEL_STUDIO))
    held[0]["annotations"][0]["result"][0]["value"]["choices"] = ["Mixed"]
    held[1]["data"]["guid"] = "z"
    held.append({"data": {}, "annotations": LABEL_STUDIO[0]["annotations"]})
    several = {"type": "choices", "value": {"choices": ["Positive", "Neutral"]}}
    held.append({"data": {"guid": "c"}, "annotations": [{"result": [several]}]})
    with pytest.raises(ValueError, match="nothing is read, 4 of 4 labels do not fit") as caught:
        ledger.read(saved(tmp_path, held))
    assert str(caught.value).split("\n")[1:] == [
        "- no guid (1): 'Positive'",
        "- sample unknown (1): 'z'",
        "- not one class (1): 'c'",
        "- class unknown (a new one is added first: ledger.add_class) (1): 'Mixed'",
    ]
    assert not ledger.path.exists()


@pytest.mark.parametrize(
    "text",
    ["", "[", "[" * 100_000, "[]", "{}", "3", '[{"data": 3}]', '{"samples": [1]}', "\x00", "null"],
)
def test_other_files_are_refused(ledger: Ledger, tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    for tool in (None, "argilla", "label-studio", "fiftyone"):
        with pytest.raises(ValueError, match=r"x\.json: not "):
            ledger.read(path, format=tool)


@pytest.mark.parametrize("odd", [None, 3, "x", [], {}, [3], [[]], {"label": 3}, [{"value": []}]])
def test_odd_parts_of_a_file_say_nothing_or_are_named(
    ledger: Ledger, tmp_path: Path, odd: Any
) -> None:
    told_of: list[str] = []
    for held in (
        [{"data": {"guid": "a"}, "annotations": odd}],
        [{"data": {"guid": "a"}, "annotations": [{"result": odd}]}],
        [{"id": "a", "fields": {}, "responses": odd}],
        [{"id": "a", "fields": {}, "responses": {"label": odd}}],
        {"samples": [{"filepath": "x", "guid": "a", "ground_truth": odd}]},
    ):
        try:
            assert ledger.read(saved(tmp_path, held)) == []
        except ValueError as error:
            told_of.append(str(error))
    assert all("nothing is read" in one for one in told_of)


def test_which_label_is_meant_must_be_clear(ledger: Ledger, tmp_path: Path) -> None:
    held = json.loads(json.dumps(ARGILLA))
    held[0]["responses"]["topic"] = [{"value": "sport"}]
    path = saved(tmp_path, held)
    with pytest.raises(ValueError, match=r"responses to \['label', 'topic'\]; which"):
        ledger.read(path)
    assert len(ledger.read(path, gold="label")) == 1
    with pytest.raises(ValueError, match="did you mean 'argilla'"):
        ledger.read(path, format="argila")
    with pytest.raises(ValueError, match="has no file; FiftyOne shows files"):
        ledger.of(frame()[["text"]]).export(tmp_path / "x", ["a"], format="fiftyone")
