"""`show_subscription`: what a mailed link opens. It only asks: programs that look into links change nothing."""

from __future__ import annotations

from ordermill.domain.commands import ShowSubscription


def show_subscription(message: ShowSubscription) -> ShowSubscription:
    """What the page is to ask."""
    return message
