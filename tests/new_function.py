"""A checkout with one function more: its file, and what `topology.json` says of it. Nothing else is changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
NAME: Final = "thank_customer"
QUEUE: Final = "thank-customer"

SOURCE: Final = '''"""`thank_customer`: a word of thanks for what was processed."""

from __future__ import annotations

from ordermill.domain.commands import SendMail
from ordermill.domain.events import OrderEvent
from ordermill.ports.messaging import MailQueue
from ordermill.ports.stores import OrderStore


def thank_customer(message: OrderEvent, *, orders: OrderStore, mail_queue: MailQueue) -> None:
    """Queue one mail per order."""
    order = orders.read(message.subject)
    if order is not None:
        mail = SendMail(f"{order.order_id}-Thanks", order.order_id, "Thanks", order.email, "Thank you", "Thank you.")
        mail_queue.send([mail])
'''

FUNCTION: Final[dict[str, Any]] = {
    "caption": "Thanks the customer",
    "grants": {"orders": ["read"], "mail-queue": ["send"]},
    "effects": ["mail-queue"],
    "memory_mb": 256,
    "timeout_s": 10,
    "trigger": {"kind": "queue", "source": QUEUE, "access": None, "where": "both", "filter": None, "batch": 50},
}

SUBSCRIPTION: Final[dict[str, Any]] = {
    "visibility_s": 60,
    "max_receives": 5,
    "subscribes": {"topic": "order-events", "filter": {"type": ["OrderProcessed"]}},
}


def copied(directory: Path) -> Path:
    """A copy of what runs, in `directory`, with the function added; gives its root."""
    for part in ("src", "topology", "infrastructure"):
        if (ROOT / part).exists():
            ignored = shutil.ignore_patterns("__pycache__", ".terraform*", "*.tfstate*")
            shutil.copytree(ROOT / part, directory / part, ignore=ignored)
    path = directory / "topology" / "topology.json"
    topology = json.loads(path.read_text(encoding="utf-8"))
    topology["queues"][QUEUE] = SUBSCRIPTION
    topology["functions"][NAME] = FUNCTION
    path.write_text(json.dumps(topology), encoding="utf-8")
    (directory / "src" / "ordermill" / "functions" / f"{NAME}.py").write_text(SOURCE, encoding="utf-8")
    return directory
