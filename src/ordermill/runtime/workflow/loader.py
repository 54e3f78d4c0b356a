"""Reads a state machine from its file: Amazon States Language with JSONPath, as far as shipped machines need it.

What is not understood is refused, never passed over, so that a machine that loads here does on Step Functions what it
does here. Every problem is found at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from ordermill.runtime.workflow.checks import check
from ordermill.runtime.workflow.members import MISSING, Members
from ordermill.runtime.workflow.model import Machine, Resource
from ordermill.runtime.workflow.placeholders import misplaced
from ordermill.runtime.workflow.retries import LONGEST_S
from ordermill.runtime.workflow.states import StateReader
from ordermill.topology.document import Unreadable, parse
from ordermill.topology.findings import Finding, listed, pointer

LONGEST_NAME: Final = 80

_HINTS: Final = {"QueryLanguage": "remove it: every machine is read with JSONPath"}


class MachineInvalid(Exception):
    """The machine cannot be used: `findings` has every reason; str() is a list to read."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        count = len(findings)
        problems = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(f"{name}: {problems}\n{listed(findings)}")
        self.name, self.findings = name, tuple(findings)


def load(name: str, data: bytes, resources: Mapping[str, Resource], *, caller_timeout_s: int | None = None) -> Machine:
    """The machine `name` that `data`, its file, describes; `resources` is what each placeholder stands for.

    With `caller_timeout_s` the machine must end, whatever happens, before that many seconds are over. Raises
    MachineInvalid with all findings at once.
    """
    try:
        document, findings = parse(data)
    except Unreadable as fault:
        raise MachineInvalid(name, [fault.finding]) from None
    machine = _read(name, data, document, resources, findings)
    # How states fit together is looked at once each of them is understood.
    if not findings:
        findings = check(machine, caller_timeout_s)
    if findings:
        raise MachineInvalid(name, sorted(set(findings)))
    return machine


def _read(
    name: str, data: bytes, document: object, resources: Mapping[str, Resource], findings: list[Finding]
) -> Machine:
    members = Members(document, "", findings, "a state machine")
    members.text("Comment", "write a text")
    if members.value("Version") not in (MISSING, "1.0"):
        members.refuse("Version", "is not 1.0", "write 1.0, or leave it out")
    start_at = members.text("StartAt", "name the first state", required=True)
    timeout_s = members.whole("TimeoutSeconds", 0, 1, LONGEST_S) or None
    nodes = members.required("States", "write the states, by name")
    members.refuse_others(_HINTS)
    reader = StateReader(resources, findings)
    states = {}
    for each, node in (nodes if isinstance(nodes, dict) else {}).items():
        at = pointer("States", each)
        if not each.strip() or len(each) > LONGEST_NAME or not each.isprintable():
            findings.append(Finding(at, "is no name for a state", f"write 1 to {LONGEST_NAME} visible characters"))
        state = reader.read(each, node, at)
        if state is not None:
            states[each] = state
    if nodes is not MISSING and (not isinstance(nodes, dict) or not nodes):
        members.refuse("States", "has no states", "write the states, by name")
    findings.extend(misplaced(document, reader.named, resources))
    version = hashlib.sha256(data).hexdigest()[:16]
    return Machine(name, version, len(data), start_at or "", timeout_s, states)
