"""Write docs/metrics.md from the docstrings: python docs/metrics.py."""

from __future__ import annotations

import inspect
from importlib import import_module
from itertools import groupby
from pathlib import Path

from carto_widget.metrics.listing import needs
from carto_widget.metrics.registry import Metric, built_in_names, metric_named

PAGE = Path(__file__).with_suffix(".md")
BEGIN, END = "<!-- made by docs/metrics.py -->", "<!-- until here -->"


def page() -> str:
    """The page as it is, with what lies between the marks made anew."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{head}{BEGIN}\n\n{body()}\n{END}{rest.partition(END)[2]}"


def body() -> str:
    """Two tables of all metrics, and a section for each file."""
    every = [metric_named(name) for name in built_in_names()]
    core = [one for one in every if one.core]
    files = groupby(every, key=lambda one: one.function.__module__)
    return "\n".join(
        [
            "## In every table\n",
            overview(core),
            "## On request\n",
            'By name, or all of them with `carto.table(run, "all")`.\n',
            overview([one for one in every if not one.core]),
            *[section(module, list(metrics)) for module, metrics in files],
        ]
    )


def overview(metrics: list[Metric]) -> str:
    rows = [
        f"| [`{one.name}`](#{one.name}) | {summary(one)} | {bounds(one)} | {one.direction or ''} |"
        for one in metrics
    ]
    return "\n".join(["| metric | what it is | range | |", "|---|---|---|---|", *rows, ""])


def section(module: str, metrics: list[Metric]) -> str:
    """A file: whose paper it is, and its metrics."""
    title, _, paper = (inspect.getdoc(import_module(module)) or "").partition("\n\n")
    parts = [f"## {title.rstrip('.')}\n", f"{paper}\n" if paper else ""]
    return "\n".join([*filter(None, parts), *map(entry, metrics)])


def entry(one: Metric) -> str:
    facts = [
        f"range {bounds(one)}" if bounds(one) else "",
        one.direction or "",
        f"from {one.defined_from} observed epochs" if one.defined_from > 1 else "",
        "sees the whole dataset" if one.scope == "dataset" else "",
        "live within an epoch" if one.running_form else "",
        f"needs {', '.join(f'`{signal}`' for signal in needs(one))}",
    ]
    source = f" ({one.source})" if one.source else ""
    said = inspect.getdoc(one.function)
    note = "; ".join(filter(None, facts))
    return f"### {one.name}\n\n`{one.formula}`{source}\n\n{said}\n\n*{note}*\n"


def summary(one: Metric) -> str:
    return (inspect.getdoc(one.function) or "").split("\n")[0].rstrip(".")


def bounds(one: Metric) -> str:
    if one.kind == "flag":
        return "yes, no"
    if one.kind == "label":
        return "a class"
    if one.categories:
        return ", ".join(one.categories)
    if one.domain is None:
        return "any number"
    low, high = (f"{bound:.3g}" for bound in one.domain)
    return f"{low} or more" if high == "inf" else f"{low} to {high}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
