"""What a trial says: in words, a row a seed, a row a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.datawork.comparison import counted, listed
from carto_widget.datawork.effect import Effect, points
from carto_widget.datawork.fits import Fitted, Key


@dataclass(frozen=True)
class Trial:
    """The same model fitted to the data before and after, and tested on the same samples.

    Attributes:
        fits: every fit, by data and seed.
        labels: (M,) classes of the test samples, -1 for one that is left out.
        edited: (M,) the same after edits of the test set; None where there are none.
        classes: what the classes are called.
        level: of all intervals.
    """

    fits: Sequence[Fitted]
    labels: NDArray[np.int64]
    edited: NDArray[np.int64] | None
    classes: Sequence[Any]
    level: float = field(default=0.95)

    @cached_property
    def pairs(self) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Seed to the answers (M,) before and after, of seeds with both."""
        found = {one.key: one.labels for one in self.fits if one.labels is not None}
        seeds = sorted({key.seed for key in found})
        both = {s: (found.get(Key("before", s)), found.get(Key("after", s))) for s in seeds}
        return {s: (b, a) for s, (b, a) in both.items() if b is not None and a is not None}

    def _effect(
        self, labels: NDArray[np.int64], of: int | None = None, level: float | None = None
    ) -> Effect:
        """On test samples with a label (of one class)."""
        chosen = labels >= 0 if of is None else labels == of
        shape = (len(self.pairs), int(chosen.sum()))
        answers = [
            np.array([pair[i][chosen] == labels[chosen] for pair in self.pairs.values()], float)
            for i in (0, 1)
        ]
        return Effect(answers[0].reshape(shape), answers[1].reshape(shape), level or self.level)

    @cached_property
    def effect(self) -> Effect:
        """What the change of the training data does on the test set as it is."""
        return self._effect(self.labels)

    @cached_property
    def effect_on_edited(self) -> Effect | None:
        """The same on the edited test set; None where there is none."""
        return None if self.edited is None else self._effect(self.edited)

    @property
    def verdict(self) -> str:
        """ "better", "worse" or "cannot tell", of the test set as it is."""
        return self.effect.verdict

    @property
    def seeds(self) -> pd.DataFrame:
        """Accuracies, a row a seed with both fits: `before`, `after`, `difference`."""
        one = self.effect
        columns = {"before": one.before.mean(axis=1), "after": one.after.mean(axis=1)}
        frame = pd.DataFrame(columns, index=pd.Index([*self.pairs], name="seed"))
        return frame.assign(difference=frame["after"] - frame["before"])

    @property
    def classes_by_seed(self) -> pd.DataFrame:
        """The same of the test samples of each class, indexed by seed and class."""
        rows = {}
        for code, name in self._tested():
            one = self._effect(self.labels, code)
            before, after = one.before.mean(axis=1), one.after.mean(axis=1)
            for seed, b, a in zip(self.pairs, before, after, strict=True):
                rows[seed, name] = {"before": b, "after": a, "difference": a - b}
        index = pd.MultiIndex.from_tuples([*rows], names=["seed", "class"])
        return pd.DataFrame([*rows.values()], index=index).sort_index(level=0, sort_remaining=False)

    @property
    def by_class(self) -> pd.DataFrame:
        """A row a class: `n` test samples, mean `before`, `after`, `difference`, `low`, `high`.

        The interval reaches as far as either of the two that a claim must pass, over seeds and over
        the class's test samples, and is so wide that those of all K classes hold together
        (Bonferroni: level 1 - (1 - level) / K): of many classes some would exclude 0 by chance. NaN
        of one seed.
        """
        tested, rows = self._tested(), {}
        level = 1 - (1 - self.level) / max(1, len(tested))
        for code, name in tested:
            one = self._effect(self.labels, code, level)
            low, high = one.interval or (np.nan, np.nan)
            rows[name] = {
                "n": one.before.shape[1],
                "before": one.before.mean(),
                "after": one.after.mean(),
                "difference": one.difference,
                "low": low,
                "high": high,
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("class")

    @property
    def errors(self) -> list[str]:
        """The fits that failed, and why."""
        return [f"{f.key.data}, seed {f.key.seed}: {f.error}" for f in self.fits if f.error]

    @property
    def sentences(self) -> list[str]:
        """What there is to say, the claim first."""
        return [str(self.effect), *self._on_edited(), *self._left_out()]

    def _tested(self) -> list[tuple[int, Any]]:
        return [(i, name) for i, name in enumerate(self.classes) if (self.labels == i).any()]

    def _on_edited(self) -> list[str]:
        edited = self.effect_on_edited
        if edited is None or self.edited is None:
            return []
        n_other = int(((self.edited != self.labels) & (self.edited >= 0)).sum())
        n_out = int(((self.edited < 0) & (self.labels >= 0)).sum())
        moves = [
            f"{points(float(new.mean() - old.mean()))} {when}"
            for when, old, new in (
                ("before", self.effect.before, edited.before),
                ("after", self.effect.after, edited.after),
            )
        ]
        return [
            f"On the test set with {counted(n_other, 'label')} edited and {n_out:,} left out: "
            f"{edited} The edits of the test set alone change the accuracy of the same models by "
            f"{' and '.join(moves)} points: that is no effect of the training data."
        ]

    def _left_out(self) -> list[str]:
        if not self.errors:
            return []
        return [
            f"{counted(len(self.errors), 'fit')} of {len(self.fits):,} failed, their seeds are "
            f"left out: {listed(self.errors)}."
        ]

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        first, *others = (escape(text) for text in self.sentences)
        shares = self.seeds.map("{:.1%}".format).to_html(border=0)
        said = "".join(f"<p>{text}</p>" for text in others)
        return f"<p><b>{first}</b></p>{said}{shares}"
