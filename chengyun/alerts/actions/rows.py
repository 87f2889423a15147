"""Opening alerts in bulk: one statement that either inserts or, where one is open already, folds into it.

The partial unique constraint decides, not a look before the insert: `batch` is only in rows that this call inserted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from chengyun.alerts.actions.findings import Finding
from chengyun.alerts.logic import lifecycle
from chengyun.alerts.models import Alert
from chengyun.kernel import ids

_COLUMNS = (
    "rule_id", "version_id", "subject", "area_id", "asset_id", "incident_id", "klass", "camera", "level", "peak", "state",
    "since", "opened_at", "last_at", "count", "raises", "measure", "have", "of", "acknowledged_by", "judged_by",
    "shelve_reason", "shelved_by", "out_of_service", "suppressed_by_id", "batch",
)  # fmt: skip
_HEAD = f"INSERT INTO alerts_alert ({', '.join(chr(34) + c + chr(34) for c in _COLUMNS)}) VALUES "
_ROW = "(" + ", ".join(["%s"] * len(_COLUMNS)) + ")"
_TAIL = (
    ' ON CONFLICT (rule_id, subject) WHERE NOT (state = \'closed\') DO UPDATE SET "count" = alerts_alert."count" + '
    'excluded."count", last_at = excluded.last_at RETURNING id, rule_id, subject, batch'
)
_CHUNK = 200

Key = tuple[int, str]


def insert(
    findings: Sequence[Finding], incidents: dict[Key, int], suppressed: dict[Key, int], now: datetime
) -> tuple[dict[Key, int], set[Key]]:
    """Insert; returns (id by key, keys that were open already and were counted into)."""
    batch = ids.new("b-")
    moment = connection.ops.adapt_datetimefield_value(now)
    found: dict[Key, int] = {}
    folded: set[Key] = set()
    rows = iter(findings)
    with connection.cursor() as cursor:
        while chunk := list(islice(rows, _CHUNK)):
            values: list[Any] = []
            for f in chunk:
                key = (f.rule.id, f.subject)
                since = connection.ops.adapt_datetimefield_value(f.at)
                values += (
                    f.rule.id, f.rule.version_id, f.subject, f.area_id, f.asset_id, incidents.get(key),
                    f.rule.spec.klass, f.rule.spec.camera, f.level, f.level, lifecycle.NEW, since, moment, moment, f.count,
                    1, f.measure, f.have, f.of, "", "", "", "", False, suppressed.get(key), batch,
                )  # fmt: skip
            cursor.execute(_HEAD + ", ".join([_ROW] * len(chunk)) + _TAIL, values)
            for pk, rule_id, subject, whose in cursor.fetchall():
                found[rule_id, subject] = pk
                if whose != batch:
                    folded.add((rule_id, subject))
    return found, folded


def existing(findings: Sequence[Finding]) -> dict[Key, Alert]:
    """The open alerts of these rules and subjects."""
    by_rule: dict[int, list[str]] = {}
    for f in findings:
        by_rule.setdefault(f.rule.id, []).append(f.subject)
    found: dict[Key, Alert] = {}
    for rule_id, subjects in by_rule.items():
        for start in range(0, len(subjects), 500):
            known = _open_ids(rule_id, subjects[start : start + 500])
            rows = Alert.objects.filter(pk__in=known).select_related("area", "rule") if known else ()
            found.update({(row.rule_id, row.subject): row for row in rows})
    return found


def _open_ids(rule_id: int, subjects: list[str]) -> list[int]:
    asked = f"rule_id = %s AND subject IN ({', '.join(['%s'] * len(subjects))}) AND NOT (state = 'closed')"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM alerts_alert WHERE {asked}", [rule_id, *subjects])
        return [pk for (pk,) in cursor.fetchall()]


_COUNT = 'UPDATE alerts_alert SET "count" = "count" + %s, last_at = %s WHERE id = %s'


def count_in(pairs: Sequence[tuple[int, int]], now: datetime) -> None:
    """Fold repeats into open alerts: (alert id, how many)."""
    if pairs:
        moment = connection.ops.adapt_datetimefield_value(now)
        with connection.cursor() as cursor:
            cursor.executemany(_COUNT, [(count, moment, pk) for pk, count in pairs])


def stamp(entries: Sequence[tuple[int, int]]) -> None:
    """Note the entry that opened each alert: (alert id, entry id)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE alerts_alert SET entry = %s, last_entry = %s WHERE id = %s",
            [(e, e, pk) for pk, e in entries],
        )
