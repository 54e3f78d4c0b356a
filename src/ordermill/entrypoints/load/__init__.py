"""An open-loop load generator for a running server; see `generator.py` for how it keeps its schedule."""
