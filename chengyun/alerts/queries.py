"""Reading alerts: what needs a person, what hangs together, whether the alarm system itself is well.

Functions with a `user` show only what that user may see; the others answer the platform itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, When

from chengyun.alerts import runtime
from chengyun.alerts.logic import flood as flood_logic
from chengyun.alerts.logic import lifecycle
from chengyun.alerts.logic.ladder import CLEARING, ON
from chengyun.alerts.logic.spec import FRESH_MIN_MS, FRESH_PERIODS
from chengyun.alerts.models import Alert, Incident, Outage, OutOfService, Rule, RuleState, RuleVersion
from chengyun.district.models import Area
from chengyun.kernel import clock
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.people import queries as people
from chengyun.people.models import Duty
from chengyun.signals.models import Datastream

NOT_HIDDEN: Mapping[str, Any] = {"shelved_until": None, "suppressed_by": None, "out_of_service": False}
ANNOUNCING = ("alert.opened", "alert.reopened", "alert.worsened")


def alerts(
    user: Any,
    *,
    state: str | None = None,
    level: int | None = None,
    rule: str | None = None,
    incident: int | None = None,
    area: str | None = None,
    hidden: bool | None = None,
    open_only: bool = True,
) -> QuerySet[Alert]:
    """Alerts a user may see. `area` is a code; `hidden` False leaves out what is shelved, suppressed or out of service."""
    rows = Alert.objects.visible_to(user).select_related("rule", "area", "asset", "version")
    if state is not None:
        rows = rows.filter(state=state)
    elif open_only:
        rows = rows.exclude(state="closed")
    if level is not None:
        rows = rows.filter(level=level)
    if rule is not None:
        rows = rows.filter(rule__code=rule)
    if incident is not None:
        rows = rows.filter(incident=incident)
    if area is not None:
        rows = rows.filter(area__path__contains=f"/{area}/")
    if hidden is not None:
        seen = Q(**NOT_HIDDEN)
        rows = rows.exclude(seen) if hidden else rows.filter(seen)
    return rows


def in_queue(rows: QuerySet[Alert], code: str) -> QuerySet[Alert]:
    """Waiting for a person: `to_judge` have no verdict yet, `to_acknowledge` nobody has noticed; hidden ones never."""
    shown = waiting_for_somebody(rows)
    if code == "to_judge":
        return shown.filter(verdict=None)
    return shown.filter(state__in=("unacknowledged", "cleared"))


def waiting_for_somebody(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those that are open and not hidden."""
    return rows.filter(state__in=lifecycle.OPEN_STATES, **NOT_HIDDEN)


def watching_equipment() -> list[str]:
    """The codes of rules that watch the equipment itself: `watches: equipment`."""
    return [code for code, info in runtime.rules().items() if info.spec.labels.get("watches") == "equipment"]


def alert(user: Any, alert_id: int) -> Alert:
    """One alert. Raises NotFound also for one that is there but out of sight."""
    row = alerts(user, open_only=False).filter(pk=alert_id).first()
    if row is None:
        raise NotFound("no_alert", T(f"没有报警 {alert_id}", f"There is no alert {alert_id}"), field="alert")
    return row


def incidents(user: Any, *, open_only: bool = True) -> QuerySet[Incident]:
    rows = Incident.objects.visible_to(user).select_related("area")
    return rows.filter(state="open") if open_only else rows


def incident(user: Any, incident_id: int) -> Incident:
    row = incidents(user, open_only=False).filter(pk=incident_id).first()
    if row is None:
        raise NotFound("no_incident", T("没有此事件", "There is no such incident"), field="incident")
    return row


def incident_of(alert_ids: Iterable[int]) -> int | None:
    """The incident that all of these alerts are in; None where there is no such one."""
    found = set(Alert.objects.filter(pk__in=list(alert_ids)).values_list("incident_id", flat=True))
    return found.pop() if len(found) == 1 else None


def rules(user: Any) -> QuerySet[Rule]:
    return Rule.objects.visible_to(user).select_related("current").order_by("code")


def rule_versions(user: Any, code: str) -> QuerySet[RuleVersion]:
    return RuleVersion.objects.visible_to(user).filter(rule__code=code).order_by("-number")


def out_of_service(user: Any) -> QuerySet[OutOfService]:
    return (
        OutOfService.objects.visible_to(user)
        .filter(ended_at=None)
        .select_related("rule", "area")
        .order_by("pk")
    )


