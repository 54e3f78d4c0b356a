"""Adapters to AWS: the only place that uses its SDK."""
