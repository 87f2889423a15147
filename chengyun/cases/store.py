"""Statements written once: what every move reads and writes.

Django compiles a query each time it is asked. For the handful of statements that each move runs, that costs several times as
much as the database does (measured: 44 ms of CPU for a whole case life, 15 with these). Columns and conversions still come
from the models, so that a changed field needs no change here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from chengyun.cases.models import Case
from chengyun.district.models import Area
from chengyun.kernel.transaction import require_write
from chengyun.people.models import Post


@lru_cache(maxsize=64)
def _insert_sql(model: type[Model], vendor: str) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))}) RETURNING id", fields


def insert(row: Model) -> None:
    """Save a new row of a model with an automatic id, and set the id. Only inside `write()`."""
    require_write("store.insert")
    sql, fields = _insert_sql(type(row), connection.vendor)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding = False
    row._state.db = "default"


@lru_cache(maxsize=256)
def _update_sql(names: tuple[str, ...], vendor: str) -> tuple[str, list[Any]]:
    fields: list[Any] = [Case._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    return f"UPDATE {quote(Case._meta.db_table)} SET {columns} WHERE id = %s", fields


def update_case(pk: int, changes: dict[str, Any]) -> None:
    """Write the changed columns of a case. Only inside `write()`."""
    require_write("store.update_case")
    names = tuple(sorted(changes))
    sql, fields = _update_sql(names, connection.vendor)
    values = [
        field.get_db_prep_save(changes[name], connection) for name, field in zip(names, fields, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, pk])


# What most cases have none of: asked for with the case, so that a move need not ask for each.
_HANGS = {
    "alerts": "cases_casealert x WHERE x.case_id = c.id",
    "co": "cases_assignment x WHERE x.case_id = c.id AND x.role = 'co' AND x.ends_at IS NULL",
    "supervision": "cases_supervision x WHERE x.case_id = c.id AND x.state <> 'ended'",
    "reporters": "cases_reporter x WHERE x.case_id = c.id",
}


def may_have(case: Case, what: str) -> bool:
    """Whether rows of a kind hang on a case; True where it was not read by `locked_case`, so that somebody looks."""
    hangs: frozenset[str] | None = case.__dict__.get("_hangs")
    return hangs is None or what in hangs


@lru_cache(maxsize=4)
def _case_sql(vendor: str) -> tuple[str, list[str], list[list[Any]]]:
    quote = connection.ops.quote_name
    fields = Case._meta.concrete_fields
    own = ", ".join(f"c.{quote(field.column)}" for field in fields)
    converters = []
    for field in fields:
        column = field.get_col("c")
        each = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        converters.append([(convert, column) for convert in each])
    lock = " FOR UPDATE OF c" if vendor == "postgresql" else ""
    hangs = ", ".join(f"EXISTS (SELECT 1 FROM {rows})" for rows in _HANGS.values())
    sql = (
        f"SELECT {own}, a.id, a.code, a.name_zh, a.name_en, a.kind, a.path, w.digest, v.digest, "
        f"p.id, p.code, p.department_id, {hangs} "
        "FROM cases_case c JOIN district_area a ON a.id = c.area_id "
        "JOIN cases_workflowversion w ON w.id = c.workflow_id "
        "JOIN cases_catalogueversion v ON v.id = c.catalogue_id "
        f"LEFT JOIN people_post p ON p.id = c.accountable_post_id WHERE c.id = %s{lock}"
    )
    return sql, [field.attname for field in fields], converters


# In the order of the model: that is how a row becomes an instance.
_AREA = ["id", "code", "name_zh", "name_en", "kind", "path"]


def locked_case(pk: int) -> tuple[Case, str, str] | None:
    """The case, locked, with area and accountable post (other columns of those load when asked for), and the digests of its
    workflow and catalogue. None if there is none."""
    sql, names, converters = _case_sql(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [pk])
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row[: len(names)])
    for index, each in enumerate(converters):
        for convert, column in each:
            values[index] = convert(values[index], column, connection)
    case = Case.from_db("default", names, values)
    rest = row[len(names) :]
    case.area = Area.from_db("default", _AREA, rest[:6])
    if rest[8] is not None:
        case.accountable_post = Post.from_db("default", ["id", "code", "department_id"], rest[8:11])
    case.__dict__["_hangs"] = frozenset(what for what, there in zip(_HANGS, rest[11:], strict=True) if there)
    return case, str(rest[6]), str(rest[7])


def end_assignments(case_id: int, now: datetime) -> None:
    """A closed case is nobody's any more. Only inside `write()`."""
    require_write("store.end_assignments")
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_assignment SET ends_at = %s WHERE case_id = %s AND ends_at IS NULL", [at, case_id]
        )


def column(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a fixed statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())
