"""Bulk reading and writing of signals: the one place that knows how SQLite and PostgreSQL differ.

SQLite takes prepared statements over many rows (`executemany`); PostgreSQL takes COPY in binary for observations and
arrays for the rest. All functions that write run inside `write()`, called from this domain's actions.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction

from chengyun.signals.logic.stream import Row

MINUTES_A_DAY = 1440
_EPOCH_DAY = date(1970, 1, 1)


def _postgres() -> bool:
    return bool(connection.vendor == "postgresql")


def _run(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


def _change(sql: str, params: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def _array(values: Iterable[Any]) -> str:
    """A PostgreSQL array of numbers as text: four times quicker than adapting each element."""
    return "{" + ",".join(map(str, values)) + "}"


# ---- shared state ---------------------------------------------------------------------------------------------


def registry_token() -> str:
    """What the database holds; empty while nothing was ever loaded."""
    found = _run("SELECT registry FROM signals_sharedstate WHERE id = 1")
    return str(found[0][0]) if found else ""


def set_registry_token(token: str) -> None:
    _change(
        "INSERT INTO signals_sharedstate (id, registry, judge) VALUES (1, %s, '') "
        "ON CONFLICT (id) DO UPDATE SET registry = excluded.registry",
        [token],
    )


def hold_judge_epoch() -> None:
    """Lock the row until the end of the transaction and leave it as it is."""
    if _postgres():
        _run("SELECT judge FROM signals_sharedstate WHERE id = 1 FOR UPDATE")


def swap_judge_epoch(after: str) -> str:
    """Lock the row until the end of the transaction and put `after` in; returns what stood there."""
    lock = " FOR UPDATE" if _postgres() else ""
    found = _run(f"SELECT judge FROM signals_sharedstate WHERE id = 1{lock}")
    if found:
        _change("UPDATE signals_sharedstate SET judge = %s WHERE id = 1", [after])
        return str(found[0][0])
    _change(
        "INSERT INTO signals_sharedstate (id, registry, judge) VALUES (1, '', %s) "
        "ON CONFLICT (id) DO UPDATE SET judge = excluded.judge",
        [after],
    )
    return ""


# ---- messages ---------------------------------------------------------------------------------------------------


def claim(keys: Sequence[tuple[int, bytes]], arrived_ms: int) -> dict[tuple[int, bytes], int]:
    """Take (source id, key) pairs that nobody took before; returns the message id of each one that is new."""
    ordered = sorted(
        keys
    )  # the same order in every transaction, so that two never wait for each other in a circle
    if _postgres():
        found = _run(
            "INSERT INTO signals_ingested (source_id, key, arrived_ms) SELECT s, k, %s "
            "FROM unnest(%s::bigint[], %s::bytea[]) AS t (s, k) ON CONFLICT DO NOTHING RETURNING source_id, key, id",
            [arrived_ms, _array(source for source, _ in ordered), [key for _, key in ordered]],
        )
        return {(source, bytes(key)): number for source, key, number in found}
    taken: dict[tuple[int, bytes], int] = {}
    with connection.cursor() as cursor:
        for source, key in ordered:
            cursor.execute(
                "INSERT INTO signals_ingested (source_id, key, arrived_ms) VALUES (%s, %s, %s) "
                "ON CONFLICT DO NOTHING RETURNING id",
                [source, key, arrived_ms],
            )
            new = cursor.fetchone()
            if new is not None:
                taken[(source, key)] = int(new[0])
    return taken


def put_input(rows: Sequence[tuple[int, str, str, str | None, int, bytes]]) -> None:
    """Keep what came in: rows of (arrived ms, source, form, key, packed, body), in the order of arrival."""
    _many(
        "INSERT INTO signals_inputlog (arrived_ms, source, form, key, packed, body) VALUES (%s, %s, %s, %s, %s, %s)",
        rows,
    )


# ---- observations -----------------------------------------------------------------------------------------------

_OBSERVATION = "minute, stream_id, at_ms, message, idx, value, arrived_ms, late"
# One row in PostgreSQL's binary COPY format: the number of fields, then each field's length and value.
_BINARY = struct.Struct(">hiiiqiqiqiiidiqih")
_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TAIL = struct.pack(">h", -1)

# Any number will do that no other advisory lock of the platform uses.
_PARTITION_LOCK = 7_302_511
# Days for which this process knows a partition to exist, and the connection that knows it.
_known_days: set[tuple[str, int]] = set()


def put_observations(rows: Sequence[Row]) -> None:
    """Append observations; a reading that stands there already (same message and index) is left as it is."""
    if not _postgres():
        _many(
            f"INSERT INTO signals_observation ({_OBSERVATION}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            sorted(rows),
        )
        return
    ensure_days({row[0] // MINUTES_A_DAY for row in rows})
    pack = _BINARY.pack
    body = b"".join(
        [
            pack(8, 4, m, 8, s, 8, at, 8, msg, 4, i, 8, v, 8, arr, 2, late)
            for m, s, at, msg, i, v, arr, late in rows
        ]
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY signals_observation ({_OBSERVATION}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(_HEAD + body + _TAIL)


def ensure_days(days: Iterable[int]) -> None:
    """Have a partition for each day (days since 1970). Nothing to do on SQLite."""
    if not _postgres():
        return
    where = str(connection.settings_dict["NAME"])
    missing = [day for day in sorted(set(days)) if (where, day) not in _known_days]
    for day in missing:
        if not _exists(day):
            # Two processes may meet a new day at once; the timer that makes days ahead lets that be rare.
            _run("SELECT pg_advisory_xact_lock(%s)", [_PARTITION_LOCK])
        if not _exists(day):
            start = day * MINUTES_A_DAY
            _change(
                f"CREATE TABLE {partition(day)} PARTITION OF signals_observation "
                f"FOR VALUES FROM ({start}) TO ({start + MINUTES_A_DAY})"
            )
        # Remembered only once it is committed: this transaction may yet be undone, and the partition with it.
        transaction.on_commit(partial(_known_days.add, (where, day)))


def _exists(day: int) -> bool:
    return _run("SELECT to_regclass(%s)", [partition(day)])[0][0] is not None


def partition(day: int) -> str:
    """The name of a day's partition on PostgreSQL."""
    return f"signals_observation_{(_EPOCH_DAY + timedelta(days=day)):%Y%m%d}"


