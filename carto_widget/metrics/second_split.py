"""Two runs: what a model that learned one half of the samples forgets while it learns the other.

Maini, Garg, Lipton and Kolter 2022, "Characterizing Datapoints via Second-Split Forgetting",
NeurIPS, arXiv 2210.15031.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.metrics.registry import metric
from carto_widget.metrics.table import dynamics_of, names_of, table
from carto_widget.store.arrays import are_known
from carto_widget.store.dynamics import TrainingDynamics

if TYPE_CHECKING:
    import pandas as pd


@metric(
    title="second-split forgetting time",
    domain=(0, np.inf),
    kind="count",
    direction="higher is easier",
    scope="sample",
    source="Maini et al. 2022",
    formula="first epoch on the second split from which on argmax p != y",
    core=False,
)
def second_split_forgetting(
    second_split_correct: NDArray[np.floating[Any]], epochs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Epoch of the training on the second split from which on a first-split sample stays wrong.

    Of two runs: `carto_widget.metrics.second_split.with_second_split(first, second)` puts it beside
    the first training's metrics. 0: wrong in all epochs, also where it never was learned
    (`never_learned`). Missing where it is right in the last one, for it was not forgotten: the
    authors' code gives such a sample the number of epochs + 1, and any other 1 more than here.
    Mislabelled samples are forgotten early, rare ones late.
    """
    time = np.full(second_split_correct.shape[1], np.nan)
    is_wrong = np.zeros(len(time), bool)  # since `time`
    for number, row in zip(epochs.tolist(), second_split_correct, strict=True):
        time[(row == 0) & ~is_wrong] = number
        is_wrong = np.where(np.isnan(row), is_wrong, row == 0)
    return np.where(is_wrong, time, np.nan)


def with_second_split(first: Any, second: Any) -> pd.DataFrame:
    """The table of a first training, and when a second one forgot its samples.

    ```python
    first = carto.load("runs/first")                            # trained on one half
    second = carto.load("runs/second", split="first", mode="eval")
    carto.DataMap(with_second_split(first, second))
    ```

    The second run goes on with the model of the first on the other half, and after each epoch
    evaluates the samples of the first: `recorder.evaluate(model, first_half, split="first")`. It
    is a function and no metric of `table`, because a table is of one run. Rows are matched by guid.

    Args:
        first: training dynamics of the first training, a recorder, or whatever `load` reads.
        second: of the evaluations of its samples during the second; samples that the first did
            not have are passed over.

    Returns:
        As `table(first)`, with `epochs_to_learn` (the paper's first-split learning time less 1)
        and `second_split_forgetting`.

    Raises:
        ValueError: samples of the first that the second does not have, another gold label, or a
            task without right and wrong.
    """
    first, second = dynamics_of(first), dynamics_of(second)
    _refuse_others(first, second)
    row = _rows_in(second, first)
    found = table(first, [*names_of(first, None), "epochs_to_learn"])
    correct = second.signals["is_correct"][:, row]
    found[second_split_forgetting.name] = second_split_forgetting(correct, second.epochs)
    return found


def _refuse_others(first: TrainingDynamics, second: TrainingDynamics) -> None:
    """Raise unless both runs know right from wrong, among the same classes."""
    for which, one in (("first", first), ("second", second)):
        if "is_correct" not in one.signals:
            raise ValueError(f"with_second_split: the {which} run ({one.kind}) has no is_correct")
    names = first.label_names, second.label_names
    if None not in names and names[0] != names[1]:
        raise ValueError(
            f"with_second_split: the runs name their classes {names[0]} and {names[1]}"
        )


def _rows_in(second: TrainingDynamics, first: TrainingDynamics) -> NDArray[np.int64]:
    """(N,) where the second run has each sample of the first."""
    at = {guid: row for row, guid in enumerate(second.guid.tolist())}
    guids = first.guid.tolist()
    absent = [guid for guid in guids if guid not in at]
    if absent:
        raise ValueError(
            f"with_second_split: split {second.split!r} of the second run does not have "
            f"{len(absent):,} of the first run's {len(guids):,} samples, {absent[:3]} first: "
            "expected evaluations of these samples, load(path, split=..., mode='eval')"
        )
    row = np.array([at[guid] for guid in guids], np.int64)
    gold, again = first.gold_key, second.gold_key[row]
    is_other = (gold != again).reshape(len(row), -1).any(1) & are_known(gold) & are_known(again)
    if is_other.any():
        i = int(is_other.argmax())
        raise ValueError(
            f"with_second_split: {np.count_nonzero(is_other):,} samples have another gold label in "
            f"the second run ({guids[i]!r}: {again[i]}, in the first {gold[i]}): it is of another "
            "dataset, or labels were changed"
        )
    return row
