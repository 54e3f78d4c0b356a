"""Ordermill: event-driven order processing on one machine and on AWS."""

__version__ = "0.1.0"
