"""What a page may ask: one file a question, with ``answer(parts, content, buffers)``.

It is answered beside the frames, in the order in which it was asked (`answers.py`); where the file
says ``IS_QUICK = True``, at once and on the map's thread.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from carto_widget.views.nearest import nearest
from carto_widget.widget.asked import Asked
from carto_widget.widget.cards.deck import Deck
from carto_widget.widget.chosen import Chosen
from carto_widget.widget.named import Named
from carto_widget.widget.projector import Projector
from carto_widget.widget.review.desk import Desk
from carto_widget.widget.selection import Mask, Selection
from carto_widget.widget.source import Source
from carto_widget.widget.wire import Buffers, Header

Answer = tuple[Header, Buffers]
Choose = Callable[[Mask, str], None]  # selects rows, and tells the page


@dataclass(frozen=True)
class Parts:
    """What a map is made of, for those who answer.

    Attributes:
        selection: As it was when the question came.
    """

    source: Source
    projector: Projector
    chosen: Chosen
    deck: Deck
    named: Named
    choose: Choose
    asked: Asked
    code: Callable[[], str]
    desk: Desk
    selection: Selection


@cache
def _questions() -> dict[str, Any]:
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    files = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name.replace("_", "-"): file for name, file in files.items()}


def is_quick(what: Any) -> bool:
    """Is this a question that the map's thread answers itself?"""
    return getattr(_questions().get(what), "IS_QUICK", False)


def answered(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """The answer to an ask: what its header says beside ``ask`` and ``error``, and its buffers.

    Raises:
        ValueError: A question that nobody knows, or what its own file raises.
    """
    what, there_is = content["what"], _questions()
    if what not in there_is:
        raise ValueError(
            f"ask {what!r}: expected one of {', '.join(nearest(what, list(there_is)))}"
        )
    answer: Answer = there_is[what].answer(parts, content, buffers)
    return answer
