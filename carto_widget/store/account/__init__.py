"""What a run holds, as facts and as sentences."""
