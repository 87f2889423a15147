"""Tests in which things are really committed: for threads, other connections and other processes."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase


@pytest.fixture
def committed(transactional_db, at):
    """A database where things are really committed, for threads and other processes; emptied afterwards.

    Django's own way (flush) is refused by the journal's triggers, as it should be.
    """
    tables = [name for name in connection.introspection.table_names() if not _rows(name)]
    yield at
    for each in connections.all():
        each.close()
    _empty(tables)
    _already_empty.append(True)


_already_empty: list[bool] = []
_flush = TransactionTestCase._fixture_teardown


def _teardown(self: TransactionTestCase) -> None:
    if _already_empty:
        _already_empty.clear()
    else:
        _flush(self)


TransactionTestCase._fixture_teardown = _teardown


def _rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
        return cursor.fetchone() is not None


def _empty(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in tables) + " CASCADE")
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')
        for _, sql in triggers:
            cursor.execute(sql)
        cursor.execute("PRAGMA foreign_keys = ON")