def put_latest(newest: dict[int, tuple[int, float, int]], arrived_ms: int) -> None:
    """Move the latest values on: stream id -> (at ms, value, message). An older value moves only the arrival."""
    ids = sorted(newest)
    then = (
        " ON CONFLICT (stream_id) DO UPDATE SET "
        "value = CASE WHEN excluded.at_ms >= signals_latest.at_ms THEN excluded.value ELSE signals_latest.value END, "
        "message = CASE WHEN excluded.at_ms >= signals_latest.at_ms THEN excluded.message ELSE signals_latest.message END, "
        "at_ms = {greatest}(signals_latest.at_ms, excluded.at_ms), "
        "arrived_ms = {greatest}(signals_latest.arrived_ms, excluded.arrived_ms)"
    )
    columns = "INSERT INTO signals_latest (stream_id, at_ms, value, message, arrived_ms) "
    if _postgres():
        _change(
            columns
            + "SELECT s, a, v, m, %s FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::bigint[]) "
            "AS t (s, a, v, m)" + then.format(greatest="greatest"),
            [
                arrived_ms,
                _array(ids),
                _array([newest[i][0] for i in ids]),
                _array([newest[i][1] for i in ids]),
                _array([newest[i][2] for i in ids]),
            ],
        )
        return
    _many(
        columns + "VALUES (%s, %s, %s, %s, %s)" + then.format(greatest="max"),
        [(i, *newest[i], arrived_ms) for i in ids],
    )


def latest(stream_ids: Sequence[int]) -> dict[int, tuple[int, float, int]]:
    """stream id -> (at ms, value, arrived ms) for those that ever had one."""
    found: dict[int, tuple[int, float, int]] = {}
    for part in _chunks(stream_ids):
        marks = ", ".join(["%s"] * len(part))
        for stream, at_ms, value, arrived_ms in _run(
            f"SELECT stream_id, at_ms, value, arrived_ms FROM signals_latest WHERE stream_id IN ({marks})",
            part,
        ):
            found[stream] = (at_ms, value, arrived_ms)
    return found


def latest_as_of(
    stream_ids: Sequence[int], at_ms: int, back_minutes: int
) -> dict[int, tuple[int, float, int]]:
    """The same as it stood at a moment, looking back so many minutes; late arrivals that came after it are left out."""
    found: dict[int, tuple[int, float, int]] = {}
    last = at_ms // 60_000
    for part in _chunks(stream_ids):
        marks = ", ".join(["%s"] * len(part))
        for stream, seen, value, arrived in _run(
            "SELECT stream_id, at_ms, value, arrived_ms FROM signals_observation "
            f"WHERE minute BETWEEN %s AND %s AND stream_id IN ({marks}) AND at_ms <= %s AND arrived_ms <= %s "
            "ORDER BY at_ms, message",
            [last - back_minutes, last, *part, at_ms, at_ms + 60_000],
        ):
            found[stream] = (seen, value, arrived)
    return found