def condition(alert_ids: Iterable[int]) -> dict[int, str]:
    """What the sensors say now of each alert: `raised`, `clear`, `silent` (they say nothing, which settles nothing) or
    `unknown` (a source's own alert, or a subject no rule judges any more). For closing a case, only `clear` agrees."""
    rows = list(Alert.objects.filter(pk__in=list(alert_ids)).select_related("rule"))
    memory = {
        (rule, subject): data
        for rule, subject, data in RuleState.objects.filter(
            rule__in={r.rule.code for r in rows}, subject__in={r.subject for r in rows}
        ).values_list("rule", "subject", "data")
    }
    found = runtime.rules()
    fresh = _fresh({r.subject for r in rows})
    said: dict[int, str] = {}
    for row in rows:
        info = found.get(row.rule.code)
        phases = [
            phase for phase, _ in (memory.get((row.rule.code, row.subject)) or {}).get("l", {}).values()
        ]
        if info is None or info.spec.when == "external":
            said[row.pk] = "unknown"
        elif info.spec.when == "absence":
            said[row.pk] = "raised" if any(p >= ON for p in phases) else "clear"
        elif row.subject in fresh and not fresh[row.subject]:
            said[row.pk] = "silent"
        elif any(p in (ON, CLEARING) for p in phases):
            said[row.pk] = "raised"
        else:
            said[row.pk] = "clear"
    return said


def _fresh(subjects: set[str]) -> dict[str, bool]:
    """For subjects that are datastreams: has anything arrived lately? One that sends only on change always counts."""
    codes = {s.partition(":")[2] for s in subjects if s.startswith("datastream:")}
    now = int(clock.now().timestamp() * 1000)
    found = {}
    rows = Datastream.objects.filter(code__in=codes).values_list(
        "code", "every_s", "late_s", "latest__arrived_ms", "in_service"
    )
    for code, every_s, late_s, arrived, in_service in rows:
        allowed = max(FRESH_MIN_MS, (FRESH_PERIODS * every_s + late_s) * 1000)
        heard = arrived is not None and (every_s == 0 or now - arrived <= allowed)
        found[f"datastream:{code}"] = in_service and heard
    return found


def history() -> list[dict[str, Any]]:
    """Every alert by opening: {rule, subject, level (highest), opened, cleared}; cleared None while it holds."""
    rows = Alert.objects.order_by("opened_at", "pk").values_list(
        "rule__code", "subject", "peak", "opened_at", "cleared_at", "closed_at"
    )
    return [
        {
            "rule": rule,
            "subject": subject,
            "level": peak,
            "opened": opened.isoformat(),
            "cleared": (cleared or closed).isoformat() if cleared or closed else None,
        }
        for rule, subject, peak, opened, cleared, closed in rows
    ]


def flood(user: Any, *, hours: int = 24) -> dict[str, Any]:
    """Alarms per operator and ten minutes, what chatters, what stands for a day. Operators: who is on duty in the centre.

    Counts announcements that a person could see, per rule and subject, never per person.
    """
    now = clock.now()
    rows = JournalEntry.objects.visible_to(user).filter(
        kind__in=ANNOUNCING, at__gt=now - timedelta(hours=hours)
    )
    raises = []
    for entry in rows.order_by("id").iterator(chunk_size=2000):
        p = entry.payload
        if not p["hidden"]:
            raises.append((_ms(entry.at), f"{p['rule']}|{p['subject']}"))
    standing = Alert.objects.visible_to(user).filter(state__in=lifecycle.ACTIVE_STATES)
    since = [_ms(at) for at in standing.values_list("opened_at", flat=True)]
    seats = operators(now)
    return asdict(flood_logic.figures(raises, since, now=_ms(now), operators=seats)) | {"operators": seats}


def operators(at: datetime) -> int:
    """How many seats of the centre are manned."""
    kinds = ("duty_officer", "shift_leader", "dispatcher")
    rows = Duty.objects.filter(post__kind__in=kinds, state="serving", starts_at__lte=at)
    return int(rows.filter(Q(ends_at=None) | Q(ends_at__gt=at)).values("post").distinct().count())


