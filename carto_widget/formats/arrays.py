"""NumPy arrays: an `.npz`, or a folder of `.npy` files, by the names of the arrays.

- `pred_probs` (or `probabilities`) (E, N, C), or (N, C) for one epoch, with `gold` (or `labels`)
  (N,): what cleanlab calls so. Probabilities below 1e-38 are raised to it.
- `logits` (E, N, C) or (N, C), with `gold`.
- Signals (E, N): `loss`, `margin`, `other_label`, `gold_probability`, `is_correct`, ...; without
  `gold` the gold labels are not known.
- `guid` (N,) int or str, `epochs` (E,), `label_names` (C,) where given.

Pickled (object) arrays are refused.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.limits import require_unpacked
from carto_widget.formats.notes import KINDS, OF_CLASSES
from carto_widget.store.arrays import checked_epochs
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.kinds import WITHOUT_GOLD
from carto_widget.store.places.durable import write_file
from carto_widget.store.run.chosen import require_series
from carto_widget.store.run.ids import guid_array
from carto_widget.store.run.parts import Series

TITLE = "arrays, an .npz or a folder of .npy, named pred_probs or logits (E, N, C) with gold"
FORMATS = ("npz",)
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(OSError, EOFError, NotImplementedError, RuntimeError, MemoryError),
    UnicodeDecodeError,
)
MAGIC = b"\x93NUMPY"
_CUBES = ("pred_probs", "probabilities", "logits")
_SIGNALS = ("loss", "margin", "gold_probability", "is_correct", "prediction", "error")
_BESIDE = ("guid", "epochs", "label_names", "gold", "labels", "split", "mode", "task", "kind")


def recognises(path: Path) -> bool:
    """Arrays of which one is named as above, or a single `.npy`."""
    return is_array(path) or bool({*_CUBES, *_SIGNALS} & names_of(path))


def is_array(path: Path) -> bool:
    """A `.npy` file, by its first bytes."""
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def names_of(path: Path) -> set[str]:
    """The arrays of an `.npz` or of a folder."""
    if path.is_dir():
        return {file.stem for file in path.glob("*.npy") if is_array(file)}
    if not (path.is_file() and zipfile.is_zipfile(path)):
        return set()
    try:
        with zipfile.ZipFile(path) as packed:
            return {name.removesuffix(".npy") for name in packed.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return set()


def read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """Training dynamics of arrays; see `load`."""
    if is_array(path):
        raise ValueError(
            f"{path}: one array without its gold labels. Put them together: "
            "np.savez('run.npz', pred_probs=pred_probs, gold=labels), then load('run.npz'). "
            "Scores that data_diet wrote: carto.read_table"
        )
    found = arrays_of(path)
    note = {name: str(found[name]) for name in ("split", "mode", "task") if name in found}
    try:
        series = Series(**note)
        require_series([series], split, mode, task)
        signals = _signals(found)
        n_samples = next(iter(signals.values())).shape[1]
        kind = str(found.get("kind", "multiclass"))
        gold = _gold(found, n_samples, kind)
        names = found.get("label_names")
        with np.errstate(over="ignore"):  # beyond 32-bit floats: infinite
            return TrainingDynamics.from_arrays(
                gold=gold,
                guid=guid_array(found["guid"].tolist()) if "guid" in found else None,
                epochs=_whole("epochs", found["epochs"]) if "epochs" in found else None,
                label_names=None if names is None else [str(name) for name in names.ravel()],
                split=series.split,
                mode=series.mode,
                task=series.task,
                kind=kind,
                **signals,
            )
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{path}: {error}") from error


def write(dynamics: TrainingDynamics, path: Path, how: str) -> None:
    """Write signals (E, N), logits (E, N, C) where there are any, gold and guid as an `.npz`."""
    arrays: dict[str, Any] = {
        "guid": dynamics.guid if dynamics.guid.dtype.kind == "i" else dynamics.guid.astype(str),
        "gold": dynamics.gold,
        "epochs": dynamics.epochs,
        **{name: np.array(getattr(dynamics, name)) for name in ("split", "mode", "task", "kind")},
        **dynamics.signals,
    }
    if dynamics.label_names is not None:
        arrays["label_names"] = np.array(dynamics.label_names)

    def fill(temporary: Path) -> None:
        with open(temporary, "wb") as file:
            np.savez(file, **arrays)

    write_file(path, fill)


def arrays_of(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz` or a folder of `.npy` files, by name.

    Raises:
        ValueError: a damaged file, pickled objects, or more than the file can hold.
    """
    if path.is_dir():
        return {file.stem: array_of(file) for file in sorted(path.glob("*.npy"))}
    try:
        with zipfile.ZipFile(path) as packed:
            return {
                one.filename.removesuffix(".npy"): _member(path, packed, one)
                for one in packed.infolist()
                if one.filename.endswith(".npy")
            }
    except _DAMAGE as error:
        raise ValueError(f"{path}: damaged ({str(error)[:300]})") from error


