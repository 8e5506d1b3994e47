"""What ships to be tried: a small real dataset and the quickstart notebook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

LABEL_NAMES = ["negative", "neutral", "positive"]

_HERE = Path(__file__).resolve().parent


def reviews() -> pd.DataFrame:
    """3,708 sentences of product reviews, each judged by twenty people.

    One person's judgement is the label to train on; the nineteen others' stay aside as the truth.

    Returns:
        A DataFrame indexed by ``guid`` (str, lasting) with the columns

        - ``text`` (str): the sentence;
        - ``given`` (int8): what one person, drawn at random, said: 0, 1, 2 of `LABEL_NAMES`;
        - ``others_negative``, ``others_neutral``, ``others_positive`` (int8): how many of the
          nineteen others said so;
        - ``majority_others`` (int8): what most of the nineteen others said;
        - ``agreement_others`` (float32, 0 to 1): how many of them said so;
        - ``label_error`` (bool, 341 rows): at least 60 % of them agree on another label;
        - ``ambiguous`` (bool, 381 rows): fewer than 60 % of them agree.

    Source: C.J. Hutto and E. Gilbert, VADER, ICWSM 2014 (MIT); sentences of M. Hu and B. Liu,
    KDD 2004. The ``NOTICE`` beside the data holds the licence.
    """
    return pd.read_parquet(_HERE / "amazon_snippets.parquet").set_index("guid")


def planted() -> pd.DataFrame:
    """72 sentences that were written for a lesson, with the labels of hasty annotators.

    Returns:
        A DataFrame indexed by ``guid`` (str) with the columns

        - ``text`` (str): 36 sarcastic sentences, then 36 that praise and complain;
        - ``label`` (str): of the sarcastic ones 12 are called "positive", 24 "negative"; the others
          "positive" and "negative" in turn, for want of a better class;
        - ``truth`` (str): what they were written to be, "negative" and "mixed".
    """
    return pd.read_csv(_HERE / "planted.csv", index_col="guid", dtype=str)


def notebook() -> Path:
    """The quickstart notebook: in the installed package, or in ``examples/`` of a clone."""
    installed = _HERE / "quickstart.ipynb"
    return installed if installed.is_file() else _HERE.parents[1] / "examples" / installed.name
