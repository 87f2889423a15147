"""Opening alerts in bulk: one statement that either inserts or, where one is open already, folds into it.

The partial unique constraint decides, not a look before the insert: `batch` is only in rows that this call inserted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from chengyun.alerts.actions.findings import Finding
from chengyun.alerts.logic import lifecycle
from chengyun.alerts.models import Alert
from chengyun.kernel import ids, sql

_COLUMNS = (
    "rule_id", "version_id", "subject", "area_id", "asset_id", "incident_id", "klass", "camera", "level", "peak", "state",
    "since", "opened_at", "last_at", "count", "raises", "measure", "have", "of", "acknowledged_by", "judged_by",
    "shelve_reason", "shelved_by", "out_of_service", "suppressed_by_id", "batch", "threshold",
)  # fmt: skip
_HEAD = f"INSERT INTO alerts_alert ({', '.join(chr(34) + c + chr(34) for c in _COLUMNS)}) VALUES "
_ROW = "(" + ", ".join(["%s"] * len(_COLUMNS)) + ")"
_TAIL = (
    ' ON CONFLICT (rule_id, subject) WHERE NOT (state = \'closed\') DO UPDATE SET "count" = alerts_alert."count" + '
    'excluded."count", last_at = excluded.last_at RETURNING id, rule_id, subject, batch'
)

Key = tuple[int, str]


def insert(
    findings: Sequence[Finding], incidents: dict[Key, int], suppressed: dict[Key, int], now: datetime
) -> tuple[dict[Key, int], set[Key]]:
    """Insert; returns (id by key, keys that were open already and were counted into)."""
    batch = ids.new("b-")
    moment = sql.stored(now)
    found: dict[Key, int] = {}
    folded: set[Key] = set()
    with connection.cursor() as cursor:
        for chunk in sql.parts(findings, 200):
            values: list[Any] = []
            for f in chunk:
                key = (f.rule.id, f.subject)
                since = sql.stored(f.at)
                values += (
                    f.rule.id, f.rule.version_id, f.subject, f.area_id, f.asset_id, incidents.get(key),
                    f.rule.spec.klass, f.rule.spec.camera, f.level, f.level, lifecycle.NEW, since, moment, moment, f.count,
                    1, f.measure, f.have, f.of, "", "", "", "", False, suppressed.get(key), batch, f.set,
                )  # fmt: skip
            cursor.execute(_HEAD + ", ".join([_ROW] * len(chunk)) + _TAIL, values)
            for pk, rule_id, subject, whose in cursor.fetchall():
                found[rule_id, subject] = pk
                if whose != batch:
                    folded.add((rule_id, subject))
    return found, folded


class Standing(NamedTuple):
    """As much of an open alert as it takes to see whether a finding changes it."""

    id: int
    level: int
    state: str


def standing(findings: Iterable[Finding]) -> dict[Key, Standing]:
    """The open alerts of these rules and subjects."""
    by_rule: dict[int, list[str]] = {}
    for f in findings:
        by_rule.setdefault(f.rule.id, []).append(f.subject)
    found: dict[Key, Standing] = {}
    with connection.cursor() as cursor:
        for rule_id, subjects in by_rule.items():
            for part in sql.parts(subjects):
                cursor.execute(_STANDING.format(sql.marks(part)), [rule_id, *part])
                found.update({(rule_id, subject): Standing(*rest) for subject, *rest in cursor.fetchall()})
    return found


_STANDING = (
    "SELECT subject, id, level, state FROM alerts_alert "
    "WHERE rule_id = %s AND subject IN ({}) AND NOT (state = 'closed')"
)


def whole(alerts: Iterable[int]) -> dict[int, Alert]:
    """Alerts by id, with what an entry says of them. Few findings change an alert; most are only counted into it."""
    wanted = list(alerts)
    return Alert.objects.select_related("area", "rule").in_bulk(wanted) if wanted else {}


def existing(f: Finding) -> Alert | None:
    """The open alert of a finding's rule and subject."""
    known = standing([f]).get((f.rule.id, f.subject))
    return None if known is None else whole([known.id])[known.id]


_COUNT = 'UPDATE alerts_alert SET "count" = "count" + %s, last_at = %s WHERE id IN ({})'


def count_in(pairs: Iterable[tuple[int, int]], now: datetime) -> None:
    """Fold repeats into open alerts: (alert id, how many)."""
    by_count: dict[int, list[int]] = {}
    for pk, count in pairs:
        by_count.setdefault(count, []).append(pk)
    moment = sql.stored(now)
    with connection.cursor() as cursor:
        for count, alerts in sorted(by_count.items()):
            for part in sql.parts(alerts):
                cursor.execute(_COUNT.format(sql.marks(part)), [count, moment, *part])


def stamp(entries: Sequence[tuple[int, int]]) -> None:
    """Note the entry that opened each alert: (alert id, entry id)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE alerts_alert SET entry = %s, last_entry = %s WHERE id = %s",
            [(e, e, pk) for pk, e in entries],
        )
