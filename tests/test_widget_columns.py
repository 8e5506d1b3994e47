"""The user's columns of a map, to which several threads come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pandas as pd

from carto_widget.widget.samples import OwnColumns

GUID = ["a", "b"]


class Interrupted(pd.Series):
    """Values at whose alignment something else is begun."""

    _metadata = ("begin",)
    begin: Callable[[], None]

    def reindex(self, *args: Any, **options: Any) -> Any:
        begin, self.begin = self.begin, lambda: None
        begin()
        return super().reindex(*args, **options)


def test_a_column_that_is_added_while_a_decision_is_taken_over_stays() -> None:
    own = OwnColumns(pd.DataFrame({"text": ["x", "y"]}, index=GUID))
    first = Interrupted([1, 2], index=GUID)
    first.begin = lambda: None
    own.add("first", first)
    user = threading.Thread(target=own.add, args=("second", pd.Series([3, 4], index=GUID)))

    def begin() -> None:
        user.start()
        user.join(0.2)  # it waits for the decision, or has been done before it

    first.begin = begin
    own.judge({"decision": pd.Series(["keep", None], index=GUID)}, {})
    user.join()
    assert {*own.columns} == {"text", "first", "second", "decision"}
