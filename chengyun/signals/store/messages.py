"""Messages: taken once, and kept as they came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from chengyun.signals.store.engine import array, many, postgres, run


def claim(keys: Sequence[tuple[int, bytes]], arrived_ms: int) -> dict[tuple[int, bytes], int]:
    """Take (source id, key) pairs that nobody took before; returns the message id of each one that is new."""
    # The same order in every transaction, so that two never wait for each other in a circle.
    ordered = sorted(keys)
    if postgres():
        found = run(
            "INSERT INTO signals_ingested (source_id, key, arrived_ms) SELECT s, k, %s "
            "FROM unnest(%s::bigint[], %s::bytea[]) AS t (s, k) ON CONFLICT DO NOTHING RETURNING source_id, key, id",
            [arrived_ms, array(source for source, _ in ordered), [key for _, key in ordered]],
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
    many(
        "INSERT INTO signals_inputlog (arrived_ms, source, form, key, packed, body) VALUES (%s, %s, %s, %s, %s, %s)",
        rows,
    )


# Any number will do that no other advisory lock of the platform uses.
_SOURCE_LOCK = 7_302


def hold_sources(ids: Iterable[int]) -> None:
    """Until the end of the transaction nobody else takes readings of these sources in. On SQLite nobody does anyhow."""
    if postgres():
        run(
            "SELECT pg_advisory_xact_lock(%s, s::int) FROM unnest(%s::bigint[]) AS s",
            [_SOURCE_LOCK, array(sorted(ids))],
        )
