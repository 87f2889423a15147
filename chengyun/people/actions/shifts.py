"""Shifts: the first is opened by hand, each later one by a hand-over that both sides have signed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.people import handover, queries
from chengyun.people.actions.refusals import REFUSALS
from chengyun.people.logic.shifts import Signing, complete, refusal
from chengyun.people.models import Duty, HandOver, Shift, Staff

DUE = "people.shift.due"
MAX_REMARKS = 4000


def open_shift(actor: Actor, *, shift_id: int, cause: int | None = None) -> Shift:
    """Open the first shift of a pattern. Any later one opens by the hand-over of the one before it, and by that alone."""
    with write():
        shift = _shift(shift_id)
        actor.require("shift.open", shift.area.path)
        if shift.state != "planned":
            raise Conflict("not_planned", T("该班次不在计划状态", "This shift is not planned any more"))
        if Shift.objects.filter(pattern_id=shift.pattern_id).exclude(state="planned").exists():
            raise Conflict(
                "not_the_first",
                T("只有首个班次可直接开启", "Only the very first shift is opened by hand"),
                hint=T("请由当前班次交接。", "Hand over from the shift that runs."),
            )
        if not queries.signers(shift):
            raise _nobody_to_sign("shift_id")
        now = clock.now()
        begun = _begin(shift, now)
        entry = journal.record(
            "shift.opened",
            subject=f"shift:{shift.id}",
            area=shift.area.path,
            actor=actor,
            payload={
                "pattern": shift.pattern.code,
                "code": shift.code,
                "ends_at": shift.ends_at.isoformat(),
                "duties": begun,
            },
            cause=cause,
        )
        timers.arm(
            DUE, due_at=shift.ends_at, subject=f"shift:{shift.id}", payload={"reminder": 1}, cause=entry.id
        )
        return shift


def draft_hand_over(actor: Actor, *, shift_id: int, remarks: str = "", cause: int | None = None) -> HandOver:
    """Draft (or draft anew) the record with which a running shift ends. A new draft voids the signatures under the old."""
    with write():
        shift = _shift(shift_id)
        incoming = queries.next_shift(shift)
        if incoming is None or actor.ref not in queries.signers(incoming):
            actor.require("shift.hand_over", shift.area.path)
        if shift.state not in Shift.RUNNING:
            raise Conflict("not_running", T("该班次不在进行中", "This shift is not running"))
        if incoming is None:
            raise Conflict(
                "no_next_shift",
                T("没有下一班次", "There is no shift to hand over to"),
                hint=T("请先生成排班。", "Generate the roster first."),
            )
        if not queries.signers(incoming):
            raise _nobody_to_sign("shift_id")
        if len(remarks) > MAX_REMARKS:
            raise Invalid("too_long", T("备注过长", f"At most {MAX_REMARKS} characters"), field="remarks")
        now = clock.now()
        record = handover.compile_record(shift.area, now)
        salt, sealed = seal_text(remarks) if remarks else ("", None)
        # What is signed is the record and the remarks together.
        mark = digest({"record": record, "remarks": sealed, "to": incoming.id})
        row, _ = HandOver.objects.update_or_create(
            shift_out=shift,
            defaults={
                "shift_in": incoming,
                "state": "drafted",
                "drafted_at": now,
                "record": record,
                "digest": mark,
                "remarks": remarks,
                "remarks_salt": salt,
                "signed_out_at": None,
                "signed_out_by": None,
                "signed_in_at": None,
                "signed_in_by": None,
            },
        )
        shift.state = "handing_over"
        shift.save()
        journal.record(
            "shift.drafted",
            subject=f"shift:{shift.id}",
            area=shift.area.path,
            actor=actor,
            payload={
                "hand_over": row.id,
                "to": incoming.id,
                "record": mark,
                "remarks": sealed,
                "items": {part["key"]: len(part["items"]) for part in record["sections"]},
            },
            cause=cause,
        )
        return row


def sign_hand_over(
    actor: Actor, *, hand_over_id: int, side: Literal["out", "in"], digest: str, cause: int | None = None
) -> HandOver:
    """Sign one side. `digest` is that of the record the signer has read. The second signature moves everything at once.

    Who may sign follows from the roster: duty officer or shift leader of the outgoing shift, and of the incoming one.
    """
    with write():
        row = (
            HandOver.objects.select_related(
                "shift_out__area", "shift_out__pattern", "shift_in", "signed_out_by", "signed_in_by"
            )
            .filter(pk=hand_over_id)
            .first()
        )
        if row is None:
            raise NotFound(
                "no_hand_over", T("没有这份交接", "There is no such hand-over"), field="hand_over_id"
            )
        if side not in ("out", "in"):
            raise Invalid("side", T("签字方应为 out 或 in", "The side is out or in"), field="side")
        out, into = queries.signers(row.shift_out), queries.signers(row.shift_in)
        body = row.shift_out.pattern.body
        now = clock.now()
        code = refusal(
            Signing(
                row.state,
                side,
                actor.ref,
                out.keys(),
                into.keys(),
                row.signed_out_by.ref if row.signed_out_by else None,
                row.signed_in_by.ref if row.signed_in_by else None,
                row.drafted_at,
                row.shift_out.ends_at,
                row.digest,
                digest,
            ),
            now=now,
            early=timedelta(minutes=body["early_minutes"]),
            draft_valid=timedelta(minutes=body["draft_minutes"]),
        )
        if code:
            kind, reason, hint = REFUSALS[code]
            raise kind(code, reason, field="digest" if code == "record_changed" else None, hint=hint)
        signer = Staff.objects.get(ref=actor.ref)
        if side == "out":
            row.signed_out_by, row.signed_out_at = signer, now
        else:
            row.signed_in_by, row.signed_in_at = signer, now
        row.save()
        entry = journal.record(
            "shift.signed",
            subject=f"shift:{row.shift_out_id}",
            area=row.shift_out.area.path,
            actor=actor,
            payload={"hand_over": row.id, "side": side, "staff": signer.ref, "record": row.digest},
            cause=cause,
        )
        if complete(
            row.signed_out_by.ref if row.signed_out_by else None,
            row.signed_in_by.ref if row.signed_in_by else None,
        ):
            _hand_over(row, actor, now, entry.id)
        return row


def _hand_over(row: HandOver, actor: Actor, now: datetime, cause: int) -> None:
    """Everything moves in this one transaction: duties end and begin, the shifts change state, the timers change."""
    out, into = row.shift_out, row.shift_in
    assert row.signed_out_by is not None and row.signed_in_by is not None
    row.since_draft = handover.changes(row.record, handover.compile_record(out.area, now))
    row.state, row.done_at = "done", now
    row.save()
    ended = Duty.objects.filter(shift=out, state="serving").update(state="ended", ends_at=now)
    out.state, out.closed_at = "closed", now
    out.save()
    begun = _begin(into, now)
    timers.cancel(DUE, subject=f"shift:{out.id}")
    late = max(0, int((now - out.ends_at).total_seconds()))
    entry = journal.record(
        "shift.handed_over",
        subject=f"shift:{out.id}",
        area=out.area.path,
        actor=actor,
        payload={
            "hand_over": row.id,
            "pattern": out.pattern.code,
            "from": out.id,
            "to": into.id,
            "out": row.signed_out_by.ref,
            "in": row.signed_in_by.ref,
            "record": row.digest,
            "ended": ended,
            "begun": begun,
            "late_s": late,
        },
        cause=cause,
    )
    timers.arm(DUE, due_at=into.ends_at, subject=f"shift:{into.id}", payload={"reminder": 1}, cause=entry.id)


def _begin(shift: Shift, now: datetime) -> int:
    # Turns that came and went before this one (while another shift served on) are nobody's any more.
    missed = Shift.objects.filter(pattern_id=shift.pattern_id, state="planned", starts_at__lt=shift.starts_at)
    Duty.objects.filter(shift__in=list(missed)).delete()
    missed.delete()
    shift.state, shift.opened_at = "open", now
    shift.save()
    return Duty.objects.filter(shift=shift, state="planned").update(
        state="serving", starts_at=now, ends_at=None
    )


def remind_overdue(actor: Actor, *, shift_id: int, reminder: int = 1, cause: int | None = None) -> Shift:
    """Say that a shift's planned end has passed unsigned: its people serve on, the shift leader is to be told, again and
    again until it is signed."""
    with write():
        shift = _shift(shift_id)
        actor.require("shift.hand_over", shift.area.path)
        now = clock.now()
        if shift.state not in Shift.RUNNING or now < shift.ends_at:
            return shift
        if shift.overdue_since is None:
            shift.overdue_since = shift.ends_at
            shift.save()
        serving = list(
            Duty.objects.filter(shift=shift, state="serving")
            .select_related("post", "staff")
            .order_by("post__code")
        )
        signing = next((row for row in serving if row.post.kind == "duty_officer"), None) or next(
            iter(serving), None
        )
        entry = journal.record(
            "shift.overdue",
            subject=f"shift:{shift.id}",
            area=shift.area.path,
            actor=actor,
            payload={
                "pattern": shift.pattern.code,
                "late_s": int((now - shift.ends_at).total_seconds()),
                "reminder": reminder,
                "post": signing.post.code if signing else None,
                "accountable": signing.staff.ref if signing else None,
                "extended": len(serving),
                "tell": _to_be_told(shift),
            },
            cause=cause,
        )
        timers.arm(
            DUE,
            due_at=now + timedelta(minutes=shift.pattern.body["remind_minutes"]),
            subject=f"shift:{shift.id}",
            payload={"reminder": reminder + 1},
            cause=entry.id,
        )
        return shift


def _to_be_told(shift: Shift) -> list[str]:
    leader = queries.post_for(shift.area, "shift_leader")
    told = [leader.code] if leader else []
    officer = queries.duty_officer(shift.area)
    return [*told, officer.code] if officer.code not in told else told


def _shift(shift_id: int) -> Shift:
    shift = Shift.objects.select_related("area", "pattern").filter(pk=shift_id).first()
    if shift is None:
        raise NotFound("no_shift", T("没有这个班次", "There is no such shift"), field="shift_id")
    return shift


def _nobody_to_sign(field: str) -> Conflict:
    return Conflict(
        "nobody_to_sign",
        T("该班次没有可签字的人员", "Nobody on that shift could sign for it"),
        field=field,
        hint=T("请先安排值班员或值班长。", "Put a duty officer or shift leader on it first."),
    )
