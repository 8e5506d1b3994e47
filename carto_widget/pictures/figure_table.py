"""The table beneath the Bokeh figure: the same rows, selected together."""

from __future__ import annotations

from html import escape
from typing import Any

from bokeh.models import ColumnDataSource, DataTable, InlineStyleSheet, NumberFormatter, TableColumn

from carto_widget.pictures.figure_axes import short
from carto_widget.pictures.figure_points import Table
from carto_widget.pictures.themes import Theme, css, mixed

_WIDTHS = {"guid": 120, "gold": 110, "text": 420}
_NUMBER = 100  # px


def table_of(
    source: ColumnDataSource, columns: Table, theme: Theme, sizes: dict[str, Any]
) -> DataTable:
    """A table of the points' source: a row that is selected here is selected there."""
    return DataTable(
        source=source,
        columns=[_column(key, title, column) for key, (title, column) in columns.items()],
        index_position=None,
        reorderable=False,  # which would need jQuery UI
        scroll_to_selection=True,
        autosize_mode="force_fit",
        row_height=24,
        stylesheets=[InlineStyleSheet(css=_style(theme))],
        **sizes,
    )


def _column(key: str, title: str, column: Any) -> TableColumn:
    # the grid reads titles as HTML
    made = TableColumn(field=key, title=escape(short(title, 60)), width=_WIDTHS.get(key, _NUMBER))
    if column is not None and column.kind not in ("category", "date"):
        made.formatter = NumberFormatter(format="0,0.[000]", nan_format="", text_align="right")
    return made


def _style(theme: Theme) -> str:
    ink, quiet, faint, veil = map(css, (theme.ink, theme.quiet, theme.faint, theme.veil))
    chosen = css(mixed(theme.up, theme.background, 0.2))
    return f"""
:host {{ color: {ink}; background: {css(theme.background)}; border: 1px solid {faint}; }}
.slick-header, .slick-header-columns, .slick-header-column.ui-state-default {{
  background: {veil}; color: {quiet}; border-color: {faint}; font-weight: 500; }}
.slick-row, .slick-row.odd, .slick-row.even {{ background: {css(theme.background)}; }}
.slick-cell {{ color: {ink}; border-color: {faint}; padding: 3px 6px; }}
.slick-cell.selected {{ background: {chosen}; color: {ink}; }}
"""
