"""Workflows: state machines that are run to their end."""

from __future__ import annotations

from typing import Protocol

from ordermill.domain.commands import ExecutionOutcome, StartExecution


class OrderIntake(Protocol):
    """Workflow `order-intake`; its input is an `IntakeRequest` as plain JSON, its output an `Accepted`."""

    def start(self, start: StartExecution) -> ExecutionOutcome:
        """Run an execution and say how it ended. The same id again may be another execution."""
        ...
