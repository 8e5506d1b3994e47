"""Which of the samples' columns one reads a sample by."""

from __future__ import annotations

from typing import Any

import pandas as pd

FEW = 50  # texts with no more different values are a category


def preview_name(samples: pd.DataFrame) -> str | None:
    """The column to read a sample by: ``text``, else the first whose texts mostly differ, else
    the first of texts."""
    texts = [name for name in samples if isinstance(name, str) and is_text(samples[name])]
    if "text" in texts or not texts:
        return "text" if texts else None
    return next((name for name in texts if samples[name].nunique() > FEW), texts[0])


def is_text(values: pd.Series[Any]) -> bool:
    """Are these texts?"""
    if isinstance(values.dtype, pd.StringDtype):
        return True
    return values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "string"
