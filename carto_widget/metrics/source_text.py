"""The source text of functions that users define, as it is kept with a run."""

from __future__ import annotations

import hashlib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def source_text(function: Callable[..., Any]) -> str | None:
    """The lines that define a function, its decorators among them; None where they are unknown.

    Functions typed at a prompt or made by `exec` may have none.
    """
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return None


def digest(text: str | None) -> str | None:
    """SHA-256 of a source text in UTF-8, in hexadecimal."""
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
