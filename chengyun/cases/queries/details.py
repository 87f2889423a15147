"""All of one case, each code with its words in both languages. What its verbs allow is asked of `actions.moving.allowed`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from chengyun.cases.logic.catalogue import ConditionSpec
from chengyun.cases.logic.evidence import NEEDS
from chengyun.cases.models import (
    Appeal,
    Assignment,
    Case,
    CaseAlert,
    CaseText,
    Clock,
    ClockPause,
    Evidence,
    Reporter,
    Step,
    Supervision,
)
from chengyun.cases.queries import labels, past
from chengyun.cases.queries.lists import kind_of, summary, workflow_of
from chengyun.cases.queries.promises import UNITS, holder_times
from chengyun.district import queries as district
from chengyun.kernel import clock
from chengyun.kernel.i18n import both
from chengyun.people import directory

# The way most cases go, for a picture of how far one has come; states beside it stand in its steps.
MAIN_PATH = (
    "report",
    "file",
    "dispatch",
    "sign_for",
    "handle",
    "settle",
    "post_fix_check",
    "close",
    "call_back",
    "archive",
)


def detail(case: Case) -> dict[str, Any]:
    """All of a visible case as it stands, but its verbs and the reporters' names."""
    steps = list(Step.objects.filter(case=case).select_related("holder").order_by("id"))
    merged = list(Case.objects.filter(merged_into=case).order_by("id").values_list("id", flat=True))
    appeals = dict(Appeal.objects.filter(case=case).values_list("id", "state"))
    return _detail(case, steps, merged, appeals, None) | {"clocks": _clocks(case)}


def detail_then(case: Case, at: datetime) -> dict[str, Any]:
    """The same as it stood at a moment, with its verbs, all refused. NotFound before it was reported."""
    then = past.as_of(case, at)
    return _detail(then.case, then.steps, then.merged, then.appeals, at) | {
        "clocks": _clocks_then(then),
        "verbs": past.verbs_then(then.case),
        "possible_duplicates": None,
    }


def _detail(
    case: Case, steps: list[Step], merged: list[int], appeals: dict[int, str], at: datetime | None
) -> dict[str, Any]:
    """`at`: nothing that came after it; None for all."""
    kind = kind_of(case)
    condition = kind.condition(case.condition)
    until = Q() if at is None else Q(at__lte=at)
    begun = Q() if at is None else Q(starts_at__lte=at)

    def by_then(moment: datetime | None) -> datetime | None:
        return moment if at is None or (moment is not None and moment <= at) else None

    return summary(case) | {
        "area_zh": case.area.name_zh,
        "area_en": case.area.name_en,
        **_post("post", case.accountable_post.code if case.accountable_post else ""),
        **_two("filing", condition.filing if condition else (None, None)),
        **_two("closing", condition.closing if condition else (None, None)),
        "conditions": [condition_out(row) for row in kind.conditions.values()],
        "evidence_needed": list((condition or kind.first).evidence),
        "filed_at": case.filed_at,
        "settled_at": case.settled_at,
        "stages": _stages(case, steps),
        "texts": [_text(case, row) for row in CaseText.objects.filter(until, case=case).order_by("id")],
        "alerts": list(
            CaseAlert.objects.filter(until, case=case).order_by("id").values_list("alert_id", flat=True)
        ),
        "merged": merged,
        "merged_into": case.merged_into_id,
        "split_from": case.split_from_id,
        "reporters": Reporter.objects.filter(until, case=case).count(),
        "steps": [_step(case, row) for row in steps],
        "assignments": [
            {
                **_post("post", row.post.code),
                "role": row.role,
                "rule": row.rule,
                **_two("rule", both(labels.RULES.get(row.rule, row.rule))),
                "starts_at": row.starts_at,
                "ends_at": by_then(row.ends_at),
            }
            for row in Assignment.objects.filter(begun, case=case).select_related("post").order_by("id")
        ],
        "evidence": [
            {
                "ref": row.ref,
                "kind": row.kind,
                **_two("kind", both(labels.FILES.get(row.kind, row.kind))),
                "media_type": row.media_type,
                "size": row.size,
                "sha256": row.sha256,
                "origin": row.origin,
                "withheld": _withheld(row),
                "at": row.at,
            }
            for row in Evidence.objects.filter(until, case=case, erased_at=None).order_by("id")
        ],
        "supervisions": [
            {
                "id": row.pk,
                "level": row.level,
                **_two("level", both(labels.LEVELS.get(row.level, row.level))),
                "state": "ended"
                if by_then(row.ended_at)
                else "replied"
                if by_then(row.replied_at)
                else "open",
                "issuer_post": row.issuer_post.code if row.issuer_post else None,
                "reply_by": row.reply_by,
                "replied_at": by_then(row.replied_at),
                "late_at": by_then(row.late_at),
            }
            for row in Supervision.objects.filter(until, case=case)
            .select_related("issuer_post")
            .order_by("id")
        ],
        "appeals": [
            {"id": row.pk, "state": appeals[row.pk], "clock": row.clock_id}
            for row in Appeal.objects.filter(case=case, pk__in=appeals).order_by("id")
        ],
        "held": [{**_post("post", span.pop("post")), **span} for span in holder_times(case, steps)],
        "now": at or clock.now(),
    }


