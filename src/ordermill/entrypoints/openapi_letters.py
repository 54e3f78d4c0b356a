"""What the API's description says about dead letters."""

from __future__ import annotations

from typing import Any, Final

from ordermill.domain.dead_letters import MOST_REDRIVES
from ordermill.domain.redrive import MOST_AT_ONCE, MOST_IDS

Json = dict[str, Any]

LETTERS_TEXT: Final = (
    "Lists the messages that used up their receives, newest first, each whole with its last error. One is listed until "
    "it is redriven, or until its order goes on another way."
)

REDRIVE_TEXT: Final = (
    "Sends dead letters on: those named, the oldest of one queue, or the oldest of all. The letter of a FAILED order's "
    "processing takes the order to its next attempt; any other message goes back to its queue. What cannot be "
    f"redriven is refused with a reason and stays: a message that was redriven {MOST_REDRIVES} times, an order that is "
    "not FAILED or whose refund is not settled, an id that is not open. `dryRun` tells the same and changes nothing. "
    f"At most {MOST_AT_ONCE:,} in one request; `remaining` says how many are left."
)

LETTER_PARAMETERS: Final[dict[str, Json]] = {
    "LetterQueue": {
        "name": "queue",
        "in": "query",
        "description": "Only letters that came from this queue, or, as `table>function`, from this consumer's changes; "
        "not together with `orderId`.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "examples": ["mail-queue"]},
    },
}

_DRY_RUN: Final[Json] = {"type": ["boolean", "null"], "description": "Only tell what would come of it."}
_NAME: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 200}


def _selector(title: str, properties: Json, required: str) -> Json:
    return {
        "title": title,
        "type": "object",
        "properties": {**properties, "dryRun": _DRY_RUN},
        "required": [required],
        "additionalProperties": False,
    }


LETTER_SCHEMAS: Final[dict[str, Json]] = {
    "RedriveRequest": {
        "description": "Which letters: by id, of one queue, or all. A member that is null counts as absent.",
        "oneOf": [
            _selector("By id", {"ids": {"type": "array", "items": _NAME, "minItems": 1, "maxItems": MOST_IDS}}, "ids"),
            _selector(
                "Of one queue",
                {"queue": _NAME, "max": {"type": ["integer", "null"], "minimum": 1, "maximum": MOST_AT_ONCE}},
                "queue",
            ),
            _selector("All", {"all": {"const": True}}, "all"),
        ],
    },
}

REDRIVE_EXAMPLES: Final[dict[str, Json]] = {
    "ids": {"summary": "One letter", "value": {"ids": ["mail-queue-17-1763640000000"]}},
    "queue": {"summary": "The ten oldest of one queue", "value": {"queue": "mail-queue", "max": 10}},
    "all": {"summary": "All, to see what would come of it", "value": {"all": True, "dryRun": True}},
}
