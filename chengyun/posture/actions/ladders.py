"""The two ladders that are not the platform's: official warning signals, and the government's declared response.

Neither sets a platform level. A warning starts a clock by which somebody has to decide; a response is noted as declared.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.district.models import Area
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.messages import actions as messages
from chengyun.people import queries as people
from chengyun.posture import queries
from chengyun.posture.actions import common
from chengyun.posture.models import Declaration, DeclaredResponse, OfficialWarning


def receive_warning(
    *,
    actor: Actor,
    area: Area,
    issuer: str,
    external_id: str,
    kind: str,
    colour: str,
    text: str,
    issued_at: datetime,
    cause: int | None = None,
) -> OfficialWarning:
    """Take in an official warning signal, unchanged, with issuer and time. The same number from the same issuer counts once.

    From here the clock runs: when nobody has decided within the minutes set for the colour, the duty leader is alarmed.
    """
    actor.require("posture.signal", area.path)
    with write():
        if colour not in OfficialWarning.Colour.values:
            raise Invalid(
                "unknown_colour",
                T("颜色为红、橙、黄、蓝", "Colours are red, orange, yellow, blue"),
                field="colour",
            )
        for name, value, limit in (
            ("issuer", issuer, 100),
            ("external_id", external_id, 100),
            ("kind", kind, 40),
        ):
            if not value or len(value) > limit:
                raise Invalid(
                    "text_missing",
                    T(f"必填，至多 {limit} 字", f"Needed, at most {limit} characters"),
                    field=name,
                )
        known = OfficialWarning.objects.select_related("area")
        row = known.filter(issuer=issuer, external_id=external_id, area=area).first()
        if row is not None:
            return row
        common.past(issued_at, "issued_at")
        row = OfficialWarning.objects.create(
            area=area,
            issuer=issuer,
            external_id=external_id,
            kind=kind,
            colour=colour,
            text=common.text(text, "text"),
            issued_at=issued_at,
            received_at=clock.now(),
        )
        entry = journal.record(
            "warning.received",
            subject=f"warning:{row.pk}",
            area=area.path,
            actor=actor,
            payload={
                "warning": row.pk,
                "kind": kind,
                "colour": colour,
                "issuer": issuer,
                "issued_at": issued_at.isoformat(),
                "external_id": external_id,
                "text": seal_text(row.text)[1],
            },
            cause=cause,
        )
        minutes = _minutes(colour)
        if minutes is not None:
            due = clock.now() + timedelta(minutes=minutes)
            timers.arm("posture.warning", due_at=due, subject=f"warning:{row.pk}", cause=entry.id)
        _tell(row, "warning.received", entry.id, rungs=0)
        return row


def _minutes(colour: str) -> int | None:
    value = queries.policy().get("waits", {}).get("warning", {}).get(colour)
    return None if value is None else int(value)


def _tell(row: OfficialWarning, kind: str, entry: int, *, rungs: int, minutes: int | None = None) -> None:
    seen: set[int] = set()
    for post in [*common.centre(row.area), *people.chain(people.duty_officer(row.area))[:rungs]]:
        if post.id in seen:
            continue
        seen.add(post.id)
        messages.notify(
            actor=system("posture"),
            post_id=post.id,
            subject=f"warning:{row.pk}",
            kind=kind,
            params={
                "area": row.area.code,
                "kind": row.kind,
                "colour": row.colour,
                "issuer": row.issuer,
                "minutes": minutes,
            },
            cause=entry,
        )


def _warning(warning_id: int) -> OfficialWarning:
    row = (
        OfficialWarning.objects.select_for_update(of=("self",))
        .select_related("area")
        .filter(pk=warning_id)
        .first()
    )
    if row is None:
        raise NotFound("no_warning", T("没有这条预警信号", "There is no such warning signal"))
    return row


def decide_warning(
    *, actor: Actor, warning_id: int, reason: str, declaration_id: int | None = None, cause: int | None = None
) -> OfficialWarning:
    """Note what was decided on a warning: a declaration that answers it, or (without one) that none is needed, and why."""
    with write():
        row = _warning(warning_id)
        actor.require("posture.signal", row.area.path)
        common.require_person(actor)
        if row.state != OfficialWarning.State.OPEN:
            raise Conflict("settled", T("该预警已有决定", "This warning has been decided on already"))
        words = common.text(reason, "reason")
        if declaration_id is not None:
            row.declaration = Declaration.objects.filter(pk=declaration_id).first()
            if row.declaration is None:
                raise NotFound("no_declaration", T("没有这条宣布记录", "There is no such declaration"))
        row.state, row.reason = OfficialWarning.State.DECIDED, words
        row.decided_at, row.decided_by = clock.now(), actor.ref
        row.save()
        timers.cancel("posture.warning", subject=f"warning:{row.pk}")
        journal.record(
            "warning.decided",
            subject=f"warning:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={
                "warning": row.pk,
                "declaration": declaration_id,
                "reason": seal_text(words)[1],
                "post": actor.post,
            },
            cause=cause,
        )
        return row


def lift_warning(*, actor: Actor, warning_id: int, cause: int | None = None) -> OfficialWarning:
    """The issuer has lifted the signal. What was declared because of it stays until somebody ends it."""
    with write():
        row = _warning(warning_id)
        actor.require("posture.signal", row.area.path)
        if row.lifted_at is not None:
            return row
        row.lifted_at = clock.now()
        if row.state == OfficialWarning.State.OPEN:
            row.state = OfficialWarning.State.LIFTED
        row.save()
        timers.cancel("posture.warning", subject=f"warning:{row.pk}")
        journal.record(
            "warning.lifted",
            subject=f"warning:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={"warning": row.pk, "external_id": row.external_id},
            cause=cause,
        )
        return row


def alarm_warning(*, actor: Actor, warning_id: int, cause: int | None = None) -> None:
    """A signal was received and nobody decided: alarm the duty officer and each time one post higher."""
    with write():
        row = _warning(warning_id)
        if row.state != OfficialWarning.State.OPEN:
            return
        row.alarms += 1
        row.save(update_fields=["alarms"])
        minutes = int((clock.now() - row.received_at).total_seconds() // 60)
        entry = journal.record(
            "warning.undecided",
            subject=f"warning:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={"warning": row.pk, "colour": row.colour, "minutes": minutes, "alarms": row.alarms},
            cause=cause,
        )
        _tell(row, "warning.undecided", entry.id, rungs=row.alarms, minutes=minutes)
        wait = _minutes(row.colour)
        if wait is not None and row.alarms <= int(queries.policy()["waits"]["repeats"]):
            due = clock.now() + timedelta(minutes=wait)
            timers.arm("posture.warning", due_at=due, subject=f"warning:{row.pk}", cause=entry.id)


def record_response(
    *,
    actor: Actor,
    area: Area,
    level: int,
    matter: str,
    authority: str,
    declared_at: datetime,
    document: str = "",
    cause: int | None = None,
) -> DeclaredResponse:
    """Note an emergency response that the government has declared. Needs `response.record`; moves no level of ours."""
    actor.require("response.record", area.path)
    common.require_person(actor)
    with write():
        if level not in (1, 2, 3, 4):
            raise Invalid(
                "unknown_level", T("响应级别为一至四级", "Response levels are 1 to 4"), field="level"
            )
        if not authority or len(authority) > 100:
            raise Invalid(
                "text_missing", T("请写明宣布机关", "Say which authority declared it"), field="authority"
            )
        row = DeclaredResponse.objects.create(
            area=area,
            level=level,
            matter=common.text(matter, "matter"),
            authority=authority,
            document=document[:100],
            declared_at=common.past(declared_at, "declared_at"),
            recorded_at=clock.now(),
            recorded_by=actor.ref,
        )
        journal.record(
            "response.recorded",
            subject=f"response:{row.pk}",
            area=area.path,
            actor=actor,
            payload={
                "response": row.pk,
                "level": level,
                "authority": authority,
                "declared_at": declared_at.isoformat(),
                "matter": seal_text(row.matter)[1],
                "document": row.document,
            },
            cause=cause,
        )
        return row


def end_response(
    *, actor: Actor, response_id: int, ended_at: datetime, cause: int | None = None
) -> DeclaredResponse:
    """Note that the government has ended its response."""
    with write():
        row = (
            DeclaredResponse.objects.select_for_update(of=("self",))
            .select_related("area")
            .filter(pk=response_id)
            .first()
        )
        if row is None:
            raise NotFound("no_response", T("没有这条响应记录", "There is no such response"))
        actor.require("response.record", row.area.path)
        common.require_person(actor)
        if row.ended_at is not None:
            raise Conflict("ended", T("该响应已终止", "This response has ended already"))
        row.ended_at = common.past(ended_at, "ended_at", not_before=row.declared_at)
        row.ended_by = actor.ref
        row.save(update_fields=["ended_at", "ended_by"])
        journal.record(
            "response.ended",
            subject=f"response:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={"response": row.pk, "ended_at": ended_at.isoformat()},
            cause=cause,
        )
        return row
