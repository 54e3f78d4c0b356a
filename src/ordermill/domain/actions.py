"""What may be asked for about orders that are there, as its request's body says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, cast, get_args

from ordermill.domain.errors import FieldError, InvalidOrder
from ordermill.domain.fields import Errors, read_text, unknown_member
from ordermill.domain.text import NAME, NOTE

Action = Literal["cancel", "retry", "ship", "deliver", "delete"]
"""What staff may do about an order."""

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
ORDERS_MAX: Final = 100
"""How many orders one request acts on."""

_KNOWN: Final = "one of " + ", ".join(ACTIONS)
_COMMON: Final = ("action", "reason")
_OWN: Final[Mapping[str, tuple[str, ...]]] = {"ship": ("carrier", "trackingNumber")}
"""By action, which members it alone may have."""
_ALL: Final = tuple(member for members in _OWN.values() for member in members)
_IDS: Final = f"an array of 1 to {ORDERS_MAX} ids of orders"


class Asked(NamedTuple):
    """An action, what whoever asks for it gave as the reason, and where it ships: by whom and under which number."""

    action: Action
    reason: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None


def read_cancellation(body: object) -> str | None:
    """Why to cancel, if a body parsed by `parse_json` says. Raises InvalidOrder with every wrong member."""
    members, errors = _members(body, "reason")
    reason = read_text(members.get("reason"), "/reason", NOTE, errors)
    if errors:
        raise InvalidOrder(errors)
    return reason


def read_action(body: object) -> Asked:
    """The action that a body parsed by `parse_json` asks for. Raises InvalidOrder with every wrong member."""
    members, errors = _members(body, *_known(body))
    return _read(members, errors)


def read_actions(body: object) -> tuple[tuple[str, ...], Asked]:
    """The orders that the body names, in its order, and the action for all. Raises InvalidOrder as `read_action`.

    What is no order's id is let pass: it is the id of no order.
    """
    members, errors = _members(body, "orderIds", *_known(body))
    ids = _read_ids(members.get("orderIds"), errors)
    return ids, _read(members, errors)


def _known(body: object) -> tuple[str, ...]:
    """The members beside an action: its own, or any where the action itself is what is wrong."""
    action = body.get("action") if isinstance(body, dict) else None
    return (*_COMMON, *(_OWN.get(action, ()) if action in ACTIONS else _ALL))


def _read(members: dict[str, object], errors: Errors) -> Asked:
    action = members.get("action")
    if action is None:
        errors.append(FieldError("/action", "required", _KNOWN))
    elif type(action) is not str:
        errors.append(FieldError("/action", "wrong-type", "a string"))
    elif action not in ACTIONS:
        errors.append(FieldError("/action", "unknown-action", _KNOWN))
    reason = read_text(members.get("reason"), "/reason", NOTE, errors)
    # What the action must not have is named as such already.
    own = _OWN.get(action, ()) if type(action) is str and action in ACTIONS else _ALL
    carrier, number = (
        read_text(members.get(member), f"/{member}", NAME, errors) if member in own else None for member in _ALL
    )
    if errors:
        raise InvalidOrder(errors)
    return Asked(cast(Action, action), reason, carrier, number)


def _read_ids(ids: object, errors: Errors) -> tuple[str, ...]:
    if ids is None:
        errors.append(FieldError("/orderIds", "required", _IDS))
    elif not isinstance(ids, list):
        errors.append(FieldError("/orderIds", "wrong-type", _IDS))
    elif not 1 <= len(ids) <= ORDERS_MAX:
        errors.append(FieldError("/orderIds", "out-of-range", _IDS))
    else:
        read = [_read_id(id_, f"/orderIds/{index}", errors) for index, id_ in enumerate(ids)]
        return tuple(id_ for id_ in read if id_ is not None)
    return ()


def _read_id(id_: object, pointer: str, errors: Errors) -> str | None:
    if id_ is None:
        errors.append(FieldError(pointer, "wrong-type", "a string"))
    return read_text(id_, pointer, NAME, errors)


def _members(body: object, *known: str) -> tuple[dict[str, object], Errors]:
    """The body's members, and an error for each that is not `known`. Raises InvalidOrder if it is no object."""
    if not isinstance(body, dict):
        raise InvalidOrder([FieldError("", "wrong-type", "a JSON object")])
    return body, [unknown_member("", name) for name in body if name not in known]
