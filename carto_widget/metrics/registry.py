"""What a metric is, and the list of all there are."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, overload

from numpy.typing import NDArray

from carto_widget.metrics.source_text import source_text

Kind = Literal["continuous", "steps", "count", "category", "flag", "label"]
Direction = Literal["higher is easier", "higher is harder"] | None
DIRECTIONS = ("higher is easier", "higher is harder", None)
Scope = Literal["sample", "dataset"]
Function = Callable[..., NDArray[Any]]

SIGNALS = (
    "loss",
    "margin",
    "other_label",
    "n_seen",
    "gold_probability",
    "other_probability",
    "prediction",
    "is_correct",
    "logits",
    "error",
    "share_right",
    "lowest_probability",
    "weakest_label",
    "label_margin",
    "n_tokens",
    "feature_norm",
    "second_split_correct",
)
LOGGED = ("learning_rate",)
"""Signals that metrics of ours ask for and only the loop knows: it logs them as its own."""

CONSTANTS = ("gold", "epochs")
INTERMEDIATES: dict[str, tuple[str, ...]] = {
    "n_classes": ("other_label",),
    "mean_probability": ("logits",),
    "last_probability": ("logits",),
    "error_norm": ("logits",),
    "class_entropy": ("logits",),
    "probability_change": ("logits",),
}
"""What is computed once for all metrics that ask for it, and the signals that it needs."""


@dataclass(eq=False)
class Metric:
    """One number per sample, over epochs; called like the plain function it is.

    Attributes:
        name: the function's name and the table's column.
        function: arrays in by parameter name, `(N,)` out, NaN where missing.
        needs: its parameter names.
        title: for axes and legends.
        domain: (lowest, highest) value possible; None where there is no bound.
        kind: "continuous", "steps" (a fraction of epochs), "count", "category", "flag" (1 holds, 0
            does not; a nullable bool in the table) or "label" (a class, as `gold` is).
        categories: names of a category's codes 0, 1, ...
        direction: what a high value says, or None.
        defined_from: observed epochs below which a map shows the sample in the strip `waiting`
            instead of at its value.
        waiting: the strip's words.
        scope: "sample": a sample's value depends on that sample alone, so it may be computed
            block by block; "dataset": sees the whole column (regions, ranks).
        source: the paper.
        formula: in one line; p, z and y are probabilities, logits and the gold class.
        core: a column of every table; the others are there on request.
        built_in: ours, not a user's.
        running_form: (N,) float32 from accumulators by parameter name, or None.
        text: the source text of a user's, or None where it is not known.
    """

    name: str
    function: Function
    needs: tuple[str, ...]
    title: str
    domain: tuple[float, float] | None = None
    kind: Kind = "continuous"
    categories: tuple[str, ...] = ()
    direction: Direction = None
    defined_from: int = 1
    waiting: str = "one epoch so far"
    scope: Scope = "dataset"
    source: str = ""
    formula: str = ""
    core: bool = True
    built_in: bool = False
    running_form: Function | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.function)

    def __call__(self, *arguments: Any, **named: Any) -> NDArray[Any]:
        return self.function(*arguments, **named)

    def running(self, function: Function) -> Function:
        """Declare the running form: accumulators in by parameter name, `(N,)` out."""
        self.running_form = function
        return function


_metrics: dict[str, Metric] = {}
own_signals: set[str] = set()
"""Names of the functions under ``carto_widget.signal``."""


@overload
def metric(function: Function, /) -> Metric: ...
@overload
def metric(
    *,
    title: str | None = None,
    domain: tuple[float, float] | None = None,
    kind: Kind = "continuous",
    categories: Iterable[str] = (),
    direction: Direction = None,
    defined_from: int = 1,
    waiting: str = "one epoch so far",
    scope: Scope = "dataset",
    source: str = "",
    formula: str = "",
    core: bool = True,
) -> Callable[[Function], Metric]: ...
def metric(function: Function | None = None, /, **said: Any) -> Any:
    """Make a function of signals a metric: it appears in `table`, `list_metrics` and on maps.

    The function asks for what it needs by parameter name: signals as `(E, N)` float arrays with
    NaN where a sample was not seen, other metrics as `(N,)`, `gold` as `(N,)` and `epochs` as
    `(E,)`; a parameter with a default keeps it. It gives `(N,)`, NaN where missing; a category
    gives the codes of its `categories`.
    Where all log-probabilities were kept, `mean_probability` and `last_probability` are `(N, C)`
    of the mean over observed epochs and of the latest one.

    ```python
    import numpy as np
    from carto_widget import metric

    @metric(title="highest loss", direction="higher is harder")
    def highest_loss(loss):
        return np.fmax.reduce(loss)
    ```

    Keywords are the attributes of `Metric`. Defining a metric again under the name of one's own
    replaces it (a cell run again).

    Raises:
        ValueError: the name of a built-in metric or a signal, no name (a lambda), a keyword with
            a value that it cannot have, or a metric that would ask for itself through others.
        TypeError: a parameter that is no plain name (`*args`), or an unknown keyword.
    """
    if function is None:
        return functools.partial(_define, said=said)
    return _define(function, said={})


def _define(function: Function, said: dict[str, Any]) -> Metric:
    unknown = set(said) - set(inspect.signature(Metric).parameters)
    unknown |= set(said) & {"name", "function", "needs", "built_in", "running_form", "text"}
    if unknown:
        known = ", ".join(list(inspect.signature(Metric).parameters)[3:-3])
        raise TypeError(f"metric: unknown keyword {sorted(unknown)[0]!r}; there are {known}")
    said = {**said, "categories": tuple(said.get("categories", ()))}
    _refuse_wrong(said)
    name = function_name("metric", function)
    built_in = (function.__module__ or "").startswith("carto_widget.metrics.")
    if name in (*SIGNALS, *CONSTANTS, *INTERMEDIATES, "guid"):
        raise ValueError(f"metric {name!r}: that is the name of a signal; choose another")
    if not built_in and name in built_in_names():
        raise ValueError(f"metric {name!r}: a built-in metric has this name; choose another")
    if name in own_signals:
        raise ValueError(f"metric {name!r}: a signal of yours has this name; choose another")
    if said.get("kind") == "flag":
        said["categories"] = ("no", "yes")
    said["title"] = said.get("title") or name.replace("_", " ")
    needs, text = parameter_names(function), None if built_in else source_text(function)
    made = Metric(name, function, needs, **said, built_in=built_in, text=text)
    before, _metrics[name] = _metrics.get(name), made
    if not built_in:
        _refuse_circle(name, before)
    return made


def _refuse_wrong(said: dict[str, Any]) -> None:
    """Raise where a keyword has a value that it cannot have."""
    choices = {"kind": get_args(Kind), "scope": get_args(Scope), "direction": DIRECTIONS}
    for name in choices.keys() & said.keys():
        if said[name] not in choices[name]:
            there = ", ".join(map(repr, choices[name]))
            raise ValueError(f"metric: {name}={said[name]!r}, expected one of {there}")
    domain, categories = said.get("domain"), said["categories"]
    if domain is not None and not (len(domain) == 2 and domain[0] < domain[1]):
        raise ValueError(f"metric: domain={domain!r}, expected (lowest, highest)")
    if said.get("kind") == "category" and not 0 < len(set(categories)) == len(categories):
        raise ValueError(f"metric: categories={categories!r}, expected a name for each code")


def _refuse_circle(name: str, before: Metric | None) -> None:
    """Put the metric before back where the new one asks for itself through others."""
    try:
        leaves(name)
    except ValueError:
        del _metrics[name]
        if before is not None:
            _metrics[name] = before
        raise


def function_name(who: str, function: Callable[..., Any]) -> str:
    """Under what name a function is registered.

    Raises:
        TypeError: no function.
        ValueError: one without a name, as a lambda is.
    """
    name = getattr(function, "__name__", None)
    if not callable(function) or not isinstance(name, str):
        raise TypeError(f"{who} got {type(function).__name__}, expected a function: @{who} def ...")
    if not name.isidentifier():
        raise ValueError(
            f"{who} got a function named {name!r}, expected one with a name of its own: "
            "def name(...)"
        )
    return name


def parameter_names(function: Function) -> tuple[str, ...]:
    """What a function asks for: its parameters that have no default.

    Raises:
        TypeError: `*args`, `**kwargs` or parameters before `/`, which are not given by name.
    """
    parameters = inspect.signature(function).parameters.values()
    unnamed = ("POSITIONAL_ONLY", "VAR_POSITIONAL", "VAR_KEYWORD")
    if any(one.kind.name in unnamed for one in parameters):
        raise TypeError(f"{function.__name__}: ask for signals by name, not through *, ** or /")
    return tuple(one.name for one in parameters if one.default is one.empty)


@functools.cache
def _find_built_ins() -> None:
    """Import every file of this room, so that each metric in it is there."""
    import carto_widget.metrics as room

    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")


def own_metrics() -> list[Metric]:
    """The user's metrics, in the order of their definition."""
    return [one for one in list(_metrics.values()) if not one.built_in]


