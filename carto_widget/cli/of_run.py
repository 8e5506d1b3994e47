"""What a run is: `carto info` and `carto check`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import click

from carto_widget.cli.options import json_option, run_argument
from carto_widget.cli.voice import as_json, one_sentence, say, with_bar

UNITS = ("bytes", "kB", "MB", "GB", "TB")
CLASSES, WIDEST = 50, 60  # names that are told, and letters of one; --json has all


@click.command()
@run_argument
@json_option
def info(run: str, is_json: bool) -> None:
    """Say what a run holds: samples, epochs, tasks, signals, metrics, size.

    Counts are read, pages are not: `carto check` reads everything.
    """
    with one_sentence(f"reading {run}"):
        facts = _contents(run)
    say(as_json(facts) if is_json else "\n".join(_told(facts)))


def _contents(path: str) -> dict[str, Any]:
    """The account of a run, its files, and the signals and metrics of each of its series."""
    from carto_widget.metrics.table import supported
    from carto_widget.store.account.facts import account_of
    from carto_widget.store.dynamics import TrainingDynamics
    from carto_widget.store.run.parts import Series
    from carto_widget.store.run.run import RunFolder

    run = RunFolder.open(path)
    facts = asdict(account_of(run))
    for name in ("read", "wrong", "notes"):  # what `carto check` is for
        del facts[name]
    files = [name for name in run.place.names() if not name.rpartition("/")[2].startswith(".")]
    facts |= {
        "created": run.description.get("created", ""),
        "n_files": len(files),
        "n_bytes": sum(map(run.place.size, files)),
        "writers": run.place.writers(),
    }
    account = {
        Series(split["name"], one["mode"], one["task"], one["signal"]): one
        for split in facts["splits"]
        for one in split["series"]
    }
    for series in run.series():
        one = account.get(series, {})  # not there: signals of the loop's own alone
        dynamics = TrainingDynamics.of_run(run, series)
        one["label_names"] = dynamics.label_names
        one["signals"] = list(dynamics.signals) if len(dynamics.epochs) else []
        one["metrics"] = supported(one["signals"])
    return facts


def _told(facts: dict[str, Any]) -> Iterator[str]:
    """What a run holds, for a reader."""
    from carto_widget.store.account.sentences import after, counted

    code, sessions = facts["code"] or "?", counted(facts["n_sessions"], "session")
    yield f"{facts['path']}: {_size(facts['n_bytes'])} in {counted(facts['n_files'], 'file')}"
    yield f"recorded by carto-widget {code} in {sessions}, begun {facts['created'] or '?'}"
    yield from after(facts["parent"])
    for process in facts["writers"]:
        yield f"process {process} is writing it now"
    if facts["stopped"]:
        yield f"recording stopped: {facts['stopped']}"
    yield from facts["own"]
    for split in facts["splits"]:
        named = f", named by {split['guid']}" if split["guid"] else ""
        yield f"\n{split['name']}: {counted(split['n_samples'], 'sample')}{named}"
        for one in split["series"]:
            yield from _series_told(one)


def _series_told(one: dict[str, Any]) -> Iterator[str]:
    from carto_widget.store.account.sentences import counted, numbers

    kind = f" ({one['kind']})" if one["kind"] else ""
    what = f"signal {one['signal']}" if one["signal"] else f"task {one['task']}{kind}"
    done = f"{numbers(one['epochs'])} complete" if one["epochs"] else "no epoch complete yet"
    if one["running"] is not None:
        done += f", epoch {one['running']} has {counted(one['n_running'], 'row')} so far"
    yield f"  {one['mode']}, {what}: {done}"
    lists = {"classes": _classes(one.get("label_names") or [])}
    lists |= {title: one.get(title) or [] for title in ("signals", "metrics")}
    for title, names in lists.items():
        if names:
            yield _wrapped(f"{title}: ", names)


def _classes(names: list[str]) -> list[str]:
    """Names of classes, as many and each as long as is read."""
    told = [n if len(n) <= WIDEST else f"{n[: WIDEST - 1]}…" for n in names[:CLASSES]]
    return [*told, *[f"and {len(names) - CLASSES:,} more"] * (len(names) > CLASSES)]


def _wrapped(title: str, names: Iterable[str]) -> str:
    lines = [f"    {title}"]
    for name in names:
        if len(lines[-1]) + len(name) > 96:
            lines.append("      ")
        lines[-1] += f"{name}, "
    return "\n".join(line.rstrip() for line in lines).removesuffix(",")


def _size(n_bytes: float) -> str:
    power = 0
    while n_bytes >= 1000 and power < len(UNITS) - 1:
        n_bytes, power = n_bytes / 1000, power + 1
    return f"{n_bytes:.3g} {UNITS[power]}"


@click.command()
@run_argument
@json_option
def check(run: str, is_json: bool) -> None:
    """Read a run whole and say what it holds, what was verified, what is missing or damaged.

    Exit code 0: sound; 1: something is wrong; 2: not a run.
    """
    from carto_widget.store.account.inspection import inspected
    from carto_widget.store.account.sentences import paragraph

    with one_sentence():
        account = inspected(run, partial(with_bar, doing="reading"))
    text = paragraph(account)
    facts: dict[str, Any] = {"is_sound": account.is_sound, **asdict(account), "paragraph": text}
    say(as_json(facts) if is_json else text)
    sys.exit(0 if account.is_sound else 1)
