"""Reports as documents."""

from __future__ import annotations

from typing import Protocol

from ordermill.domain.report import Report


class ReportFailed(Exception):
    """The document could not be made; nothing of what it would show is said."""


class ReportRenderer(Protocol):
    """Service `pdf`."""

    def render(self, report: Report) -> bytes:
        """The report as a PDF, the same bytes for the same report. Raises ReportFailed, Overloaded out of time."""
        ...
