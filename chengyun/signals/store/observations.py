"""Observations: appended in bulk, partitioned by day on PostgreSQL."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial

import orjson
from django.db import connection, transaction

from chengyun.signals.logic.stream import Row
from chengyun.signals.store.engine import MINUTES_A_DAY, array, change, many, postgres, run

_EPOCH_DAY = date(1970, 1, 1)
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
    if not postgres():
        many(
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
    if not postgres():
        return
    where = str(connection.settings_dict["NAME"])
    missing = [day for day in sorted(set(days)) if (where, day) not in _known_days]
    for day in missing:
        if not _exists(day):
            # Two processes may meet a new day at once; the timer that makes days ahead lets that be rare.
            run("SELECT pg_advisory_xact_lock(%s)", [_PARTITION_LOCK])
        if not _exists(day):
            start = day * MINUTES_A_DAY
            change(
                f"CREATE TABLE {partition(day)} PARTITION OF signals_observation "
                f"FOR VALUES FROM ({start}) TO ({start + MINUTES_A_DAY})"
            )
        # Remembered only once it is committed: this transaction may yet be undone, and the partition with it.
        transaction.on_commit(partial(_known_days.add, (where, day)))


def _exists(day: int) -> bool:
    return run("SELECT to_regclass(%s)", [partition(day)])[0][0] is not None


def partition(day: int) -> str:
    """The name of a day's partition on PostgreSQL."""
    return f"signals_observation_{(_EPOCH_DAY + timedelta(days=day)):%Y%m%d}"


def forget_days() -> None:
    """A partition has gone: look again before the next row."""
    _known_days.clear()


def standing(keys: Iterable[tuple[int, int, int]]) -> dict[tuple[int, int], list[float]]:
    """What is stored at some (minute, stream id, at ms): (stream id, at ms) -> values."""
    ordered = sorted(keys)
    if postgres():
        # One look into the key for each: a join could choose to read whole days.
        rows = run(
            "SELECT k.s, k.a, o.value FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS k (m, s, a) CROSS JOIN LATERAL "
            "(SELECT value FROM signals_observation WHERE minute = k.m AND stream_id = k.s AND at_ms = k.a OFFSET 0) AS o",
            [array(key[part] for key in ordered) for part in range(3)],
        )
    else:
        rows = run(
            "SELECT o.stream_id, o.at_ms, o.value FROM json_each(%s) AS k CROSS JOIN signals_observation AS o "
            "WHERE o.minute = json_extract(k.value, '$[0]') AND o.stream_id = json_extract(k.value, '$[1]') "
            "AND o.at_ms = json_extract(k.value, '$[2]')",
            [orjson.dumps(ordered).decode()],
        )
    found: dict[tuple[int, int], list[float]] = {}
    for stream, at_ms, value in rows:
        found.setdefault((stream, at_ms), []).append(value)
    return found
