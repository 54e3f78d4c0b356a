"""What makes the published figures: `make bench`, or `python -m benchmarks`."""
