"""The ports on one machine: one SQLite file, a gateway with its own, and folders."""
