"""Where a run lies: a folder here, or an object store."""
