"""What the verbs on alerts share: finding one, moving its state, the journal entry, telling the duty officer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chengyun.alerts.actions import incidents
from chengyun.alerts.logic import lifecycle
from chengyun.alerts.models import Alert, Incident
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.messages import actions as messages
from chengyun.people import queries as people


def load(alert_id: int) -> Alert:
    """An alert, locked for this transaction where the database can. Raises NotFound."""
    row = (
        Alert.objects.select_for_update(of=("self",))
        .select_related("rule", "area", "asset", "version")
        .filter(pk=alert_id)
        .first()
    )
    if row is None:
        raise NotFound("no_alert", T(f"没有报警 {alert_id}", f"There is no alert {alert_id}"), field="alert")
    return row


def require_person(actor: Actor) -> None:
    """Noticing, judging and shelving are a person's: software never says that somebody has looked."""
    if actor.is_system:
        raise NotAllowed(
            "person_needed",
            T("此操作须由人员完成", "Only a person can do this"),
            hint=T("请由值班人员操作。", "Have the duty officer do it."),
        )


def step(alert: Alert, event: lifecycle.Event) -> None:
    """Move the state. Raises Conflict where the event means nothing in this state."""
    target = lifecycle.move(alert.state, event)  # type: ignore[arg-type]
    if target is None:
        raise Conflict(
            "alert_state",
            T(
                f"报警处于 {alert.get_state_display()}，不能执行此操作",
                f"Not possible while the alert is {alert.state}",
            ),
            hint=T("请刷新后再看。", "Look at it again: somebody was first."),
        )
    alert.state = target
    if target == "closed":
        alert.closed_at = clock.now()


def note(
    actor: Actor, alert: Alert, kind: str, payload: dict[str, Any], cause: int | None, *, full: bool = False
) -> int:
    """Record an entry about the alert; its cause defaults to the entry that opened it. The caller saves `last_entry`."""
    base = {"alert": alert.pk, "rule": alert.rule.code, "incident": alert.incident_id}
    if not full:
        base["state"] = alert.state
    entry = journal.record(
        kind,
        subject=f"alert:{alert.pk}",
        area=alert.area.path,
        actor=actor,
        klass=alert.klass,
        payload=base | payload,
        cause=cause if cause is not None else alert.entry,
    )
    alert.last_entry = entry.id
    return entry.id


def settle_incidents(actor: Actor, alerts: Iterable[Alert], cause: int | None) -> list[int]:
    return incidents.regrade(actor, {a.incident_id for a in alerts if a.incident_id is not None}, cause)


def tell(actor: Actor, alerts: Iterable[Alert], kind: str, cause: int | None = None) -> None:
    """One message per incident to the duty officer who answers for its place; repeats are counted into it."""
    worst: dict[int, tuple[int, Alert]] = {}
    for alert in alerts:
        if alert.incident_id is None:
            continue
        n, kept = worst.get(alert.incident_id, (0, alert))
        worst[alert.incident_id] = (n + 1, alert if alert.level < kept.level else kept)
    known = Incident.objects.select_related("area").in_bulk(worst)
    for incident_id, (n, alert) in sorted(worst.items()):
        incident, why = known[incident_id], cause or alert.last_entry
        tell_incident(actor, incident, kind, alert.level, alert.rule.code, n, why)


def tell_incident(
    actor: Actor, incident: Incident, kind: str, level: int, rule: str, n: int, cause: int | None
) -> None:
    try:
        post = people.duty_officer(incident.area)
    except NotFound:
        return  # no posts are loaded yet; queries.faults() of people says so
    messages.notify(
        actor=actor,
        post_id=post.pk,
        subject=f"incident:{incident.pk}",
        bundle=f"incident:{incident.pk}",
        kind=kind,
        params={"level": level, "rule": rule, "alerts": n, "incident": incident.pk},
        klass=incident.klass,
        cause=cause,
    )
