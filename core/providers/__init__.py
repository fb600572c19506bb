"""The leaves: one vendor each, parsed into the core's own types. Imported by `bot/wiring.py` alone."""
