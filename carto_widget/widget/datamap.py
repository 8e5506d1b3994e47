"""The map as a Jupyter widget."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anywidget
import pandas as pd
import traitlets

from carto_widget.curation.ledger import Ledger
from carto_widget.curation.opened import ledger_path
from carto_widget.views.complete import check_names
from carto_widget.views.nearest import unknown_keyword
from carto_widget.views.view import View
from carto_widget.widget.asked import Asked
from carto_widget.widget.asks import Parts
from carto_widget.widget.built import text_of
from carto_widget.widget.cards.deck import Deck
from carto_widget.widget.cards.own import Renderers
from carto_widget.widget.chosen import Chosen
from carto_widget.widget.curated import Curated
from carto_widget.widget.exports import Exports
from carto_widget.widget.named import Named
from carto_widget.widget.opened import opened
from carto_widget.widget.projector import Projector
from carto_widget.widget.rebuilt import Given
from carto_widget.widget.review.desk import Desk
from carto_widget.widget.reviews import Reviews
from carto_widget.widget.shown import Shown, notebook_shell
from carto_widget.widget.turns import Turns, complaint, started
from carto_widget.widget.wire import Buffers, Header

_KEYWORDS = ("samples", "view", "split", "mode", "task", "ledger", "height")

OnSelect = Callable[["DataMap"], object]


class DataMap(Exports, Reviews, anywidget.AnyWidget):
    """A live map of a dataset: each sample a point, moving while the model learns it.

    Shown at the end of a cell it is live from there on. A lasso drawn on it becomes a DataFrame:
    ``datamap.selection``. ``datamap.epoch`` is the epoch that is shown, None for the newest; set
    it, and every page that shows the map follows.

    Args:
        source: A ``Recorder``, ``TrainingDynamics``, the path of a run, or any DataFrame with
            columns to draw (its index names the samples).
        samples: DataFrame that describes the samples, where the source has none: found by its
            index, or by the column that holds the guids.
        view: What is drawn against what; without it the data map of the task.
        split: Which split's samples.
        mode: "online" or "eval"; without it online where there is any.
        task: Which task, where the source has several.
        ledger: The file in which decisions and named selections are kept; without it
            ``<run>.ledger.jsonl`` beside the run, or ``carto-ledger.jsonl`` in the working
            directory. Made when needed.
        height: Of the widget, in CSS pixels.

    Raises:
        TypeError: A source that cannot be drawn, or an unknown keyword (the nearest is named).
        ValueError: A view of columns that do not exist, or samples that do not fit the source.
    """

    _esm = text_of("widget.js")
    _css = text_of("widget.css")

    view = traitlets.Instance(View).tag(
        sync=True,
        to_json=lambda view, _: view.channels,
        from_json=lambda channels, _: View.of(channels),
    )
    epoch = traitlets.Int(None, allow_none=True).tag(sync=True)
    height = traitlets.Int(480, min=1).tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)
    selection_revision = traitlets.Int(0).tag(sync=True)
    selection_count = traitlets.Int(0).tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)
    is_blind = traitlets.Bool(False).tag(sync=True)
    _turns: Turns

    def __init__(
        self,
        source: Any,
        *,
        samples: pd.DataFrame | None = None,
        view: View | Mapping[str, Any] | None = None,
        split: str = "train",
        mode: str | None = None,
        task: str | None = None,
        ledger: str | os.PathLike[str] | None = None,
        height: int = 480,
        **unknown: object,
    ) -> None:
        if unknown:
            raise unknown_keyword("DataMap", unknown, _KEYWORDS)
        self._source = opened(source, samples=samples, split=split, mode=mode, task=task)
        options = {"split": split, "mode": mode, "task": task, "ledger": ledger}
        told = {k: v for k, v in options.items() if v is not None and (k, v) != ("split", "train")}
        self._given = Given(type(source).__name__, self._source.path, samples is not None, told)
        chosen = self._source.view if view is None else View.of(view)
        self._check_view(chosen)
        self._projector = Projector(self._source, chosen)
        self._chosen = Chosen(self._source, self._projector.drawing)
        self.renderers = Renderers(lambda: self._turns.post("cards"))
        deck = Deck(self._source, self.renderers)
        kept = Ledger(ledger_path(ledger, self._source.path))
        whose, renamed = self._projector.whose, lambda: self._turns.post("named")
        self._named = Named(kept, self._source, whose, self._chosen, renamed)
        self._ledger = kept.of(Curated(self._source, whose))
        self._ledger.listeners.append(lambda: self._turns.post("review"))
        self._desk = Desk(self._source, deck, self._ledger, lambda kind: self._turns.post(kind))
        own = (deck, self._named, self.select, Asked(self._source), self.code, self._desk)
        self._shown = Shown()
        parts = Parts(self._source, self._projector, self._chosen, *own, self._chosen.now)
        self._turns = Turns(parts, self._shown)
        saved = {} if self._source.is_live else self._projector.saved(self._chosen.now)
        self.on_msg(self._turns.put)  # before the comm opens: the page says hello at once
        still = self._shown.name
        super().__init__(view=chosen, height=height, snapshot=saved, still=still)
        self.observe(lambda _: self._turns.post("view"), "view")
        self.observe(lambda _: self._turns.post("epoch"), "epoch")
        self._thread, self._end = started(self, self._turns.wake)

    # ---- for the user ----

    @property
    def selection(self) -> pd.DataFrame:
        """The selected rows, a fresh DataFrame each time.

        In the dataset's order, indexed by guid: the user's columns and the metrics of the sealed
        epochs (one whose name is taken has the prefix ``carto_``). ``.attrs["frame"]`` and
        ``.attrs["epoch"]`` say what the selection was drawn on. Nothing selected: no rows, the
        same columns.
        """
        self._apply()
        self._desk.look()
        return self._chosen.rows(self._chosen.now)

    def select(self, what: Any, how: str = "replace") -> None:
        """Select rows from Python; the page follows.

        Args:
            what: A bool array (a mask), a bool Series (aligned by guid), a DataFrame (its index),
                None (nothing), else guids.
            how: "replace", "add", "subtract" or "intersect".

        Raises:
            ValueError: An unknown guid (the first three are named), a mask of another length, or
                an unknown ``how``.
        """
        with self._chosen.lock:
            self._apply()
            self._chosen.select(what, how, self._tell)

    @property
    def named(self) -> Named:
        """Selections that have a name: a mapping, ``datamap.named["hard"]`` a DataFrame.

        Assigning takes what ``select`` takes, ``del`` forgets the name. They are kept in the
        ledger, so that other notebooks with maps of the same samples have them, too.
        """
        return self._named

    def on_select(self, f: OnSelect) -> Callable[[], None]:
        """Call ``f(datamap)`` on the map's thread after each change of the selection.

        Returns:
            A function that ends it.

        Raises:
            TypeError: ``f`` cannot be called.
        """
        if not callable(f):
            raise TypeError(f"on_select({f!r}): expected a function of the map")
        listeners = self._turns.listeners
        listeners.append(f)
        return lambda: listeners.remove(f) if f in listeners else None

    def add_column(self, name: str, values: Any) -> None:
        """One more column of the samples, to draw and to find in the selection.

        Args:
            name: Its name; adding it again replaces it.
            values: A Series (aligned by guid, missing where it has none) or an array (N,).

        Raises:
            ValueError: An unknown guid, another length, or a name that the samples or a metric
                have.
        """
        self._source.own.add(name, values)
        self._turns.post("columns")

    def close(self) -> None:
        """End the map's thread and the widget; a still takes its place in the notebook."""
        if hasattr(self, "_end") and self._end.alive:
            self._desk.close()
            self._shown.close(self._turns.wake)
            self._end()
            self._turns.close()
        super().close()

    def _ipython_display_(self) -> None:
        """The widget, and beneath it a still for the notebook that is opened without it."""
        shell = notebook_shell() if self._end.alive else None
        if shell is None:
            print(repr(self))
        else:
            self._shown.display(shell, self._repr_mimebundle_(), self._turns.wake)

    def __repr__(self) -> str:
        seen, faults = self._source.seen, [self._turns.fault, *self._projector.drawing.notes]
        fault = "".join(f"; {text}" for text in faults if text)
        return (
            f"DataMap({self._source.name}: {len(seen.guid):,} samples; {seen.status.text}; "
            f"{self.selection_count:,} selected{fault})"
        )

    # ---- the comm ----

    def open(self) -> None:
        """Open the comm; a busy shell must not keep its messages."""
        super().open()
        # ipykernel 7.4 answers a comm on the shell that last sent on it, which is the busy one.
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda data, default: default

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What a page wants of the traits; where that cannot be it hears why, and what holds."""
        try:
            super().set_state(sync_data)
        except Exception as error:  # a view, say, of columns that do not exist
            self.send(complaint(str(error)), [])
            self.send_state([name for name in sync_data if name in self.keys])

    def _keep(self, saved: dict[str, Any]) -> None:
        self.snapshot = saved
        self._shown.is_due = True

    def _apply(self) -> None:
        self._chosen.apply(self._tell, lambda error: self._turns.report(self, error))

    def _tell(self, header: Header, buffers: Buffers) -> None:
        """Send what is selected now, and say so in the traits."""
        self.send(header, buffers)
        self.selection_count = header["count"]
        self.selection_revision = header["revision"]
        self._turns.wake.set()

    @traitlets.validate("epoch")
    def _checked_epoch(self, proposal: dict[str, Any]) -> int | None:
        epoch: int | None = proposal["value"]
        if epoch is not None:
            with _refusing():
                self._projector.check_epoch(epoch)
        return epoch

    @traitlets.validate("view")
    def _checked_view(self, proposal: dict[str, Any]) -> View:
        view: View = proposal["value"]
        with _refusing():
            self._check_view(view)
        return view

    def _check_view(self, view: View) -> None:
        names = self._source.names()
        if len(self._source.seen.guid) or not self._source.is_live:
            check_names(view, names)


class SettingError(ValueError, traitlets.TraitError):
    """traitlets takes back only what a TraitError refuses."""


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise SettingError(str(error)) from None
