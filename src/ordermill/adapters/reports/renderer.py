"""The port `ReportRenderer`: the report goes to a confined process, and a PDF comes back."""

from __future__ import annotations

import logging
from typing import Final

import msgspec

from ordermill.adapters.confined import ConfinedError, confined
from ordermill.domain.errors import Overloaded
from ordermill.domain.report import Report
from ordermill.ports.reports import ReportFailed

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 15
"""Of the 29 seconds that a caller's gateway waits; 5,000 orders take some three."""
_MEMORY_MB: Final = 768
_OUTPUT_MAX: Final = 32 * 1024 * 1024
_TARGET: Final = "ordermill.adapters.reports.pdf:draw"


class PdfRenderer:
    """See `ReportRenderer`; any thread may call."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    def render(self, report: Report) -> bytes:
        """See `ReportRenderer.render`."""
        data = msgspec.json.encode(report)
        try:
            return confined(_TARGET, data, timeout_s=self._timeout_s, memory_mb=_MEMORY_MB, output_max=_OUTPUT_MAX)
        except ConfinedError as error:
            log.error("a report of %d orders could not be made: %s", len(report.rows), error)
            if error.kind == "timeout":
                raise Overloaded("the report took too long to make; ask for a shorter period, or later") from error
            raise ReportFailed(str(error)) from error
