"""Adapters: how the ports are met on one machine and on AWS."""
