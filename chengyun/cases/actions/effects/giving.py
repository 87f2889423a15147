"""Who gets a case: routes, returns, handlers, co-handlers."""

from __future__ import annotations

from collections.abc import Sequence

from chengyun.cases import desks, store
from chengyun.cases.actions.core import Work
from chengyun.cases.actions.effects.base import effect
from chengyun.cases.desks import Desk
from chengyun.cases.logic import routing
from chengyun.cases.models import Assignment
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.people import queries as people
from chengyun.people.models import Post


@effect("route")
def route(it: Work) -> None:
    terms = it.posture.routes.get(it.kind.code) or it.posture.routes.get("*") or {}
    if it.args.get("post"):
        asked, rule = desks.named(str(it.args["post"])), "named"
    else:
        first_asked = it.catalogue.routing.first_asked
        first = None
        if it.case.first_post_id is not None and (it.case.kind in first_asked or "*" in first_asked):
            first = people.post_of(it.case.first_post_id).code
        found = routing.candidates(
            it.catalogue.routing,
            it.kind.code,
            it.case.area.path,
            first_post=first,
            posture_post=terms.get("post"),
        )
        asked, rule = _first(it, found)
    if it.args.get("post"):
        may_lead(it, asked)
    give(it, asked, rule)
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
    give(it, asked, rule)


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


def may_lead(it: Work, asked: Desk) -> None:
    if asked.kind in ("verifier", "auditor"):
        raise Invalid(
            "not_a_handling_post",
            T(f"{asked.code} 不是处置岗位", f"{asked.code} checks or audits; it does not handle cases"),
            field="post",
            hint=T("请选择处置单位。", "Choose a post that handles cases."),
        )


def give(it: Work, asked: Desk, rule: str) -> None:
    """Make a post the lead: the asked one, or when nobody fits the duty officer, and the entry says so."""
    fit = desks.fit(asked, it.case.area, it.now)
    if it.case.lead_post_id is not None:
        _end_lead(it)
    chosen = rule if fit.desk == asked else "duty_officer"
    store.insert(
        Assignment(
            case_id=it.case.pk, post_id=fit.desk.id, role="lead", rule=chosen, starts_at=it.now, ends_at=None
        )
    )
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
