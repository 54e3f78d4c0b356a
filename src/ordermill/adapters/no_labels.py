"""Service `labels` where there is no labeller."""

from __future__ import annotations

from ordermill.domain.images import Label
from ordermill.ports.images import CleanPicture


class NoLabels:
    """Port `labels`: says that nothing was looked at, and never what could be there."""

    def detect(self, picture: CleanPicture) -> tuple[Label, ...] | None:
        """None."""
        return None
