"""Compiled loops on disk: a full or damaged folder, or a broken Numba, costs time and no number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def doubled(values: np.ndarray[Any, Any]) -> float:
    total = 0.0
    for value in values:
        total += 2 * value
    return total


def test_what_was_kept_is_used_and_compiled_anew_where_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numba = pytest.importorskip("numba")
    from carto_widget.kernels.compiled import compiled

    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    one = np.array([1.0, 2.0])
    assert compiled(doubled)(one) == 6
    again: Any = compiled(doubled)
    assert again(one) == 6
    assert sum(again.stats.cache_hits.values()) == 1
    for pattern in ("*.nbc", "*.nbi"):
        for file in tmp_path.rglob(pattern):
            file.write_bytes(file.read_bytes()[:10])
        assert compiled(doubled)(one) == 6


def test_with_a_numba_that_cannot_be_imported_the_formulas_do_the_work(tmp_path: Path) -> None:
    (tmp_path / "numba.py").write_text("raise AttributeError('coverage has no types')")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import numpy as np
import carto_widget as carto
from carto_widget.kernels import switch
switch.LEAST = 0
dynamics = carto.TrainingDynamics.from_arrays(
    gold=[0, 1], loss=np.zeros((3, 2)), margin=np.ones((3, 2)), other_label=np.ones((3, 2))
)
assert carto.table(dynamics)["confidence"].tolist() == [1, 1]
"""
    subprocess.run([sys.executable, "-c", code], check=True)
