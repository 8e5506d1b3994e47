"""What something is made of, as one number: equal where it would train and test the same."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator, Mapping, Set
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd


def fingerprint(thing: Any) -> str:
    """SHA-256 (hex) of data or of a function: of its values, not of where they lie in memory.

    Arrays, tensors, sparse matrices, DataFrames, Hugging Face datasets, mappings, sequences, and
    objects by their class and attributes; functions by name, source and what they closed over.

    Raises:
        TypeError: something of which nothing is known that would be the same tomorrow.
    """
    digest = sha256()
    for piece in _pieces(thing, frozenset()):
        digest.update(len(piece).to_bytes(8, "little") + piece)
    return digest.hexdigest()


def _pieces(thing: Any, within: frozenset[int]) -> Iterator[bytes]:
    if id(thing) in within:  # a circle
        yield b"again"
        return
    yield type(thing).__qualname__.encode()
    if thing is None or isinstance(thing, (bool, int, float, str, bytes)):
        yield repr(thing).encode()
        return
    inner = within | {id(thing)}
    for part in _parts(thing):
        yield from [part] if isinstance(part, bytes) else _pieces(part, inner)


def _parts(thing: Any) -> Iterator[Any]:
    """Bytes, and things that have parts in their turn."""
    if isinstance(thing, np.ndarray):
        yield from _of_array(thing)
    elif isinstance(thing, (pd.DataFrame, pd.Series, pd.Index)):
        yield from _of_frame(thing)
    elif hasattr(thing, "detach") and hasattr(thing, "numpy"):  # a tensor
        yield thing.detach().cpu().numpy()
    elif hasattr(thing, "tocsr"):
        rows = thing.tocsr()
        yield from (rows.shape, rows.data, rows.indices, rows.indptr)
    elif isinstance(getattr(thing, "_fingerprint", None), str):  # datasets.Dataset
        yield thing._fingerprint.encode()
    elif isinstance(thing, Mapping):
        yield from (part for item in thing.items() for part in item)
    elif isinstance(thing, Set):
        yield from sorted(fingerprint(one).encode() for one in thing)
    elif isinstance(thing, (list, tuple, range)):
        yield from thing
    elif isinstance(thing, partial):
        yield from (thing.func, thing.args, thing.keywords)
    elif inspect.ismodule(thing):
        yield thing.__name__.encode()
    elif inspect.isroutine(thing) or inspect.isclass(thing):
        yield from _of_function(thing)
    elif hasattr(thing, "__dict__"):
        yield from (type(thing), vars(thing))
    else:
        yield _pickled(thing)


def _of_array(values: Any) -> Iterator[Any]:
    yield f"{values.dtype.str} {values.shape}".encode()
    yield values.tolist() if values.dtype.hasobject else np.ascontiguousarray(values).tobytes()


def _of_frame(frame: Any) -> Iterator[Any]:
    if isinstance(frame, pd.DataFrame):
        yield from (frame.index, [str(name) for name in frame.columns])
        yield from (frame.iloc[:, i] for i in range(frame.shape[1]))
    else:
        yield str(frame.dtype).encode()
        yield frame.index if isinstance(frame, pd.Series) else b""
        is_plain = isinstance(frame.dtype, np.dtype)
        yield frame.to_numpy() if is_plain else np.asarray(frame.astype(object))


def _of_function(thing: Callable[..., Any]) -> Iterator[Any]:
    """Its name, its source where there is any, and the values it was made with."""
    yield f"{getattr(thing, '__module__', '')}.{thing.__qualname__}".encode()
    try:
        yield inspect.getsource(thing).encode()
    except (OSError, TypeError):  # built in, or typed where no source is kept
        yield from _of_code(getattr(thing, "__code__", None))
    yield (getattr(thing, "__defaults__", None), getattr(thing, "__kwdefaults__", None))
    if inspect.ismethod(thing):
        yield thing.__self__
    for cell in getattr(thing, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            yield b"empty"


def _of_code(code: Any) -> Iterator[Any]:
    if code is None:
        return
    yield from (code.co_code, code.co_names)
    for constant in code.co_consts:
        yield from _of_code(constant) if inspect.iscode(constant) else [constant]


def _pickled(thing: Any) -> bytes:
    try:
        return pickle.dumps(thing, protocol=4)
    except Exception as error:
        raise TypeError(
            f"trial(path=...): {type(thing).__name__} cannot be told from others of its kind in "
            f"another process ({error}); give arrays, DataFrames or objects with attributes, or "
            "leave path= away"
        ) from error
