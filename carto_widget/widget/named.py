"""Selections that have a name: kept in the ledger, given back as the user's own rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from threading import RLock
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.curation.file.entry import Entry, entry
from carto_widget.curation.file.lines import Stamp
from carto_widget.curation.held.names import checked_name, named, strangers
from carto_widget.curation.ledger import Ledger
from carto_widget.curation.samples.dataset import Dataset
from carto_widget.views.nearest import nearest
from carto_widget.widget.chosen import Chosen
from carto_widget.widget.selection import Mask, mask_of_rows
from carto_widget.widget.source import Source
from carto_widget.widget.whose import Whose
from carto_widget.widget.wire import PROTOCOL, Header

_NAMED = 5  # in a sentence


class Named(MutableMapping[str, pd.DataFrame]):
    """The named selections of a map's samples: name -> DataFrame, as ``DataMap.selection`` gives.

    Assigning takes what ``DataMap.select`` takes. All notebooks that use one ledger see the same.
    """

    def __init__(
        self,
        ledger: Ledger,
        source: Source,
        whose: Whose,
        chosen: Chosen,
        changed: Callable[[], None],
    ) -> None:
        self._ledger, self._source, self._chosen = ledger, source, chosen
        self._whose, self._changed = whose, changed
        self._dataset: Dataset | None = None
        self._seen: list[Entry] | None = None
        self._lock = RLock()  # of what is known of the ledger
        self._found: dict[str, Entry] = {}
        self._masks: dict[str, Mask] = {}  # by the entry's id

    # ---- a mapping ----

    def __getitem__(self, name: str) -> pd.DataFrame:
        held = self._held(name)
        rows = self._chosen.rows_of(self.mask(name))
        rows.attrs = {"name": name, "when": held.when, "who": held.who}
        return rows

    def __setitem__(self, name: str, what: Any) -> None:
        checked_name(name)
        self.save(name, mask_of_rows(what, self._source.own.columns.index))

    def __delitem__(self, name: str) -> None:
        self._held(name)
        self._append(self._said("unname", name=name))

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._now()))

    def __len__(self) -> int:
        return len(self._now())

    def __contains__(self, name: object) -> bool:
        return name in self._now()

    def __repr__(self) -> str:
        told = ", ".join(f"{name!r}: {_count(one):,}" for name, one in self._now().items())
        return f"Named({told})"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    # ---- for the map ----

    def mask(self, name: str) -> Mask:
        """Which rows have the name, (N,) bool.

        Raises:
            KeyError: None has.
        """
        held, guid = self._held(name), self._source.own.columns.index
        mask = self._masks.get(held.id)
        if mask is None:
            mask = self._masks[held.id] = mask_of_rows(np.array(held.said["guids"]), guid)
        return np.pad(mask, (0, max(0, len(guid) - len(mask))))

    def save(self, name: str, mask: Mask) -> None:
        """Give rows a name, which others may have had.

        Raises:
            TypeError, ValueError: As `checked_name`.
        """
        checked_name(name)
        guids = self._here().guid[np.flatnonzero(mask)].tolist()
        said = self._said("name", name=name, guids=guids, count=len(guids))
        self._masks[said.id] = mask.copy()
        self._append(said)

    def rename(self, name: str, to: str) -> None:
        """The same rows under another name, which no others may have.

        Raises:
            KeyError: There is no such name.
            ValueError: The other is taken, or as `checked_name`.
        """
        held = self._held(name)
        checked_name(to)
        if to == name:
            return
        if to in self:
            raise ValueError(f"{to!r} is the name of another selection: delete it first")
        said = {**held.said, "name": to}
        self._append(self._said("unname", name=name), self._said("name", **said))

    @property
    def message(self) -> Header:
        """The names and their counts, for the page."""
        try:
            now = self._now()
        except TypeError:  # guids that no ledger can hold
            now = {}
        names = [{"name": name, "count": _count(one)} for name, one in now.items()]
        place = str(self._ledger.path)
        return {"protocol": PROTOCOL, "kind": "named", "named": names, "place": place}

    @property
    def notes(self) -> list[str]:
        """What the status line says of the ledger."""
        return [*self._ledger.notes, *self._foreign()]

    @property
    def stamp(self) -> Stamp | None:
        """Another one whenever somebody has written the ledger."""
        return self._ledger.stamp

    # ---- inside ----

    def _here(self) -> Dataset:
        with self._lock:
            dataset = self._whose.dataset
            if dataset is not self._dataset:
                self._dataset, self._seen = dataset, None
            return dataset

    def _now(self) -> dict[str, Entry]:
        with self._lock:
            here, entries = self._here(), self._ledger.entries
            if entries is not self._seen:
                self._seen, self._found = entries, named(entries, here)
                ids = {one.id for one in self._found.values()}
                known = list(self._masks.items())
                self._masks = {one: mask for one, mask in known if one in ids}
            return self._found

    def _held(self, name: str) -> Entry:
        now = self._now()
        if name in now:
            return now[name]
        if name in strangers(self._ledger.entries, self._here()):
            raise KeyError(
                f"{name!r} names samples of another dataset (other guids or labels, or another "
                f"order): it is in {self._ledger.path}, but not of this map"
            )
        near = ", ".join(map(repr, nearest(str(name), now)[:_NAMED]))
        told = f"the nearest: {near}" if near else "there is none yet"
        raise KeyError(f"no selection is named {name!r}; {told}")

    def _said(self, kind: str, **said: Any) -> Entry:
        return entry(kind, self._here(), **said)

    def _append(self, *said: Entry) -> None:
        self._ledger.append(*said)
        self._changed()

    def _foreign(self) -> list[str]:
        try:
            names = strangers(self._ledger.entries, self._here())
        except TypeError:
            return []
        if not names:
            return []
        told = ", ".join(map(repr, names[:3])) + (" ..." if len(names) > 3 else "")
        return [f"named in the ledger, but of another dataset: {told}"]


def _count(one: Entry) -> int:
    return len(one.said["guids"])
