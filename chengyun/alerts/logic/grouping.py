"""One cause, one incident; and which alert is only the consequence of another."""

from __future__ import annotations

from dataclasses import dataclass

from chengyun.alerts.logic.spec import Inhibit, RuleSpec


@dataclass(frozen=True, slots=True)
class Standing:
    """What inhibition looks at: an open alert's rule, labels, level, place, and what feeds its asset.

    ``upstream``: codes of the assets that feed this one, nearest first.
    """

    rule: str
    level: int
    path: str
    labels: frozenset[tuple[str, str]] = frozenset()
    asset: str | None = None
    upstream: tuple[str, ...] = ()


def cause_key(spec: RuleSpec, place: str) -> str:
    """Alerts with the same key belong to one incident: the rule's cause and the place it is grouped at."""
    return f"{spec.cause or spec.code}@{place}"


def inhibits(clause: Inhibit, source: Standing, target: Standing) -> bool:
    """Whether an open alert ``source`` with this clause suppresses ``target``.

    Something never suppresses itself or its like, and levels at or above ``spare`` stay visible.
    """
    if target.level <= clause.spare or target.rule == source.rule:
        return False
    if clause.rules and target.rule not in clause.rules:
        return False
    if clause.labels and not set(clause.labels.items()) <= target.labels:
        return False
    if not clause.rules and not clause.labels and clause.scope == "everywhere":
        return False
    if clause.scope == "area":
        return target.path.startswith(source.path)
    if clause.scope == "downstream":
        return source.asset is not None and source.asset in target.upstream
    return True
