"""Argilla: a list of records, as ``dataset.records`` writes them to JSON and reads them.

https://docs.argilla.io/latest/how_to_guides/import_export
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carto_widget.curation.exchange.words import Names, Said, Shown, mappings, text

FORMAT = "argilla"
_QUESTION = "label"
_FLAT = ".responses"  # "label.responses", "label.responses.users", "label.responses.status"


def recognises(held: Any) -> bool:
    first = held[0] if isinstance(held, list) and held else None
    return isinstance(first, dict) and (
        isinstance(first.get("fields"), dict) or "_server_id" in first
    )


def said(held: Any, names: Names) -> Iterator[Said]:
    """The submitted responses to the question ``gold``, without it to the only one that has any. A
    record is named by its id, or by ``metadata[guid]``.

    Raises:
        ValueError: Responses to several questions, or some of which it is not told whether they
            were submitted.
    """
    records = mappings(held)
    question = names.gold or _only(records)
    untold = []
    for record in records:
        guid, responses = _guid(record, names.guid), _responses(record).get(question, [])
        for one in responses:
            status = one.get("status")
            if status is None and not (len(responses) == 1 and record.get("status") == "completed"):
                untold.append(guid)
            if status not in ("draft", "discarded"):
                value, who = one.get("value"), text(one.get("user_id"))
                is_class = isinstance(value, (str, int)) and not isinstance(value, bool)
                known = who not in ("", "None")
                yield Said(guid, value if is_class else None, f"Argilla {who}" if known else "")
    if untold:
        raise ValueError(
            f"read: of {len(untold):,} responses (the first to {untold[0]!r}) it is not told "
            "whether they were submitted, as records.to_json leaves that out; write "
            "dataset.records.to_list(flatten=True) to a JSON file and read that"
        )


def _guid(record: dict[str, Any], name: str | None) -> Any:
    if name is None:
        return record.get("id", record.get("external_id"))
    metadata = record.get("metadata", record)
    return metadata.get(name) if isinstance(metadata, dict) else None


def _only(records: list[dict[str, Any]]) -> str:
    told = (_responses(one) for one in records)
    found = list(dict.fromkeys(name for one in told for name, held in one.items() if held))
    if len(found) > 1:
        raise ValueError(
            f"read: there are responses to {found[:10]}; which is the label? Give gold="
        )
    return str(found[0]) if found else _QUESTION


def _responses(record: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By question; of a record with parts, or of a flat one."""
    found = record.get("responses")
    if isinstance(found, dict):
        return {name: mappings(held) for name, held in found.items()}
    names = [name for name in record if name.endswith(_FLAT) and isinstance(record[name], list)]
    return {name.removesuffix(_FLAT): _flat(record, name) for name in names}


def _flat(record: dict[str, Any], name: str) -> list[dict[str, Any]]:
    values = record[name]
    users, status = (_padded(record.get(f"{name}.{one}"), values) for one in ("users", "status"))
    return [
        {"value": value, "user_id": who, "status": one}
        for value, who, one in zip(values, users, status, strict=True)
    ]


def _padded(held: Any, like: list[Any]) -> list[Any]:
    is_one_each = isinstance(held, list) and len(held) == len(like)
    return held if is_one_each else [None] * len(like)


def written(samples: Sequence[Shown], gold: str | None) -> list[dict[str, Any]]:
    """Records: a decision for a class, else the old label, is a suggestion, as responses belong to
    users whom Argilla knows."""
    return [_record(one, gold or _QUESTION) for one in samples]


def _record(one: Shown, question: str) -> dict[str, Any]:
    # the agent is no reviewer's name, as Argilla refuses many of them: "@", letters with accents
    label, agent = (one.gold, "gold label") if one.label is None else (one.label, "decision")
    suggested = {"value": str(label), "score": None, "agent": agent}
    return {
        "id": str(one.guid),
        "fields": {name: str(value) for name, value in one.filled.items()},
        "metadata": one.told,
        "suggestions": {} if label is None else {question: suggested},
        "responses": {},
        "vectors": {},
        "_server_id": None,
    }
