"""How a value is shown: each file has ``fits(value)`` and ``part(value)``."""
