"""Label Studio: a list of tasks with their annotations, as its JSON export and import have them.

https://labelstud.io/guide/export, https://labelstud.io/guide/tasks
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carto_widget.curation.exchange.words import Names, Said, Shown, mappings, text

FORMAT = "label-studio"
_CONTROL = "label"  # the name of the control in what is written


def recognises(held: Any) -> bool:
    tasks = held if isinstance(held, list) else [held]
    return any(isinstance(one, dict) and isinstance(one.get("data"), dict) for one in tasks[:1])


def said(held: Any, names: Names) -> Iterator[Said]:
    """The annotations of each task: its choices under the control ``gold``, without it the only
    ones. Those that were skipped say nothing. A task is named by ``data[guid]``."""
    tasks = mappings(held if isinstance(held, list) else [held])
    emails = _emails(tasks)
    for task in tasks:
        found = task.get("data")
        data = found if isinstance(found, dict) else {}
        guid = data.get(names.guid or "guid")
        for one in _annotations(task):
            if one.get("was_cancelled"):
                continue
            results = [
                part
                for part in mappings(one.get("result"))
                if part.get("type") == "choices" and names.gold in (None, part.get("from_name"))
            ]
            if results and _is_untouched(one) and text(data.get("edit")):
                who = text(data.get("reviewer"))
                yield Said(guid, _label(results), who, edit=text(data["edit"]))
            elif results:
                when = one.get("updated_at", one.get("created_at", ""))
                yield Said(guid, _label(results), _who(one, emails), f"{one.get('id', '')} {when}")


def _annotations(task: dict[str, Any]) -> list[dict[str, Any]]:
    return mappings(task.get("annotations", task.get("completions")))


def _label(results: list[dict[str, Any]]) -> Any:
    """The class of an annotation; None where it has several."""
    value = results[0].get("value")
    choices = value.get("choices") if isinstance(value, dict) else None
    is_one = len(results) == 1 and isinstance(choices, list) and len(choices) == 1
    return choices[0] if is_one and isinstance(choices, list) else None


def _is_untouched(annotation: dict[str, Any]) -> bool:
    """Was it imported, and changed by nobody? Then it is "completed" by whoever imported it."""
    return annotation.get("updated_by", annotation.get("completed_by")) is None


def _emails(tasks: list[dict[str, Any]]) -> dict[Any, str]:
    """By an annotator's number the address, where the export has it."""
    every = (one.get("completed_by") for task in tasks for one in _annotations(task))
    known = (who for who in every if isinstance(who, dict) and isinstance(who.get("id"), int))
    return {who["id"]: text(who.get("email")) for who in known if text(who.get("email"))}


def _who(annotation: dict[str, Any], emails: dict[Any, str]) -> str:
    """Who gave it the label that it has."""
    last = annotation.get("updated_by")
    who = annotation.get("completed_by") if last is None else last
    if isinstance(who, dict):
        who = text(who.get("email")) or who.get("id")
    if isinstance(who, int) and not isinstance(who, bool):
        return emails.get(who, f"Label Studio {who}")
    return text(who)


def written(samples: Sequence[Shown], gold: str | None) -> list[dict[str, Any]]:
    """Tasks: the old label is a prediction, a decision for a class an annotation. They are about
    the first column of texts."""
    names = (name for one in samples[:1] for name in one.fields)
    are_texts = (one for one in names if any(isinstance(each.fields[one], str) for each in samples))
    shown = next(are_texts, "text")
    return [_task(one, gold or _CONTROL, shown) for one in samples]


def _task(one: Shown, control: str, shown: str) -> dict[str, Any]:
    task: dict[str, Any] = {"data": {**one.filled, "guid": one.guid, **one.told}}
    if one.gold is not None:
        told = {"model_version": "gold label", "result": [_choice(control, shown, one.gold)]}
        task["predictions"] = [told]
    if one.label is not None:
        result = [_choice(control, shown, one.label)]
        task["annotations"] = [{"result": result, "ground_truth": False}]
    return task


def _choice(control: str, shown: str, label: Any) -> dict[str, Any]:
    return {
        "from_name": control,
        "to_name": shown,
        "type": "choices",
        "value": {"choices": [str(label)]},
    }
