"""Suppression by a cause: while a cause is open, what merely follows from it does not ask for anybody's attention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chengyun.alerts import facts, runtime
from chengyun.alerts.actions import common
from chengyun.alerts.actions.findings import Finding
from chengyun.alerts.logic import grouping, lifecycle
from chengyun.alerts.logic.grouping import Standing
from chengyun.alerts.models import Alert
from chengyun.kernel import clock, sql, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.transaction import write

# Suggested value: what followed from a cause gets so long to recover after it before it is announced by itself.
RELEASE_S = 60


def _causes() -> list[Alert]:
    """Open alerts whose rules inhibit others, not themselves suppressed."""
    rules = list(runtime.inhibiting())
    if not rules or not _any(rules):
        return []
    rows = Alert.objects.filter(rule_id__in=rules, state__in=lifecycle.ACTIVE_STATES, suppressed_by=None)
    rows = rows.exclude(out_of_service=True).exclude(verdict__in=("false", "duplicate"))
    return list(rows.select_related("rule", "area", "asset").order_by("pk"))


def _any(rules: list[int]) -> bool:
    """Whether an alert of these rules is open at all: mostly none is, and asking so costs little.

    Counting, because for the first of them PostgreSQL would rather read the whole table, where mostly there is none.
    """
    asked = (
        f"SELECT COUNT(*) FROM alerts_alert WHERE NOT (state = 'closed') AND rule_id IN ({sql.marks(rules)})"
    )
    return bool(sql.scalar(asked, tuple(rules)))


def _of_alert(alert: Alert, feeds: dict[str, tuple[str, ...]]) -> Standing:
    info = runtime.rules().get(alert.rule.code)
    labels = frozenset(info.spec.labels.items()) if info else frozenset()
    asset = alert.asset.code if alert.asset else None
    return Standing(alert.rule.code, alert.level, alert.area.path, labels, asset, feeds.get(asset or "", ()))


def of_findings(findings: Sequence[Finding]) -> dict[tuple[int, str], int]:
    """For alerts about to be opened: which of them an open cause suppresses, as (rule id, subject) -> alert id."""
    causes = _causes()
    if not causes or not findings:
        return {}
    feeds = facts.upstream({f.asset for f in findings if f.asset})
    sources = [
        (cause.pk, _of_alert(cause, {}), runtime.rules()[cause.rule.code].spec.inhibits) for cause in causes
    ]
    found: dict[tuple[int, str], int] = {}
    for f in findings:
        target = Standing(
            f.rule.code,
            f.level or 4,
            f.path,
            frozenset(f.rule.spec.labels.items()),
            f.asset,
            feeds.get(f.asset or "", ()),
        )
        for pk, source, clauses in sources:
            if any(grouping.inhibits(clause, source, target) for clause in clauses):
                found[f.rule.id, f.subject] = pk
                break
    return found


def spread(actor: Actor, cause_ids: Sequence[int]) -> None:
    """Alerts that just opened may be causes: suppress what is open and follows from them."""
    wanted = set(cause_ids)
    causes = [cause for cause in _causes() if cause.pk in wanted]
    if not causes:
        return
    rows = Alert.objects.exclude(state="closed").filter(suppressed_by=None).exclude(pk__in=wanted)
    targets = list(rows.select_related("rule", "area", "asset").order_by("pk"))
    feeds = facts.upstream({t.asset.code for t in targets if t.asset})
    for cause in causes:
        source = _of_alert(cause, {})
        clauses = runtime.rules()[cause.rule.code].spec.inhibits
        for target in targets:
            if target.suppressed_by_id is None and any(
                grouping.inhibits(clause, source, _of_alert(target, feeds)) for clause in clauses
            ):
                target.suppressed_by = cause
                common.note(actor, target, "alert.suppressed", {"by": cause.pk}, cause.entry)
                target.save(update_fields=["suppressed_by", "last_entry"])


def cause_gone(alert: Alert, cause: int | None) -> None:
    """An alert ended: give what it suppressed a moment to recover, then let it be seen."""
    if Alert.objects.filter(suppressed_by=alert).exclude(state="closed").exists():
        due = clock.now() + timedelta(seconds=RELEASE_S)
        timers.arm("alerts.release", due_at=due, subject=f"alert:{alert.pk}", cause=cause)


def release(*, actor: Actor, cause_alert: int, cause: int | None = None) -> list[Alert]:
    """Let what an ended alert suppressed be seen, unless another cause suppresses it or the alert is back. Timer only."""
    with write():
        ended = Alert.objects.get(pk=cause_alert)
        if (
            ended.state in lifecycle.ACTIVE_STATES
            and ended.suppressed_by_id is None
            and ended.verdict != "false"
        ):
            return []
        rows = Alert.objects.filter(suppressed_by=ended).exclude(state="closed")
        held = list(rows.select_related("rule", "area", "asset").order_by("pk"))
        causes = [c for c in _causes() if c.pk != ended.pk]
        feeds = facts.upstream({t.asset.code for t in held if t.asset})
        freed = []
        for target in held:
            standing = _of_alert(target, feeds)
            other = next(
                (
                    c
                    for c in causes
                    if c.pk != target.pk
                    and any(
                        grouping.inhibits(clause, _of_alert(c, {}), standing)
                        for clause in runtime.rules()[c.rule.code].spec.inhibits
                    )
                ),
                None,
            )
            target.suppressed_by = other
            if other is None:
                common.step(target, "release")
                freed.append(target)
                common.note(actor, target, "alert.released", {"by": ended.pk}, cause)
            else:
                common.note(actor, target, "alert.suppressed", {"by": other.pk}, cause)
            target.save()
        if freed:
            common.settle_incidents(actor, freed, cause)
            common.tell(
                actor,
                [t for t in freed if t.state in lifecycle.ACTIVE_STATES and not t.hidden],
                "alert.opened",
            )
        return freed
