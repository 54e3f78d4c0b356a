"""POST /dead-letters/redrive: from a parsed body to what is to be sent on."""

from __future__ import annotations

from typing import Final

from ordermill.domain.commands import RedriveDeadLetters
from ordermill.domain.errors import FieldError, InvalidRedrive
from ordermill.domain.fields import Errors, read_text, unknown_member
from ordermill.domain.text import NAME

MOST_AT_ONCE: Final = 500
"""How many letters one request sends on at most: it is one transaction, and the others wait for it."""

MOST_IDS: Final = 200
"""How many letters one request may name."""

_SELECTORS: Final = ("ids", "queue", "all")
_MEMBERS: Final = frozenset({*_SELECTORS, "max", "dryRun"})


def read_redrive(body: object) -> RedriveDeadLetters:
    """What a body parsed by `parse_json` asks for; null counts as absent.

    Raises InvalidRedrive with one error for every wrong member.
    """
    if not isinstance(body, dict):
        raise InvalidRedrive([FieldError("", "wrong-type", "a JSON object")])
    errors: Errors = [unknown_member("", name) for name in body if name not in _MEMBERS]
    selected = [name for name in _SELECTORS if body.get(name) is not None]
    if not selected:
        errors.append(FieldError("", "required", "one of ids, queue and all"))
    errors += [FieldError(f"/{name}", "unknown-field", f"not together with {selected[0]}") for name in selected[1:]]
    ids = _read_ids(body.get("ids"), errors)
    queue = read_text(body.get("queue"), "/queue", NAME, errors)
    if (everything := body.get("all")) is not None and everything is not True:
        errors.append(FieldError("/all", "wrong-type", "true, or leave it out"))
    most = _read_max(body.get("max"), errors)
    if body.get("max") is not None and "queue" not in selected:
        errors.append(FieldError("/max", "unknown-field", "only together with queue"))
    dry_run = body.get("dryRun")
    if dry_run is not None and type(dry_run) is not bool:
        errors.append(FieldError("/dryRun", "wrong-type", "true or false"))
    if errors:
        raise InvalidRedrive(errors)
    return RedriveDeadLetters(ids, queue, most, dry_run is True)


def _read_ids(value: object, errors: Errors) -> tuple[str, ...] | None:
    """Each id once, in the order they were sent."""
    if value is None:
        return None
    if not isinstance(value, list):
        errors.append(FieldError("/ids", "wrong-type", "a list of ids"))
        return None
    if not 1 <= len(value) <= MOST_IDS:
        errors.append(FieldError("/ids", "out-of-range", f"1 to {MOST_IDS} ids"))
        return None
    ids = []
    for number, one in enumerate(value):
        if (read := read_text(one, f"/ids/{number}", NAME, errors)) is not None:
            ids.append(read)
        elif one is None:
            errors.append(FieldError(f"/ids/{number}", "wrong-type", "a string"))
    return tuple(dict.fromkeys(ids))


def _read_max(value: object, errors: Errors) -> int:
    if value is None:
        return MOST_AT_ONCE
    if type(value) is not int:
        errors.append(FieldError("/max", "wrong-type", f"a whole number from 1 to {MOST_AT_ONCE:,}"))
    elif not 1 <= value <= MOST_AT_ONCE:
        errors.append(FieldError("/max", "out-of-range", f"a whole number from 1 to {MOST_AT_ONCE:,}"))
    else:
        return value
    return MOST_AT_ONCE
