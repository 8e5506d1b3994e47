"""FiftyOne: ``{"samples": [...]}``, as its FiftyOneDataset and legacy exports have them.

https://docs.voxel51.com/user_guide/export_datasets.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carto_widget.curation.exchange.words import Names, Said, Shown, mappings, text

FORMAT = "fiftyone"
_FIELD = "ground_truth"
_PATHS = ("filepath", "path", "file", "image")
_TAKEN = ("", "id", "tags", "metadata", "created_at", "last_modified_at")  # no names of fields


def recognises(held: Any) -> bool:
    samples = held.get("samples") if isinstance(held, dict) else None
    return bool(mappings(samples)) and "filepath" in mappings(samples)[0]


def said(held: Any, names: Names) -> Iterator[Said]:
    """The Classification in the field ``gold``, without it the only such field. A sample is named
    by its field ``guid``, or by another that is named.

    Raises:
        ValueError: Several fields hold classes.
    """
    samples = mappings(held.get("samples") if isinstance(held, dict) else None)
    field = names.gold or _only(samples)
    for one in samples:
        label = one.get(field)
        if isinstance(label, dict) and label.get("_cls") == "Classification":
            value = text(label.get("label")) or None
            is_ours = value is not None and value == one.get("decided")
            who, edit = (text(one.get(name)) if is_ours else "" for name in ("reviewer", "edit"))
            yield Said(one.get(names.guid or "guid"), value, who if edit else "", edit=edit)


def _only(samples: list[dict[str, Any]]) -> str:
    found = dict.fromkeys(
        name
        for one in samples
        for name, value in one.items()
        if isinstance(value, dict) and value.get("_cls") == "Classification"
    )
    if len(found) > 1 and _FIELD not in found:
        raise ValueError(f"read: classes are in {list(found)[:10]}; which is the label? Give gold=")
    return _FIELD if _FIELD in found or not found else next(iter(found))


def written(samples: Sequence[Shown], gold: str | None) -> dict[str, Any]:
    """Samples with the label that they shall have; those to be dropped, and those of which nobody
    is sure, have a tag."""
    return {"samples": [_sample(one, gold or _FIELD) for one in samples]}


def _sample(one: Shown, field: str) -> dict[str, Any]:
    paths = [one.fields[name] for name in _PATHS if isinstance(one.fields.get(name), str)]
    if not paths:
        raise ValueError(
            f"export: sample {one.guid!r} has no file; FiftyOne shows files: give the ledger "
            f"samples with a column {_PATHS[0]!r}, ledger.of(samples)"
        )
    label = one.gold if one.label is None else one.label
    rest = {name: value for name, value in one.fields.items() if _is_field(name)}
    held = None if label is None else {"_cls": "Classification", "label": str(label)}
    tags = [one.kind] if one.kind in ("drop", "unsure") else []
    told = one.told | ({} if one.label is None else {"decided": str(one.label)})
    return {**rest, "filepath": paths[0], "tags": tags, "guid": one.guid, field: held, **told}


def _is_field(name: str) -> bool:
    """May a column be a field of that name? Others are left out."""
    return not (name in (*_PATHS, *_TAKEN) or name.startswith(("_", "$")) or "." in name)
