"""Rows of alerts and incidents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.db.models import Count, Max, OuterRef, Q, Subquery

from chengyun.alerts.logic import lifecycle
from chengyun.alerts.models import Alert, Incident, Rule
from chengyun.kernel import registry, sql
from chengyun.live.rows.places import grounds, spots
from chengyun.live.rows.shapes import AlertRow, Hidden, IncidentRow
from chengyun.signals.vocabulary import quantities

_PLAIN = (
    "id", "subject", "level", "peak", "state", "verdict", "since", "opened_at", "last_at", "acknowledged_at", "cleared_at",
    "closed_at", "shelved_until", "shelve_reason", "measure", "threshold", "have", "of", "count", "raises", "camera",
    "klass", "entry",
)  # fmt: skip
_ALERT = (*_PLAIN, "rule_id", "area_id", "asset_id", "incident_id", "suppressed_by_id", "out_of_service")


def alerts(numbers: Iterable[int]) -> Iterator[AlertRow]:
    rules, areas, assets = _rules(), grounds(), spots()
    for part in sql.parts(list(numbers)):
        for row in Alert.objects.filter(pk__in=part).order_by("pk").values(*_ALERT):
            code, name_zh, name_en, unit = rules[row["rule_id"]]
            asset = assets.get(row["asset_id"])
            yield AlertRow(
                **{name: row[name] for name in _PLAIN},
                **areas[row["area_id"]].fields(asset),
                open=row["state"] != "closed",
                rule=code,
                name_zh=name_zh,
                name_en=name_en,
                unit=unit,
                asset=asset.code if asset else None,
                hidden=_hidden(row),
                suppressed_by=row["suppressed_by_id"],
                incident=row["incident_id"],
            )


def _hidden(row: dict[str, Any]) -> Hidden:
    return cast(
        Hidden,
        lifecycle.hidden(
            out_of_service=row["out_of_service"],
            suppressed=row["suppressed_by_id"] is not None,
            shelved=row["shelved_until"] is not None,
        ),
    )


def _rules() -> dict[int, tuple[str, str, str, str | None]]:
    """Code, names and unit of every rule by number, kept while no rule changes."""
    return registry.cached(("alert",), "live rules", _read_rules)


def _read_rules() -> dict[int, tuple[str, str, str, str | None]]:
    rows = Rule.objects.values_list("pk", "code", "name_zh", "name_en", "current__body")
    return {pk: (code, zh, en, _unit(body)) for pk, code, zh, en, body in rows}


def _unit(body: dict[str, Any] | None) -> str | None:
    """The unit of what a rule measures; None where that is not the quantity itself (a silence, a rate, a share)."""
    if not body or body.get("when") not in ("threshold", "total"):
        return None
    known = quantities().get(str((body.get("select") or {}).get("quantity")))
    if known is None or body.get("per") not in (None, "area_m2"):
        return None
    return f"{known.unit}/m2" if body.get("per") else known.unit


_INCIDENT = ("id", "name_zh", "name_en", "level", "peak", "state", "opened_at", "closed_at", "klass", "entry")
_LOUD = Q(
    alerts__state__in=("unacknowledged", "cleared"),
    alerts__shelved_until=None,
    alerts__suppressed_by=None,
    alerts__out_of_service=False,
)


def incidents(numbers: Iterable[int]) -> Iterator[IncidentRow]:
    areas, assets = grounds(), spots()
    # It stands where its gravest open alert does.
    gravest = Alert.objects.filter(incident=OuterRef("pk")).exclude(state="closed").order_by("level", "id")
    for part in sql.parts(list(numbers)):
        rows = Incident.objects.filter(pk__in=part).annotate(
            unacknowledged=Count("alerts", filter=_LOUD),
            last_at=Max("alerts__last_at"),
            at=Subquery(gravest.values("asset_id")[:1]),
        )
        wanted = (*_INCIDENT, "cause_key", "alert_count", "area_id", "unacknowledged", "last_at", "at")
        for row in rows.order_by("pk").values(*wanted):
            yield IncidentRow(
                **{name: row[name] for name in _INCIDENT},
                **areas[row["area_id"]].fields(assets.get(row["at"])),
                open=row["state"] == "open",
                cause=row["cause_key"],
                alerts=row["alert_count"],
                unacknowledged=row["unacknowledged"],
                last_at=row["last_at"],
            )
