"""What is counted, and what is kept apart."""

from __future__ import annotations

from collections.abc import Sequence

from chengyun.signals.store.engine import change, many, run


def put_counts(counts: dict[tuple[int, str, str], int]) -> None:
    """Add to the counts: (minute of arrival, source, what) -> how many."""
    many(
        "INSERT INTO signals_intakecount (minute, source, what, n) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (minute, source, what) DO UPDATE SET n = signals_intakecount.n + excluded.n",
        [(*key, counts[key]) for key in sorted(counts)],
    )


def counted_since(minute: int, source: str, what: str) -> bool:
    return bool(
        run(
            "SELECT 1 FROM signals_intakecount WHERE minute >= %s AND source = %s AND what = %s LIMIT 1",
            [minute, source, what],
        )
    )


QuarantineRow = tuple[int, str, str, str, int | None, str, str, str, str]


def put_quarantine(rows: Sequence[QuarantineRow], *, keep: int) -> dict[tuple[str, str], int]:
    """Set items apart: (arrived ms, source, reason, stream, index, field, detail, digest, excerpt).

    At most about `keep` items stay per source and reason: the oldest go. Returns how many went, per (source, reason).
    """
    many(
        "INSERT INTO signals_quarantine (arrived_ms, source, reason, stream, idx, field, detail, digest, excerpt) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        rows,
    )
    gone: dict[tuple[str, str], int] = {}
    for source, reason in sorted({(row[1], row[2]) for row in rows}):
        count = run(
            "SELECT count(*) FROM signals_quarantine WHERE source = %s AND reason = %s", [source, reason]
        )[0][0]
        if count > keep:
            # Down to nine tenths, so that this is not done again for each of the next ones.
            gone[source, reason] = change(
                "DELETE FROM signals_quarantine WHERE id IN (SELECT id FROM signals_quarantine "
                "WHERE source = %s AND reason = %s ORDER BY id LIMIT %s)",
                [source, reason, count - keep * 9 // 10],
            )
    return gone
