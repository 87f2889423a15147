"""More time (延期), suspension (挂账), merging."""

from __future__ import annotations

from datetime import datetime

from chengyun.cases import desks, store
from chengyun.cases.actions import clocks
from chengyun.cases.actions.core import Work
from chengyun.cases.actions.effects.base import effect
from chengyun.cases.actions.effects.giving import give
from chengyun.cases.facts import moment
from chengyun.cases.models import Assignment, Case, CaseAlert, Clock, Extension, Step
from chengyun.kernel import timers
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.people import queries as people

RESUME_TIMER = "case.resume"


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
    it.set(merged_into_id=other, resume_state=it.payload["from"])
    it.payload |= {"other": other, "reports": it.case.reports}


@effect("unmerge")
def _unmerge(it: Work) -> None:
    """Merged by mistake: the case stands on its own again where it was, and the other gives back what it took over.

    Its clocks stood still while it was merged and run on from there; whoever had it has it again.
    """
    other, since = it.case.merged_into_id, it.case.closed_at
    assert other is not None, "the guard asks for the case it was merged into"
    target = Case.objects.select_for_update(of=("self",)).select_related("area").get(pk=other)
    it.actor.require("case.move.merge", target.area.path)
    CaseAlert.objects.filter(case_id=other, via_id=it.case.pk).delete()
    Case.objects.filter(pk=other).update(reports=target.reports - _took_over(it))
    it.payload["other"] = other
    it.set(merged_into_id=None, resume_state="")
    if since is not None:
        clocks.run_on(it, since, "merged")
        _assign_again(it, since)
    it.after.append(lambda: it.set(closed_at=None))


def _took_over(it: Work) -> int:
    """How many reports the other case counted for this one: as many as there were at the merge."""
    last = (
        Step.objects.filter(case_id=it.case.pk, verb="merge")
        .order_by("-id")
        .values_list("entry", flat=True)[0]
    )
    return int(JournalEntry.objects.get(pk=last).payload["reports"])


def _assign_again(it: Work, since: datetime) -> None:
    """Everybody who lost the case by the merge has it again; the lead only if somebody stands behind the post."""
    for row in list(Assignment.objects.filter(case_id=it.case.pk, ends_at=since).order_by("id")):
        if row.role == "lead":
            give(it, desks.of(people.post_of(row.post_id)), "same")
        else:
            store.insert(Assignment(case_id=it.case.pk, post_id=row.post_id, role=row.role, starts_at=it.now))


def overall(case: Case) -> Clock | None:
    """The clock of the condition's limit, if it was started."""
    return Clock.objects.filter(case_id=case.pk, overall=True).order_by("-id").first()
