"""Checks that the platform keeps its promises: the chain, no orphan, clocks, timers. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from chengyun.kernel import clock, sealer, timers
from chengyun.kernel.models import OutboxItem, Timer

# A timer this late means that no worker runs, or that one is stuck (suggested value).
LATE = timedelta(seconds=60)


@dataclass
class Report:
    """`faults` is empty when all is well; `figures` are counts for the reader."""

    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.faults


# Each of these says in `queries.faults()` which of its promises are broken, one sentence per fault.
DOMAINS = ("district", "people", "messages", "posture", "signals", "alerts", "cases")


def domain_faults(domain: str) -> list[str]:
    if find_spec(f"chengyun.{domain}.queries") is None:
        return []
    faults = getattr(import_module(f"chengyun.{domain}.queries"), "faults", None)
    return list(faults()) if faults else []


def run(*, timers_must_be_on_time: bool = True) -> Report:
    """All checks. A database at rest (no worker running) may skip the lateness of timers."""
    report = Report()
    chain = sealer.check()
    report.figures.update(entries=chain.entries, chain_ok=chain.ok, head_hash=chain.head_hash)
    if chain.fault:
        report.faults.append(f"chain: {chain.fault}")
    for domain in DOMAINS:
        report.faults.extend(f"{domain}: {fault}" for fault in domain_faults(domain))
    for timer in Timer.objects.exclude(kind__in=timers.kinds())[:20]:
        report.faults.append(f"timers: {timer.kind} for {timer.subject} has no handler")
    for timer in Timer.objects.filter(attempts__gt=0).order_by("due_at")[:20]:
        report.faults.append(
            f"timers: {timer.kind} for {timer.subject} failed {timer.attempts} times: {timer.last_error}"
        )
    late = Timer.objects.filter(retry_at__lt=clock.now() - LATE, attempts=0).count()
    report.figures.update(timers=Timer.objects.count(), timers_late=late)
    if late and timers_must_be_on_time:
        report.faults.append(f"timers: {late} are over a minute late; is the worker running?")
    stuck = OutboxItem.objects.filter(handed_at=None, attempts__gt=5).count()
    report.figures.update(
        outbox_waiting=OutboxItem.objects.filter(handed_at=None).count(), outbox_stuck=stuck
    )
    if stuck:
        report.faults.append(
            f"outbox: {stuck} items failed more than five times; see their last error in the admin"
        )
    return report
