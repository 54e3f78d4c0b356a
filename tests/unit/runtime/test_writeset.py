"""The write set against a plain dict: what is seen, undone and stored is the same."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ordermill.adapters.local.bulk import for_keys, insert_rows
from ordermill.adapters.local.writeset import Table, UndoLog

KEYS = st.sampled_from("abcdef")
KEPT = 3


def connected() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER)")
    return connection


def table_of(undo: UndoLog) -> Table[str, tuple[str, int]]:
    return Table(
        undo,
        upsert=("INSERT INTO t (k, v)", " ON CONFLICT (k) DO UPDATE SET v = excluded.v"),
        select="SELECT k, v FROM t WHERE k IN",
        encode=lambda pair: pair,
        decode=lambda row: (row[0], row[1]),
        keep=KEPT,
        delete="DELETE FROM t WHERE k IN",
    )


class TableMachine(RuleBasedStateMachine):
    """`seen` is what the transaction must see, `stored` what the last commit stored, `marks` the savepoints."""

    def __init__(self) -> None:
        super().__init__()
        self.connection, self.undo = connected(), UndoLog()
        self.table = table_of(self.undo)
        self.seen: dict[str, int] = {}
        self.stored: dict[str, int] = {}
        self.marks: list[tuple[int, dict[str, int]]] = []

    @rule(key=KEYS, value=st.integers(0, 99))
    def put(self, key: str, value: int) -> None:
        if self.table.get(self.connection, key) is None:
            self.table.insert(key, (key, value))
        else:
            self.table.put(key, (key, value))
        self.seen[key] = value

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.table.delete(key)
        self.seen.pop(key, None)

    @rule()
    def mark(self) -> None:
        self.marks.append((self.undo.mark(), dict(self.seen)))

    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        if self.marks:
            chosen = data.draw(st.integers(0, len(self.marks) - 1))
            mark, self.seen = self.marks[chosen]
            self.undo.rollback(mark)
            del self.marks[chosen:]

    @rule(keys=st.lists(KEYS))
    def prefetch(self, keys: list[str]) -> None:
        self.table.prefetch(self.connection, keys)

    @rule()
    def commit(self) -> None:
        self.table.flush(self.connection)
        self.undo.clear()
        self.table.settled()
        self.stored, self.marks = dict(self.seen), []
        assert len(self.table.cache) <= KEPT

    @rule(forget=st.booleans())
    def abort(self, forget: bool) -> None:
        self.undo.rollback(0)
        if forget:
            self.table.forget()
        self.seen, self.marks = dict(self.stored), []

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        found = self.table.get(self.connection, key)
        assert found == ((key, self.seen[key]) if key in self.seen else None)

    @invariant()
    def the_file_has_what_was_committed(self) -> None:
        assert dict(self.connection.execute("SELECT k, v FROM t")) == self.stored

    def teardown(self) -> None:
        for key in "abcdef":
            self.get(key)
        self.commit()
        self.the_file_has_what_was_committed()
        self.connection.close()


TableMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestTable = TableMachine.TestCase


def test_a_list_is_undone_too() -> None:
    undo, target = UndoLog(), ["a"]
    undo.append(target, "b")
    mark = undo.mark()
    undo.append(target, "c")
    undo.rollback(mark)
    assert target == ["a", "b"]
    undo.rollback(0)
    assert target == ["a"]


def test_an_insert_over_a_stored_row_fails_instead_of_replacing_it() -> None:
    connection, table = connected(), table_of(UndoLog())
    connection.execute("INSERT INTO t VALUES ('a', 1)")
    table.insert("a", ("a", 2))
    with pytest.raises(sqlite3.IntegrityError):
        table.flush(connection)
    connection.close()


def test_what_is_deleted_is_gone_and_may_be_inserted_anew_at_once() -> None:
    connection, undo = connected(), UndoLog()
    connection.execute("INSERT INTO t VALUES ('a', 1), ('b', 1)")
    table = table_of(undo)
    for key in "abc":
        table.delete(key)
    table.insert("a", ("a", 2))
    assert [table.get(connection, key) for key in "abc"] == [("a", 2), None, None]
    table.flush(connection)
    table.settled()
    assert connection.execute("SELECT k, v FROM t").fetchall() == [("a", 2)]
    mark = undo.mark()
    table.delete("a")
    undo.rollback(mark)
    table.flush(connection)
    assert connection.execute("SELECT k, v FROM t").fetchall() == [("a", 2)]
    connection.close()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 255, 256, 257, 511, 700])
def test_rows_in_bulk_are_the_same_rows(count: int) -> None:
    connection = connected()
    rows = [(f"k{number}", number) for number in range(count)]
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    insert_rows(connection, "INSERT INTO t (k, v)", rows)
    assert len(statements) <= 2 + 8
    found = for_keys(connection, "SELECT k, v FROM t WHERE k IN", [key for key, _ in rows])
    assert sorted(found) == sorted(rows)
    connection.close()
