"""The figures of a run: all of them measured, none made up for what did not happen."""

from __future__ import annotations

import msgspec

from ordermill.entrypoints.load.percentiles import Percentiles, percentiles
from ordermill.entrypoints.load.record import Record

BUSY = 0.9
"""From this share of a core on, the generator itself may be what limits the rate."""


class Processed(msgspec.Struct, frozen=True, rename="camel"):
    """What became of `sampled` accepted orders within the time to settle.

    `statuses` counts them by status, `unsettled` those that had not ended. `rate` is how many accepted orders were
    processed per second, from the first one's acceptance to the end of the last sampled one, by the server's clock;
    None where that cannot be told.
    """

    sampled: int
    unsettled: int
    statuses: dict[str, int]
    seconds: float | None
    rate: float | None


class Report(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One run. Rates are per second, `seconds` is how long orders were started.

    Of the orders that were due, each is one of: accepted, refused (by status and slug), unknown (sent, and no answer
    came), never sent (no connection was free until the end). `latency` is of all but the refused; those without an
    answer count with the time that they had waited. `achievedRate` counts what was accepted within `seconds`.
    `startedLate` is how long orders waited for a free connection, `ownLateness` the part that is the generator's fault.
    """

    offered_rate: float
    achieved_rate: float
    seconds: float
    connections: int
    interrupted: bool
    due: int
    sent: int
    accepted: int
    refused: dict[str, int]
    unknown: dict[str, int]
    never_sent: int
    connect_errors: dict[str, int]
    latency: Percentiles | None
    refusal_latency: Percentiles | None
    started_late: Percentiles | None
    own_lateness: Percentiles | None
    generator_cpu: float
    processed: Processed | None = None

    @property
    def all_accepted(self) -> bool:
        """Whether every order that was due was accepted."""
        return self.accepted == self.due


def report_of(record: Record, *, connections: int, interrupted: bool = False, cpu_share: float = 0.0) -> Report:
    """The figures of a run that has ended."""
    seconds, schedule = record.ended_at or 0.0, record.schedule
    waiting = record.never_sent
    unfinished = [*record.unfinished, *(seconds - schedule.intended(number) for number in waiting)]
    return Report(
        offered_rate=schedule.rate,
        achieved_rate=round(record.accepted_in_time / seconds, 1) if seconds else 0.0,
        seconds=round(seconds, 3),
        connections=connections,
        interrupted=interrupted,
        due=record.sent + len(waiting),
        sent=record.sent,
        accepted=record.accepted,
        refused=dict(record.refused.most_common()),
        unknown=dict(record.unknown.most_common()),
        never_sent=len(waiting),
        connect_errors=dict(record.connect_errors.most_common()),
        latency=percentiles(record.latencies, unfinished),
        refusal_latency=percentiles(record.refusal_latencies),
        started_late=percentiles(record.started_late, (seconds - schedule.intended(number) for number in waiting)),
        own_lateness=percentiles(record.own_lateness),
        generator_cpu=round(cpu_share, 3),
    )
