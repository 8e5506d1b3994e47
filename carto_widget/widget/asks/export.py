"""What the page saves or copies: pictures, the selection's rows, the code."""

from __future__ import annotations

import re
import weakref
from dataclasses import replace

import pandas as pd

from carto_widget.pictures.picture import zoomed
from carto_widget.pictures.still import png_of_picture, svg_of_picture
from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.chosen import Chosen
from carto_widget.widget.exports import picture_of_map
from carto_widget.widget.wire import Buffers, Header, mask_of

MOST = {"csv": 50_000_000, "tsv": 5_000_000}  # bytes of a selection that a page takes
_BLOCK = 2_000  # rows at a time, before it is known how long they are
_LARGE = 200_000  # rows in one message
_MESSAGE = 1_000_000  # bytes, about
_SMALLEST, _LARGEST = (320, 240), (2400, 1600)

_tables: weakref.WeakKeyDictionary[Chosen, tuple[int, pd.DataFrame]] = weakref.WeakKeyDictionary()


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """``name`` of the file and its bytes; of rows also ``next``, where the next block begins."""
    form = content["as"]
    if form == "code":
        return {"code": parts.code()}, []
    if form in ("png", "svg"):
        return _picture(parts, form, content, buffers)
    if form in MOST:
        return _rows(parts, form, content)
    raise ValueError(f"export {form!r}: expected png, svg, csv, tsv or code")


def _picture(parts: Parts, form: str, content: Header, in_sight: Buffers) -> Answer:
    epoch = content.get("epoch")
    view, selection = parts.projector.drawing.view, parts.selection
    picture = picture_of_map(parts.source, view, epoch, selection)
    for bits in in_sight:
        picture = replace(picture, in_sight=mask_of(bits, len(picture.frame)))
    ranges = content.get("ranges", {}).items()
    picture = zoomed(picture, {axis: (float(low), float(high)) for axis, (low, high) in ranges})
    sides = zip(content["size"], _SMALLEST, _LARGEST, strict=True)
    width, height = (min(max(side, least), most) for side, least, most in sides)
    made = png_of_picture if form == "png" else svg_of_picture
    name = picture.title if epoch is None else f"{picture.title} epoch {epoch}"
    return {"name": file_name(name, form)}, [made(picture, (width, height), content["theme"])]


def _rows(parts: Parts, form: str, content: Header) -> Answer:
    start, revision = content.get("from", 0), parts.selection.revision
    if content.get("revision", revision) != revision:
        raise ValueError("the selection has changed while it was saved: save it again")
    table = _table(parts)
    separator, size = ("," if form == "csv" else "\t"), content.get("rows", _BLOCK)
    if type(start) is not int or type(size) is not int or start < 0 or not 0 < size <= _LARGE:
        raise ValueError(
            f"export of {size!r} rows from {start!r}: expected 1 to {_LARGE:,}, from 0"
        )
    block = table.iloc[start : start + size]
    text = block.to_csv(sep=separator, header=start == 0).encode("utf-8", "replace")
    expected = len(text) / max(1, len(block)) * len(table)
    if expected > MOST[form]:
        raise ValueError(
            f"{len(table):,} rows are about {expected / 1e6:,.0f} MB, a page takes "
            f'{MOST[form] / 1e6:g}; in Python: datamap.selection.to_csv("selection.csv")'
        )
    end = start + len(block)
    rows = min(_LARGE, max(1, int(_MESSAGE / max(1.0, len(text) / max(1, len(block))))))
    is_last = end >= len(table)
    if is_last:
        _tables.pop(parts.chosen, None)
    told = {"next": None if is_last else end, "rows": rows, "revision": revision}
    return {"name": file_name("selection", form), **told}, [text]


def _table(parts: Parts) -> pd.DataFrame:
    """The selected rows, kept until the last of them has been asked for."""
    chosen, selection = parts.chosen, parts.selection
    kept = _tables.get(chosen)
    if kept is None or kept[0] != selection.revision:
        kept = _tables[chosen] = (selection.revision, chosen.rows(selection))
    return kept[1]


def file_name(title: str, form: str) -> str:
    """A title as the name of a file, on any system."""
    plain = re.sub(r"[^\w.-]+", "-", title).strip("-.")[:80]
    return f"{plain or 'data-map'}.{form}"
