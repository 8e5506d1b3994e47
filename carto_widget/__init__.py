"""carto_widget: a live map of a dataset while a PyTorch model learns it.

The public names are loaded on first use: ``import carto_widget`` itself loads neither torch nor
pandas nor a notebook.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "Recorder": "record.recorder",
    "again": "record.again",
    "start": "record.steer.training",
    "attach": "integrations.attach",
    "TrainingDynamics": "store.dynamics",
    "load": "formats.recognise",
    "read_table": "formats.tables",
    "save": "formats.saved",
    "table": "metrics.table",
    "signal": "record.values.decorated",
    "metric": "metrics.registry",
    "list_metrics": "metrics.listing",
    "metrics_of_range": "metrics.ranges",
    "parts": "store.run.run_range",
    "write_table": "metrics.written",
    "compare": "datawork.compare",
    "stability": "datawork.stability",
    "subset": "datawork.subset",
    "ledger": "curation.opened",
    "trial": "datawork.trial",
    "View": "views.view",
    "DataMap": "widget.datamap",
    "to_bokeh": "pictures.figure",
    "to_html": "pictures.page",
}
__all__ = [
    "DataMap",
    "Recorder",
    "TrainingDynamics",
    "View",
    "again",
    "attach",
    "compare",
    "ledger",
    "list_metrics",
    "load",
    "metric",
    "metrics_of_range",
    "parts",
    "read_table",
    "save",
    "signal",
    "stability",
    "start",
    "subset",
    "table",
    "to_bokeh",
    "to_html",
    "trial",
    "write_table",
]

if TYPE_CHECKING:
    from carto_widget.curation.opened import ledger
    from carto_widget.datawork.compare import compare
    from carto_widget.datawork.stability import stability
    from carto_widget.datawork.subset import subset
    from carto_widget.datawork.trial import trial
    from carto_widget.formats.recognise import load
    from carto_widget.formats.saved import save
    from carto_widget.formats.tables import read_table
    from carto_widget.integrations.attach import attach
    from carto_widget.metrics.listing import list_metrics
    from carto_widget.metrics.ranges import metrics_of_range
    from carto_widget.metrics.registry import metric
    from carto_widget.metrics.table import table
    from carto_widget.metrics.written import write_table
    from carto_widget.pictures.figure import to_bokeh
    from carto_widget.pictures.page import to_html
    from carto_widget.record.again import again
    from carto_widget.record.recorder import Recorder
    from carto_widget.record.steer.training import start
    from carto_widget.record.values.decorated import signal
    from carto_widget.store.dynamics import TrainingDynamics
    from carto_widget.store.run.run_range import parts
    from carto_widget.views.view import View
    from carto_widget.widget.datamap import DataMap


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
