"""The few questions that are asked many times a second, in plain SQL: building them anew costs more than answering them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import connection

V = TypeVar("V")


def scalar(statement: str, parameters: tuple[Any, ...] = ()) -> Any:
    """The first column of the first row; None without one."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def rows(statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def moment(value: Any) -> datetime | None:
    """A time as the database gives it (text from SQLite), aware, in UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware


def stored(value: datetime) -> Any:
    """A time as the database takes it."""
    return connection.ops.adapt_datetimefield_value(value)


def marks(values: Sequence[Any]) -> str:
    """One placeholder for each value: `%s, %s, %s`."""
    return ", ".join(["%s"] * len(values))


def parts(values: Sequence[V], size: int = 500) -> Iterator[Sequence[V]]:
    """The values in parts that one statement takes."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
