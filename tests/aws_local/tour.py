"""What a new user wants to see of a deployment: an order through its API, processed, with its mail."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

import ordermill
from tests.aws_local.emulator import Unusable
from tests.aws_local.stack import Stack
from tests.e2e.server import FIRST_ORDER

WITHIN_S: Final = 60
_LOOK_S: Final = 0.1
_CATALOGUE: Final = Path(ordermill.__file__).with_name("catalogue.csv")

Say = Callable[[str, str], None]
"""Tells of a step: what it is, and what came of it."""


@dataclass(slots=True)
class Visit:
    """One visitor of the deployed API, and what is known of the order so far."""

    stack: Stack
    api: httpx2.Client
    staff: dict[str, str]
    say: Say
    order_id: str = ""
    order_token: str = ""

    def expect(self, status: int, answer: httpx2.Response) -> Any:
        """The answer's body. Raises Unusable if it is another."""
        if answer.status_code != status:
            request = answer.request
            raise Unusable(
                f"{request.method} {request.url.path} answered {answer.status_code}, not {status}: {answer.text}"
            )
        return answer.json()

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """What `look` finds. Raises Unusable if it finds nothing in time."""
        by = time.monotonic() + WITHIN_S
        while not (seen := look()):
            if time.monotonic() > by:
                raise Unusable(f"not within {WITHIN_S} s: {what}")
            time.sleep(_LOOK_S)
        return seen


def import_catalogue(visit: Visit) -> None:
    """Staff import the shipped catalogue."""
    headers = {**visit.staff, "Content-Type": "text/csv"}
    visit.expect(200, visit.api.put("/catalogue", content=_CATALOGUE.read_bytes(), headers=headers))
    products = visit.expect(200, visit.api.get("/products"))["products"]
    visit.say("catalogue", f"{len(products)} products")


def place_order(visit: Visit) -> None:
    """The order of the README."""
    placed = visit.expect(202, visit.api.post("/orders", json=FIRST_ORDER))
    visit.order_id, visit.order_token = placed["orderId"], placed["orderToken"]
    visit.say("order", f"{visit.order_id}, 202 {placed['status']}, {placed['total']} {placed['currency']}")


def see_it_processed(visit: Visit) -> None:
    """The holder looks at it until it is PROCESSED."""
    since = time.monotonic()

    def look() -> Any:
        answer = visit.api.get(f"/orders/{visit.order_id}", headers={"Order-Token": visit.order_token})
        # In `queue` there is none until it is processed.
        order = None if answer.status_code == 404 else visit.expect(200, answer)
        return order if order and order["status"] == "PROCESSED" else None

    order = visit.until(look, f"{visit.order_id} becomes PROCESSED")
    path = " → ".join(entry["status"] for entry in order["history"])
    visit.say("PROCESSED", f"{time.monotonic() - since:.1f} s later: {path}")


def see_its_mail(visit: Visit) -> None:
    """Staff see the mail that went out, and the bucket has it."""

    def look() -> Any:
        answer = visit.api.get("/mails", params={"orderId": visit.order_id}, headers=visit.staff)
        sent = [mail for mail in visit.expect(200, answer)["mails"] if mail["status"] == "SENT"]
        return sent and sent[0]

    mail = visit.until(look, f"a mail about {visit.order_id} is sent")
    bucket = visit.stack.outputs["buckets"]["mail"]
    kept = visit.stack.emulator.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    if not kept:
        raise Unusable(f"the mail is SENT, but bucket {bucket} is empty")
    visit.say("mail", f"{mail['subject']} (to {mail['to']}; s3://{bucket}/{kept[0]['Key']})")


def delete_it(visit: Visit) -> None:
    """Staff delete it: it is refunded, then in the archive, and nobody else is shown it."""
    path = f"/orders/{visit.order_id}"
    visit.expect(202, visit.api.delete(path, params={"reason": "the tour ends"}, headers=visit.staff))

    def look() -> Any:
        answer = visit.api.get(f"/archive/{visit.order_id}", headers=visit.staff)
        return None if answer.status_code == 404 else visit.expect(200, answer)

    archived = visit.until(look, f"{visit.order_id} is archived")
    visit.expect(404, visit.api.get(path, headers=visit.staff))
    payment = archived["payment"]
    visit.say("archive", f"deleted by {archived['deletedBy']}, payment {payment['status']}, the order itself 404")


STEPS: Final = (import_catalogue, place_order, see_it_processed, see_its_mail, delete_it)
"""In this order."""


def tour(stack: Stack, say: Say) -> None:
    """Take every step. Raises Unusable."""
    with stack.client() as api:
        visit = Visit(stack, api, dict(stack.staff()), say)
        for step in STEPS:
            step(visit)