def precision(user: Any) -> list[dict[str, Any]]:
    """Per rule and asset how often people judged true or false: the measured precision of an algorithm."""
    rows = (
        Alert.objects.visible_to(user)
        .filter(verdict__in=("true", "false"))
        .values("rule__code", "rule__name_zh", "rule__name_en", "asset__code")
        .annotate(true=Count(Case(When(verdict="true", then=1))), judged=Count("pk"))
        .order_by("rule__code", "asset__code")
    )
    return [
        {
            "rule": row["rule__code"],
            "name_zh": row["rule__name_zh"],
            "name_en": row["rule__name_en"],
            "asset": row["asset__code"],
            "judged": row["judged"],
            "true": row["true"],
            "precision": row["true"] / row["judged"],
        }
        for row in rows
    ]


def paused_at(path: str) -> list[dict[str, Any]]:
    """Shelved alerts and points out of service in an area, as codes and moments."""
    rows = (
        Alert.objects.exclude(state="closed").exclude(shelved_until=None).filter(area__path__startswith=path)
    )
    shelved = [
        {
            "alert": r.pk,
            "rule": r.rule.code,
            "subject": r.subject,
            "reason": r.shelve_reason,
            "until": r.shelved_until,
        }
        for r in rows.select_related("rule").order_by("pk")
    ]
    out = OutOfService.objects.filter(ended_at=None, area__path__startswith=path).select_related("rule")
    return shelved + [
        {"rule": r.rule.code, "subject": r.subject, "reason": r.reason, "since": r.since}
        for r in out.order_by("pk")
    ]


def blind_at(path: str) -> list[dict[str, Any]]:
    """Open alerts of rules labelled `watches: equipment` in an area: what the platform cannot see with now."""
    rows = Alert.objects.filter(
        state__in=lifecycle.ACTIVE_STATES, rule__code__in=watching_equipment(), area__path__startswith=path
    )
    return [
        {"alert": r.pk, "rule": r.rule.code, "subject": r.subject, "since": r.opened_at}
        for r in rows.select_related("rule").order_by("pk")
    ]


def outages_at(area: Area, at: datetime) -> list[dict[str, Any]]:
    """Times in which the platform did not listen since the running shift began (a day without one), as moments."""
    shift = people.running_shift(area)
    begin = shift.starts_at if shift is not None else at - timedelta(hours=24)
    rows = Outage.objects.filter(until__gt=begin, since__lt=at).order_by("pk")
    return [{"since": row.since, "until": row.until} for row in rows]


def faults() -> Iterator[str]:
    """Promises that are broken now, one sentence each."""
    doubles = (
        Alert.objects.exclude(state="closed")
        .values("rule__code", "subject")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in doubles.order_by():
        yield f"{row['n']} open alerts for rule {row['rule__code']} on {row['subject']}"
    timed = set(Timer.objects.filter(kind="alerts.shelf").values_list("subject", flat=True))
    for pk in Alert.objects.exclude(state="closed").exclude(shelved_until=None).values_list("pk", flat=True):
        if f"alert:{pk}" not in timed:
            yield f"alert {pk} is shelved and no timer will end it"
    for pk in Alert.objects.filter(entry=None).values_list("pk", flat=True)[:20]:
        yield f"alert {pk} has no journal entry"
    unjudged = Alert.objects.filter(camera=True, verdict="true", judged_by="").values_list("pk", flat=True)
    for pk in unjudged[:20]:
        yield f"alert {pk} comes from a camera and counts as true without a person"
    lost = Incident.objects.filter(state="closed", alerts__state__in=lifecycle.OPEN_STATES).distinct()
    for pk in lost.values_list("pk", flat=True)[:20]:
        yield f"incident {pk} is closed while alerts of it are open"
    counted = Incident.objects.filter(state="open").annotate(n=Count("alerts")).exclude(n=F("alert_count"))
    for pk, n, said in counted.values_list("pk", "n", "alert_count")[:20]:
        yield f"incident {pk} has {n} alerts and says {said}"
    watching = any(info.spec.when == "absence" for info in runtime.rules().values())
    bound = Rule.objects.filter(retired=False, problem="", current__body__when="absence").exists()
    if watching and bound and not Timer.objects.filter(kind="alerts.silence").exists():
        yield "rules watch for silence and no timer looks for it"
    late = Rule.objects.filter(retired=False, current=None).values_list("code", flat=True)
    for code in late:
        yield f"rule {code} has no valid version and judges nothing"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
