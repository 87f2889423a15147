from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase

from chengyun.signals import judging
from tests.signals import small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small.write_folder(tmp_path)


@pytest.fixture
def loaded(db, at, folder):
    """The small district with its datastreams; virtual time 2023-12-31 16:00 in Zhengzhou."""
    small.load(folder)
    return at


@pytest.fixture(autouse=True)
def only_our_judges(monkeypatch):
    """Alerts hang themselves on judging; here it is looked at by itself."""
    monkeypatch.setattr(judging, "_judges", [])


@pytest.fixture
def judged():
    """The batches that were judged."""
    batches: list[judging.Batch] = []
    judging.register(batches.append)
    return batches


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
