"""A ledger that other labelling tools write to and read from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from carto_widget.curation.exchange.exchange import edit_id, read_said, require_said, write_shown
from carto_widget.curation.exchange.words import Names, Said, Shown, plain
from carto_widget.curation.file.entry import DECISIONS
from carto_widget.curation.held.frames import decisions
from carto_widget.curation.writing import Writing


class Exchanging(Writing):
    """A ledger whose samples are looked at elsewhere, too."""

    def export(
        self,
        path: str | os.PathLike[str],
        what: Any = None,
        *,
        format: str = "label-studio",  # noqa: A002  # the word that save has for it
        gold: str | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write samples, with what was decided of them, for another labelling tool.

        Args:
            path: Of the new file.
            what: Which samples, as `relabel` takes them; without it those with a decision.
            format: "label-studio" (tasks), "argilla" (records) or "fiftyone" (samples, which need a
                column ``filepath``).
            gold: What the label is called there: a control, a question or a field.
            overwrite: A file of that name is replaced.

        Raises:
            FileExistsError: There is such a file.
            ValueError: An unknown format or sample, or samples that the tool cannot show.
        """
        held, samples = self.held(), self.samples
        made, decided = decisions(held), held.rows(*DECISIONS)
        edits = dict(zip(held.guid[decided], held.texts("id", decided), strict=True))
        rows = samples.rows(list(made.index) if what is None else what, verb="export")
        guids = samples.dataset.guid[rows].tolist()
        frame = None if samples.frame is None else samples.frame.iloc[rows]
        columns = [] if frame is None else [name for name in frame if isinstance(name, str)]
        fields = [{} for _ in guids] if frame is None else frame[columns].to_dict("records")
        told: dict[Any, Any] = made.to_dict("index")
        shown = []
        for guid, values, old in zip(guids, fields, samples.classes(rows), strict=True):
            one = told.get(guid)
            read = {str(name): plain(value) for name, value in values.items()}
            if one is None:
                shown.append(Shown(guid, read, old))
                continue
            kind, was = one["kind"], one["from"]
            label = {"relabel": one["to"], "keep": was}.get(kind)
            of = edits[guid]
            shown.append(Shown(guid, read, was, kind, label, one["who"], one["note"], of))
        write_shown(Path(path), format, shown, gold, overwrite=overwrite)
        return Path(path)

    def read(
        self,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,  # noqa: A002  # the word that save has for it
        guid: str | None = None,
        gold: str | None = None,
        reviewer: str | None = None,
    ) -> list[str]:
        """Take over what people decided in another labelling tool.

        A label that differs from the sample's is a `relabel`, the same one a `keep`; a label of
        FiftyOne that is the same says nothing, as nobody may have looked. All or nothing; what was
        read before is not read twice, and a decision that was exported and stood there untouched
        is the one that it was.

        Args:
            path: A JSON file that Label Studio, Argilla or FiftyOne exported.
            format: "label-studio", "argilla" or "fiftyone"; without it by the content.
            guid: Under which name a sample's guid is there: a key of a task's data, of a record's
                metadata, of a sample. Without it "guid"; of Argilla the record's id.
            gold: What the label is called there, where there are several.
            reviewer: Who decided; without it who is told there.

        Returns:
            The ids of the edits.

        Raises:
            ValueError: No such file's content, or labels of unknown samples or classes, or several
                for one sample: of each kind how many and the first three; nothing is written.
        """
        tool, said = read_said(Path(path), format, Names(guid, gold))
        samples = self.samples
        rows = {_key(one): row for row, one in enumerate(samples.dataset.guid.tolist())}
        classes = {str(one): one for one in self.label_names(samples.known)}
        faults: dict[str, list[Any]] = {
            "no guid": [one.label for one in said if one.guid is None],
            "sample unknown": [
                one.guid for one in said if one.guid is not None and _key(one.guid) not in rows
            ],
            "not one class": [one.guid for one in said if one.label is None],
            "class unknown (a new one is added first: ledger.add_class)": [
                one.label for one in said if one.label is not None and str(one.label) not in classes
            ],
        }
        require_said(Path(path), faults, len(said))
        return self._taken(tool, said, rows, classes, reviewer)

    def _taken(
        self,
        tool: str,
        said: list[Said],
        rows: dict[str, int],
        classes: dict[str, Any],
        reviewer: str | None,
    ) -> list[str]:
        samples = self.samples
        at = np.array([rows[_key(one.guid)] for one in said], np.int64)
        last: dict[tuple[str, int], tuple[Any, str]] = {}  # of one person about a sample
        for one, row, was in zip(said, at.tolist(), samples.classes(at), strict=True):
            label = classes[str(one.label)]
            if label != was or tool != "fiftyone" or one.edit:
                told = None if label == was else label
                edit = one.edit if one.edit and reviewer is None else edit_id(tool, one)
                last[reviewer or one.who or tool, row] = told, edit
        alike: dict[tuple[str, Any], list[tuple[int, str]]] = {}
        for (who, row), (label, edit) in last.items():
            alike.setdefault((who, label), []).append((row, edit))
        made = []
        for (who, label), held in alike.items():
            order, ids = zip(*sorted(held), strict=True)
            kind = "keep" if label is None else "relabel"
            what = samples.dataset.guid[np.array(order)]
            made += self.by(who).write(kind, what, to=label, reason=tool, ids=ids)
        return made


def _key(guid: Any) -> str:
    """Tools write numbers as texts."""
    return str(guid)
