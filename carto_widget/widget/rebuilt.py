"""The Python that makes a map again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carto_widget.views.view import View
from carto_widget.widget.chosen import Chosen

FEW = 100  # selected samples whose guids are written out
_NAMES = {"DataFrame": "table", "TrainingDynamics": "dynamics"}


@dataclass(frozen=True)
class Given:
    """What a map was made of.

    Attributes:
        kind: Of the user's object.
        path: Where it lies; None where it is in memory alone.
        samples: Whether a DataFrame of samples was given.
        options: Names of other arguments to what was given for them, defaults left out.
    """

    kind: str
    path: str | None
    samples: bool
    options: dict[str, Any]


def code_of(given: Given, view: View, height: int, epoch: int | None, chosen: Chosen) -> str:
    """Lines that make the map again where `path` can be reached, or the named objects exist."""
    source, about = _source(given)
    options = {"view": _view(view), **{k: repr(v) for k, v in given.options.items()}}
    if given.samples:
        options["samples"] = "samples"
        about = f"{about}\n# samples: the DataFrame that was given" if about else ""
        about = about or "# samples: the DataFrame that was given"
    arguments = [source, *(f"{name}={value}" for name, value in options.items())]
    arguments.append(f"height={height}")
    lines = ["import carto_widget as carto", ""]
    lines += [about] if about else []
    lines += ["datamap = carto.DataMap(", *(f"    {one}," for one in arguments), ")"]
    if epoch is not None:
        lines.append(f"datamap.epoch = {epoch}")
    return "\n".join([*lines, *_selection(chosen), "datamap", ""])


def _source(given: Given) -> tuple[str, str]:
    """The first argument, and what is to be said of it."""
    if given.path is not None:
        return repr(given.path), ""
    name = _NAMES.get(given.kind, given.kind.lower())
    return name, f"# {name}: the {given.kind} that the map was made of"


def _view(view: View) -> str:
    first = ", ".join(repr(name) for name in (view.x, view.y, view.color))
    more = "".join(
        f", {channel}={name!r}"
        for channel, name in (("size", view.size), ("shape", view.shape))
        if name is not None
    )
    return f"carto.View({first}{more})"


def _selection(chosen: Chosen) -> list[str]:
    now = chosen.now
    count = now.count
    if not count:
        return []
    if count > FEW:
        return [f"# {count:,} samples were selected: name a selection and the ledger keeps it"]
    return [f"datamap.select({chosen.guid_of(now).tolist()!r})"]
