"""Two hundred samples reviewed by keyboard alone in JupyterLab while a cell trains."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from jupyter_driver import NotebookPage, Server, jupyter_server
from playwright.sync_api import Page, expect
from test_notebook import SHOW, UNTIL_TOLD, WATCH
from test_page_review import TIMES

pytestmark = pytest.mark.notebook

N = 200
KEYS = ["k", "2", "d", "u", "1", "3"]
KINDS = {"d": "drop", "u": "unsure"}  # of the others it depends on the sample
AT = "at => document.querySelector('.carto-review')?.dataset.position === String(at)"
EPOCH = "n => Number(document.querySelector('.carto')?.dataset.epoch) >= n"
ALL_SENT = "() => Object.keys(sessionStorage).every(key => !key.startsWith('carto_widget review'))"
BEGIN = "review = datamap.review(frame.index[:200], order=None)"
EDITS = "datamap.edits[['kind', 'guid', 'id']].to_numpy().tolist()"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyter_server(tmp_path_factory.mktemp("review")) as server:
        yield server


def opened(server: Server, tab: Page, name: str) -> NotebookPage:
    """A notebook in which a cell trains and a review is open."""
    nb = server.open(tab, name, [SHOW, WATCH, BEGIN, UNTIL_TOLD])
    tab.set_viewport_size({"width": 1500, "height": 1000})
    for left in ("enough", "carto-ledger.jsonl"):  # a review goes on where it was left
        (server.root / left).unlink(missing_ok=True)
    nb.run_all(wait=False)
    nb.wait(EPOCH, 1)
    nb.wait(AT, 0)
    return nb


def reviewed(nb: NotebookPage, start: int, stop: int) -> None:
    """Decide on each of these samples by a key, as soon as it is there."""
    for at in range(start, stop):
        nb.wait(AT, at)
        nb.page.keyboard.press(KEYS[at % len(KEYS)])


def test_two_hundred_decisions_by_keyboard_while_a_cell_trains(
    server: Server, tab: Page, capsys: Any
) -> None:
    nb = opened(server, tab, "review.ipynb")
    cells = nb.cells()
    tab.locator(".carto-review-body").focus()
    tab.evaluate(TIMES)
    reviewed(nb, 0, N // 2)
    assert nb.is_running(3)
    nb.screenshot(server.root / "review.png")
    reviewed(nb, N // 2, N)
    expect(tab.locator(".carto-review-body")).to_contain_text("All through: 200 decided")
    nb.wait(ALL_SENT)
    assert nb.is_running(3)
    assert nb.cells() == cells
    times = tab.evaluate("() => Object.values(times)")
    (server.root / "enough").touch()
    nb.wait_cell(3)
    edits = nb.evaluate(EDITS)
    assert len(edits) == len({name for *_, name in edits}) == N
    assert [guid for _, guid, _ in edits] == [f"g{i}" for i in range(N)]
    for at, (kind, *_) in enumerate(edits):
        expected = KINDS.get(KEYS[at % len(KEYS)])
        assert kind == expected if expected else kind in ("keep", "relabel")
    with capsys.disabled():
        print(f"\nnext sample: median {median(times):.1f} ms, max {max(times):.1f} ms")
    nb.close()


def test_a_page_loaded_anew_while_a_cell_trains_goes_on_when_it_ends(
    server: Server, tab: Page
) -> None:
    nb = opened(server, tab, "anew.ipynb")
    tab.locator(".carto-review-body").focus()
    reviewed(nb, 0, 2)
    nb.wait(ALL_SENT)
    nb.save()
    nb.reload()  # JupyterLab asks the kernel who it is, which waits for the cell
    expect(tab.locator(".carto-still img").first).to_be_visible()
    assert tab.locator(".carto").count() == 0
    (server.root / "enough").touch()
    nb.wait(AT, 2)
    assert tab.get_attribute(".carto", "data-parts") == "all"
    tab.locator(".carto-review-head h3").click()
    reviewed(nb, 2, 3)
    nb.wait(ALL_SENT)
    assert [guid for _, guid, _ in nb.evaluate(EDITS)] == ["g0", "g1", "g2"]
    nb.close()
