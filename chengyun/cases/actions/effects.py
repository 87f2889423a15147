"""What verbs do besides changing the state. The workflow names them; each is one function over the work in hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chengyun.cases import desks
from chengyun.cases.actions import clocks
from chengyun.cases.actions.core import Work
from chengyun.cases.desks import Desk
from chengyun.cases.facts import moment
from chengyun.cases.logic import routing
from chengyun.cases.models import Assignment, Case, CaseAlert, Clock, Extension, Reporter
from chengyun.kernel import timers
from chengyun.kernel.errors import Conflict, Invalid
from chengyun.kernel.i18n import T
from chengyun.people import queries as people
from chengyun.people.models import Post

RESUME_TIMER = "case.resume"

EFFECTS: dict[str, Callable[[Work], None]] = {}


def effect(name: str) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    def register(function: Callable[[Work], None]) -> Callable[[Work], None]:
        EFFECTS[name] = function
        return function

    return register


@effect("check_result")
def _check_result(it: Work) -> None:
    it.set(checked=bool(it.args["ok"]))
    it.payload["ok"] = bool(it.args["ok"])


@effect("complete_filing")
def _complete_filing(it: Work) -> None:
    condition = str(it.args.get("condition") or it.case.condition)
    it.set(filed_at=it.now, condition=condition)
    it.payload["condition"] = condition


@effect("route")
def _route(it: Work) -> None:
    terms = it.posture.routes.get(it.kind.code) or it.posture.routes.get("*") or {}
    if it.args.get("post"):
        asked, rule = desks.named(str(it.args["post"])), "named"
    else:
        first_asked = it.catalogue.routing.first_asked
        first = None
        if it.case.first_post is not None and (it.case.kind in first_asked or "*" in first_asked):
            first = it.case.first_post.code
        found = routing.candidates(
            it.catalogue.routing,
            it.kind.code,
            it.case.area.path,
            first_post=first,
            posture_post=terms.get("post"),
        )
        asked, rule = _first(it, found)
    if it.args.get("post"):
        _may_lead(it, asked)
    _give(it, asked, rule)
    copies = [code for code in terms.get("copy", ()) if code != it.payload.get("post")]
    if copies:
        it.payload["copy"] = copies
        for pk in Post.objects.filter(code__in=copies).order_by("code").values_list("id", flat=True):
            it.tell[pk] = "case.copied"


@effect("route_fallback")
def _route_fallback(it: Work) -> None:
    """The ping-pong ends: the fallback owner has the case for good."""
    asked, rule = _first(it, routing.fallbacks(it.catalogue.routing, it.case.area.path))
    it.set(final_owner=True)
    _give(it, asked, rule)


def _first(it: Work, found: Sequence[routing.Route]) -> tuple[Desk, str]:
    """The first route that leads to a post which has not returned this case."""
    past = set()
    if it.case.returns:
        past = set(
            Assignment.objects.filter(case_id=it.case.pk, role="lead").values_list("post_id", flat=True)
        )
    for route in found:
        desk = desks.find(route, it.case.area)
        if desk is not None and desk.id not in past:
            return desk, route.rule
    officer = desks.desk(it.case.area, "duty_officer")
    return officer, "fallback"


def _may_lead(it: Work, asked: Desk) -> None:
    if asked.kind in ("verifier", "auditor"):
        raise Invalid(
            "not_a_handling_post",
            T(f"{asked.code} 不是处置岗位", f"{asked.code} checks or audits; it does not handle cases"),
            field="post",
            hint=T("请选择处置单位。", "Choose a post that handles cases."),
        )


def _give(it: Work, asked: Desk, rule: str) -> None:
    """Make a post the lead: the asked one, or when nobody fits the duty officer, and the entry says so."""
    fit = desks.fit(asked, it.case.area, it.now)
    if it.case.lead_post_id is not None:
        _end_lead(it)
    Assignment(
        case_id=it.case.pk,
        post_id=fit.desk.id,
        role="lead",
        rule=rule if fit.desk == asked else "duty_officer",
        starts_at=it.now,
    ).save(force_insert=True)
    it.set(lead_post_id=fit.desk.id, department_id=fit.desk.department_id)
    it.holder = fit.desk
    it.payload |= {"rule": rule, "post": fit.desk.code}
    if fit.reason != "on_duty":
        it.payload |= {"asked": asked.code, "resolved": fit.reason}
    it.after.append(lambda: it.set(dispatched_at=it.case.dispatched_at or it.now))


@effect("end_lead")
def _end_lead(it: Work) -> None:
    Assignment.objects.filter(case_id=it.case.pk, role__in=("lead", "handler"), ends_at=None).update(
        ends_at=it.now
    )
    it.set(lead_post_id=None, has_handler=False)


@effect("count_return")
def _count_return(it: Work) -> None:
    it.set(returns=it.case.returns + 1)
    it.payload["returns"] = it.case.returns


@effect("handler")
def _handler(it: Work) -> None:
    desk = desks.named(str(it.args["post"]))
    if desk.department_id != it.case.department_id:
        raise Invalid(
            "other_department",
            T("处置人员须属于本部门", "A handler belongs to the department that has the case"),
            field="post",
            hint=T("其他单位请用协办（join）。", "Ask other organisations to join (join)."),
        )
    Assignment(case_id=it.case.pk, post_id=desk.id, role="handler", starts_at=it.now).save(force_insert=True)
    it.set(has_handler=True)
    it.holder = desk


@effect("revoke_handler")
def _revoke_handler(it: Work) -> None:
    Assignment.objects.filter(case_id=it.case.pk, role="handler", ends_at=None).update(ends_at=it.now)
    it.set(has_handler=False)
    it.holder = lead_desk(it)


def lead_desk(it: Work) -> Desk:
    """The post the case was dispatched to; the duty officer where it never was."""
    lead = it.case.lead_post_id
    return desks.of(people.post_of(lead)) if lead else desks.desk(it.case.area, "duty_officer")


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
        _route(it)
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
    Reporter.objects.filter(case_id=it.case.pk, told_at=None).update(told_at=it.now)


@effect("force")
def _force(it: Work) -> None:
    it.set(forced=True)


@effect("add_co")
def _add_co(it: Work) -> None:
    desk = desks.named(str(it.args["post"]))
    _may_lead(it, desk)
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


@effect("extension_open")
def _extension_open(it: Work) -> None:
    Extension(case_id=it.case.pk, what="extension", asked_at=it.now, asked_by=it.actor.ref).save(
        force_insert=True
    )


@effect("extension_review")
def _extension_review(it: Work) -> None:
    Extension.objects.filter(case_id=it.case.pk, what="extension", state="asked").update(
        state="reviewed", reviewed_by=it.actor.ref
    )


def _decide(it: Work, what: str, state: str) -> Extension | None:
    row = Extension.objects.filter(case_id=it.case.pk, what=what, state__in=("asked", "reviewed")).first()
    if row is not None:
        row.state, row.decided_by, row.decided_at = state, it.actor.ref, it.now
        row.save()
    return row


@effect("extension_grant")
def _extension_grant(it: Work) -> None:
    _decide(it, "extension", "granted")
    it.set(extensions=it.case.extensions + 1)
    clocks.extend(it)


@effect("extension_refuse")
def _extension_refuse(it: Work) -> None:
    _decide(it, "extension", "refused")


@effect("suspension_open")
def _suspension_open(it: Work) -> None:
    until = moment(it.args.get("until"), "until")
    Extension(
        case_id=it.case.pk, what="suspension", asked_at=it.now, asked_by=it.actor.ref, until=until
    ).save(force_insert=True)


@effect("suspension_grant")
def _suspension_grant(it: Work) -> None:
    row = _decide(it, "suspension", "granted")
    it.set(suspensions=it.case.suspensions + 1, resume_state=it.payload["from"])
    clocks.pause(it, "suspended")
    if row is not None and row.until is not None:
        it.payload["until"] = row.until.isoformat()
        timers.arm(RESUME_TIMER, due_at=row.until, subject=it.subject, cause=it.cause)


@effect("suspension_refuse")
def _suspension_refuse(it: Work) -> None:
    _decide(it, "suspension", "refused")


@effect("resume")
def _resume(it: Work) -> None:
    timers.cancel(RESUME_TIMER, subject=it.subject)
    clocks.unpause(it)
    it.set(resume_state="")


@effect("transfer")
def _transfer(it: Work) -> None:
    """Handed to an authority outside: closed here, with the reason on record."""


@effect("merge")
def _merge(it: Work) -> None:
    """The other case takes over reports and alerts; this one keeps its own links, so that nothing is lost."""
    other = int(it.args["into"])
    target = (
        Case.objects.select_for_update(of=("self",))
        .select_related("area")
        .filter(pk=other, is_open=True)
        .first()
    )
    if target is None or other == it.case.pk:
        raise Invalid(
            "bad_target",
            T("不能并入该案件", "That case cannot take this one over"),
            field="into",
            hint=T("请选择另一个未结案件。", "Choose another open case."),
        )
    it.actor.require("case.move.merge", target.area.path)
    have = set(CaseAlert.objects.filter(case_id=other).values_list("alert_id", flat=True))
    mine = CaseAlert.objects.filter(case_id=it.case.pk).order_by("id").values_list("alert_id", flat=True)
    CaseAlert.objects.bulk_create(
        [
            CaseAlert(case_id=other, alert_id=alert, via_id=it.case.pk, at=it.now)
            for alert in mine
            if alert not in have
        ]
    )
    Case.objects.filter(pk=other).update(reports=target.reports + it.case.reports)
    it.set(merged_into_id=other)
    it.payload["other"] = other


def overall(case: Case) -> Clock | None:
    """The clock of the condition's limit, if it was started."""
    return Clock.objects.filter(case_id=case.pk, overall=True).order_by("-id").first()
