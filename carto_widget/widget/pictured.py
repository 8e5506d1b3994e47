"""What a map gives away: pictures of the latest complete epoch."""

from __future__ import annotations

import os
from typing import Any

from carto_widget.widget.source import Source


class Pictured:
    """Pictures of what a map shows; the map itself says what that is."""

    _source: Source
    view: Any

    def to_png(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write the map as PNG, with the numbers of the latest complete epoch.

        Args:
            path: Of the file.
            options: ``size``, (width, height) in CSS pixels; ``scale``, pixels of the file to
                one of them; ``theme``, "light" or "dark"; ``title``.
        """
        from carto_widget.pictures.still import to_png

        to_png(self._source.picture(self.view), path, **options)

    def to_svg(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write the map as SVG: vectors, above 5,000 samples with the points as an image.

        Args:
            path: Of the file.
            options: ``size``, (width, height) in CSS pixels; ``theme``; ``title``.
        """
        from carto_widget.pictures.still import to_svg

        to_svg(self._source.picture(self.view), path, **options)

    def to_html(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write the figure of ``to_bokeh`` as one HTML file that needs no network.

        Args:
            path: Of the file.
            options: As `carto_widget.to_html` has.
        """
        from carto_widget.pictures.page import to_html

        to_html(self._source.picture(self.view), path, **options)

    def to_bokeh(self, **options: Any) -> Any:
        """The paper's figure of what the map shows, with its histograms, as a Bokeh layout.

        Args:
            options: As `carto_widget.to_bokeh` has.
        """
        from carto_widget.pictures.figure import to_bokeh

        return to_bokeh(self._source.picture(self.view), **options)
