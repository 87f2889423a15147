"""The newest value of each stream, now and as of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chengyun.signals.store.engine import array, change, chunks, many, postgres, run


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
    if postgres():
        change(
            columns
            + "SELECT s, a, v, m, %s FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::bigint[]) "
            "AS t (s, a, v, m)" + then.format(greatest="greatest"),
            [
                arrived_ms,
                array(ids),
                array([newest[i][0] for i in ids]),
                array([newest[i][1] for i in ids]),
                array([newest[i][2] for i in ids]),
            ],
        )
        return
    many(
        columns + "VALUES (%s, %s, %s, %s, %s)" + then.format(greatest="max"),
        [(i, *newest[i], arrived_ms) for i in ids],
    )


def newest(stream_ids: Iterable[int]) -> dict[int, int]:
    """stream id -> event ms of the newest observation, for those that ever had one. One short statement a batch."""
    if postgres():
        rows = run(
            "SELECT stream_id, at_ms FROM signals_latest WHERE stream_id = ANY(%s::bigint[])",
            [array(stream_ids)],
        )
    else:
        rows = run(
            "SELECT stream_id, at_ms FROM signals_latest WHERE stream_id IN (SELECT value FROM json_each(%s))",
            ["[" + ",".join(map(str, stream_ids)) + "]"],
        )
    return dict(rows)


def latest(stream_ids: Sequence[int]) -> dict[int, tuple[int, float, int]]:
    """stream id -> (at ms, value, arrived ms) for those that ever had one."""
    found: dict[int, tuple[int, float, int]] = {}
    for part in chunks(stream_ids):
        marks = ", ".join(["%s"] * len(part))
        for stream, at_ms, value, arrived_ms in run(
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
    for part in chunks(stream_ids):
        marks = ", ".join(["%s"] * len(part))
        for stream, seen, value, arrived in run(
            "SELECT stream_id, at_ms, value, arrived_ms FROM signals_observation "
            f"WHERE minute BETWEEN %s AND %s AND stream_id IN ({marks}) AND at_ms <= %s AND arrived_ms <= %s "
            "ORDER BY at_ms, message",
            [last - back_minutes, last, *part, at_ms, at_ms + 60_000],
        ):
            found[stream] = (seen, value, arrived)
    return found
