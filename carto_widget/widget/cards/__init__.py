"""What a page shows of single samples: one file a kind of value in ``kinds``."""
