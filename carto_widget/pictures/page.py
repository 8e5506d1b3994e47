"""The paper's figure as one HTML file that asks for nothing outside of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carto_widget.pictures.picture import picture_of
from carto_widget.pictures.themes import css, theme_named
from carto_widget.store.places.durable import write_file
from carto_widget.store.places.place import path_here
from carto_widget.views.view import View

_PAGE = """{% block postamble %}
<meta name="viewport" content="width=device-width">
<style>
html, body { height: 100%; margin: 0; background: @@; }
body { box-sizing: border-box; padding: 12px; min-width: 640px; min-height: 480px; }
</style>
{% endblock %}"""


def to_html(
    source: Any,
    path: str | os.PathLike[str],
    *,
    view: View | Mapping[str, Any] | None = None,
    theme: str = "light",
    title: str | None = None,
    size: tuple[int, int] | None = None,
) -> None:
    """Write the figure of `to_bokeh` as one HTML file, BokehJS inside, readable without a network.

    Args:
        source: Whatever `table` takes, or a DataFrame with columns to draw.
        path: Of the file.
        view: What is drawn against what; without it the data map of the task.
        theme: "light" or "dark".
        title: Without it the name of the run's folder.
        size: Width and height in CSS pixels; None fills the window.

    Raises:
        ValueError: A view that cannot be drawn, or an unknown theme.
        TypeError: A source of another kind.
    """
    from bokeh.embed import file_html
    from bokeh.resources import INLINE

    from carto_widget.pictures.figure import to_bokeh

    picture = picture_of(source, view, title=title)
    drawn = to_bokeh(picture, theme=theme, size=size)
    page = _PAGE.replace("@@", css(theme_named(theme).background))
    html = file_html(drawn, INLINE, picture.title, template=page)
    write_file(path_here(path), lambda file: _fill(file, html))


def _fill(file: Path, html: str) -> None:
    file.write_text(html, encoding="utf-8")
