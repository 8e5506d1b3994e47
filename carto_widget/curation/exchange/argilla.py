"""Argilla: the list of records that ``dataset.records.to_json`` writes and ``from_json`` reads.

https://docs.argilla.io/latest/how_to_guides/import_export
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carto_widget.curation.exchange.words import Names, Said, Shown, mappings

FORMAT = "argilla"
_QUESTION = "label"


def recognises(held: Any) -> bool:
    first = held[0] if isinstance(held, list) and held else None
    return isinstance(first, dict) and isinstance(first.get("fields"), dict)


def said(held: Any, names: Names) -> Iterator[Said]:
    """The responses to the question ``gold``, without it to the only one that has any. Drafts and
    discarded ones say nothing. A record is named by its id, or by ``metadata[guid]``.

    Raises:
        ValueError: Responses to several questions.
    """
    records = mappings(held)
    question = names.gold or _only(records)
    for record in records:
        metadata = record.get("metadata")
        guid = record.get("id", record.get("external_id"))
        if names.guid is not None:
            guid = metadata.get(names.guid) if isinstance(metadata, dict) else None
        for one in mappings(_responses(record).get(question)):
            if one.get("status") not in ("draft", "discarded"):
                value, who = one.get("value"), one.get("user_id")
                is_class = isinstance(value, (str, int)) and not isinstance(value, bool)
                known = isinstance(who, str) and who != "None"
                yield Said(guid, value if is_class else None, f"Argilla {who}" if known else "")


def _only(records: list[dict[str, Any]]) -> str:
    found = list(dict.fromkeys(name for one in records for name in _responses(one)))
    if len(found) > 1:
        raise ValueError(
            f"read: there are responses to {found[:10]}; which is the label? Give gold="
        )
    return str(found[0]) if found else _QUESTION


def _responses(record: dict[str, Any]) -> dict[str, Any]:
    found = record.get("responses")
    return found if isinstance(found, dict) else {}


def written(samples: Sequence[Shown], gold: str | None) -> list[dict[str, Any]]:
    """Records: a decision for a class, else the old label, is a suggestion, as responses belong to
    users whom Argilla knows."""
    return [_record(one, gold or _QUESTION) for one in samples]


def _record(one: Shown, question: str) -> dict[str, Any]:
    label, agent = (one.gold, "gold label") if one.label is None else (one.label, one.who)
    suggested = {"value": str(label), "score": None, "agent": agent or "reviewer"}
    metadata = {"decision": one.kind, "note": one.note}
    return {
        "id": str(one.guid),
        "fields": {name: str(value) for name, value in one.fields.items() if value is not None},
        "metadata": {name: value for name, value in metadata.items() if value},
        "suggestions": {} if label is None else {question: suggested},
        "responses": {},
        "vectors": {},
        "_server_id": None,
    }
