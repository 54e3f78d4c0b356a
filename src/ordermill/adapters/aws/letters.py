"""Table `dead-letters`: what used up its receives, until it is sent on."""

from __future__ import annotations

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import ALL, FEW_SHARDS, Item, is_key
from ordermill.adapters.aws.letter_items import (
    ABOUT,
    KEY,
    NO_ORDER,
    OPEN,
    OPEN_QUEUE,
    TABLE,
    change_letter,
    closing,
    erasing,
    keeping,
    letter_of,
)
from ordermill.adapters.aws.pages import Listing, partitions, read_page
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Range, Tables
from ordermill.domain.dead_letters import DeadLetter
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import LetterChange, LetterPage


class DynamoLetters:
    """Port `dead-letters`."""

    def __init__(self, deployment: Deployment, clock: Clock, *, patience: Patience | None = None) -> None:
        self._tables, self._clock = Tables(deployment, patience), clock

    def read(self, letter_id: str) -> DeadLetter | None:
        """See `DeadLetterStore.read`."""
        item = self._tables.read(TABLE, KEY, letter_id)
        return letter_of(item) if item is not None and OPEN in item else None

    def known(self, letter_id: str) -> bool:
        """See `DeadLetterStore.known`."""
        return self._tables.read(TABLE, KEY, letter_id, only=KEY) is not None

    def list(
        self, limit: int, after: str | None = None, *, queue: str | None = None, oldest: bool = False
    ) -> LetterPage:
        """See `DeadLetterStore.list`."""
        listing = Listing(TABLE, KEY, _partitions(queue), oldest=oldest)
        page = read_page(self._tables, listing, limit, after, _open)
        return LetterPage(page.values, page.after)

    def count(self, queue: str | None = None) -> int:
        """See `DeadLetterStore.count`."""
        return self._tables.count([Range(TABLE, *partition) for partition in _partitions(queue)])

    def append(self, letter: DeadLetter) -> None:
        """See `DeadLetterStore.append`."""
        change_letter(self._tables, keeping(letter, self._clock.now_ms()))

    def close(self, letter_id: str) -> None:
        """See `DeadLetterStore.close`."""
        if is_key(letter_id):
            change_letter(self._tables, closing(letter_id))

    def of_order(
        self, order_id: str | None, limit: int, after: str | None = None, *, closed: bool = True
    ) -> LetterPage:
        """See `DeadLetterStore.of_order`."""
        places = [("about-order", ABOUT, order_id or NO_ORDER)] if order_id is None or is_key(order_id) else []
        page = read_page(self._tables, Listing(TABLE, KEY, places), limit, after, letter_of if closed else _open)
        return LetterPage(page.values, page.after)

    def erase(self, letter: DeadLetter) -> None:
        """See `DeadLetterStore.erase`."""
        if is_key(letter.id):
            change_letter(self._tables, erasing(letter))

    def keep(self, letter: DeadLetter) -> LetterChange:
        """See `DeadLetterStore.keep`."""
        return LetterChange(keeps=letter)

    def resolve(self, order_id: str) -> LetterChange:
        """See `DeadLetterStore.resolve`."""
        return LetterChange(closes=order_id)


def _open(item: Item) -> DeadLetter | None:
    return letter_of(item) if OPEN in item else None


def _partitions(queue: str | None) -> list[tuple[str, str, str]]:
    if queue is None:
        return partitions("by-creation", OPEN, ALL, FEW_SHARDS)
    found = partitions("by-queue", OPEN_QUEUE, queue, FEW_SHARDS)
    return [place for place in found if is_key(place[2])]
