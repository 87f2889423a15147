"""One person takes over another's duty."""

from __future__ import annotations

from datetime import datetime

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people.actions.roster import root_path
from chengyun.people.models import Duty, HandOver, Staff

SUBSTITUTE_REASONS = ("ill", "called_away", "leave", "double_shift", "erased", "other")


def substitute(
    actor: Actor, *, duty_id: int, staff_ref: str, reason: str = "other", cause: int | None = None
) -> Duty:
    """Put somebody else on a duty: from now on where it has begun, else for the whole of it. Returns the new person's duty.

    A signature that the person replaced has put under an unfinished hand-over is void with it.
    """
    with write():
        duty = Duty.objects.select_related("post__area", "staff", "shift").filter(pk=duty_id).first()
        actor.require("shift.substitute", duty.post.area.path if duty else root_path())
        if duty is None:
            raise NotFound("no_duty", T("没有这条值守", "There is no such duty"), field="duty_id")
        if reason not in SUBSTITUTE_REASONS:
            raise Invalid(
                "reason",
                T("未知的替班原因", "Unknown reason"),
                field="reason",
                hint=", ".join(SUBSTITUTE_REASONS),
            )
        now = clock.now()
        if duty.state == "ended" or (duty.state == "window" and duty.ends_at and duty.ends_at <= now):
            raise Conflict("duty_over", T("该值守已结束", "This duty is over"), field="duty_id")
        person = Staff.objects.filter(ref=staff_ref, state="active").first()
        if person is None:
            raise NotFound(
                "no_staff", T("没有这名在岗人员", "There is no such active person"), field="staff_ref"
            )
        if person.id == duty.staff_id:
            raise Invalid(
                "same_person", T("替班人与原值守人相同", "This is the same person"), field="staff_ref"
            )
        out, serving = duty.staff, duty.state == "serving"
        begun = serving or (duty.state == "window" and duty.starts_at < now)
        result = _relieve(duty, person, now) if begun else _reassign(duty, person)
        if duty.shift_id:
            _void_signatures(duty.shift_id, out)
        journal.record(
            "duty.substituted",
            subject=f"post:{duty.post.code}",
            area=duty.post.area.path,
            actor=actor,
            payload={
                "duty": result.id,
                "post": duty.post.code,
                "out": out.ref,
                "in": person.ref,
                "reason": reason,
                "serving": serving,
            },
            cause=cause,
        )
        return result


def _relieve(duty: Duty, person: Staff, now: datetime) -> Duty:
    ends_at, state = duty.ends_at, duty.state
    duty.ends_at = now
    if state == "serving":
        duty.state = "ended"
    duty.save()
    return Duty.objects.create(
        post=duty.post, staff=person, shift=duty.shift, state=state, starts_at=now, ends_at=ends_at
    )


def _reassign(duty: Duty, person: Staff) -> Duty:
    duty.staff = person
    duty.save()
    return duty


def _void_signatures(shift_id: int, person: Staff) -> None:
    drafts = HandOver.objects.filter(state="drafted")
    drafts.filter(shift_out_id=shift_id, signed_out_by=person).update(signed_out_by=None, signed_out_at=None)
    drafts.filter(shift_in_id=shift_id, signed_in_by=person).update(signed_in_by=None, signed_in_at=None)


def future_duties(person: Staff, now: datetime) -> list[Duty]:
    """The duties of a person that are running or still to come."""
    rows = Duty.objects.filter(staff=person).exclude(state="ended").order_by("id")
    return [row for row in rows if row.ends_at is None or row.ends_at > now or row.state == "planned"]
