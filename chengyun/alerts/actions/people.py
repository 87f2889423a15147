"""What people do with an alert: notice it, judge it, shelve it, take it out of service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chengyun.alerts import runtime
from chengyun.alerts.actions import common, inhibition, raising
from chengyun.alerts.actions.findings import Finding, from_transition
from chengyun.alerts.logic import lifecycle
from chengyun.alerts.logic.cells import Transition
from chengyun.alerts.models import Alert, OutOfService, Rule
from chengyun.district import queries as district
from chengyun.district.models import Area
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.signals import judging

SHELVE_REASONS = {
    "known_fault": T("设备已知故障，待修", "Known fault, repair under way"),
    "maintenance": T("检修施工", "Maintenance or works"),
    "planned_event": T("已批准活动", "Approved event"),
    "being_handled": T("现场正在处置", "Being handled on site"),
    "nuisance": T("频繁误报，待调整规则", "Nuisance alarm, rule under review"),
}
SERVICE_REASONS = {
    "maintenance": T("检修", "Maintenance"),
    "replaced": T("更换设备", "Equipment replaced"),
    "not_needed": T("暂不需要", "Not needed for now"),
}
# Suggested value: nobody may look away from an alarm for longer at once.
SHELVE_MAX = timedelta(hours=24)
# Suggested values (建议值): the spans a console offers, in minutes.
SHELVE_MINUTES = (15, 30, 60, 240, 720)


def acknowledge(*, actor: Actor, alert_id: int, cause: int | None = None) -> Alert:
    """A person has noticed. One that has returned to normal is closed by it. Doing it twice changes nothing."""
    with write():
        alert = common.load(alert_id)
        actor.require("alert.acknowledge", alert.area.path)
        common.require_person(actor)
        if alert.state == "acknowledged":
            return alert
        common.step(alert, "acknowledge")
        alert.acknowledged_at, alert.acknowledged_by = clock.now(), actor.ref
        common.note(actor, alert, "alert.acknowledged", {"post": actor.post}, cause)
        alert.save()
        if alert.state == "closed":
            _ended(actor, alert)
        return alert


def acknowledge_incident(*, actor: Actor, incident_id: int, cause: int | None = None) -> list[Alert]:
    """Notice everything of an incident at once: one card, one key."""
    with write():
        rows = Alert.objects.filter(incident=incident_id, state__in=("unacknowledged", "cleared")).order_by(
            "pk"
        )
        return [
            acknowledge(actor=actor, alert_id=pk, cause=cause) for pk in rows.values_list("pk", flat=True)
        ]


def judge(
    *, actor: Actor, alert_id: int, verdict: str, duplicate_of: int | None = None, cause: int | None = None
) -> Alert:
    """研判: a person says whether it is true. Once. `duplicate` names the alert it repeats.

    A rule's case follows from the entry `alert.judged` with verdict "true" (see logic.lifecycle for the state).
    """
    with write():
        alert = common.load(alert_id)
        actor.require("alert.judge", alert.area.path)
        common.require_person(actor)
        if verdict not in lifecycle.VERDICTS:
            raise Invalid(
                "bad_verdict",
                T("研判结论无效", "No such verdict"),
                field="verdict",
                hint=T(
                    "可选：true、false、duplicate、nothing_to_do。",
                    "Use true, false, duplicate or nothing_to_do.",
                ),
            )
        if alert.verdict is not None:
            raise Conflict(
                "already_judged",
                T(
                    f"该报警已研判为 {alert.get_verdict_display()}",
                    f"The alert was judged {alert.verdict} already",
                ),
                hint=T("请刷新后查看研判人和时间。", "Reload to see by whom and when."),
            )
        alert.duplicate_of = _original(alert, verdict, duplicate_of)
        info = runtime.rules().get(alert.rule.code)
        ends = info.spec.ends if info else "condition"
        alert.verdict, alert.judged_at, alert.judged_by = verdict, clock.now(), actor.ref
        if alert.acknowledged_at is None:
            alert.acknowledged_at, alert.acknowledged_by = clock.now(), actor.ref
        was_open = alert.state != "closed"
        if was_open:
            common.step(alert, lifecycle.verdict_event(verdict, ends))  # type: ignore[arg-type]
        case = info.spec.case if info else None
        payload = {
            "verdict": verdict,
            "duplicate_of": duplicate_of,
            "post": actor.post,
            "camera": alert.camera,
            "level": alert.level,
            "asset": alert.asset.code if alert.asset else None,
            "subject": alert.subject,
            "opened": alert.entry,
            "needs_case": verdict == "true" and case is not None and (case.judged or alert.camera),
            "case_kind": case.kind if case else None,
            "case_condition": case.condition if case else None,
        }
        common.note(actor, alert, "alert.judged", payload, cause)
        alert.save()
        if was_open and alert.state == "closed":
            _ended(actor, alert)
        elif verdict == "false":
            inhibition.cause_gone(alert, alert.last_entry)
        return alert


def shelve(*, actor: Actor, alert_id: int, reason: str, until: datetime, cause: int | None = None) -> Alert:
    """暂停告警: hidden until `until` for a preset reason. It comes back by itself, and at once if it worsens."""
    with write():
        alert = common.load(alert_id)
        actor.require("alert.shelve", alert.area.path)
        common.require_person(actor)
        now = clock.now()
        if reason not in SHELVE_REASONS:
            raise Invalid(
                "bad_reason",
                T("请选择预设原因", "Choose one of the preset reasons"),
                field="reason",
                hint=", ".join(SHELVE_REASONS),
            )
        if not now < until <= now + SHELVE_MAX:
            raise Invalid(
                "bad_end",
                T("暂停结束时间须在 24 小时内", "Shelving needs an end within 24 hours"),
                field="until",
                hint=T("请给出将来 24 小时内的时间。", "Give a time in the next 24 hours."),
            )
        if alert.state == "closed":
            raise Conflict("alert_closed", T("报警已结束", "The alert is closed"))
        alert.shelved_until, alert.shelve_reason, alert.shelved_by = until, reason, actor.ref
        alert.shelved_level = alert.level
        payload = {"reason": reason, "until": until.isoformat(), "level": alert.level}
        entry = common.note(actor, alert, "alert.shelved", payload, cause)
        timers.arm("alerts.shelf", due_at=until, subject=f"alert:{alert.pk}", cause=entry)
        alert.save()
        return alert


def unshelve(*, actor: Actor, alert_id: int, why: str = "ended_early", cause: int | None = None) -> Alert:
    """End the shelving: early by a person, or by its timer. What still holds asks for notice again."""
    with write():
        alert = common.load(alert_id)
        actor.require("alert.shelve", alert.area.path)
        if alert.shelved_until is None:
            return alert
        alert.shelved_until = alert.shelved_level = None
        timers.cancel("alerts.shelf", subject=f"alert:{alert.pk}")
        if alert.state != "closed":
            common.step(alert, "release")
            if alert.state == "unacknowledged":
                alert.acknowledged_at, alert.acknowledged_by = None, ""
        entry = common.note(actor, alert, "alert.unshelved", {"why": why}, cause)
        alert.save()
        if alert.state == "closed":
            _ended(actor, alert)
        elif not alert.hidden:
            common.tell(actor, [alert], "alert.opened", entry)
        return alert


def take_out_of_service(
    *, actor: Actor, rule: str, subject: str, area: str, reason: str, cause: int | None = None
) -> OutOfService:
    """The rule stays quiet for this subject until somebody puts it back; it is listed all that time."""
    with write():
        place: Area = district.area(area)
        actor.require("alert.service", place.path)
        common.require_person(actor)
        row = Rule.objects.filter(code=rule).first()
        if row is None:
            raise NotFound("no_rule", T(f"没有规则 {rule}", f"There is no rule {rule}"), field="rule")
        if reason not in SERVICE_REASONS:
            raise Invalid(
                "bad_reason",
                T("请选择预设原因", "Choose one of the preset reasons"),
                field="reason",
                hint=", ".join(SERVICE_REASONS),
            )
        standing = OutOfService.objects.filter(rule=row, subject=subject, ended_at=None).first()
        if standing is not None:
            return standing
        made = OutOfService.objects.create(
            rule=row, subject=subject, area=place, reason=reason, by=actor.ref, since=clock.now()
        )
        alert = Alert.objects.filter(rule=row, subject=subject).exclude(state="closed").first()
        _service_entry(actor, "alert.out_of_service", place, rule, subject, alert, {"reason": reason}, cause)
        if alert is not None:
            alert.out_of_service = True
            alert.save(update_fields=["out_of_service"])
        return made


def back_in_service(*, actor: Actor, rule: str, subject: str, cause: int | None = None) -> OutOfService:
    """Put it back: what holds now is announced now."""
    with write():
        epochs = judging.lock()
        row = (
            OutOfService.objects.select_related("area")
            .filter(rule__code=rule, subject=subject, ended_at=None)
            .first()
        )
        if row is None:
            raise NotFound("not_out", T("该报警点未停用", "It is not out of service"), field="subject")
        actor.require("alert.service", row.area.path)
        common.require_person(actor)
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])
        alert = Alert.objects.filter(rule=row.rule, subject=subject).exclude(state="closed").first()
        entry = _service_entry(actor, "alert.back_in_service", row.area, rule, subject, alert, {}, cause)
        if alert is not None:
            alert = common.load(alert.pk)
            alert.out_of_service = False
            alert.save(update_fields=["out_of_service"])
            if not alert.hidden and alert.state == "unacknowledged":
                common.tell(actor, [alert], "alert.opened", entry)
        else:
            raising.carry(actor, _standing(rule, subject, epochs), entry)
        return row


def _standing(rule: str, subject: str, epochs: tuple[str, str]) -> Iterable[Finding]:
    """The finding that the engine holds now for a subject that is back in service."""
    current = runtime.get(*epochs)
    cell = current.engine.cells.get((rule, subject))
    if cell is None or cell.state.level is None:
        return
    now = int(clock.now().timestamp() * 1000)
    have, of = cell.coverage()
    told = Transition(
        rule, subject, now, None, cell.state.level, cell.last_value, cell.evidence(), have, of, True
    )
    finding = from_transition(current, told)
    if finding is not None:
        yield finding


def _service_entry(
    actor: Actor,
    kind: str,
    place: Area,
    rule: str,
    subject: str,
    alert: Alert | None,
    more: dict[str, str],
    cause: int | None,
) -> int:
    payload = {"rule": rule, "subject": subject, "alert": alert.pk if alert else None} | more
    about = f"alert:{alert.pk}" if alert else f"rule:{rule}"
    return journal.record(kind, subject=about, area=place.path, actor=actor, payload=payload, cause=cause).id


def _original(alert: Alert, verdict: str, duplicate_of: int | None) -> Alert | None:
    if (verdict == "duplicate") != (duplicate_of is not None):
        raise Invalid(
            "duplicate_of",
            T(
                "重复须指明原报警，其他结论不须",
                "A duplicate names the alert it repeats; other verdicts do not",
            ),
            field="duplicate_of",
        )
    if duplicate_of is None:
        return None
    original = common.load(duplicate_of)
    if original.pk == alert.pk or original.verdict == "duplicate":
        raise Invalid(
            "bad_original",
            T("原报警无效", "An alert cannot repeat itself, nor one that is a duplicate itself"),
            field="duplicate_of",
            hint=T("请选择最初的报警。", "Choose the original alert."),
        )
    return original


def _ended(actor: Actor, alert: Alert) -> None:
    timers.cancel("alerts.shelf", subject=f"alert:{alert.pk}")
    common.settle_incidents(actor, [alert], alert.last_entry)
    inhibition.cause_gone(alert, alert.last_entry)
