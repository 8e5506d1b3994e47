"""The Parquet files of a run: written, verified, read."""
