"""What people have said of a dataset's samples: the ledger."""
