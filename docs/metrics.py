"""Write docs/metrics.md from the docstrings: python docs/metrics.py [--pictures]."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from itertools import groupby
from pathlib import Path

from carto_widget.metrics.listing import needs
from carto_widget.metrics.registry import Metric, built_in_names, metric_named

PAGE = Path(__file__).with_suffix(".md")
BEGIN, END = "<!-- made by docs/metrics.py -->", "<!-- until here -->"
PICTURES = """\
In the pictures a dot is a sentence of the quickstart, recorded while its model trained: to the
right variability, up confidence, and the colour is the metric, on a scale that leaves out the
farthest hundredth at either end. For `second_split_forgetting` the model trained on one half of
the sentences, then on the other. Metrics of a number, or of several labels a sentence, are of small
models that learn such; errors of a number have `error_std` to the right and `loss_rank` up.
"""


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
            PICTURES,
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
    return (
        f"### {one.name}\n\n{picture(one)}\n\n`{one.formula}`{source}\n\n{said}\n\n*{note}*\n\n"
        '<br clear="right">\n'
    )


def picture(one: Metric) -> str:
    """Beside the text, on light and on dark; docs/metrics_pictures.py draws it."""
    file = f"images/metrics/{one.name}"
    return (
        "<picture>"
        f'<source media="(prefers-color-scheme: dark)" srcset="{file}-dark.png">'
        f'<img align="right" width="240" src="{file}.png" alt="a data map coloured by {one.title}">'
        "</picture>"
    )


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
    if "--pictures" in sys.argv:
        from metrics_pictures import draw

        draw()
    PAGE.write_text(page(), encoding="utf-8")
