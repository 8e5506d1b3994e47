"""The states in which a map can be, for what has to hold in each of them."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from page_driver import STEERED, Map, around
from playwright.sync_api import expect

X = [6553, 32767, 58980, 20000, 45000, 65534, 65535]
Y = [6553, 32767, 58980, 50000, 14000, 32767, 65535]
GOLD = {
    "name": "gold",
    "title": "gold label",
    "kind": "category",
    "categories": ["negative", "neutral", "positive"],
    "steps": None,
}
COLUMNS = [
    {"name": "confidence", "title": "confidence", "kind": "continuous", "group": "metric"},
    {"name": "variability", "title": "variability", "kind": "continuous", "group": "metric"},
    {"name": "gold", "title": "gold label", "kind": "category", "group": "label"},
    {"name": "written", "title": "written", "kind": "date", "group": "own"},
]
VIEW = {"x": "variability", "y": "confidence", "color": "gold", "size": None, "shape": None}
CURVES = [
    {"name": "loss", "title": "mean loss", "values": [1.2, 0.9, 0.6]},
    {"name": "accuracy", "title": "accuracy", "values": [0.5, 0.6, 0.7]},
]
MARKS = [{"epoch": 1, "at": 1, "kind": "control", "text": "lr 0.001 → 0.0001"}]
NAMES = [{"name": "irony", "count": 3}, {"name": "sarcasm", "count": 1}]
CARDS = """row => ({ prediction: "positive", gold: "negative", parts: [
  { kind: "text", column: "text", text: "a few words of sample " + row },
  { kind: "row", column: "", facts: [["author", "somebody"], ["year", "1999"]] } ] })"""


def rich(carto: Map) -> None:
    """A map of a training with everything that a map can have."""
    carto.mount(view=VIEW)
    carto.page.evaluate(f"() => kernel.deal({CARDS})")
    told = {"epochs": [0, 1, 2], "curves": CURVES, "marks": MARKS}
    carto.kernel("send", {"kind": "timeline", **told})
    words = [{"text": "hard-to-learn", "x": 0.1, "y": 0.1}]
    frame: dict[str, Any] = {"x": X, "y": Y, "color": [0, 1, 2, 0, 1, 2, 0], "words": words}
    for epoch in (0, 1):
        past = {"frame": 100 + epoch, "epoch": epoch, "past": True, "sealed": True}
        carto.kernel("frame", {**frame, **past, "columns": {"color": GOLD}})
    carto.kernel("send", {"kind": "columns", "columns": COLUMNS, "presets": []})
    carto.kernel("send", {"kind": "named", "named": NAMES})
    texts = [f"the text of sample {i}" for i in range(len(X))]
    carto.kernel("texts", {"guid": [f"g{i}" for i in range(len(X))], "text": texts})
    carto.kernel("status", STEERED)
    carto.frame(**frame, epoch=2, columns={"color": GOLD})
    carto.page.get_by_role("slider", name="Epoch").wait_for()


def press(carto: Map, key: str) -> None:
    carto.page.locator(".carto canvas").first.press(key)


def dialog(carto: Map, key: str, role: Any, name: str) -> None:
    press(carto, key)
    expect(carto.page.get_by_role(role, name=name)).to_be_visible()


def selected(carto: Map) -> None:
    carto.lasso(around(0.5, 0.5))
    carto.wait_data("selected", "1")


def hovered(carto: Map) -> None:
    carto.move(0.5, 0.5)
    carto.page.locator(".carto-tooltip").wait_for()


def listed(carto: Map) -> None:
    press(carto, "c")
    carto.wait_data("browser", "list")
    carto.page.locator(".carto-entry:not([data-waits])").first.wait_for()


def gallery(carto: Map) -> None:
    listed(carto)
    carto.page.get_by_role("button", name="As a gallery").click()
    carto.wait_data("browser", "gallery")
    carto.page.locator(".carto-in-gallery:not([data-waits])").first.wait_for()


def pinned(carto: Map) -> None:
    carto.page.mouse.click(*carto.at(0.5, 0.5))
    carto.page.locator(".carto-labels").wait_for()


def filtering(carto: Map) -> None:
    press(carto, "/")
    carto.page.keyboard.type("con")
    carto.page.get_by_role("listbox", name="Completions").wait_for()


def filtered(carto: Map) -> None:
    press(carto, "/")
    carto.page.keyboard.type("confidence < 0.7")
    carto.page.keyboard.press("Enter")
    carto.wait_text(".carto-sight", "in sight")
    carto.page.keyboard.press("Escape")
    carto.page.locator(".carto-chip").wait_for()


def mistaken(carto: Map) -> None:
    press(carto, "/")
    carto.page.keyboard.type("confidence < < 3")
    carto.page.keyboard.press("Enter")
    carto.page.locator(".carto-wrong").wait_for()


def choosing(carto: Map) -> None:
    dialog(carto, "v", "dialog", "View")
    carto.page.get_by_role("combobox", name="colour").click()
    carto.page.get_by_role("option", name="gold label").wait_for()


def more(carto: Map) -> None:
    carto.page.get_by_role("button", name="More").click()
    carto.page.get_by_role("menu", name="More").wait_for()


def named(carto: Map) -> None:
    selected(carto)
    dialog(carto, "s", "dialog", "Named selections")


def scrubbed(carto: Map) -> None:
    press(carto, "[")
    carto.wait_data("epoch", "1")


def refused(carto: Map) -> None:
    carto.page.get_by_role("button", name="Pause training").click()
    carto.kernel("answer", carto.kernel("asks")[-1]["id"], "ValueError: cannot be paused")
    carto.wait_data("state", "error")


REVIEW = {
    "size": 5,
    "order": "aum",
    "reviewer": "ada",
    "classes": [
        {"name": name, "color": None, "is_new": False, "before": 3, "after": 2}
        for name in ["negative", "neutral", "positive"]
    ],
    "counts": {"decided": 2, "left": 3, "keep": 1, "relabel": 1, "drop": 0, "unsure": 0},
    "estimate": "1 of 2 was wrong; expect 0 to 3 more in the next 3",
}
SHEETS = """told => kernel.review(told, position => ({
  parts: [{ kind: "text", column: "text", text: "a few words of sample " + position }],
  suggested: "positive", suggested_by: "probability",
  said: [["positive", 0.7, 0.75], ["negative", 0.2, 0.25], ["neutral", null, 0]],
  neighbours: [{ row: 1, guid: "g1", gold: "positive", text: "other words" }],
  neighbours_by: "words", note: "a note", tags: ["irony"],
  decided: { id: "d", kind: "relabel", to: "neutral" },
  conflict: [{ id: "d", kind: "drop", who: "bob" }] }))"""


def reviewed(carto: Map) -> None:
    """A sample is reviewed."""
    carto.page.evaluate(SHEETS, REVIEW)
    expect(carto.page.locator(".carto-review-near")).to_have_count(1)


def made(carto: Map, key: str) -> None:
    """Something is typed into the review's field."""
    reviewed(carto)
    carto.page.locator(".carto-review-body").focus()
    carto.page.keyboard.press(key)
    expect(carto.page.locator(".carto-review-field")).to_be_visible()


