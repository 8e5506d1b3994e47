"""A set of rows: its operations, and the words for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carto_widget.widget.selection import Selection, mask_of_rows, selected_rows

GUID = pd.Index([10, 20, 30, 40])
A = np.array([True, True, False, False])
B = np.array([False, True, True, False])


@pytest.mark.parametrize(
    ("how", "rows"),
    [("replace", [1, 2]), ("add", [0, 1, 2]), ("subtract", [0]), ("intersect", [1])],
)
def test_operations_combine_with_what_was_selected(how: str, rows: list[int]) -> None:
    after = Selection(A, revision=4).after(how, B, frame=9, epoch=2)
    assert np.flatnonzero(after.mask).tolist() == rows
    assert (after.revision, after.frame, after.epoch, after.count) == (5, 9, 2, len(rows))


def test_an_operation_leaves_the_selection_before_as_it_was() -> None:
    before = Selection(A)
    operand = B.copy()
    after = before.after("replace", operand)
    operand[:] = True
    assert before.mask.tolist() == A.tolist()
    assert after.mask.tolist() == B.tolist()


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(ValueError, match="'xor': expected one of replace, add"):
        Selection(A).after("xor", B)


def test_a_selection_grows_with_its_split() -> None:
    after = Selection(np.array([True])).after("add", B)
    assert after.mask.tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("what", "rows"),
    [
        (None, []),
        ([], []),
        (np.array([], np.float64), []),
        ([40, 10], [0, 3]),
        ({20}, [1]),
        (np.array([30]), [2]),
        (pd.Index([20]), [1]),
        ([True, False, False, True], [0, 3]),
        (np.array([True, False, False, True]), [0, 3]),
        (pd.Series([True, True, False], index=[40, 20, 10]), [1, 3]),
        (pd.Series([30, 10]), [0, 2]),
        (pd.DataFrame({"a": [1, 2]}, index=[30, 40]), [2, 3]),
    ],
)
def test_rows_are_named_by_mask_guid_or_index(what: object, rows: list[int]) -> None:
    assert np.flatnonzero(mask_of_rows(what, GUID)).tolist() == rows


def test_unknown_guids_are_counted_and_the_first_three_named() -> None:
    with pytest.raises(ValueError, match=r"4 unknown guid\(s\), the first: 1, 2, 3$"):
        mask_of_rows([10, 1, 2, 3, 4], GUID)


def test_a_mask_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(2,\) for 4 rows; expected \(4,\)"):
        mask_of_rows(np.array([True, False]), GUID)


def test_guids_of_another_kind_are_told_how_they_look_here() -> None:
    with pytest.raises(ValueError, match=r"'10', '20'; guids here are like 10, 20, 30$"):
        mask_of_rows(["10", "20"], GUID)


@pytest.mark.parametrize("what", ["ten", 10, [[10], [20, 30]]])
def test_what_names_no_rows_is_refused(what: object) -> None:
    with pytest.raises(TypeError, match="expected guids"):
        mask_of_rows(what, GUID)


def test_the_users_columns_keep_their_names() -> None:
    samples = pd.DataFrame({"text": list("abcd"), "gold": list("wxyz")}, index=GUID)
    numbers = pd.DataFrame({"gold": [0, 1, 0, 1], "aum": [0.5, 1.5, 2.5, 3.5]}, index=GUID)
    rows = selected_rows(B, samples, numbers)
    assert rows.columns.tolist() == ["text", "gold", "carto_gold", "aum"]
    assert rows.index.tolist() == [20, 30]
    assert rows["gold"].tolist() == ["x", "y"]
    assert rows["carto_gold"].tolist() == [1, 0]


def test_nothing_selected_is_no_rows_and_the_same_columns() -> None:
    samples = pd.DataFrame({"text": list("abcd")}, index=GUID)
    numbers = pd.DataFrame({"aum": [0.5, 1.5, 2.5, 3.5]}, index=GUID)
    rows = selected_rows(np.zeros(4, bool), samples, numbers)
    assert len(rows) == 0
    assert rows.columns.tolist() == ["text", "aum"]
    assert rows["aum"].dtype == float
