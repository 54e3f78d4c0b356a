"""Why nothing could be packaged."""

from __future__ import annotations


class PackagingError(Exception):
    """The message says what is wrong and what to do about it."""
