"""Names and sessions of runs that two programs want at once: each goes to one of them."""

from __future__ import annotations

import os
from pathlib import Path

from carto_widget.store.durable import make_folder, sync_folder


def named(path: Path) -> list[Path]:
    """The run of this name and those with a suffix, that exist, oldest first."""
    suffixed = [
        (int(rest), folder)
        for folder in path.parent.glob(f"{path.name}-*")
        if (rest := folder.name[len(path.name) + 1 :]).isdecimal()
    ]
    return [path] * path.exists() + [folder for _, folder in sorted(suffixed)]


def claimed(wanted: Path) -> Path:
    """The wanted folder or the next with a free suffix, now ours and nobody else's."""
    make_folder(wanted.absolute().parent)
    number = 1
    while True:
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            folder.mkdir()
            sync_folder(folder.absolute().parent)
            free = True
        except FileExistsError:
            free = folder.is_dir() and not any(folder.iterdir())
        if free and claims(folder, 0):
            return folder
        number += 1


def claims(folder: Path, session: int) -> bool:
    """Whether this session of the run is now ours; another program may have been faster."""
    try:
        os.close(os.open(folder / f".session={session:02d}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def claimed_session(folder: Path, session: int) -> int:
    """The first session from this number on that nobody else has claimed, now ours."""
    while not claims(folder, session):
        session += 1
    return session
