"""Somebody sets the machine's clock back: nothing that is recorded or due goes back with it, and nothing waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chengyun.kernel import clock, journal, sealer, timers
from chengyun.kernel.actor import system
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write

START = datetime(2023, 12, 31, 8, 0, tzinfo=UTC).timestamp()
HOUR = 3600.0

journal.declare("chaos.noted", T("记录", "Noted"), keys={"n": int})


class Machine:
    """The machine's two clocks, as the kernel reads them: the time of day can be set, the monotonic one cannot."""

    def __init__(self) -> None:
        self.wall, self.monotonic = START, 1000.0

    def run(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine()
    monkeypatch.setattr(time, "time", lambda: made.wall)
    monkeypatch.setattr(time, "monotonic", lambda: made.monotonic)
    with clock.use(clock.Real()):
        yield made


def test_time_goes_on_from_where_it_was(machine: Machine) -> None:
    seen = [clock.now()]
    for step in (60.0, -HOUR, 0.0, 5.0, -HOUR, 30.0, 2 * HOUR, 1.0):
        machine.wall += step
        machine.run(0.5)
        seen.append(clock.now())
    assert seen == sorted(seen)
    assert seen[-1] == clock.wall(), "never caught up"


def test_it_catches_up_with_a_clock_that_was_set_back_a_little(machine: Machine) -> None:
    clock.now()
    machine.wall -= 60
    before = clock.now()
    machine.run(10)
    assert timedelta(seconds=8.9) < clock.now() - before < timedelta(seconds=9.1)
    for _ in range(60):
        machine.run(10)
        clock.now()
    assert clock.now() == clock.wall()


@pytest.mark.django_db
def test_deadlines_fire_after_their_span_and_the_journal_keeps_its_order(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fire(timer: timers.Timer) -> None:
        journal.record("chaos.noted", subject=timer.subject, actor=system("test"), payload={"n": 2})

    monkeypatch.setitem(timers._handlers, "chaos.due", fire)
    with write():
        journal.record("chaos.noted", subject="a:1", actor=system("test"), payload={"n": 1})
        timers.arm("chaos.due", due_at=clock.now() + timedelta(seconds=60), subject="a:1")
    machine.wall -= HOUR
    machine.run(50)
    assert timers.fire_due() == 0, "fired before its time"
    machine.run(20)
    assert timers.fire_due() == 1, "a deadline of a minute waits for an hour"
    sealer.seal_pending()
    times = list(JournalEntry.objects.order_by("seal__seq").values_list("at", flat=True))
    assert times == sorted(times) and len(times) >= 2
    assert sealer.check().ok
