"""Numbers of a sample over epochs: one file a paper, each a pure function of signals."""
