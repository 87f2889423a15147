"""One incident, one card: its trend and why it is there, who and what is near, what the data says to do, what one may do.

Rows and permissions are of now; with `at` the series and sentences end there, for a replay that stands at that moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.alerts import actions as alert_actions
from chengyun.alerts import queries as alerts
from chengyun.alerts.models import Alert
from chengyun.cases import queries as cases
from chengyun.cases.models import CaseAlert
from chengyun.district.models import Area
from chengyun.kernel import clock, registry, scope
from chengyun.kernel.actor import Actor
from chengyun.kernel.i18n import both
from chengyun.live.card import chain, doing, near, plan, trend
from chengyun.live.card.settings import settings
from chengyun.live.card.shapes import AlertDetailOut, CardOut, CardSeries, ShelvePreset
from chengyun.live.rows.alerts import alerts as alert_rows
from chengyun.live.rows.alerts import incidents as incident_rows
from chengyun.live.rows.cases import cases as case_rows

__all__ = ["alert", "incident"]

READ_SIGNALS = "signal.read"
# A flood in one incident is shown by its gravest.
MOST_ALERTS = 200


@registry.steady()
def incident(viewer: Any, actor: Actor, incident_id: int, *, at: datetime | None) -> CardOut:
    """All about one incident. NotFound also for one that is there but out of sight."""
    # The alerts of a case may lie elsewhere: only those that the viewer may see are there.
    seen = scope.of(viewer)
    found = alerts.incident(seen, incident_id)
    now = clock.now()
    moment = min(at or now, now)
    mine = list(
        alerts.alerts(seen, incident=incident_id, open_only=False)
        .defer("area__geometry", "area__attrs", "version__body")
        .order_by("level", "-id")[:MOST_ALERTS]
    )
    open_alerts = [row for row in mine if row.state != "closed"] or mine
    own = _cases(viewer, incident_id, [row.pk for row in mine])
    standing = [row for row in own if row.is_open]
    [row] = incident_rows([incident_id])
    path = found.area.path
    spot = None if row.lon is None or row.lat is None else (row.lon, row.lat)
    hidden = near.why_no_positions(actor, path)
    choices = doing.report_as(open_alerts)
    subjects = [f"incident:{incident_id}", *(f"alert:{each.pk}" for each in mine)]
    why_zh, why_en = both(hidden) if hidden else ("", "")
    return CardOut(
        now=now,
        at=moment,
        incident=row,
        alerts=list(alert_rows([each.pk for each in mine])),
        trends=_trends(seen, actor, open_alerts, path, moment, past=at is not None),
        why=chain.chain(seen, subjects, moment),
        walking=near.walking(),
        posts=near.posts(seen, viewer, actor, *spot) if spot else [],
        positions=near.positions(actor, *spot) if spot and not hidden else [],
        positions_shown=hidden is None,
        positions_why_zh=why_zh,
        positions_why_en=why_en,
        cameras=near.cameras(seen, *spot) if spot else [],
        camera_range_m=settings().camera_range_m,
        plan=plan.plan(seen, path, dict.fromkeys(each.kind for each in own), choices),
        cases=list(case_rows([each.pk for each in own])),
        actions=doing.actions(actor, mine, standing, path),
        **_shelving(),
        report_as=choices,
        call=doing.call(seen, actor, _area(found.area_id), standing),
    )


@registry.steady()
def alert(viewer: Any, actor: Actor, alert_id: int, *, at: datetime | None) -> AlertDetailOut:
    """One alert with what led to it. NotFound also for one that is there but out of sight."""
    seen = scope.of(viewer)
    found = alerts.alert(seen, alert_id)
    now = clock.now()
    moment = min(at or now, now)
    [row] = alert_rows([alert_id])
    return AlertDetailOut(
        alert=row,
        why=chain.chain(seen, [f"alert:{alert_id}"], moment),
        trends=_trends(seen, actor, [found], found.area.path, moment, past=at is not None),
        actions=doing.actions(actor, [found], _open_cases(viewer, found), found.area.path),
    )


def _trends(
    seen: scope.Scope, actor: Actor, mine: list[Alert], path: str, at: datetime, *, past: bool
) -> list[CardSeries]:
    return trend.trends(seen, mine, at, past=past) if actor.may(READ_SIGNALS, path) else []


def _cases(viewer: Any, incident_id: int, alert_ids: list[int]) -> list[Any]:
    """Its cases that the viewer may see: of the incident itself, and those that one of its alerts led to."""
    linked = CaseAlert.objects.filter(alert_id__in=alert_ids).values("case_id")
    visible = cases.cases(viewer)
    found = visible.filter(incident=incident_id) | visible.filter(pk__in=linked)
    return list(found.order_by("-is_open", "-id")[:20])


def _open_cases(viewer: Any, row: Alert) -> list[Any]:
    linked = CaseAlert.objects.filter(alert_id=row.pk).values("case_id")
    return list(cases.cases(viewer).filter(pk__in=linked, is_open=True).order_by("-id")[:20])


def _area(area_id: int) -> Area:
    return Area.objects.defer("geometry", "attrs").get(pk=area_id)


def _shelving() -> dict[str, Any]:
    worded = [(code, both(text)) for code, text in alert_actions.SHELVE_REASONS.items()]
    return {
        "shelve_reasons": [ShelvePreset(code=code, zh=zh, en=en) for code, (zh, en) in worded],
        "shelve_minutes": list(alert_actions.SHELVE_MINUTES),
        "shelve_most_minutes": int(alert_actions.SHELVE_MAX.total_seconds() // 60),
    }
