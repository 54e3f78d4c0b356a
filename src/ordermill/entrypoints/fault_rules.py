"""The body of `PUT /faults`: read with every wrong member named, and shown as it is in force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, cast, get_args

import msgspec
from msgspec import Meta

from ordermill.domain.errors import FieldError, InvalidOrder
from ordermill.domain.fields import unknown_member
from ordermill.domain.json_body import parse_json
from ordermill.runtime.faults import Mode, Place, RuleState

TIMES_MAX: Final = 1_000_000_000
MATCH_MAX: Final = 1000
DELAY_MAX_MS: Final = 600_000

_MODES: Final = get_args(Mode)
_MEMBERS: Final = RuleState.__struct_encode_fields__
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TIMES: Final = f"a whole number from 1 to {TIMES_MAX:,}, or null for always"
_FIRED: Final = f"a whole number from 0 to {TIMES_MAX:,}"
_DELAY: Final = f"a whole number of milliseconds from 0 to {DELAY_MAX_MS:,}"
_MATCH: Final = f"a text of 1 to {MATCH_MAX:,} characters, or null for any message"

Errors = list[FieldError]


class InvalidFaults(InvalidOrder):
    slug = "invalid-faults"
    title = "The faults are invalid"


class FaultView(msgspec.Struct, frozen=True, rename="camel"):
    """One fault.

    It strikes `times` times (null: always) at a place of the function or of the call to the service: `start`, `end`
    (of a function, before its commit), or `after-charge` (between a function's call outside and what it makes of the
    answer). `match` is a text that the message must have, as JSON. `delayMs` is how much later a delay lets it come,
    and how long a time-out takes (0: as long as the payment gateway is waited for). `fired` is how often it has struck.
    """

    mode: Mode
    times: Annotated[int, Meta(ge=1, le=TIMES_MAX)] | None
    at: Place
    match: Annotated[str, Meta(min_length=1, max_length=MATCH_MAX)] | None
    delay_ms: Annotated[int, Meta(ge=0, le=DELAY_MAX_MS)]
    fired: Annotated[int, Meta(ge=0, le=TIMES_MAX)]


class FaultsView(msgspec.Struct, frozen=True):
    """Every fault that is set, by the name of its function or service, also those that are spent."""

    faults: dict[str, FaultView]


def faults_view(states: Mapping[str, RuleState]) -> FaultsView:
    """All of them."""
    return FaultsView(
        {
            name: FaultView(state.mode, state.times, state.at, state.match, state.delay_ms, state.fired)
            for name, state in states.items()
        }
    )


def read_faults(raw: bytes, places: Mapping[str, tuple[Place, ...]]) -> dict[str, RuleState]:
    """The rules by name; `places` are the names there are, with the places where each can be struck.

    What GET answers can be sent back: `fired` counts on from there. Raises InvalidFaults with every wrong member,
    MalformedJson, DuplicateKey, TooDeep.
    """
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise InvalidFaults([FieldError("", "wrong-type", "an object: a fault by each name")])
    errors: Errors = []
    rules = {}
    for name, members in body.items():
        if name not in places:
            found = unknown_member("", name)
            errors.append(FieldError(found.pointer, "unknown-name", f"one of {', '.join(places)}"))
        elif not isinstance(members, dict):
            errors.append(FieldError(f"/{name}", "wrong-type", "an object with a mode"))
        else:
            rules[name] = _rule(f"/{name}", members, places[name], errors)
    if errors:
        raise InvalidFaults(errors)
    return rules


def _rule(pointer: str, members: dict[str, Any], places: tuple[Place, ...], errors: Errors) -> RuleState:
    errors += [unknown_member(pointer, member) for member in members if member not in _MEMBERS]
    if "mode" not in members:
        errors.append(FieldError(f"{pointer}/mode", "required", f"one of {', '.join(_MODES)}"))
    mode = _choice(f"{pointer}/mode", members.get("mode", "fail"), _MODES, "unknown-mode", errors)
    at = _choice(f"{pointer}/at", members.get("at", "start"), places, "unknown-place", errors)
    times = members.get("times")
    if times is not None:
        times = _whole(f"{pointer}/times", times, (1, TIMES_MAX), _TIMES, errors)
    return RuleState(
        cast("Mode", mode),
        times,
        cast("Place", at),
        _match(f"{pointer}/match", members.get("match"), errors),
        _whole(f"{pointer}/delayMs", members.get("delayMs", 0), (0, DELAY_MAX_MS), _DELAY, errors),
        _whole(f"{pointer}/fired", members.get("fired", 0), (0, TIMES_MAX), _FIRED, errors),
    )


def _choice(
    pointer: str,
    value: object,
    choices: tuple[str, ...],
    code: Literal["unknown-mode", "unknown-place"],
    errors: Errors,
) -> str:
    if isinstance(value, str) and value in choices:
        return value
    wrong = code if type(value) is str else "wrong-type"
    errors.append(FieldError(pointer, wrong, f"one of {', '.join(choices)}"))
    return choices[0]


def _whole(pointer: str, value: object, bounds: tuple[int, int], expected: str, errors: Errors) -> int:
    if type(value) is int and bounds[0] <= value <= bounds[1]:
        return value
    errors.append(FieldError(pointer, "out-of-range" if type(value) is int else "wrong-type", expected))
    return bounds[0]


def _match(pointer: str, value: object, errors: Errors) -> str | None:
    if value is None:
        return None
    if type(value) is not str:
        errors.append(FieldError(pointer, "wrong-type", _MATCH))
        return None
    if not 1 <= len(value) <= MATCH_MAX or _SURROGATE.search(value):
        errors.append(FieldError(pointer, "invalid-text", _MATCH))
        return None
    return value
