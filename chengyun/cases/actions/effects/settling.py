"""Filing, settling, rework, reopening, joint handling."""

from __future__ import annotations

from chengyun.cases import desks, store
from chengyun.cases.actions.core import Work
from chengyun.cases.actions.effects.base import effect
from chengyun.cases.actions.effects.giving import lead_desk, may_lead, route
from chengyun.cases.models import Assignment, Reporter
from chengyun.kernel.errors import Conflict
from chengyun.kernel.i18n import T


@effect("check_result")
def _check_result(it: Work) -> None:
    it.set(checked=bool(it.args["ok"]))
    it.payload["ok"] = bool(it.args["ok"])


@effect("complete_filing")
def _complete_filing(it: Work) -> None:
    condition = str(it.args.get("condition") or it.case.condition)
    it.set(filed_at=it.now, condition=condition)
    it.payload["condition"] = condition


@effect("arrive")
def _arrive(it: Work) -> None:
    """Being there is a fact of the journal; nothing else changes."""


@effect("settled")
def _settled(it: Work) -> None:
    it.set(settled_at=it.now)


@effect("self_settled")
def _self_settled(it: Work) -> None:
    it.set(settled_at=it.now, self_settled=True)


@effect("rework")
def _rework(it: Work) -> None:
    it.set(reworks=it.case.reworks + 1, settled_at=None)
    _back_to_lead(it)


@effect("reopen")
def _reopen(it: Work) -> None:
    it.set(reopens=it.case.reopens + 1, settled_at=None)
    # The clock needs to know that the time since was spent closed.
    it.after.append(lambda: it.set(closed_at=None, satisfied=None))
    _back_to_lead(it)


def _back_to_lead(it: Work) -> None:
    """The same post again, with everything kept; a case settled on the spot gets its lead now."""
    if it.case.lead_post_id is None:
        route(it)
        return
    if not Assignment.objects.filter(case_id=it.case.pk, role="lead", ends_at=None).exists():
        Assignment(
            case_id=it.case.pk, post_id=it.case.lead_post_id, role="lead", rule="same", starts_at=it.now
        ).save(force_insert=True)
    it.set(has_handler=False)
    Assignment.objects.filter(case_id=it.case.pk, role="handler", ends_at=None).update(ends_at=it.now)
    it.holder = lead_desk(it)


@effect("called_back")
def _called_back(it: Work) -> None:
    it.set(satisfied=bool(it.args["ok"]))
    it.payload["ok"] = bool(it.args["ok"])
    if store.may_have(it.case, "reporters"):
        Reporter.objects.filter(case_id=it.case.pk, told_at=None).update(told_at=it.now)


@effect("force")
def _force(it: Work) -> None:
    it.set(forced=True)


@effect("add_co")
def _add_co(it: Work) -> None:
    desk = desks.named(str(it.args["post"]))
    may_lead(it, desk)
    joined = Assignment.objects.filter(case_id=it.case.pk, post_id=desk.id, ends_at=None).exists()
    if joined or desk.id == it.case.accountable_post_id:
        raise Conflict(
            "joined_already",
            T(f"{desk.code} 已在办理本案", f"{desk.code} is on this case already"),
            hint=T("请选择其他岗位。", "Choose another post."),
        )
    Assignment(case_id=it.case.pk, post_id=desk.id, role="co", starts_at=it.now).save(force_insert=True)
    it.payload["post"] = desk.code
    it.tell[desk.id] = "case.assigned"


@effect("end_co")
def _end_co(it: Work) -> None:
    rows = list(
        Assignment.objects.filter(case_id=it.case.pk, role="co", ends_at=None).values_list("id", "post__code")
    )
    mine = next((pk for pk, code in rows if code == it.actor.post), rows[0][0] if rows else None)
    Assignment.objects.filter(pk=mine or 0).update(ends_at=it.now)
