"""The faults of a local system: taken up from their file, and named by its topology."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from ordermill.adapters.local.faults_file import FaultsFile
from ordermill.bootstrap.callables import module_of
from ordermill.runtime.faults import SERVICES, Faults, Place, RuleState
from ordermill.topology.model import Topology
from ordermill.topology.views import enabled

log = logging.getLogger(__name__)

FAULTS_SUFFIX: Final = ".faults"
"""After the database's name."""

_decode = msgspec.json.Decoder(dict[str, RuleState]).decode


def faults_of(data: Path, *, end: Callable[[int], None], timeout_ms: int, allowed: bool) -> Faults:
    """The faults kept beside the database `data`; none where they are not `allowed`, or their file can't be read."""
    file = FaultsFile(data.with_name(data.name + FAULTS_SUFFIX))
    faults = Faults(end=end, timeout_ms=timeout_ms, keep=file.write, allowed=allowed)
    states = kept_faults(file)
    if states and not allowed:
        log.warning("faults are set in %s, and not in force: they are not allowed here", file.path)
    elif states:
        faults.load(states)
    return faults


def kept_faults(file: FaultsFile) -> dict[str, RuleState]:
    """What the file holds; one that cannot be read holds nothing, with a warning."""
    try:
        return _decode(file.read() or b"{}")
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("the faults in %s cannot be read, so none are set: %s", file.path, error)
        return {}


def places(topology: Topology, pipeline: str) -> Mapping[str, tuple[Place, ...]]:
    """What faults can strike here, by name, and at which places: functions by name, then services.

    What starts a workflow is struck at its start alone: the rest of its way is the workflow's functions.
    """
    every: tuple[Place, ...] = ("start", "after-charge", "end")
    plain: tuple[Place, ...] = ("start", "end")
    functions = dict.fromkeys(sorted(enabled(topology, pipeline)), plain)
    for name, spec in enabled(topology, pipeline).items():
        if topology.workflows.keys() & spec.grants.keys():
            functions[name] = ("start",)
        elif hasattr(module_of(name), "prepare"):
            functions[name] = every
    return {**functions, **dict.fromkeys(SERVICES, every)}
