"""Pickles are never opened: opening one runs whatever its writer wanted."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, NoReturn

TITLE = TABLE_TITLE = ""  # nothing that is read
_SUFFIXES = (".pkl", ".pickle", ".p", ".pt", ".pth", ".joblib")
_HOW = """a pickle, which is never opened here (opening one runs whatever its writer wanted). \
Where you trust the file, open it yourself and write arrays. The statistics of example_forgetting:
    rows = [i for i in stats if not isinstance(i, str)]
    loss, right, margin = np.array([stats[i] for i in rows], float).transpose(1, 2, 0)
    np.savez("stats.npz", guid=rows, loss=loss, is_correct=right, margin=margin)  # load
its order: np.savez("order.npz", **order)  # read_table
Probabilities: np.savez("run.npz", pred_probs=pred_probs, gold=labels)  # (E, N, C), (N,); load"""


def recognises(path: Path) -> bool:
    """By the first bytes, the name, or what a zip file holds."""
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        head = file.read(2)
    if head[:1] == b"\x80" and head[1:] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    if head == b"PK":
        try:
            with zipfile.ZipFile(path) as packed:
                return any(name.endswith(".pkl") for name in packed.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return False
    return path.suffix in _SUFFIXES


recognises_table = recognises


def read(path: Path, *series: Any) -> NoReturn:
    """Refuse, and say how to convert."""
    raise ValueError(f"{path}: {_HOW}")


read_table = read
