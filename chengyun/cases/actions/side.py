"""Beside the workflow: reminders, supervision, a second signature, appeals."""

from __future__ import annotations

from typing import Any

from chengyun.cases.actions.core import Work, record, step, take, tell, text_of
from chengyun.cases.facts import moment
from chengyun.cases.models import Appeal, Case, Clock, Reminder, Step, Supervision
from chengyun.kernel import timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people.models import Post

SUPERVISION_TIMER = "case.supervision"
LEVELS = ("timeout", "important", "leader")


def _post_id(actor: Actor) -> int | None:
    return Post.objects.filter(code=actor.post).values_list("id", flat=True).first() if actor.post else None


def _person(actor: Actor) -> None:
    if actor.is_system:
        raise NotAllowed("person_needed", T("此操作须由具体人员作出", "A named person has to do this"))


def _open(it: Work) -> int:
    """The post that answers now. Conflict for a closed case."""
    if it.case.accountable_post_id is None:
        raise Conflict(
            "case_closed",
            T("案件已结", "The case is closed"),
            hint=T("如需继续办理，请先重新打开。", "Reopen it first."),
        )
    return int(it.case.accountable_post_id)


def remind(*, actor: Actor, case_id: int, reason: str = "", cause: int | None = None) -> Reminder:
    """催办: ask the holder to hurry. On record, and a message; nothing else changes."""
    with write():
        it = take(actor, case_id, cause, "case.remind")
        post_id = _open(it)
        row = Reminder(case_id=case_id, at=it.now, post_id=post_id, by=actor.ref)
        row.save(force_insert=True)
        assert it.case.accountable_post is not None
        payload: dict[str, Any] = {"post": it.case.accountable_post.code}
        if reason:
            payload["text"] = text_of(it, "remind", reason)
        entry = record(it, "case.reminded", payload)
        it.store()
        step(it, "remind", it.case.state, entry.id)
        tell(it, post_id, "case.reminded")
        return row


def supervise(
    *, actor: Actor, case_id: int, level: str, reply_by: Any, reason: str, cause: int | None = None
) -> Supervision:
    """督办: at a level (timeout, important, leader), with a deadline for the reply. Only its issuer ends it."""
    with write():
        it = take(actor, case_id, cause, "case.supervise")
        _person(actor)
        post_id = _open(it)
        until = moment(reply_by, "reply_by")
        if level not in LEVELS:
            raise Invalid("bad_level", T("督办级别不正确", f"Levels are {', '.join(LEVELS)}"), field="level")
        if until is None or until <= it.now:
            raise Invalid(
                "bad_deadline",
                T("回复期限须在将来", "The reply deadline lies in the future"),
                field="reply_by",
            )
        if not reason.strip():
            raise Invalid("reason_needed", T("请填写督办要求", "Say what is asked for"), field="reason")
        row = Supervision(
            case_id=case_id,
            issuer_post_id=_post_id(actor),
            issuer=actor.ref,
            level=level,
            at=it.now,
            reply_by=until,
        )
        row.save(force_insert=True)
        _note(it, row, "issued", reason)
        timers.arm(
            SUPERVISION_TIMER,
            due_at=until,
            subject=it.subject,
            payload={"supervision": row.pk},
            key=str(row.pk),
            cause=it.cause,
        )
        it.store()
        tell(it, post_id, "case.supervised", level=level)
        return row


def _note(it: Work, row: Supervision, event: str, text: str) -> None:
    payload: dict[str, Any] = {
        "supervision": row.pk,
        "level": row.level,
        "event": event,
        "reply_by": row.reply_by.isoformat(),
        "post": it.case.accountable_post.code if it.case.accountable_post else None,
        "text": text_of(it, f"supervision_{event}"[:24], text),
    }
    entry = record(it, "case.supervised", payload)
    step(it, f"supervision_{event}"[:24], it.case.state, entry.id)


def _supervision(supervision_id: int) -> Supervision:
    row = Supervision.objects.filter(pk=supervision_id).first()
    if row is None:
        raise NotFound(
            "no_supervision", T("没有该督办", "There is no such supervision"), field="supervision_id"
        )
    return row


def reply_supervision(
    *, actor: Actor, supervision_id: int, text: str, cause: int | None = None
) -> Supervision:
    """The holder's answer. The supervision stays until its issuer ends it."""
    with write():
        row = _supervision(supervision_id)
        it = take(actor, row.case_id, cause, "case.move.reply")
        if row.state == "ended":
            raise Conflict("supervision_ended", T("督办已解除", "The supervision has ended"))
        if not text.strip():
            raise Invalid("text_needed", T("请填写回复", "Write the reply"), field="text")
        row.state, row.replied_at = "replied", it.now
        row.save()
        timers.cancel(SUPERVISION_TIMER, subject=it.subject, key=str(row.pk))
        _note(it, row, "replied", text)
        it.store()
        if row.issuer_post_id:
            tell(it, row.issuer_post_id, "case.supervision_replied", level=row.level)
        return row


