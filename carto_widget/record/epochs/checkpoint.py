"""Where a recording stood, so that it goes on with a restored model exactly there."""

from __future__ import annotations

from typing import Any

from carto_widget.record.epochs.book import Book, Place


def state_of(book: Book) -> dict[str, Any]:
    """The state to keep beside the model's; plain dicts, lists, strings and numbers.

    The rows of the epochs in flight are put on disk first.

    Raises:
        ValueError: The recording lives in memory.
    """
    if book.run.path is None:
        raise ValueError(
            "this recording lives in memory and cannot go on in another process: give the Recorder "
            "a run folder"
        )
    passes = []
    for split, mode in book.known_passes():
        epoch = book.flying.get((split, mode))
        if epoch is not None:
            for head in epoch.heads.values():
                head.finish()
            book.write_chunks(epoch)
        heads = epoch.heads if epoch else {}
        chunks = {task: head.last_chunk for task, head in heads.items() if head.last_chunk >= 0}
        number, n_steps = book.next_epoch(split, mode), epoch.n_steps if epoch else 0
        where = {"next": number, "chunks": chunks, "steps": n_steps}
        passes.append({"split": split, "mode": mode, **where})
    return {"run": book.run.description["run"], "session": book.run.session, "passes": passes}


def go_on(book: Book, state: dict[str, Any]) -> None:
    """Go on at a state: what was recorded after it is kept on disk and not read.

    Raises:
        ValueError: Another run's state, or one that is not older than this session.
    """
    if state["run"] != book.run.description.get("run"):
        raise ValueError(
            f"load_state_dict got the state of run {state['run']}, this is run "
            f"{book.run.description.get('run')}: open its folder, "
            "Recorder(path, if_exists='resume')"
        )
    if state["session"] >= book.run.session or book.flying:
        raise ValueError(
            "load_state_dict comes before the first log of a new session: make the recorder with "
            "Recorder(path, if_exists='resume'), then load the state"
        )
    passes = {(known["split"], known["mode"]): known for known in state["passes"]}
    for key in book.known_passes():
        known = passes.get(key, {"next": 0, "chunks": {}})
        ends = {task: (state["session"], chunk) for task, chunk in known["chunks"].items()}
        # Each process writes chunks of its own, and a state is one process's.
        is_whole = book.rank.of == 1
        n_steps = known.get("steps", 0) if is_whole else 0
        book.take_back(key, Place(known["next"], ends if is_whole else {}, n_steps))
