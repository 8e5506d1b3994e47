"""Which dataset a map's rows belong to, worked out once."""

from __future__ import annotations

from carto_widget.curation.dataset import Dataset
from carto_widget.widget.source import Source
from carto_widget.widget.wire import Header


class Whose:
    """The dataset of a source's rows; another one when rows have come."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._guid: object = None
        self._dataset: Dataset | None = None

    @property
    def dataset(self) -> Dataset:
        """Raises:
        TypeError: Guids that are neither integers alone nor texts alone.
        """
        seen = self._source.seen
        if self._dataset is None or self._guid is not seen.guid:
            self._dataset = Dataset(seen.guid, seen.since.split)
            self._guid = seen.guid
        return self._dataset

    @property
    def header(self) -> Header | None:
        """What a page needs to find other maps of the same samples."""
        try:
            dataset = self.dataset
        except TypeError:
            return None
        key = f"{dataset.split} {dataset.fingerprint}"
        return {"key": key, "guids": "text" if dataset.has_names else "int"}