def array_of(file: Path) -> NDArray[Any]:
    """One `.npy` file.

    Raises:
        ValueError: a damaged file, pickled objects, or fewer bytes than its shape says.
    """
    with open(file, "rb") as opened:
        _require_honest(file, file.name, opened, file.stat().st_size)
    found: NDArray[Any] = np.load(file, allow_pickle=False)
    return found


def _member(path: Path, packed: zipfile.ZipFile, one: zipfile.ZipInfo) -> NDArray[Any]:
    require_unpacked(path, one.filename, one.file_size, min(one.compress_size, _size(path)))
    with packed.open(one) as opened:
        _require_honest(path, one.filename, opened, one.file_size)
    with packed.open(one) as opened:
        found: NDArray[Any] = np.lib.format.read_array(opened, allow_pickle=False)
        opened.read()  # to the end, where the checksum is
    return found


def _size(path: Path) -> int:
    return path.stat().st_size


def _require_honest(path: Path, name: str, opened: Any, n_bytes: int) -> None:
    """Read a header and hold its shape against the bytes behind it."""
    try:
        version = np.lib.format.read_magic(opened)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise ValueError(f"version {version} of the format, expected 1.0 or 2.0")
        shape, _, dtype = read_header(opened)
    except Exception as error:  # what a damaged header raises is whatever its text evaluates to
        raise ValueError(f"{path}: the header of {name} is damaged ({str(error)[:300]})") from error
    if dtype.hasobject:
        raise ValueError(
            f"{path}: {name} holds pickled Python objects, which are never opened here. Where you "
            "trust the file: np.savez('clean.npz', name=np.array(array.tolist()))"
        )
    claimed = dtype.itemsize
    for length in shape:
        claimed *= length
    there = n_bytes - opened.tell()
    if claimed != there or any(length < 0 for length in shape) or not dtype.itemsize:
        raise ValueError(f"{path}: {name} {shape} claims {claimed:,} bytes, it has {there:,}")


def _signals(found: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Signals (E, N), and logits (E, N, C), of the arrays."""
    signals: dict[str, NDArray[Any]] = {}
    for name, values in found.items():
        is_cube = name in (*_CUBES, "label_margin")
        n_axes = 3 if is_cube else 2
        if name in _BESIDE or not (is_cube or values.ndim == 2 or name in _SIGNALS):
            continue
        if values.dtype.kind not in "iufb":
            raise ValueError(f"{name} is {values.dtype}, expected numbers")
        if values.ndim == n_axes - 1:
            values = values[None]  # one epoch
        if values.ndim != n_axes or not values.size:
            raise ValueError(
                f"{name} has shape {values.shape}, expected {'(E, N, C)'[: n_axes * 3]}"
            )
        signals[name] = values
    for name in _CUBES[:2]:
        if name in signals:
            signals["logits"] = log_of(name, signals.pop(name))
    if not signals:
        raise ValueError(f"none of its arrays is a signal; there are {', '.join(found)}")
    checked_epochs(None, signals)
    return signals


def log_of(name: object, probabilities: NDArray[Any]) -> NDArray[np.float64]:
    """Logarithms of probabilities, which are raised to 1e-38; `name` stands in the error."""
    wide = probabilities.astype(np.float64)
    outside = wide[(wide < 0) | (wide > 1 + 1e-4)]
    if len(outside):
        raise ValueError(f"{name} holds {outside[0]:g}, expected probabilities in 0..1")
    logits: NDArray[np.float64] = np.log(np.maximum(wide, 1e-38))
    return logits


def _gold(found: dict[str, NDArray[Any]], n_samples: int, kind: str) -> NDArray[Any]:
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}, expected one of {', '.join(KINDS)}")
    gold = found.get("gold", found.get("labels"))
    if gold is None:
        if {*_CUBES} & {*found} and kind not in WITHOUT_GOLD:
            raise ValueError("no gold labels: add gold=(N,) class numbers to the arrays")
        return np.full(n_samples, -1, np.int32)
    if kind in ("regression", "multilabel"):
        return gold  # `from_arrays` looks at these
    gold = _whole("gold", gold)
    logits = next((found[name] for name in _CUBES if name in found), None)
    if logits is not None and kind in OF_CLASSES and len(gold):
        _require_inside(gold, logits.shape[-1])
    return gold


def _whole(name: str, values: NDArray[Any]) -> NDArray[np.int64]:
    if values.ndim != 1 or values.dtype.kind not in "iuf" or not (values == np.round(values)).all():
        raise ValueError(f"{name} is {values.dtype} {values.shape}, expected whole numbers (N,)")
    if len(values) and max(abs(float(values.min())), abs(float(values.max()))) >= 2**31:
        raise ValueError(f"{name} holds {values.max()}, expected numbers below 2^31")
    return values.astype(np.int64)


def _require_inside(gold: NDArray[Any], n_classes: int) -> None:
    if not 0 <= gold.min() <= gold.max() < n_classes:
        raise ValueError(
            f"gold labels {gold.min()}..{gold.max()} for {n_classes} classes, "
            f"expected 0..{n_classes - 1}"
        )
