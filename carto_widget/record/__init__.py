"""Recording: the only writer of the store."""
