"""Files of Label Studio, Argilla and FiftyOne. Those in `exchange` were written by Label Studio
1.23.2, Argilla 2.8.0 and FiftyOne 1.22.1, after they had read what a ledger had exported for them
and labels had been given and changed there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carto_widget.curation.ledger import Ledger

REAL = Path(__file__).parent / "exchange"
STUDIO = "label-studio"
OWNER = "Argilla 702ef94f-1095-46e8-9087-a80acdae324a"
BEN = "Argilla f806637c-546c-4f7b-8027-8082642361b3"
OF_RITA = [
    ("r0", "keep", "positive", None, "rita"),
    ("r1", "relabel", "positive", "negative", "rita"),
]


def frame() -> pd.DataFrame:
    texts = ["Great, five stars", "Love it ... not", "Good, but also bad", "It crashes"]
    texts += ['Fine, I "guess" <b>ü</b>', "No words"]
    labels = pd.Categorical(
        ["positive", "positive", "positive", "negative", "positive", None], ["negative", "positive"]
    )
    guids = [f"r{row}" for row in range(6)]
    paths = [f"/data/{guid}.png" for guid in guids]
    return pd.DataFrame({"text": texts, "filepath": paths, "label": labels}, guids)


def real(name: str) -> Any:
    return json.loads((REAL / name).read_text(encoding="utf-8"))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return another(tmp_path / "l")


def another(path: Path) -> Ledger:
    made = Ledger(path).of(frame(), gold="label")
    made.add_class("mixed")
    return made


def told(ledger: Ledger) -> list[tuple[Any, ...]]:
    made = ledger.edits.loc[ledger.edits["kind"] != "class"]
    rows = made[["guid", "kind", "from", "to", "who"]].to_numpy()
    return [tuple(None if pd.isna(one) else one for one in row) for row in rows]


def saved(folder: Path, held: Any) -> Path:
    path = folder / "export.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "label_studio.json",  # Cleo changed r2, skipped r3; r4 and r5 were labelled there
            [
                *OF_RITA,
                ("r2", "relabel", "positive", "negative", "Label Studio 2"),
                ("r4", "keep", "positive", None, "Label Studio 1"),
                ("r5", "relabel", None, "mixed", "Label Studio 2"),
            ],
        ),
        (
            "label_studio_users.json",  # the same, exported with who the annotators are
            [
                *OF_RITA,
                ("r2", "relabel", "positive", "negative", "cleo@example.com"),
                ("r4", "keep", "positive", None, "anna@example.com"),
                ("r5", "relabel", None, "mixed", "cleo@example.com"),
            ],
        ),
        (
            "argilla_flat.json",  # also a draft of r1, one of r4, and r3 discarded
            [
                ("r0", "keep", "positive", None, OWNER),
                ("r1", "relabel", "positive", "negative", OWNER),
                ("r2", "relabel", "positive", "negative", BEN),
                ("r5", "relabel", None, "positive", BEN),
            ],
        ),
        (
            "fiftyone.json",  # r2, r4 and r5 were labelled there
            [
                *OF_RITA,
                ("r2", "relabel", "positive", "negative", "fiftyone"),
                ("r4", "relabel", "positive", "negative", "fiftyone"),
                ("r5", "relabel", None, "mixed", "fiftyone"),
            ],
        ),
    ],
)
def test_what_a_tool_exports_is_known_by_its_content_and_read_once(
    ledger: Ledger, tmp_path: Path, name: str, expected: list[Any]
) -> None:
    made = ledger.read(REAL / name)
    assert sorted(told(ledger)) == sorted(expected)
    assert ledger.read(REAL / name) == made
    assert len(told(ledger)) == len(expected)
    other = another(tmp_path / "other")
    other.read(REAL / name, reviewer="anna")
    assert {who for *_, who in told(other)} == {"anna"}
    assert other.apply(frame()).loc["r1", "label"] == "negative"


def test_argilla_must_tell_which_responses_were_submitted(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"of 4 responses \(the first to 'r1'\).*flatten=True"):
        ledger.read(REAL / "argilla.json")
    whole = [one for one in real("argilla.json") if one["id"] in ("r0", "r2", "r5")]
    ledger.read(saved(tmp_path, whole))
    assert [guid for guid, *_ in told(ledger)] == ["r0", "r2", "r5"]


@pytest.mark.parametrize("tool", [STUDIO, "fiftyone"])
def test_a_decision_that_comes_back_untouched_is_the_one_that_it_was(
    ledger: Ledger, tmp_path: Path, tool: str
) -> None:
    edit = ledger.by("rita").relabel("r0", "mixed")
    path = ledger.export(tmp_path / "out.json", format=tool)
    ledger.by("rita").keep("r0")
    assert ledger.read(path) == edit
    assert ledger.decisions().loc["r0", "kind"] == "keep"
    assert len(told(ledger)) == 2


@pytest.mark.parametrize("tool", [STUDIO, "argilla", "fiftyone"])
def test_what_is_written_says_what_was_decided(ledger: Ledger, tmp_path: Path, tool: str) -> None:
    (edit,) = ledger.by("anna@example.com").relabel("r0", "mixed", note="both")
    (dropped,) = ledger.by("anna@example.com").drop("r3")
    path = ledger.export(tmp_path / "out.json", format=tool)
    held = json.loads(path.read_text(encoding="utf-8"))
    read = {"text": "Great, five stars", "filepath": "/data/r0.png"}
    said = {"decision": "relabel", "reviewer": "anna@example.com", "note": "both", "edit": edit}
    no_more = {"decision": "drop", "reviewer": "anna@example.com", "edit": dropped}
    if tool == STUDIO:
        assert held[0] == {
            "data": {"guid": "r0"} | read | said,
            "predictions": [{"model_version": "gold label", "result": [choice("positive")]}],
            "annotations": [{"result": [choice("mixed")], "ground_truth": False}],
        }
        assert "annotations" not in held[1]
        assert held[1]["data"].items() >= no_more.items()
    elif tool == "argilla":  # which takes no "@" in an agent's name
        suggested = {"value": "mixed", "score": None, "agent": "decision"}
        assert held[0]["suggestions"] == {"label": suggested}
        assert [one["id"] for one in held] == ["r0", "r3"]
        assert [one["metadata"] for one in held] == [said, no_more]
    else:
        label = {"_cls": "Classification", "label": "mixed"}
        own = {"tags": [], "guid": "r0", "ground_truth": label, "decided": "mixed"}
        assert held["samples"][0] == read | own | said
        assert held["samples"][1]["tags"] == ["drop"]
    with pytest.raises(FileExistsError, match="overwrite=True"):
        ledger.export(path, format=tool)


def choice(label: str) -> dict[str, Any]:
    where = {"from_name": "label", "to_name": "text", "type": "choices"}
    return {**where, "value": {"choices": [label]}}


@pytest.mark.parametrize("tool", [STUDIO, "fiftyone"])
def test_what_one_ledger_writes_another_reads(ledger: Ledger, tmp_path: Path, tool: str) -> None:
    ledger.relabel(["r0", "r5"], "mixed")
    ledger.relabel("r3", "positive")
    path = ledger.export(tmp_path / "out.json", format=tool)
    other = another(tmp_path / "other")
    other.read(path)
    assert other.decisions()["to"].to_dict() == ledger.decisions()["to"].to_dict()


def test_samples_are_sent_to_be_looked_at(ledger: Ledger, tmp_path: Path) -> None:
    path = ledger.export(tmp_path / "tasks.json", ["r1", "r5"])
    tasks = json.loads(path.read_text(encoding="utf-8"))
    read = frame().loc["r1", ["text", "filepath"]].to_dict()
    assert tasks[0]["data"] == {"guid": "r1"} | read
    assert [list(task) for task in tasks] == [["data", "predictions"], ["data"]]


def test_every_task_is_about_the_same_column_and_has_a_text_there(tmp_path: Path) -> None:
    samples = frame().assign(text=pd.Series(["x"], ["r1"]))  # r0 has none
    ledger = Ledger(tmp_path / "l").of(samples, gold="label")
    tasks = json.loads(ledger.export(tmp_path / "tasks", ["r0", "r1"]).read_text())
    assert {one["predictions"][0]["result"][0]["to_name"] for one in tasks} == {"text"}
    assert [one["data"]["text"] for one in tasks] == ["", "x"]  # Label Studio refuses null,
    path = ledger.export(tmp_path / "records", ["r0"], format="argilla")
    (record,) = json.loads(path.read_text())
    assert record["fields"]["text"] == ""  # and Argilla a record without fields


def test_columns_that_fiftyone_cannot_name_are_left_out(ledger: Ledger, tmp_path: Path) -> None:
    samples = frame()
    samples[["metadata", "tags", "_x", "a.b", "a b", "id"]] = "more"
    path = ledger.of(samples, gold="label").export(tmp_path / "o", ["r0"], format="fiftyone")
    (sample,) = json.loads(path.read_text(encoding="utf-8"))["samples"]
    assert list(sample) == ["text", "a b", "filepath", "tags", "guid", "ground_truth"]
    assert sample["tags"] == []


def test_columns_of_any_kind_are_written(tmp_path: Path) -> None:
    held = {
        "seen": pd.Series(["2026-01-02", None], dtype="datetime64[ns]"),
        "stars": pd.array([5, None], "Int64"),
        "share": pd.Series([0.5, float("inf")]),
        "vector": [np.array([1.0, 2.0]), None],
        "is_new": [np.True_, None],
    }
    ledger = Ledger(tmp_path / "l").of(pd.DataFrame({"label": ["p", "q"]} | held), gold="label")
    tasks = json.loads(ledger.export(tmp_path / "o", [0, 1]).read_text())
    read = {"seen": "2026-01-02 00:00:00", "stars": 5, "share": 0.5, "vector": "[1. 2.]"}
    assert tasks[0]["data"] == read | {"is_new": True, "guid": 0}
    assert tasks[1]["data"] == dict.fromkeys(held, "") | {"guid": 1}


def test_numbers_are_names_and_classes_as_texts_too(tmp_path: Path) -> None:
    samples = pd.DataFrame({"text": ["x", "y"], "label": [0, 1]})
    ledger = Ledger(tmp_path / "l").of(samples, gold="label")
    response = {"value": "0", "status": "submitted"}
    held = [{"id": "1", "fields": {"text": "y"}, "responses": {"q": [response]}}]
    ledger.read(saved(tmp_path, held))
    assert told(ledger) == [(1, "relabel", 1, 0, "argilla")]


def test_everything_wrong_with_a_file_is_told_at_once_and_nothing_is_read(
    ledger: Ledger, tmp_path: Path
) -> None:
    held = [one for one in real("label_studio.json") if one["data"]["guid"] in ("r4", "r5")]
    held[0]["annotations"][0]["result"][0]["value"]["choices"] = ["Mixed"]
    held[1]["data"]["guid"] = "z"
    held.append({"data": {}, "annotations": held[1]["annotations"]})
    several = {"type": "choices", "value": {"choices": ["positive", "negative"]}}
    held.append({"data": {"guid": "r2"}, "annotations": [{"result": [several]}]})
    with pytest.raises(ValueError, match="nothing is read, 4 of 4 labels do not fit") as caught:
        ledger.read(saved(tmp_path, held))
    assert str(caught.value).split("\n")[1:] == [
        "- no guid (1): 'mixed'",
        "- sample unknown (1): 'z'",
        "- not one class (1): 'r2'",
        "- class unknown (a new one is added first: ledger.add_class) (1): 'Mixed'",
    ]
    assert told(ledger) == []


@pytest.mark.parametrize(
    "text",
    ["", "[", "[" * 100_000, "[]", "{}", "3", '[{"data": 3}]', '{"samples": [1]}', "\x00", "null"],
)
def test_other_files_are_refused(ledger: Ledger, tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    for tool in (None, "argilla", STUDIO, "fiftyone"):
        with pytest.raises(ValueError, match=r"x\.json: not "):
            ledger.read(path, format=tool)


@pytest.mark.parametrize("odd", [None, 3, "x", [], {}, [3], [[]], {"label": 3}, [{"value": []}]])
def test_odd_parts_of_a_file_say_nothing_or_are_named(
    ledger: Ledger, tmp_path: Path, odd: Any
) -> None:
    told_of: list[str] = []
    for held in (
        [{"data": {"guid": "r0"}, "annotations": odd}],
        [{"data": {"guid": "r0"}, "annotations": [{"result": odd}]}],
        [{"id": "r0", "fields": {}, "responses": odd}],
        [{"id": "r0", "fields": {}, "responses": {"label": odd}}],
        [{"id": "r0", "_server_id": "s", "label.responses": odd, "label.responses.status": odd}],
        [{"data": {"guid": "r0", "edit": odd, "reviewer": odd}, "annotations": [{"result": odd}]}],
        {"samples": [{"filepath": "x", "guid": "r0", "ground_truth": odd}]},
    ):
        try:
            assert ledger.read(saved(tmp_path, held)) == []
        except ValueError as error:
            told_of.append(str(error))
    assert all("nothing is read" in one or "not told" in one for one in told_of)


def test_which_label_is_meant_must_be_clear(ledger: Ledger, tmp_path: Path) -> None:
    held = [one | {"topic.responses": ["sport"]} for one in real("argilla_flat.json")]
    path = saved(tmp_path, held)
    with pytest.raises(ValueError, match=r"responses to \['label', 'topic'\]; which"):
        ledger.read(path)
    assert len(ledger.read(path, gold="label")) == 4
    with pytest.raises(ValueError, match="did you mean 'argilla'"):
        ledger.read(path, format="argila")
    with pytest.raises(ValueError, match="has no file; FiftyOne shows files"):
        ledger.of(frame()[["text"]]).export(tmp_path / "x", ["r0"], format="fiftyone")
