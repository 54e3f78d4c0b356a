"""What may be asked for about one order that is there, as its request's body says it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, cast, get_args

from ordermill.domain.errors import FieldError, InvalidOrder
from ordermill.domain.fields import Errors, read_text, unknown_member
from ordermill.domain.text import NOTE

Action = Literal["cancel", "retry"]
"""What staff may do about an order."""

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
_KNOWN: Final = "one of " + ", ".join(ACTIONS)


class Asked(NamedTuple):
    """An action, and what whoever asks for it gave as the reason."""

    action: Action
    reason: str | None


def read_cancellation(body: object) -> str | None:
    """Why to cancel, if a body parsed by `parse_json` says. Raises InvalidOrder with every wrong member."""
    members, errors = _members(body, "reason")
    reason = read_text(members.get("reason"), "/reason", NOTE, errors)
    if errors:
        raise InvalidOrder(errors)
    return reason


def read_action(body: object) -> Asked:
    """The action that a body parsed by `parse_json` asks for. Raises InvalidOrder with every wrong member."""
    members, errors = _members(body, "action", "reason")
    action = members.get("action")
    if action is None:
        errors.append(FieldError("/action", "required", _KNOWN))
    elif type(action) is not str:
        errors.append(FieldError("/action", "wrong-type", "a string"))
    elif action not in ACTIONS:
        errors.append(FieldError("/action", "unknown-action", _KNOWN))
    reason = read_text(members.get("reason"), "/reason", NOTE, errors)
    if errors:
        raise InvalidOrder(errors)
    return Asked(cast(Action, action), reason)


def _members(body: object, *known: str) -> tuple[dict[str, object], Errors]:
    """The body's members, and an error for each that is not `known`. Raises InvalidOrder if it is no object."""
    if not isinstance(body, dict):
        raise InvalidOrder([FieldError("", "wrong-type", "a JSON object")])
    return body, [unknown_member("", name) for name in body if name not in known]
