"""Reads whose storage fails say so; a defect of ours stays a defect."""

from __future__ import annotations

import sqlite3

import pytest

from ordermill.domain.commands import GetProducts
from ordermill.domain.errors import StorageUnavailable
from tests.integration.system_kit import StartMill


def test_a_file_that_cannot_be_read_is_storage_that_is_unavailable(start_mill: StartMill) -> None:
    mill = start_mill()
    mill.close()
    mill.data.write_bytes(b"this is no database" * 500)
    again = mill.system.readers["get_products"]
    threads = type(mill.system.reading)(1)
    with pytest.raises(StorageUnavailable) as told:
        threads.submit(again, GetProducts()).result(5)
    assert isinstance(told.value.__cause__, sqlite3.DatabaseError)
    threads.shutdown()
    mill.system.connections.close()


def test_a_wrong_statement_is_a_defect(start_mill: StartMill) -> None:
    mill = start_mill()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        mill.system.reading.submit(mill.system.connections.connection().execute, "SELECT 1 FROM nowhere").result(5)
