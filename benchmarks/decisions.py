"""How many labels somebody must look at until a model is as good as with all of them put right.

Two datasets in which every sample was judged by twenty or more people. One person's judgement is
the label to train on; a reviewer decides on the samples in some order and gives each the label of
the other people's majority; a model is trained again and tested against that majority on samples
that no reviewer sees. Four orders:

- the margin of the mean probability over the epochs (ours), of one training, and the mean of three,
- plain confidence of one training (Swayamdipta et al. 2020),
- confident learning over five folds (Northcutt et al. 2021, cleanlab),
- chance.

Run ``python benchmarks/decisions.py [SEEDS [PICTURE.html]]``: five seeds of three folds each,
twenty minutes on two cores. Model, test samples and random numbers are the same for all orders;
nothing is asserted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import carto_widget as carto
from carto_widget.demo import LABEL_NAMES, reviews

SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.55, 0.75, 1.0)  # decided so far
FOLDS = 3  # two train, one tests
FITS = 4  # whose accuracies make one point
ENOUGH = 0.95  # of the gain
EPOCHS = 12
DRAWS = 2_000  # of the bootstrap
OURS, THREE, CONFIDENCE, CONFIDENT, CHANCE = (
    "mean probability margin",
    "the same of 3 trainings",
    "1 - confidence",
    "confident learning",
    "random",
)

ORDERS = [OURS, THREE, CONFIDENCE, CONFIDENT, CHANCE]
Labels = NDArray[np.int64]
Suspicion = NDArray[np.float64]  # higher = looked at earlier


def tweets() -> pd.DataFrame:
    """4,004 texts, described as `carto_widget.demo.reviews` describes its own."""
    here = Path(__file__).parent / "data" / "tweet_snippets.parquet"
    return pd.read_parquet(here).set_index("guid")


DATASETS: dict[str, Callable[[], pd.DataFrame]] = {"amazon": reviews, "tweets": tweets}


@cache
def features(name: str) -> torch.Tensor:
    """(N, 456): averaged word vectors beside the main directions of the word counts."""
    import wordllama
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = DATASETS[name]()["text"].tolist()
    home = Path(wordllama.__file__).parent  # the vectors come with the package
    meaning = wordllama.WordLlama.load(cache_dir=home, disable_download=True).embed(texts)
    counts = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)
    both = np.hstack([meaning, TruncatedSVD(200, random_state=0).fit_transform(counts)])
    return torch.from_numpy((both - both.mean(0)) / (both.std(0) + 1e-6)).float()


def trained(
    x: torch.Tensor, labels: Labels, seed: int, recorder: carto.Recorder | None = None
) -> torch.nn.Module:
    """A network of two layers; what it says on the way is recorded."""
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(x.shape[1], 128), torch.nn.ReLU(), torch.nn.Dropout(0.5)]
    model = torch.nn.Sequential(
        torch.nn.Dropout(0.3), *layers, torch.nn.Linear(128, len(LABEL_NAMES))
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    gold = torch.from_numpy(labels)
    for _epoch in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(128):
            logits = model(x[batch])
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(logits, gold[batch]).backward()
            optimizer.step()
            if recorder is not None:
                recorder.log(logits, gold[batch], guid=batch)
        if recorder is not None:
            recorder.end_epoch()
    return model.eval()


def said(model: torch.nn.Module, x: torch.Tensor) -> NDArray[np.float64]:
    """(N, C): probabilities."""
    with torch.no_grad():
        return model(x).softmax(1).double().numpy()  # type: ignore[no-any-return]


def orders(x: torch.Tensor, labels: Labels, seed: int) -> dict[str, Suspicion]:
    """(N,) a sample's place in the queue by each order, the largest first."""
    tables = [recorded(x, labels, 3 * seed + k) for k in range(3)]
    margins = [table["mean_probability_margin"].to_numpy() for table in tables]
    return {
        OURS: -margins[0],
        THREE: -np.mean(margins, axis=0),
        CONFIDENCE: 1 - tables[0]["confidence"].to_numpy(),
        CONFIDENT: confident_learning(x, labels, seed),
        CHANCE: np.random.default_rng(seed).random(len(x)),
    }


def recorded(x: torch.Tensor, labels: Labels, seed: int) -> pd.DataFrame:
    """The metrics of one training, a row a sample."""
    with carto.Recorder() as recorder:
        trained(x, labels, seed, recorder)
        return carto.table(recorder, ["confidence", "mean_probability_margin"]).sort_index()


