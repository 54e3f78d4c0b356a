"""What an emulator cannot prove, and what does instead."""

from __future__ import annotations

from typing import Final

LIMITS: Final = (
    (
        "what a mapping itself needs of a role: to receive, to delete, to read a stream; and who may write logs",
        "tests/infrastructure compares the plan's policies with actions.json",
    ),
    (
        "a stream's mapping that splits a batch, gives up after its retries, and lays it down in the bucket",
        "fail_order's tests take recorded objects; what merely fails goes to the retry queue, here too",
    ),
    ("batches of a stream side by side; indexes and metrics that lag", "nothing: everything here is told to expect it"),
    (
        "AWS's own Python, layers, arm64, memory, the gateway's throttling and quotas",
        "the packages' tests; the functions run here as provided.al2023, by this machine's Python",
    ),
    (
        "Rekognition, which no emulator has: pictures are uploaded UNCHECKED here",
        "its adapter is tried on recorded answers, and on a stub that always sees a telephone",
    ),
    ("alarms that change, a dashboard, a budget, X-Ray", "the plan's tests; ministack has no metrics of AWS's own"),
    (
        "signing in on Cognito's page, certificates, a domain, CloudFront's cache, mail that is sent",
        "staff sign in here by password; SES and Stripe have tests of their own",
    ),
)
"""What it is, and what stands in for it."""


def told() -> list[str]:
    """The list, a line each."""
    return [f"{what}: {instead}" for what, instead in LIMITS]
