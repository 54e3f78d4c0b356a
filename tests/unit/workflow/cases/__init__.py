"""The conformance table: what the language's specification and the vendor's documentation say, as cases."""

from __future__ import annotations

from tests.unit.workflow.cases import choices, data_flow, errors, limits

CASES = [*data_flow.CASES, *choices.CASES, *errors.CASES, *limits.CASES]
"""The cases that hold in every world."""

OURS = data_flow.OURS
"""The cases whose ids and times are ours."""
