"""Collects the facts that a decision about a case depends on, and no more than its guards ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from chengyun.alerts import queries as alerts
from chengyun.cases import store
from chengyun.cases.logic import guards
from chengyun.cases.logic.catalogue import Catalogue, KindSpec
from chengyun.cases.logic.guards import GUARDS, Facts
from chengyun.cases.logic.workflow import Verb
from chengyun.cases.models import (
    Case,
    Clock,
    Evidence,
    Extension,
    Reporter,
)
from chengyun.cases.models.case import PUBLIC_SOURCES
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.people import queries as people
from chengyun.people.models import Post

_OPEN_REQUEST = ("asked", "reviewed")
# What a case of these kinds of area is precise enough for without a point.
_PRECISE_KINDS = frozenset({"micro", "dedicated", "dedicated_micro", "grid3"})


def needs_of(verb: Verb) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for name in verb.guards:
        found |= GUARDS[name].needs
    return found


def gather(
    case: Case,
    actor: Actor,
    verb: Verb,
    kind: KindSpec,
    catalogue: Catalogue,
    args: Mapping[str, Any],
    now: datetime,
    *,
    needs: Iterable[str] | None = None,
) -> Facts:
    """Facts for one verb; `needs` (groups of facts) defaults to those of its guards."""
    wanted = needs_of(verb) if needs is None else frozenset(needs)
    # A condition may be chosen in the very move that files the case.
    condition = kind.condition(str(args.get("condition") or case.condition))
    facts = Facts(
        now=now,
        actor=actor.ref,
        organisation=actor.organisation,
        is_system=actor.is_system,
        permitted=actor.may(verb.permission, case.area.path),
        urgent=case.urgent,
        public=case.source in PUBLIC_SOURCES,
        checked=case.checked,
        filed=case.filed_at is not None,
        has_condition=condition is not None,
        filing_checks=condition.filing_checks if condition else (),
        described=case.described or bool(args.get("description")),
        placed=case.lon is not None or case.area.kind in _PRECISE_KINDS,
        independent=kind.independent,
        resume_state=case.resume_state or None,
        reason=str(args.get("reason") or ""),
        ok=args.get("ok"),
        post=args.get("post"),
        until=moment(args.get("until"), "until"),
        into=args.get("into"),
        returns=case.returns,
        max_returns=catalogue.routing.max_returns,
        final_owner=case.final_owner,
        has_handler=case.has_handler,
        evidence_needed=(condition or kind.first).evidence,
        extensions=case.extensions,
        extensions_allowed=catalogue.extensions,
        suspensions=case.suspensions,
        called_back=case.state == "called_back",
    )
    if guards.HOLDER in wanted:
        facts.holds = answers_for(actor, case.accountable_post, now)
    if guards.FIX in wanted or guards.SENSORS in wanted:
        _fixers(facts, case)
    if guards.SENSORS in wanted:
        sql = "SELECT alert_id FROM cases_casealert WHERE case_id = %s"
        linked = [row[0] for row in store.column(sql, [case.pk])] if store.may_have(case, "alerts") else []
        said = alerts.condition(linked) if linked else {}
        # An alert of which nothing is said is not one that is well.
        facts.sensors = {alert: said.get(alert, "unknown") for alert in linked}
    by_evidence = bool(guards.disagreeing(facts.sensors))
    asked = bool(facts.evidence_needed) if "fix_evidence" in verb.guards else "photo" in facts.filing_checks
    if (guards.EVIDENCE in wanted and asked) or by_evidence:
        facts.evidence = frozenset(
            Evidence.objects.filter(case_id=case.pk, erased_at=None).values_list("kind", flat=True)
        )
    if guards.CO in wanted and store.may_have(case, "co"):
        facts.open_co = len(_co(case))
        if "co_holder" in verb.guards:
            facts.co_holds = any(answers_for(actor, post, now) for post in _co(case))
    if guards.EXTENSION in wanted or guards.SUSPENSION in wanted or "another_approver" in verb.guards:
        _requests(facts, case)
    if guards.CLOCK in wanted:
        facts.due_at = (
            Clock.objects.filter(case_id=case.pk, overall=True, stopped_at=None)
            .values_list("due_at", flat=True)
            .first()
        )
    if guards.MERGED in wanted and case.merged_into_id is not None:
        facts.main_open = Case.objects.filter(pk=case.merged_into_id, is_open=True).exists()
    if guards.SUPERVISION in wanted and store.may_have(case, "supervision"):
        sql = "SELECT 1 FROM cases_supervision WHERE case_id = %s AND state <> 'ended' LIMIT 1"
        facts.supervised = bool(store.column(sql, [case.pk]))
    if "called_back_if_reported" in verb.guards:
        facts.reported_by_person = (
            case.satisfied is None and Reporter.objects.filter(case_id=case.pk, erased_at=None).exists()
        )
    return facts


def _co(case: Case) -> list[Post]:
    sql = (
        "SELECT p.id, p.code FROM cases_assignment a JOIN people_post p ON p.id = a.post_id "
        "WHERE a.case_id = %s AND a.role = 'co' AND a.ends_at IS NULL ORDER BY a.id"
    )
    return [Post(id=pk, code=code) for pk, code in store.column(sql, [case.pk])]


def answers_for(actor: Actor, post: Post | None, now: datetime) -> bool:
    """Whether an actor stands at the post, or is who answers for it while nobody does."""
    if post is None or actor.is_system or actor.post is None:
        return False
    if post.code == actor.post:
        return True
    # They speak for another of their posts, or nobody is there and they answer for it instead.
    answer = people.accountable(post.pk, now)
    return answer.staff is not None and answer.staff.ref == actor.ref


def _fixers(facts: Facts, case: Case) -> None:
    """Who had a hand in settling, and who signed as the second person since."""
    steps = store.column(
        "SELECT verb, actor, organisation, fixes FROM cases_step WHERE case_id = %s ORDER BY id", [case.pk]
    )
    facts.fixers = frozenset(actor for _, actor, _, fixes in steps if fixes)
    facts.fixer_organisations = frozenset(org for _, _, org, fixes in steps if fixes and org)
    signers: set[str] = set()
    for verb, actor, _, _ in steps:
        if verb == "second_sign":
            signers.add(actor)
        elif verb in ("settle", "self_settle", "rework", "fail_verification", "reopen"):
            signers.clear()
    facts.second_signers = frozenset(signers)


def _requests(facts: Facts, case: Case) -> None:
    for row in Extension.objects.filter(case_id=case.pk, state__in=_OPEN_REQUEST):
        names = frozenset(name for name in (row.asked_by, row.reviewed_by) if name)
        if row.what == "extension":
            facts.extension_open, facts.extension_by = True, names
            facts.extension_reviewed = row.state == "reviewed"
        else:
            facts.suspension_open, facts.suspension_by = True, names


def moment(value: Any, name: str) -> datetime | None:
    """An argument that is a moment: aware datetime or ISO 8601 with an offset. Raises Invalid."""
    if value is None or value == "":
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(
            "bad_moment",
            T("时间格式不正确", "Not a moment"),
            field=name,
            hint=T(
                "使用 ISO 8601 并带时区，例如 2024-01-01T08:00:00+08:00。",
                "Use ISO 8601 with an offset: 2024-01-01T08:00:00+08:00.",
            ),
        )
    return found.astimezone(UTC)
