"""The README that lies in every run: how to read it with nothing of ours installed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Template
from typing import Any

from numpy.typing import NDArray

from carto_widget.store.run.parts import Series

FILE = "README.md"
_SPARK = {"int64": "BIGINT", "int32": "INT", "float32": "FLOAT", "object": "STRING"}

_TEXT = Template('''\
# What a model said of every sample, epoch by epoch

A run of carto-widget. `run.json` says what was recorded, `ids/` maps rows of the dataset (`sample`)
to their lasting names (`guid`), `dynamics/` holds what the model said: Parquet files, one or more
an epoch, with the columns $columns.
What each means, and which files count, is written in docs/record.md of carto-widget.

    pip install carto-widget
    carto table . -o table.csv

Or without it, in this folder. First, which files belong to complete epochs:

```python
from pathlib import Path

epochs = {}
for file in sorted(Path("$folder").glob("epoch=*.parquet")):
    epoch, session, _, _, ranks, *_ = file.stem.split("-")
    sessions = epochs.setdefault(epoch, {})
    number = int(session.removeprefix("session="))
    sessions.setdefault((number, int(ranks)), []).append(str(file))

files = []
for sessions in epochs.values():
    (_, ranks), parts = max(sessions.items())  # of the newest session
    if sum(part.endswith("-last.parquet") for part in parts) == ranks:
        files += parts
```

Then, with one of these, $what:

```python
# pandas
import numpy as np
import pandas as pd

rows = pd.read_parquet(files, columns=[$wanted])
rows = rows.drop_duplicates(["epoch", "$key"]).dropna(subset=["$observed"])$pandas_ids
$pandas
```

```python
# polars
import polars as pl

table = (
    pl.scan_parquet(files, hive_partitioning=False)
    .unique(["epoch", "$key"], keep="first", maintain_order=True)$polars_ids
    .group_by("guid")
    .agg($polars)
    .collect()
)
```

```python
# DuckDB
import duckdb

table = duckdb.sql(f"""
    SELECT guid, $sql
    FROM (
        SELECT * FROM read_parquet({files}, filename=true)
        QUALIFY row_number() OVER (PARTITION BY epoch, "$key" ORDER BY filename) = 1
    )$duckdb_ids
    GROUP BY guid
""").df()
```

```python
# Spark
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
schema = "$schema"
rows = spark.read.schema(schema).parquet(*files).selectExpr("*", "input_file_name() AS file")
rows.createOrReplaceTempView("rows")$spark_ids
table = spark.sql("""
    SELECT guid, $sql
    FROM (
        SELECT *, row_number() OVER (PARTITION BY epoch, $key ORDER BY file) AS n FROM rows
    )$spark_join
    WHERE n = 1
    GROUP BY guid
""")
```

An absent row was not seen in that epoch; a null was seen, but was not a number. The same sample
several times in an epoch counts once: its first row.

Not handled here: where a program went on with this run in the middle of an epoch, or took epochs
back (there is a file `.session=01` then), carto-widget follows the footer entry `carto.continues`.
Samples that no epoch saw have no row in these tables. Other splits, modes and tasks lie beside this
one and may have other columns.
''')

_PROBABILITY = """\
rows["p"] = $probability
rows["is_right"] = $right
by_guid = rows.groupby("guid")
table = pd.DataFrame(
    {
        "confidence": by_guid["p"].mean(),
        "variability": by_guid["p"].std(ddof=0),
        "correctness": by_guid["is_right"].mean(),
    }
)"""


def text(series: Series, columns: Mapping[str, NDArray[Any]]) -> str:
    """The README of a run whose first part belongs to a series and has these columns."""
    key = "guid" if "guid" in columns else "sample"
    ids = f"ids/{series.folder.split('/')[1]}"
    joined = {
        "pandas_ids": f'\nrows = rows.merge(pd.read_parquet("{ids}"), on="sample")',
        "polars_ids": f'\n    .join(pl.scan_parquet("{ids}/*.parquet"), on="sample")',
        "duckdb_ids": f"\n    JOIN read_parquet('{ids}/*.parquet') USING (sample)",
        "spark_ids": f'\nspark.read.parquet("{ids}").createOrReplaceTempView("ids")',
        "spark_join": " JOIN ids USING (sample)",
    }
    if key == "guid":
        joined = dict.fromkeys(joined, "")
    measures, sources = _measures(columns)
    wanted = ["epoch", key, *sources]
    return _TEXT.substitute(
        columns=", ".join(f"`{name}`" for name in columns),
        folder=series.folder,
        key=key,
        observed=sources[0],
        wanted=", ".join(f'"{name}"' for name in wanted),
        # Spark knows no 16-bit floats: a schema without them keeps it from looking.
        schema=", ".join(f"{name} {_SPARK[columns[name].dtype.name]}" for name in wanted),
        **joined,
        **measures,
    )


def _measures(columns: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """What is computed, in each tool's words, and of which columns."""
    if "gold_probability" not in columns and "margin" not in columns:
        name = "loss" if "loss" in columns else "error"
        return _of_losses(name), [name]
    probability, pandas, polars = "exp(-loss)", 'np.exp(-rows["loss"])', '(-pl.col("loss")).exp()'
    observed, sources = "loss", ["share_right"]
    if "gold_probability" in columns:
        observed = probability = "gold_probability"
        pandas, polars = 'rows["gold_probability"]', 'pl.col("gold_probability")'
    right, pandas_right = "share_right = 1", 'rows["share_right"] == 1'
    if "margin" in columns:
        sources = ["gold", "margin", "other_label"]
        right = "margin > 0 OR (margin = 0 AND gold < other_label)"
        pandas_right = (
            '(rows["margin"] > 0) | (\n'
            '    (rows["margin"] == 0) & (rows["gold"] < rows["other_label"])\n)'
        )
    told = {
        "what": "confidence, variability (population) and correctness of each sample",
        "pandas": Template(_PROBABILITY).substitute(probability=pandas, right=pandas_right),
        "polars": f"""
        confidence={polars}.mean(),
        variability={polars}.std(ddof=0),
        correctness=pl.sql_expr("{right}").mean(),
    """,
        "sql": f"""avg({probability}) AS confidence,
        stddev_pop({probability}) AS variability,
        avg(CAST({right} AS INT)) AS correctness""",
    }
    return told, [observed, *sources]


def _of_losses(name: str) -> dict[str, str]:
    """Where a row has no probability: the mean loss."""
    loss = name if name == "loss" else f"{name} * {name}"
    return {
        "what": "the mean loss of each sample",
        "pandas": f"""\
table = rows.assign(loss=rows.eval("{loss}")).groupby("guid")[["loss"]].mean()
table.columns = ["loss_mean"]""",
        "polars": f'loss_mean=pl.sql_expr("{loss}").mean()',
        "sql": f"avg({loss}) AS loss_mean",
    }
