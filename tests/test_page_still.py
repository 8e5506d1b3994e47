"""The still beneath a map: hidden while a view of the map lives, and only then."""

from __future__ import annotations

from page_driver import Map

STILLS = """() => {
  for (const name of ['carto-still-1a', 'carto-still-2b']) {
    const cell = document.createElement('div');
    cell.className = 'jp-OutputArea-child';
    cell.append(Object.assign(document.createElement('p'), { className: name, innerText: name }));
    document.body.append(cell);
  } }"""
SEEN = """() => [...document.querySelectorAll('.jp-OutputArea-child')]
                  .map(cell => cell.offsetHeight > 0)"""
# A second map of the page, with its module loaded anew, as anywidget does.
ANOTHER = """async () => {
  const { mount } = await import('/tests/page/fake_model.js');
  const state = { height: 300, snapshot: null, still: 'carto-still-1a' };
  const url = '/carto_widget/static/widget.js?again';
  window.another = await mount(url, state, document.querySelector('#second')); }"""


def test_the_still_is_hidden_until_the_last_view_has_gone(carto: Map) -> None:
    page = carto.page
    page.evaluate(STILLS)
    assert page.evaluate(SEEN) == [True, True]
    carto.mount(still="carto-still-1a")
    assert page.evaluate(SEEN) == [False, True]  # its own alone
    page.evaluate(ANOTHER)
    page.evaluate("() => window.widget.render(document.querySelector('#second'))")
    page.evaluate("() => window.widget.unmount()")
    assert page.evaluate(SEEN) == [False, True]  # another module shows the same map
    page.evaluate("() => window.another.unmount()")
    assert page.evaluate(SEEN) == [True, True]
    assert page.evaluate("() => document.querySelectorAll('head style').length") == 0


def test_a_still_by_another_name_hides_nothing(carto: Map) -> None:
    carto.mount(still="carto-still-1a, body")
    assert carto.page.evaluate("() => document.querySelectorAll('head style').length") == 0
    assert carto.page.locator(".carto").is_visible()
