"""What a map is taken elsewhere as: pictures, a figure, the code that makes it again."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from carto_widget.pictures.picture import Picture
from carto_widget.views.view import View
from carto_widget.widget.chosen import Chosen
from carto_widget.widget.rebuilt import Given, code_of
from carto_widget.widget.selection import Selection
from carto_widget.widget.source import Source

PathLike = str | os.PathLike[str]


def picture_of_map(
    source: Source, view: View, epoch: int | None, selection: Selection | None = None
) -> Picture:
    """What the map shows, with the numbers of an epoch; None: of the latest complete one.

    Raises:
        ValueError: The epoch is not on record.
    """
    picture = source.picture(view)
    if selection is not None and selection.count:
        rows = len(picture.frame)
        picture = replace(picture, selected=selection.grown(rows).mask[:rows])
    if epoch is None:
        return picture
    there_is = source.past.on_record()
    frame = source.past.frame(view, epoch) if epoch in there_is else None
    if frame is None:
        raise ValueError(f"epoch={epoch}: it is not on record; None draws the latest complete one")
    return replace(picture, frame=frame, n_epochs=sum(one <= epoch for one in there_is))


class Exports:
    """Methods of `DataMap`."""

    view: Any
    epoch: Any
    height: Any
    _source: Source
    _chosen: Chosen
    _given: Given

    def to_png(self, path: PathLike, *, selection: bool = True, **options: Any) -> None:
        """Write the map as PNG, with the numbers of the epoch it shows, or the latest complete one.

        What a page has zoomed to or filtered is saved from the page's own menu.

        Args:
            path: Of the file.
            selection: Whether the selected samples stand out, as on the map.
            options: ``size``, (width, height) in CSS pixels; ``scale``, pixels of the file to
                one of them; ``theme``, "light" or "dark"; ``title``.
        """
        from carto_widget.pictures.still import to_png

        to_png(self._picture(selection=selection), path, **options)

    def to_svg(self, path: PathLike, *, selection: bool = True, **options: Any) -> None:
        """Write the map as SVG: vectors, above 5,000 samples with the points as an image.

        Args:
            path: Of the file.
            selection: As of ``to_png``.
            options: ``size``, (width, height) in CSS pixels; ``theme``; ``title``.
        """
        from carto_widget.pictures.still import to_svg

        to_svg(self._picture(selection=selection), path, **options)

    def to_html(self, path: PathLike, **options: Any) -> None:
        """Write the figure of ``to_bokeh`` as one HTML file that needs no network.

        Args:
            path: Of the file.
            options: As `carto_widget.to_html` has.
        """
        from carto_widget.pictures.page import to_html

        to_html(self._picture(), path, **options)

    def to_bokeh(self, **options: Any) -> Any:
        """The paper's figure of what the map shows, with its histograms, as a Bokeh layout.

        Args:
            options: As `carto_widget.to_bokeh` has.
        """
        from carto_widget.pictures.figure import to_bokeh

        return to_bokeh(self._picture(), **options)

    def code(self) -> str:
        """The Python that makes this map again: its source, view, height, epoch and selection.

        Of what lies in memory alone the name is said, with what it was.
        """
        given = self._given
        if given.kind == "Recorder" and given.path and self._source.seen.samples is not None:
            given = replace(given, samples=True)  # the run's folder does not hold them
        return code_of(given, self.view, self.height, self.epoch, self._chosen)

    def _picture(self, *, selection: bool = False) -> Picture:
        self._apply()
        chosen = self._chosen.now if selection else None
        return picture_of_map(self._source, self.view, self.epoch, chosen)

    def _apply(self) -> None:
        raise NotImplementedError
