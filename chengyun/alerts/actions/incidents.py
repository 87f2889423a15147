"""Incidents: alerts with one cause in one place are one matter for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from django.db import IntegrityError, connection, transaction

from chengyun.alerts import facts
from chengyun.alerts.actions.findings import Finding
from chengyun.alerts.logic import grouping
from chengyun.alerts.models import Alert, Incident
from chengyun.district import queries as district
from chengyun.district.models import Area
from chengyun.kernel import clock, journal, sql, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write

# Suggested value: an incident ends when none of its alerts has been open for so long.
SETTLE_S = 600


def places(findings: Sequence[Finding]) -> list[tuple[str, Area]]:
    """For each finding the key of its cause and the area its incident stands in."""
    known: dict[str, Area] = {}

    def at(path: str) -> Area:
        if path not in known:
            found = district.area_at(path)
            if found is None:
                raise Area.DoesNotExist(f"there is no area at {path}")
            known[path] = found
        return known[path]

    fed_by = facts.upstream({f.asset for f in findings if f.asset and f.rule.spec.incident_at == "upstream"})
    memo: dict[tuple[str, str], Area] = {}
    found = []
    for f in findings:
        where = f.rule.spec.incident_at
        if where == "upstream" and f.asset:
            chain = fed_by.get(f.asset, ())
            found.append(
                (grouping.cause_key(f.rule.spec, f"asset:{chain[-1] if chain else f.asset}"), at(f.path))
            )
            continue
        if (where, f.path) not in memo:
            memo[where, f.path] = _ancestor(f.path, where, at)
        area = memo[where, f.path]
        found.append((grouping.cause_key(f.rule.spec, f"area:{area.code}"), area))
    return found


def _ancestor(path: str, kind: str, at: Callable[[str], Area]) -> Area:
    """The area above (or at) a path where alerts are grouped; the place itself where there is no such area above it."""
    if kind in ("area", "upstream"):
        return at(path)
    steps = path.strip("/").split("/")
    if kind == "root":
        return at(f"/{steps[0]}/")
    for n in range(len(steps), 0, -1):
        area = at("/" + "/".join(steps[:n]) + "/")
        if area.kind == kind:
            return area
    return at(path)


def join(findings: Sequence[Finding]) -> tuple[list[Incident], list[Incident]]:
    """The open incident of each finding, in their order, and which of them are new."""
    opened: list[Incident] = []
    result = []
    where = places(findings)
    by_key = _open_ones({key for key, _ in where})
    for f, (key, area) in zip(findings, where, strict=True):
        incident = by_key.get(key)
        if incident is None:
            incident, created = _open(key, area, f)
            by_key[key] = incident
            if created:
                opened.append(incident)
        result.append(incident)
    return result, opened


_FIELDS = ["id", "cause_key", "area_id", "klass", "level", "peak", "entry"]
_OPEN_ONES = f"SELECT {', '.join(_FIELDS)} FROM alerts_incident WHERE state = 'open' AND cause_key IN ({{}})"


def _open_ones(keys: set[str]) -> dict[str, Incident]:
    """The open incidents of these causes, by cause."""
    found = {}
    with connection.cursor() as cursor:
        for part in sql.parts(sorted(keys)):
            cursor.execute(_OPEN_ONES.format(sql.marks(part)), part)
            found.update({row[1]: _incident(row) for row in cursor.fetchall()})
    return found


def _incident(values: Sequence[object]) -> Incident:
    """An incident from a row of `_FIELDS`, with its area. Other fields are read when somebody asks for them."""
    incident = Incident.from_db(connection.alias, _FIELDS, values)
    incident.area = district.area_of(incident.area_id)
    return incident


def _open(key: str, area: Area, f: Finding) -> tuple[Incident, bool]:
    level = f.level or 4
    try:
        with transaction.atomic():
            row = Incident.objects.create(
                cause_key=key,
                name_zh=f.rule.name_zh,
                name_en=f.rule.name_en,
                area=area,
                klass=f.rule.spec.klass,
                level=level,
                peak=level,
                opened_at=clock.now(),
            )
        return row, True
    except IntegrityError:
        return Incident.objects.select_related("area").get(cause_key=key, state="open"), False


def announce(actor: Actor, incident: Incident, rule: str, alert: int, cause: int) -> None:
    """Record that an incident began, with the alert that began it as its cause."""
    entry = _record(actor, "incident.opened", incident, {"rule": rule, "alert": alert}, cause)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE alerts_incident SET entry = %s WHERE id = %s", [entry, incident.pk])
    incident.entry = entry


def regrade(
    actor: Actor, incident_ids: Iterable[int], cause: int | None, *, joined: Mapping[int, int] | None = None
) -> list[int]:
    """Bring the level of incidents in line with their open alerts; returns those that became more severe.

    `joined`: how many alerts each has gained (or, below zero, lost to another). An incident without open alerts is closed by
    a timer, unless another alert joins it before.
    """
    worse = []
    for pk in sorted(set(incident_ids)):
        incident = _grown(pk, (joined or {}).get(pk, 0))
        if incident is None:
            continue
        standing = sql.scalar(_STANDING, (pk,))
        subject = f"incident:{pk}"
        if standing is None:
            due = clock.now() + timedelta(seconds=SETTLE_S)
            timers.arm("alerts.incident.settle", due_at=due, subject=subject, cause=cause)
            continue
        timers.cancel("alerts.incident.settle", subject=subject)
        before = incident.level
        if standing == before:
            continue
        incident.level = standing
        with connection.cursor() as cursor:
            cursor.execute(_GRADE, [standing, min(incident.peak, standing), pk])
        _record(
            actor, "incident.graded", incident, {"before": before, "alert": None}, cause or incident.entry
        )
        if standing < before:
            worse.append(pk)
    return worse


# Counting and grading cost the same however many alerts an incident holds: in a storm there are thousands.
_GROW = (
    "UPDATE alerts_incident SET alert_count = alert_count + %s WHERE id = %s AND state = 'open' "
    f"RETURNING {', '.join(_FIELDS)}"
)
_STANDING = "SELECT MIN(level) FROM alerts_alert WHERE incident_id = %s AND NOT (state = 'closed')"
_GRADE = "UPDATE alerts_incident SET level = %s, peak = %s WHERE id = %s"


def _grown(pk: int, by: int) -> Incident | None:
    """Count alerts into an open incident and lock it, so that the level read next is still right at the commit."""
    with connection.cursor() as cursor:
        cursor.execute(_GROW, [by, pk])
        row = cursor.fetchone()
    return None if row is None else _incident(row)


def settle(*, actor: Actor, incident_id: int, cause: int | None = None) -> Incident | None:
    """Close an incident none of whose alerts is open any more; None when one is."""
    with write():
        incident = Incident.objects.select_related("area").filter(pk=incident_id, state="open").first()
        if incident is None or incident.alerts.exclude(state="closed").exists():
            return None
        incident.state, incident.closed_at = "closed", clock.now()
        incident.save(update_fields=["state", "closed_at"])
        payload = {"alerts": incident.alert_count, "peak": incident.peak, "alert": None}
        _record(actor, "incident.closed", incident, payload, cause or incident.entry)
        return incident


def regroup(
    *, actor: Actor, alert_ids: Sequence[int], incident_id: int, cause: int | None = None
) -> Incident:
    """Move open alerts to another open incident: a person sees that they have one cause. Nothing is lost by it."""
    with write():
        target = Incident.objects.select_related("area").filter(pk=incident_id).first()
        if target is None:
            raise NotFound("no_incident", T("没有此事件", "There is no such incident"), field="incident")
        actor.require("alert.incident", target.area.path)
        if target.state != "open":
            raise Conflict(
                "incident_closed",
                T("该事件已结束", "The incident is closed"),
                hint=T("请选择进行中的事件。", "Choose an incident that is open."),
            )
        rows = list(Alert.objects.filter(pk__in=alert_ids).select_related("area", "rule").order_by("pk"))
        if len(rows) != len(set(alert_ids)):
            raise NotFound("no_alert", T("没有此报警", "There is no such alert"), field="alerts")
        moved: Counter[int] = Counter({target.pk: 0})
        for alert in rows:
            actor.require("alert.incident", alert.area.path)
            if alert.state == "closed":
                raise Invalid(
                    "alert_closed", T("报警已结束", "A closed alert stays where it is"), field="alerts"
                )
            if alert.klass != target.klass:
                raise Invalid(
                    "other_class",
                    T("密级不同，不能归并", "An incident and its alerts have one class"),
                    field="alerts",
                )
            before, alert.incident = alert.incident_id, target
            if before == target.pk:
                continue
            moved[target.pk] += 1
            if before:
                moved[before] -= 1
            entry = journal.record(
                "alert.regrouped",
                subject=f"alert:{alert.pk}",
                area=alert.area.path,
                actor=actor,
                klass=alert.klass,
                payload={
                    "alert": alert.pk,
                    "rule": alert.rule.code,
                    "state": alert.state,
                    "incident": target.pk,
                    "before": before,
                },
                cause=cause or alert.entry,
            )
            alert.last_entry = entry.id
            alert.save(update_fields=["incident", "last_entry"])
        regrade(actor, moved, cause, joined=moved)
        target.refresh_from_db()
        return target


def _record(actor: Actor, kind: str, incident: Incident, more: dict[str, object], cause: int | None) -> int:
    payload = {"incident": incident.pk, "cause": incident.cause_key, "level": incident.level} | more
    return journal.record(
        kind,
        subject=f"incident:{incident.pk}",
        area=incident.area.path,
        actor=actor,
        klass=incident.klass,
        payload=payload,
        cause=cause,
    ).id