STATES: dict[str, Callable[[Map], None]] = {
    "plain": lambda carto: None,
    "hovered": hovered,
    "selected": selected,
    "list": listed,
    "gallery": gallery,
    "card": pinned,
    "completions": filtering,
    "filtered": filtered,
    "mistake": mistaken,
    "view": choosing,
    "more": more,
    "names": named,
    "keys": lambda carto: dialog(carto, "?", "dialog", "Keys"),
    "export": lambda carto: dialog(carto, "e", "menu", "Export"),
    "review": reviewed,
    "hidden": lambda carto: carto.page.evaluate("widget.model.update({ is_blind: true })"),
    "new class": lambda carto: made(carto, "n"),
    "find a class": lambda carto: made(carto, "/"),
    "past": scrubbed,
    "error": refused,
}

# What a page is that no notebook application has dressed, and JupyterLab's own pages.
THEMES = ["light", "dark", "lab-light", "lab-dark"]


def _variables(theme: str) -> str:
    """JupyterLab's variables in one of its themes, as it ships them."""
    folder = Path(sysconfig.get_path("data")) / "share/jupyter/lab/themes/@jupyterlab"
    text = (folder / f"theme-{theme}-extension" / "index.css").read_text()
    return ";".join(re.findall(r"--(?:jp|md)-[\w-]+:[^;}]*(?=[;}])", text))


def dressed(carto: Map, theme: str) -> None:
    """Gives the page a theme."""
    kind = theme.removeprefix("lab-")
    css = "body { background: %s; color: %s }" % (
        ("white", "#222") if kind == "light" else ("#111", "#ddd")
    )
    if theme.startswith("lab-"):
        body = "background: var(--jp-layout-color0); color: var(--jp-content-font-color1)"
        css = f":root {{ {_variables(kind)} }} body {{ {body} }}"
    carto.page.evaluate(
        """css => {
          document.querySelector('#theme')?.remove();
          const style = document.createElement('style');
          [style.id, style.textContent] = ['theme', css];
          document.head.append(style); }""",
        css,
    )
    carto.wait_data("theme", kind)
