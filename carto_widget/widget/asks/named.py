"""What the page does with named selections: save, select, delete, rename."""

from __future__ import annotations

from carto_widget.widget.asks import Answer, Parts
from carto_widget.widget.wire import Buffers, Header


def answer(parts: Parts, content: Header, buffers: Buffers) -> Answer:
    """Nothing but that it was done: names and selection travel as their own messages.

    Raises:
        ValueError: A name that cannot be given, is not there, or an unknown ``do``.
    """
    named, do, name = parts.named, content["do"], content["name"]
    try:
        if do == "save":
            named.save(name, parts.selection.mask)
        elif do == "select":
            parts.choose(named.mask(name), content.get("how", "replace"))
        elif do == "delete":
            del named[name]
        elif do == "rename":
            named.rename(name, content["to"])
        else:
            raise ValueError(f"named {do!r}: expected one of save, select, delete, rename")
    except KeyError as error:
        raise ValueError(error.args[0]) from None
    return {}, []