def _chunks(values: Sequence[int], size: int = 5000) -> Iterable[list[int]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


# ---- what is counted, what is kept apart ------------------------------------------------------------------------


def put_counts(counts: dict[tuple[int, str, str], int]) -> None:
    """Add to the counts: (minute of arrival, source, what) -> how many."""
    _many(
        "INSERT INTO signals_intakecount (minute, source, what, n) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (minute, source, what) DO UPDATE SET n = signals_intakecount.n + excluded.n",
        [(*key, counts[key]) for key in sorted(counts)],
    )


def counted_since(minute: int, source: str, what: str) -> bool:
    return bool(
        _run(
            "SELECT 1 FROM signals_intakecount WHERE minute >= %s AND source = %s AND what = %s LIMIT 1",
            [minute, source, what],
        )
    )


QuarantineRow = tuple[int, str, str, str, int | None, str, str, str, str]


def put_quarantine(rows: Sequence[QuarantineRow], *, keep: int) -> dict[tuple[str, str], int]:
    """Set items apart: (arrived ms, source, reason, stream, index, field, detail, digest, excerpt).

    At most about `keep` items stay per source and reason: the oldest go. Returns how many went, per (source, reason).
    """
    _many(
        "INSERT INTO signals_quarantine (arrived_ms, source, reason, stream, idx, field, detail, digest, excerpt) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        rows,
    )
    gone: dict[tuple[str, str], int] = {}
    for source, reason in sorted({(row[1], row[2]) for row in rows}):
        count = _run(
            "SELECT count(*) FROM signals_quarantine WHERE source = %s AND reason = %s", [source, reason]
        )[0][0]
        if count > keep:
            # Down to nine tenths, so that this is not done again for each of the next ones.
            gone[source, reason] = _change(
                "DELETE FROM signals_quarantine WHERE id IN (SELECT id FROM signals_quarantine "
                "WHERE source = %s AND reason = %s ORDER BY id LIMIT %s)",
                [source, reason, count - keep * 9 // 10],
            )
    return gone


# ---- roll-up and retention --------------------------------------------------------------------------------------


def mark_minutes(minutes: Iterable[int]) -> None:
    _many(
        "INSERT INTO signals_rollupdue (minute) VALUES (%s) ON CONFLICT DO NOTHING",
        [(minute,) for minute in sorted(minutes)],
    )


def roll_up(before_minute: int, limit: int) -> int:
    """Compute the figures of up to `limit` waiting minutes that have passed; returns how many. Repeating it is harmless."""
    due = [row[0] for row in _run("SELECT minute FROM signals_rollupdue WHERE minute < %s ORDER BY minute LIMIT %s",
                                  [before_minute, limit])]  # fmt: skip
    for minute in due:
        _change(
            "INSERT INTO signals_minutefigure (stream_id, minute, n, min, max, sum, last) "
            "SELECT stream_id, minute, count(*), min(value), max(value), sum(value), "
            "max(CASE WHEN place = 1 THEN value END) FROM (SELECT stream_id, minute, value, row_number() OVER "
            "(PARTITION BY stream_id ORDER BY at_ms DESC, message DESC, idx DESC) AS place "
            "FROM signals_observation WHERE minute = %s) AS o GROUP BY stream_id, minute "
            "ON CONFLICT (stream_id, minute) DO UPDATE SET n = excluded.n, min = excluded.min, max = excluded.max, "
            "sum = excluded.sum, last = excluded.last",
            [minute],
        )
        _change("DELETE FROM signals_rollupdue WHERE minute = %s", [minute])
    return len(due)


def forget_observations(before_minute: int, limit: int) -> int:
    """Remove old observations: whole days by dropping partitions, or up to `limit` rows on SQLite. Returns what went."""
    if not _postgres():
        return _change(
            "DELETE FROM signals_observation WHERE (minute, stream_id, at_ms, message, idx) IN (SELECT minute, stream_id, "
            "at_ms, message, idx FROM signals_observation WHERE minute < %s ORDER BY minute LIMIT %s)",
            [before_minute, limit],
        )
    gone = 0
    names = _run(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'signals_observation'::regclass ORDER BY 1"
    )
    last_whole_day = partition(before_minute // MINUTES_A_DAY - 1)
    for (name,) in names:
        if name <= last_whole_day:
            _change(f"DROP TABLE {name}")
            _known_days.clear()
            gone += 1
    return gone


# Table, its time column, and the unit of that column in milliseconds.
_AGEING = {
    "minutes": ("signals_minutefigure", "minute", 60_000),
    "quarantine": ("signals_quarantine", "arrived_ms", 1),
    "counts": ("signals_intakecount", "minute", 60_000),
    "inputs": ("signals_inputlog", "arrived_ms", 1),
    "ingested": ("signals_ingested", "arrived_ms", 1),
}


def forget(what: str, before_ms: int) -> int:
    """Remove rows older than a moment from one of the ageing tables; returns how many."""
    table, column, unit = _AGEING[what]
    return _change(f"DELETE FROM {table} WHERE {column} < %s", [before_ms // unit])
