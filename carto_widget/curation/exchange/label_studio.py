"""Label Studio: a list of tasks with their annotations, as its JSON export and import have them.

https://labelstud.io/guide/export, https://labelstud.io/guide/tasks
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carto_widget.curation.exchange.words import Names, Said, Shown, mappings

FORMAT = "label-studio"
_CONTROL = "label"  # the name of the control in what is written


def recognises(held: Any) -> bool:
    tasks = held if isinstance(held, list) else [held]
    return any(isinstance(one, dict) and isinstance(one.get("data"), dict) for one in tasks[:1])


def said(held: Any, names: Names) -> Iterator[Said]:
    """The annotations of each task: its choices under the control ``gold``, without it the only
    ones. Those that were skipped say nothing. A task is named by ``data[guid]``."""
    for task in mappings(held if isinstance(held, list) else [held]):
        data = task.get("data")
        guid = data.get(names.guid or "guid") if isinstance(data, dict) else None
        for one in mappings(task.get("annotations", task.get("completions"))):
            if one.get("was_cancelled"):
                continue
            results = [
                part
                for part in mappings(one.get("result"))
                if part.get("type") == "choices" and names.gold in (None, part.get("from_name"))
            ]
            if results:
                when = one.get("updated_at", one.get("created_at", ""))
                yield Said(guid, _label(results), _who(one), f"{one.get('id', '')} {when}")


def _label(results: list[dict[str, Any]]) -> Any:
    """The class of an annotation; None where it has several."""
    value = results[0].get("value")
    choices = value.get("choices") if isinstance(value, dict) else None
    is_one = len(results) == 1 and isinstance(choices, list) and len(choices) == 1
    return choices[0] if is_one and isinstance(choices, list) else None


def _who(annotation: dict[str, Any]) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email", who.get("id"))
    if isinstance(who, int) and not isinstance(who, bool):
        return f"Label Studio {who}"
    return who if isinstance(who, str) else ""


def written(samples: Sequence[Shown], gold: str | None) -> list[dict[str, Any]]:
    """Tasks: the old label is a prediction, a decision for a class an annotation."""
    return [_task(one, gold or _CONTROL) for one in samples]


def _task(one: Shown, control: str) -> dict[str, Any]:
    shown = next((name for name, value in one.fields.items() if isinstance(value, str)), "text")
    data: dict[str, Any] = {"guid": one.guid, **one.fields}
    data |= {"decision": one.kind, "reviewer": one.who, "note": one.note} if one.kind else {}
    task: dict[str, Any] = {"data": data}
    if one.gold is not None:
        told = {"model_version": "gold label", "result": [_choice(control, shown, one.gold)]}
        task["predictions"] = [told]
    if one.label is not None:
        task["annotations"] = [{"result": [_choice(control, shown, one.label)]}]
    return task


def _choice(control: str, shown: str, label: Any) -> dict[str, Any]:
    return {
        "from_name": control,
        "to_name": shown,
        "type": "choices",
        "value": {"choices": [str(label)]},
    }
