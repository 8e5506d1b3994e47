"""One file a framework: where it yields a batch, where it has logits, where an epoch ends."""
