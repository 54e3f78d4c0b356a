"""A person erased: nothing of them is left in any file, and the accounts are as they were."""

from __future__ import annotations
