"""Checks that the platform keeps its promises: the chain, no orphan, clocks, timers. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from chengyun.kernel import clock, doorbell, sealer, timers
from chengyun.kernel.i18n import T
from chengyun.kernel.models import OutboxItem, Timer

# A timer this late means that no worker runs, or that one is stuck (suggested value).
LATE = timedelta(seconds=60)
# The sealer promises 50 ms. An entry that waits so much longer, in real time, while a worker runs, is not waiting its turn.
UNSEALED_S = 60.0


@dataclass
class Report:
    """`faults` is empty when all is well; `warnings` need somebody's eye and break no promise; `figures` are counts."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
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
    report.figures.update(sealed=chain.entries, chain_ok=chain.ok, head_hash=chain.head_hash)
    if chain.fault:
        report.faults.append(f"chain: {chain.fault}")
    _check_waiting(report)
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


def _check_waiting(report: Report) -> None:
    """Committed entries that no seal has yet: a worker's turn away, or nobody's business because none runs."""
    count, oldest = sealer.waiting()
    age_s = _real_seconds_since(oldest) if oldest is not None else None
    workers = doorbell.listening()
    report.figures.update(
        entries=report.figures["sealed"] + count,
        waiting=count,
        waiting_oldest_s=None if age_s is None else round(age_s, 3),
        workers=workers,
    )
    if not workers:
        words = T(
            f"本机没有运行 worker（chengyun run 启动）：定时不会触发，{count} 条日志等待封存",
            f"no worker runs on this machine (chengyun run starts one): no timer fires, {count} entries wait for "
            "their seal",
        )
        report.warnings.append(str(words))
    elif age_s is not None and age_s > UNSEALED_S:
        report.faults.append(
            f"chain: {count} entries wait for their seal, the oldest for {age_s:.0f} s, although a worker runs; "
            "see its log"
        )


def _real_seconds_since(moment: datetime) -> float:
    """How long ago by the machine's clock; in a demonstration the district's time runs faster."""
    current = clock.current()
    if isinstance(current, clock.Scaled):
        return max(0.0, -current.real_seconds_until(moment))
    return max(0.0, (clock.now() - moment).total_seconds())
