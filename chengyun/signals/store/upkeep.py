"""Roll-up and retention."""

from __future__ import annotations

from collections.abc import Iterable

from chengyun.signals.store.engine import MINUTES_A_DAY, change, many, postgres, run
from chengyun.signals.store.observations import forget_days, partition


def mark_minutes(minutes: Iterable[int]) -> None:
    many(
        "INSERT INTO signals_rollupdue (minute) VALUES (%s) ON CONFLICT DO NOTHING",
        [(minute,) for minute in sorted(minutes)],
    )


def roll_up(before_minute: int, limit: int) -> int:
    """Compute the figures of up to `limit` waiting minutes that have passed; returns how many. Repeating it is harmless."""
    due = [row[0] for row in run("SELECT minute FROM signals_rollupdue WHERE minute < %s ORDER BY minute LIMIT %s",
                                  [before_minute, limit])]  # fmt: skip
    for minute in due:
        change(
            "INSERT INTO signals_minutefigure (stream_id, minute, n, min, max, sum, last) "
            "SELECT stream_id, minute, count(*), min(value), max(value), sum(value), "
            "max(CASE WHEN place = 1 THEN value END) FROM (SELECT stream_id, minute, value, row_number() OVER "
            "(PARTITION BY stream_id ORDER BY at_ms DESC, message DESC, idx DESC) AS place "
            "FROM signals_observation WHERE minute = %s) AS o GROUP BY stream_id, minute "
            "ON CONFLICT (stream_id, minute) DO UPDATE SET n = excluded.n, min = excluded.min, max = excluded.max, "
            "sum = excluded.sum, last = excluded.last",
            [minute],
        )
        change("DELETE FROM signals_rollupdue WHERE minute = %s", [minute])
    return len(due)


def forget_observations(before_minute: int, limit: int) -> int:
    """Remove old observations: whole days by dropping partitions, or up to `limit` rows on SQLite. Returns what went."""
    if not postgres():
        return change(
            "DELETE FROM signals_observation WHERE (minute, stream_id, at_ms, message, idx) IN (SELECT minute, stream_id, "
            "at_ms, message, idx FROM signals_observation WHERE minute < %s ORDER BY minute LIMIT %s)",
            [before_minute, limit],
        )
    gone = 0
    names = run(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'signals_observation'::regclass ORDER BY 1"
    )
    last_whole_day = partition(before_minute // MINUTES_A_DAY - 1)
    for (name,) in names:
        if name <= last_whole_day:
            change(f"DROP TABLE {name}")
            forget_days()
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
    return change(f"DELETE FROM {table} WHERE {column} < %s", [before_ms // unit])
