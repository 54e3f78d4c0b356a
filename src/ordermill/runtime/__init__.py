"""The local runtime: one engine, its sources of work, and what keeps it alive."""
