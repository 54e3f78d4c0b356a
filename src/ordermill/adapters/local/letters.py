"""Table `dead_letters`: the port inside the engine's transaction, and its read verbs outside."""

from __future__ import annotations

import sqlite3

import msgspec
from msgspec.structs import replace

from ordermill.adapters.local.pages import read_rows
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.tables import Letter
from ordermill.domain.dead_letters import PROCESSING, DeadLetter
from ordermill.ports.stores import LetterChange, LetterPage

_decode = msgspec.json.Decoder(DeadLetter).decode


def change_letters(store: LocalStore, change: LetterChange) -> None:
    """What an order's write does to dead letters; see `LetterChange`."""
    if change.keeps is not None:
        _keep(store, change.keeps)
    if change.closes is not None:
        _close_processing(store, change.closes)


def _keep(store: LocalStore, letter: DeadLetter) -> None:
    letters = store.tables.letters
    if letters.get(store.connection, letter.id) is None:
        letters.insert(letter.id, Letter(letter, open=True))


def _close_processing(store: LocalStore, order_id: str) -> None:
    connection, letters = store.connection, store.tables.letters
    stored = [row[0] for row in connection.execute(queries()["open_letters_of_order"], (order_id,))]
    letters.prefetch(connection, stored)
    # What the open transaction kept is not in the file yet.
    for id_ in (*stored, *letters.new):
        known = letters.get(connection, id_)
        if known is not None and known.letter.order_id == order_id and known.letter.function == PROCESSING:
            _close(store, id_)


def _close(store: LocalStore, letter_id: str) -> None:
    letters = store.tables.letters
    known = letters.get(store.connection, letter_id)
    if known is not None and known.open:
        letters.put(letter_id, replace(known, open=False))


class LocalDeadLetters:
    """Port `dead_letters`."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store

    def read(self, letter_id: str) -> DeadLetter | None:
        """See `DeadLetterStore.read`."""
        known = self._store.tables.letters.get(self._store.connection, letter_id)
        return known.letter if known is not None and known.open else None

    def known(self, letter_id: str) -> bool:
        """See `DeadLetterStore.known`."""
        return self._store.tables.letters.get(self._store.connection, letter_id) is not None

    def list(
        self, limit: int, after: str | None = None, *, queue: str | None = None, oldest: bool = False
    ) -> LetterPage:
        """See `DeadLetterStore.list`."""
        store = self._store
        page = read_letters(store.connection, limit, after, queue=queue, oldest=oldest)
        # Whoever lists letters in the engine is about to send them on: each is then at hand, with its order.
        for letter in page.letters:
            store.tables.letters.cache.setdefault(letter.id, Letter(letter, open=True))
        store.prefetch(page.letters)
        return page

    def count(self, queue: str | None = None) -> int:
        """See `DeadLetterStore.count`."""
        return count_letters(self._store.connection, queue)

    def append(self, letter: DeadLetter) -> None:
        """See `DeadLetterStore.append`."""
        _keep(self._store, letter)

    def close(self, letter_id: str) -> None:
        """See `DeadLetterStore.close`."""
        _close(self._store, letter_id)

    def keep(self, letter: DeadLetter) -> LetterChange:
        """See `DeadLetterStore.keep`."""
        return LetterChange(keeps=letter)

    def resolve(self, order_id: str) -> LetterChange:
        """See `DeadLetterStore.resolve`."""
        return LetterChange(closes=order_id)

    def of_order(
        self, order_id: str | None, limit: int, after: str | None = None, *, closed: bool = True
    ) -> LetterPage:
        """See `DeadLetterStore.of_order`."""
        return read_letters_of(self._store.connection, order_id, limit, after, closed=closed)

    def erase(self, letter: DeadLetter) -> None:
        """See `DeadLetterStore.erase`."""
        if self.known(letter.id):
            self._store.tables.letters.put(letter.id, Letter(letter, open=False))


class ReadDeadLetters:
    """Port `dead_letters`, its verbs `list` and `of_order`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def list(
        self, limit: int, after: str | None = None, *, queue: str | None = None, oldest: bool = False
    ) -> LetterPage:
        """See `DeadLetterStore.list`."""
        return read_letters(self._readers.connection(), limit, after, queue=queue, oldest=oldest)

    def of_order(
        self, order_id: str | None, limit: int, after: str | None = None, *, closed: bool = True
    ) -> LetterPage:
        """See `DeadLetterStore.of_order`."""
        return read_letters_of(self._readers.connection(), order_id, limit, after, closed=closed)


def read_letters(
    connection: sqlite3.Connection, limit: int, after: str | None, *, queue: str | None, oldest: bool
) -> LetterPage:
    """See `DeadLetterStore.list`."""
    if queue is None:
        statement = queries()["oldest_letters"] if oldest else queries()["newest_letters"]
    else:
        statement = queries()["oldest_letters_of_queue"] if oldest else queries()["newest_letters_of_queue"]
    bodies, following = read_rows(connection, statement, {"queue": queue}, limit, after, oldest=oldest)
    return LetterPage(tuple(map(_decode, bodies)), following)


def read_letters_of(
    connection: sqlite3.Connection, order_id: str | None, limit: int, after: str | None, *, closed: bool
) -> LetterPage:
    """See `DeadLetterStore.of_order`."""
    if order_id is None:
        statement = queries()["letters_of_no_order"]
    else:
        statement = queries()["letters_of_order"] if closed else queries()["newest_letters_of_order"]
    bodies, following = read_rows(connection, statement, {"order_id": order_id}, limit, after)
    return LetterPage(tuple(map(_decode, bodies)), following)


def count_letters(connection: sqlite3.Connection, queue: str | None) -> int:
    """How many letters are open."""
    statement = queries()["count_letters"] if queue is None else queries()["count_letters_of_queue"]
    (count,) = connection.execute(statement, {"queue": queue}).fetchone()
    return int(count)