def built_in_names() -> list[str]:
    """Names of the metrics that come with the package."""
    return [name for name, one in metrics().items() if one.built_in]


def metrics() -> dict[str, Metric]:
    """All metrics by name: the map's own columns, the other built-in ones, then the user's."""
    _find_built_ins()
    return dict(sorted(_metrics.items(), key=lambda item: _place(item[1])))


def _place(one: Metric) -> tuple[bool, bool, str]:
    """Where a file's metrics stand, whichever was imported first."""
    module = one.function.__module__ if one.built_in else ""
    return (not one.built_in, not module.endswith(".cartography"), module)


def metric_named(name: str) -> Metric:
    """The metric of this name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    import difflib

    _find_built_ins()
    if name not in _metrics:
        near = difflib.get_close_matches(name, _metrics, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(metrics())}"
        raise ValueError(f"no metric {name!r}; {hint}")
    return _metrics[name]


def signals_needed(name: str, available: Iterable[str] = SIGNALS) -> set[str]:
    """Signals and constants that a metric needs, through what it asks for; raises as `leaves`."""
    needed: set[str] = set()
    for leaf in leaves(name, available):
        needed |= set(INTERMEDIATES.get(leaf, (leaf,)))
    return needed


def leaves(name: str, available: Iterable[str] = SIGNALS) -> set[str]:
    """Signals, constants and intermediates that a metric asks for, through other metrics.

    Raises:
        ValueError: it asks for something that is neither signal nor metric, or for itself.
    """
    return _leaves(name, frozenset((*available, *CONSTANTS)), ())


def _leaves(name: str, known: frozenset[str], path: tuple[str, ...]) -> set[str]:
    if name in path:
        raise ValueError(f"metric {name!r} asks for itself: {' -> '.join((*path, name))}")
    needed: set[str] = set()
    for need in metric_named(name).needs:
        if need in known or need not in _metrics:
            needed.add(need)
        else:
            needed |= _leaves(need, known, (*path, name))
    return needed
