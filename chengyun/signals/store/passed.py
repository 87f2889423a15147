"""Readings of the past: what stood at a moment and what came after it, for showing a night again."""

from __future__ import annotations

from collections.abc import Collection

from chengyun.signals.store.engine import array, chunks, postgres, run

# stream id, event ms, value, arrived ms
Reading = tuple[int, int, float, int]


def kept_minutes() -> tuple[int, int] | None:
    """The first and the last minute of which single observations are kept; None without any."""
    first, last = run("SELECT min(minute), max(minute) FROM signals_observation")[0]
    return None if first is None else (int(first), int(last))


def newest_by(first_minute: int, until_ms: int) -> list[Reading]:
    """The newest reading of each stream among those with an event from a minute on that had arrived by a moment."""
    return run(_NEWEST.format(each="stream_id", and_=""), [first_minute, until_ms // 60_000, until_ms])


def arriving(first_minute: int, since_ms: int, until_ms: int, step_ms: int) -> list[Reading]:
    """What arrived in (since, until], of each stream and step the newest, in the order of arrival.

    Only events from a minute on are looked at: the key begins with the minute of the event.
    """
    asked = _NEWEST.format(
        each=f"stream_id, (arrived_ms - {since_ms:d} - 1) / {step_ms:d}",
        and_=f"AND arrived_ms > {since_ms:d}",
    )
    found = run(asked, [first_minute, until_ms // 60_000, until_ms])
    return sorted(found, key=lambda row: (row[3], row[0]))


_NEWEST = (
    "SELECT stream_id, at_ms, value, arrived_ms FROM (SELECT stream_id, at_ms, value, arrived_ms, row_number() OVER "
    "(PARTITION BY {each} ORDER BY at_ms DESC, message DESC, idx DESC) AS place FROM signals_observation "
    "WHERE minute BETWEEN %s AND %s AND arrived_ms <= %s {and_}) AS o WHERE place = 1"
)


def last_of_minutes(streams: Collection[int], first: int, last: int) -> list[tuple[int, int, float]]:
    """(stream id, minute, last value of that minute) for minutes in [first, last], in the order of minutes."""
    found: list[tuple[int, int, float]] = []
    for part in chunks(sorted(streams)):
        if postgres():
            where, given = "stream_id = ANY(%s::bigint[])", [array(part)]
        else:
            where, given = (
                "stream_id IN (SELECT value FROM json_each(%s))",
                ["[" + ",".join(map(str, part)) + "]"],
            )
        found += run(
            f"SELECT stream_id, minute, last FROM signals_minutefigure WHERE {where} AND minute BETWEEN %s AND %s",
            [*given, first, last],
        )
    return sorted(found, key=lambda row: (row[1], row[0]))


def span_of_minutes(streams: Collection[int]) -> tuple[int, int] | None:
    """The first and the last minute of which these streams have figures; None without any."""
    ends: list[int] = []
    for stream in streams:
        # One short look-up in the key for each end.
        first, last = run(
            "SELECT (SELECT minute FROM signals_minutefigure WHERE stream_id = %s ORDER BY minute LIMIT 1), "
            "(SELECT minute FROM signals_minutefigure WHERE stream_id = %s ORDER BY minute DESC LIMIT 1)",
            [stream, stream],
        )[0]
        ends += [] if first is None else [first, last]
    return (min(ends), max(ends)) if ends else None