def condition_out(row: ConditionSpec) -> dict[str, Any]:
    """A condition of the catalogue with its limit, in both languages."""
    return {
        "code": row.code,
        **_two("filing", row.filing),
        **_two("closing", row.closing),
        **_limit(row.limit.amount, row.limit.unit),
        "evidence": list(row.evidence),
        "filing_checks": list(row.filing_checks),
    }


def _limit(amount: float, unit: str) -> dict[str, Any]:
    zh, en = both(UNITS[unit])
    return {"limit": amount, "unit": unit, "limit_zh": f"{amount:g} {zh}", "limit_en": f"{amount:g} {en}"}


def _two(name: str, words: tuple[str | None, str | None]) -> dict[str, str | None]:
    return {f"{name}_zh": words[0], f"{name}_en": words[1]}


def _post(name: str, code: str | None) -> dict[str, str]:
    """A post's code with its names; of one that has gone the code alone."""
    row = directory.current().by_code.get(code or "")
    return {
        name: code or "",
        f"{name}_zh": row.name_zh if row else code or "",
        f"{name}_en": row.name_en if row else code or "",
    }


def _stages(case: Case, steps: list[Step]) -> list[dict[str, Any]]:
    """The states of the main path, each with when it was last reached; what a return undid is not reached any more."""
    flow = workflow_of(case)
    path = [flow.initial]
    for code in MAIN_PATH[1:]:
        target = next(iter(flow.verbs[code].to.values()), "") if code in flow.verbs else ""
        if target in flow.states and target not in path:
            path.append(target)
    reached = {row.after: row.at for row in steps if row.before != row.after}
    here = path.index(case.state) if case.state in path else None
    if here is None:
        here = max((path.index(state) for state in reached if state in path), default=0)
    return [
        {
            "state": code,
            "name_zh": flow.states[code].zh,
            "name_en": flow.states[code].en,
            "done_at": reached.get(code) if number <= here else None,
            "current": code == case.state,
        }
        for number, code in enumerate(path)
    ]


def _text(case: Case, row: CaseText) -> dict[str, Any]:
    what = DESCRIPTION if row.what == "description" else labels.verb_words(case, row.what)
    return {
        "at": row.at,
        "what": row.what,
        **_two("what", what),
        "text": row.text,
        "erased": row.erased_at is not None,
        "by": row.by,
    }


DESCRIPTION = ("情况描述", "Description")


def _step(case: Case, row: Step) -> dict[str, Any]:
    state = workflow_of(case).states.get(row.after)
    holder = row.holder.code if row.holder else None
    return {
        "at": row.at,
        "verb": row.verb,
        **_two("verb", labels.verb_words(case, row.verb)),
        "before": row.before,
        "after": row.after,
        **_two("after", (state.zh, state.en) if state else (row.after, row.after)),
        **(_post("post", holder)),
        "by": row.actor,
        **_post("by_post", row.actor_post),
        "entry": row.entry,
    }


def _clocks(case: Case) -> list[dict[str, Any]]:
    rows = list(Clock.objects.filter(case=case).order_by("id"))
    paused = set(ClockPause.objects.filter(clock__in=rows, ends_at=None).values_list("clock_id", flat=True))
    return [
        _clock(case, row)
        | {
            "due_at": row.due_at,
            "provisional": row.provisional,
            "stopped_at": row.stopped_at,
            "paused": row.pk in paused,
            "breached_at": row.breached_at,
            "exempt": row.exempt,
        }
        for row in rows
    ]


def _clocks_then(then: past.Then) -> list[dict[str, Any]]:
    return [
        _clock(then.case, stood.row)
        | {
            "due_at": stood.due_at,
            "provisional": stood.provisional,
            "stopped_at": stood.stopped_at,
            "paused": stood.paused,
            "breached_at": stood.breached_at,
            "exempt": stood.exempt,
        }
        for stood in then.clocks
    ]


def _clock(case: Case, row: Clock) -> dict[str, Any]:
    """What of a clock never changes."""
    known = workflow_of(case).clocks.get(row.name)
    return {
        "id": row.pk,
        "name": row.name,
        **_two("label", (known.zh, known.en) if known else (row.name, row.name)),
        "overall": row.overall,
        "started_at": row.started_at,
        **_limit(row.policy["amount"], row.policy["unit"]),
        "mode": row.policy["mode"],
        "level": row.policy["level"],
    }


def _withheld(row: Evidence) -> bool:
    needs = NEEDS[row.origin]
    return needs is not None and district.assessed(needs) is None
