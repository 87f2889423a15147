"""What must hold at every instant, what a night came to, and why a deadline is what it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum

from chengyun.alerts.models import Alert
from chengyun.cases import catalogues
from chengyun.cases.files import path_of
from chengyun.cases.logic.worktime import Limit, Span, explain
from chengyun.cases.models import Assignment, Case, CaseAlert, Clock, ClockPause, Evidence, Step
from chengyun.cases.queries.past import clock_then
from chengyun.kernel import clock
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.people import queries as people

UNITS = {
    "minute": T("分钟", "minutes"),
    "urgent_hour": T("紧急工作时", "urgent hours"),
    "urgent_day": T("紧急工作日", "urgent days"),
    "natural_day": T("自然日", "days"),
    "work_hour": T("工作时", "working hours"),
    "work_day": T("工作日", "working days"),
}
_KINDS = {
    "counting": T("计时", "counts"),
    "paused": T("暂停", "paused"),
    "off": T("非工作时间", "outside working time"),
}


def orphans(at: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Open cases without an accountable post, or with nobody behind it. There should be none, ever."""
    posts = set(
        Case.objects.filter(is_open=True).order_by().values_list("accountable_post_id", flat=True).distinct()
    )
    lost: set[int | None] = {None}
    if posts - lost:
        answers = people.accountable_many([post for post in posts if post is not None], at)
        lost |= {post for post, answer in answers.items() if answer.staff is None}
    missing = Q(accountable_post=None) | Q(accountable_post__in=[post for post in lost if post is not None])
    for case in Case.objects.filter(missing, is_open=True).select_related("accountable_post").order_by("id"):
        yield {"case": case.pk, "post": case.accountable_post.code if case.accountable_post else ""}


def figures() -> dict[str, Any]:
    """For a report on a night: cases by state, those closed in time, escalations."""
    by_state = dict(Case.objects.order_by("state").values_list("state").annotate(n=Count("id")))
    limits = Clock.objects.filter(overall=True, case__is_open=False, case__closed_at__isnull=False)
    kept = limits.filter(Q(breached_at=None) | Q(exempt=True))
    on_time = kept.aggregate(n=Count("case_id", distinct=True))["n"]
    told = Clock.objects.filter(told__gt=0).aggregate(n=Sum("told"))["n"] or 0
    return {"by_state": by_state, "on_time": on_time, "escalations": told}


def holder_times(case: Case, steps: list[Step] | None = None) -> list[dict[str, Any]]:
    """Who held the case from when to when: a ledger of posts, read off its steps (all of them, or those given)."""
    if steps is None:
        steps = list(Step.objects.filter(case=case).select_related("holder").order_by("id"))
    spans: list[dict[str, Any]] = []
    for row in steps:
        code = row.holder.code if row.holder else None
        if spans and spans[-1]["post"] == code:
            continue
        if spans:
            spans[-1]["until"] = row.at
        spans.append({"post": code, "since": row.at, "until": None})
    return [span for span in spans if span["post"] is not None]


def why_due(row: Clock, at: datetime | None = None) -> dict[str, Any]:
    """Why a deadline is what it is: the limit, what it came from, the posture, and every stretch that counted or did not.
    With `at`, why it was what it was then; NotFound where the clock had not been started."""
    pauses: list[tuple[datetime, datetime | None]]
    if at is None:
        due_at, provisional, extra = row.due_at, row.provisional, row.extra
        pauses = list(ClockPause.objects.filter(clock=row).order_by("id").values_list("starts_at", "ends_at"))
    else:
        stood = clock_then(row, at)
        due_at, provisional, extra = stood.due_at, stood.provisional, stood.extra
        pauses = list(stood.pauses)
    case = Case.objects.select_related("catalogue").get(pk=row.case_id)
    calendar = catalogues.catalogue(case.catalogue_id, case.catalogue.digest).calendar
    limit = Limit(row.policy["amount"] * (1 + extra), row.policy["unit"])
    until = due_at or at or clock.now()
    spans = explain(row.started_at, until, limit, pauses, calendar)
    zone = ZoneInfo(calendar.zone)
    counted = sum((span.counted for span in spans), timedelta(0))
    return {
        "clock": row.name,
        "due_at": due_at,
        "provisional": provisional,
        "limit": f"{limit.amount:g} {UNITS[limit.unit]}",
        "from": row.policy["source"],
        "posture": {"mode": row.policy["mode"], "level": row.policy["level"]},
        "before_posture": row.policy["base"],
        "extended": extra,
        "notice": row.policy.get("notice"),
        "counted_s": int(counted.total_seconds()),
        "spans": [
            {"from": span.starts_at, "to": span.ends_at, "kind": span.kind, "text": _line(span, zone)}
            for span in spans
        ],
    }


def _line(span: Span, zone: ZoneInfo) -> str:
    begin, end = span.starts_at.astimezone(zone), span.ends_at.astimezone(zone)
    same = begin.date() == end.date()
    return f"{begin:%m-%d %H:%M} – {end:{'%H:%M' if same else '%m-%d %H:%M'}} {_KINDS[span.kind]}"


def faults() -> list[str]:
    """For `chengyun verify`: each broken promise in a sentence."""
    found = [f"case {row['case']}: nobody answers for it ({row['post'] or 'no post'})" for row in orphans()]
    late = clock.now() - timedelta(minutes=1)
    for row in Clock.objects.filter(stopped_at=None, next_at__lt=late)[:20]:
        found.append(f"case {row.case_id}: clock {row.name} has not been looked at since {row.next_at}")
    for row in Clock.objects.filter(stopped_at=None, case__is_open=False)[:20]:
        found.append(f"case {row.case_id}: is closed and its clock {row.name} runs")
    unseen = Clock.objects.filter(stopped_at=None, breached_at=None, due_at__lt=late)
    for row in unseen[:20]:
        found.append(f"case {row.case_id}: clock {row.name} ran out and nobody noted it")
    running = (
        Clock.objects.filter(stopped_at=None, next_at__isnull=False)
        .values_list("case_id", flat=True)
        .distinct()
    )
    armed = set(Timer.objects.filter(kind="case.clock").values_list("subject", flat=True))
    found += [
        f"case {case_id}: its clock has no timer" for case_id in running if f"case:{case_id}" not in armed
    ][:20]
    found += _unanswered()
    leaderless = Case.objects.filter(is_open=True, state__in=("dispatched", "signed", "handling")).exclude(
        pk__in=Assignment.objects.filter(role="lead", ends_at=None).values("case_id")
    )
    found += [f"case {case.pk}: is {case.state} without a lead" for case in leaderless[:20]]
    for row in Evidence.objects.filter(erased_at=None).only("ref", "sha256").iterator():
        if not path_of(row.sha256).is_file():
            found.append(f"evidence {row.ref}: its file is missing")
    return found


def _unanswered() -> list[str]:
    """Alerts that wanted a case, got none, and still have none."""
    entries = list(JournalEntry.objects.filter(kind="case.refused").order_by("-id")[:50])
    wanted = {entry.payload["alert"]: entry for entry in entries}
    open_ones = set(Alert.objects.filter(pk__in=wanted).exclude(state="closed").values_list("id", flat=True))
    linked = set(CaseAlert.objects.filter(alert_id__in=wanted).values_list("alert_id", flat=True))
    return [
        f"alert {alert}: wanted a case of kind {entry.payload['kind']} and got none ({entry.payload['code']})"
        for alert, entry in sorted(wanted.items())
        if alert in open_ones - linked
    ]