def end_supervision(
    *, actor: Actor, supervision_id: int, reason: str, cause: int | None = None
) -> Supervision:
    """Ended only by whoever issued it, or by who stands at that post now."""
    with write():
        row = _supervision(supervision_id)
        it = take(actor, row.case_id, cause, "case.supervise")
        if actor.is_system or not (
            actor.ref == row.issuer or (row.issuer_post_id and _post_id(actor) == row.issuer_post_id)
        ):
            raise NotAllowed(
                "not_the_issuer",
                T("督办只能由发起人（岗位）解除", "Only its issuer ends a supervision"),
                hint=T("请联系发起岗位。", "Ask the post that issued it."),
            )
        if row.state == "ended":
            raise Conflict("supervision_ended", T("督办已解除", "The supervision has ended"))
        row.state, row.ended_at = "ended", it.now
        row.save()
        timers.cancel(SUPERVISION_TIMER, subject=it.subject, key=str(row.pk))
        _note(it, row, "ended", reason or "-")
        it.store()
        return row


def second_sign(*, actor: Actor, case_id: int, reason: str = "", cause: int | None = None) -> Step:
    """Sign as the second person: needed to close by force, or against the sensors. Never by who settled it."""
    with write():
        it = take(actor, case_id, cause, "case.second_sign")
        _person(actor)
        _open(it)
        if Step.objects.filter(case_id=case_id, actor=actor.ref, fixes=True).exists():
            raise NotAllowed(
                "fixer_cannot_verify",
                T("处置人不能为自己的案件签字", "Who settled a case does not sign for it"),
                hint=T("请他人签字。", "Have somebody else sign."),
            )
        entry = record(it, "case.signed", {"text": text_of(it, "second_sign", reason)} if reason else {})
        it.store()
        return step(it, "second_sign", it.case.state, entry.id)


def appeal(*, actor: Actor, case_id: int, reason: str, cause: int | None = None) -> Appeal:
    """超时申诉: after closing, by the department that had the case, once. The raw fact stays whatever is decided."""
    with write():
        it = take(actor, case_id, cause, "case.move.appeal")
        _person(actor)
        case: Case = it.case
        broken = (
            Clock.objects.filter(case_id=case_id, overall=True)
            .exclude(breached_at=None)
            .order_by("-id")
            .first()
        )
        department = case.department.code if case.department else None
        if case.closed_at is None or case.is_open:
            raise Conflict(
                "appeal_after_closing",
                T("结案后才能申诉", "An appeal comes after closing"),
                hint=T("请先办结。", "Settle it first."),
            )
        if department is None or actor.organisation != department:
            raise NotAllowed(
                "not_the_department",
                T("只有责任部门可以申诉", "Only the department that had the case appeals"),
                hint=T("", ""),
            )
        if broken is None:
            raise Conflict(
                "nothing_to_appeal",
                T("本案没有超时", "No limit of this case ran out"),
                hint=T("无需申诉。", "Nothing to appeal."),
            )
        if Appeal.objects.filter(case_id=case_id).exists():
            raise Conflict(
                "appealed_before",
                T("本案已申诉过一次", "It was appealed once already"),
                hint=T("申诉以一次为限。", "Once a case."),
            )
        if not reason.strip():
            raise Invalid("reason_needed", T("请填写申诉理由", "Give the grounds"), field="reason")
        row = Appeal(case_id=case_id, clock=broken, at=it.now, by=actor.ref, organisation=department)
        row.save(force_insert=True)
        _appeal_note(it, row, "asked", None, reason)
        return row


def review_appeal(
    *, actor: Actor, appeal_id: int, granted: bool, reason: str, cause: int | None = None
) -> Appeal:
    """One of two reviews, by two persons, neither of the department. Granted twice: the clock is exempt."""
    with write():
        row = Appeal.objects.filter(pk=appeal_id).select_related("clock").first()
        if row is None:
            raise NotFound("no_appeal", T("没有该申诉", "There is no such appeal"), field="appeal_id")
        it = take(actor, row.case_id, cause, "case.move.decide_appeal")
        _person(actor)
        if row.state not in ("open", "reviewed"):
            raise Conflict("appeal_decided", T("申诉已有结论", "The appeal is decided"))
        if actor.ref in (row.by, row.first_by) or actor.organisation == row.organisation:
            raise NotAllowed(
                "same_person",
                T(
                    "两级审核须由责任部门以外的两人作出",
                    "The two reviews are by two persons outside the department",
                ),
                hint=T("请由另一人审核。", "Have another person review it."),
            )
        if not reason.strip():
            raise Invalid("reason_needed", T("请填写审核意见", "Give the reason"), field="reason")
        if row.state == "open":
            row.first_by, event = actor.ref, "first_review"
            row.state = "reviewed" if granted else "refused"
        else:
            row.second_by, event = actor.ref, "second_review"
            row.state = "granted" if granted else "refused"
        row.save()
        if row.state == "granted":
            row.clock.exempt = True
            row.clock.save()
        _appeal_note(it, row, event, granted, reason)
        return row


def _appeal_note(it: Work, row: Appeal, event: str, granted: bool | None, text: str) -> None:
    payload = {"appeal": row.pk, "clock": row.clock.name, "event": event, "granted": granted}
    entry = record(it, "case.appealed", payload | {"text": text_of(it, f"appeal_{event}"[:24], text)})
    it.store()
    step(it, f"appeal_{event}"[:24], it.case.state, entry.id)
