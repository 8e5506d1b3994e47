"""Metrics that are no plain numbers, drawn on a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import carto_widget as carto
from carto_widget.views.complete import frame_of_dynamics

NAN = np.nan


def dynamics(**more: Any) -> carto.TrainingDynamics:
    logits = np.zeros((2, 4, 2))
    logits[:, :, 1] = [2, -2, 2, NAN]
    return carto.TrainingDynamics.from_arrays(gold=[0, 0, 1, 1], logits=logits, **more)


def color(name: str, **more: Any) -> Any:
    view = carto.View(color=name)
    return frame_of_dynamics(dynamics(**more), view, pd.DataFrame(index=range(4))).columns["color"]


def test_a_flag_is_a_category_of_no_and_yes() -> None:
    column = color("mean_disagrees")
    assert (column.kind, column.categories) == ("category", ("no", "yes"))
    np.testing.assert_array_equal(column.values, [1, 0, 0, NAN])


def test_a_label_has_the_names_of_the_classes() -> None:
    column = color("suggested_label", label_names=["cat", "dog"])
    assert (column.title, column.categories) == ("suggested label", ("cat", "dog"))
    np.testing.assert_array_equal(column.values, [1, 0, 1, NAN])
    assert color("suggested_label").categories == ("0", "1")