def confident_learning(x: torch.Tensor, labels: Labels, seed: int) -> Suspicion:
    """What cleanlab flags comes first; within flagged and others by its normalised margin."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
    from sklearn.model_selection import StratifiedKFold

    outside = np.zeros((len(x), len(LABEL_NAMES)))
    for inner, left in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, labels):
        outside[left] = said(trained(x[inner], labels[inner], seed), x[left])
    quality = get_label_quality_scores(labels, outside, method="normalized_margin")
    return find_label_issues(labels, outside, n_jobs=1) + 1 - quality  # type: ignore[no-any-return]


def fold(name: str, seed: int, number: int) -> pd.DataFrame:
    """Accuracy, found errors of each order and share of decisions, of one fold of one seed."""
    from sklearn.model_selection import KFold

    torch.set_num_threads(1)
    samples, x = DATASETS[name](), features(name)
    given = samples["given"].to_numpy().astype(np.int64)
    truth = samples["majority_others"].to_numpy().astype(np.int64)
    train, test = list(KFold(FOLDS, shuffle=True, random_state=seed).split(given))[number]
    wrong = given[train] != truth[train]

    def accuracy(labels: Labels) -> float:
        fits = [trained(x[train], labels, 1_000 + FITS * seed + k) for k in range(FITS)]
        return float(np.mean([said(one, x[test]).argmax(1) == truth[test] for one in fits]))

    ends = {0.0: accuracy(given[train]), 1.0: accuracy(truth[train])}
    rows = []
    for order, suspicion in orders(x[train], given[train], FOLDS * seed + number).items():
        queue = np.argsort(-suspicion, kind="stable")
        for share in SHARES:
            decided = queue[: round(share * len(queue))]
            labels = given[train].copy()
            labels[decided] = truth[train][decided]
            reached = ends[share] if share in ends else accuracy(labels)
            found = wrong[decided].sum() / wrong.sum()
            rows.append((name, seed, number, order, share, len(decided), reached, found))
    columns = ["dataset", "seed", "fold", "order", "share", "decisions", "accuracy", "found"]
    return pd.DataFrame(rows, columns=columns)


def enough(decisions: NDArray[Any], accuracy: NDArray[Any]) -> float:
    """Decisions until ENOUGH of the gain of all; the curve is made monotone, and read between.

    Of a curve that gains nothing: NaN.
    """
    from sklearn.isotonic import IsotonicRegression

    first, last = accuracy[0], accuracy[-1]
    if last <= first:
        return float("nan")
    rising = IsotonicRegression().fit_transform(decisions, accuracy)
    wanted = first + ENOUGH * (last - first)
    after = int(np.argmax(rising >= wanted)) if rising[-1] >= wanted else len(rising) - 1
    if after == 0:
        return 0.0
    (a, b), (x, y) = decisions[after - 1 : after + 1], rising[after - 1 : after + 1]
    return float(a + (b - a) * min(1.0, (wanted - x) / (y - x)))


def bootstrap(units: int) -> Iterator[NDArray[np.int64]]:
    """Which folds stand for all; first all of them."""
    rng = np.random.default_rng(0)
    yield np.arange(units)
    for _ in range(DRAWS):
        yield rng.integers(units, size=units)


def report(results: pd.DataFrame) -> str:
    """What one dataset shows, in words and numbers."""
    by = results.pivot_table(index=["seed", "fold"], columns=["order", "share"], values="accuracy")
    decisions = results.groupby("share")["decisions"].mean().to_numpy()
    curves = np.stack([by[name].to_numpy() for name in ORDERS])  # (orders, folds, shares)
    draws = [curves[:, some].mean(1) for some in bootstrap(curves.shape[1])]
    gains = 100 * np.array([one[0, -1] - one[0, 0] for one in draws])
    needed = np.array([[enough(decisions, curve) for curve in one] for one in draws])
    ours = needed[:, 0]
    found = results[results["share"] == 0.2].groupby("order")["found"].mean()
    table = pd.DataFrame(
        {
            "decisions": [f"{count:,.0f}" for count in needed[0]],
            "95 % interval": [interval(needed[:, k]) for k in range(len(ORDERS))],
            "of random's": (needed[0] / needed[0, -1]).round(2),
            "ours - it": ["", *(difference(ours - other) for other in needed.T[1:])],
            "errors found at 20 %": [f"{found[name]:.0%}" for name in ORDERS],
        },
        index=ORDERS,
    )
    before, after = 100 * draws[0][0, [0, -1]]
    can_tell = np.quantile(gains, 0.025) > 0
    return (
        f"{results['dataset'].iloc[0]}: accuracy {before:.2f} % with the labels as given, "
        f"{after:.2f} % with all {decisions[-1]:,.0f} decided: {gains[0]:+.2f} points "
        f"{interval(gains, 2)}{'' if can_tell else ', which cannot be told from noise'}\n"
        f"decisions until {ENOUGH:.0%} of that:\n{table.to_string()}\n"
    )


def interval(draws: NDArray[Any], digits: int = 0) -> str:
    """The middle 95 % of the draws."""
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return f"[{low:,.{digits}f}, {high:,.{digits}f}]"


def difference(draws: NDArray[Any]) -> str:
    """The first draw, which is of all folds, and whether the others agree on its sign."""
    low, high = np.nanquantile(draws, [0.025, 0.975])
    word = "fewer" if high < 0 else "more" if low > 0 else "cannot tell"
    return f"{draws[0]:+,.0f} {interval(draws)} {word}"


def picture(results: pd.DataFrame, path: str) -> None:
    """Accuracy against decisions, a chart a dataset."""
    from bokeh.layouts import row
    from bokeh.palettes import Colorblind5
    from bokeh.plotting import figure, output_file, save

    charts = []
    for name, of in results.groupby("dataset"):
        chart = figure(
            width=560,
            height=380,
            title=f"{name}: test accuracy against decisions",
            x_axis_label="labels decided",
            y_axis_label="accuracy, mean of all seeds and folds",
        )
        mean = of.groupby(["order", "share"])[["decisions", "accuracy"]].mean()
        for color, order in zip(Colorblind5, [OURS, CONFIDENCE, CONFIDENT, CHANCE], strict=True):
            line = mean.loc[order]
            chart.line(
                line["decisions"], line["accuracy"], color=color, width=2, legend_label=order
            )
        chart.legend.location = "bottom_right"
        charts.append(chart)
    output_file(path, title="Accuracy against decisions", mode="inline")
    save(row(*charts))


def main(seeds: int = 5, path: str = "") -> None:
    """Print what the datasets show; draw the curves where a path is given."""
    work = [(name, seed, k) for name in DATASETS for seed in range(seeds) for k in range(FOLDS)]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        results = pd.concat(pool.map(fold, *zip(*work, strict=True)))
    print(f"{seeds} seeds of {FOLDS} folds, {FITS} fits a point; {torch.__version__=!s}")
    for name in DATASETS:
        print(report(results[results["dataset"] == name]))
    if path:
        picture(results, path)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5, *sys.argv[2:3])
