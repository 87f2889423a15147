"""Timers and outbox: once, in order, in one transaction with their effect; failures stay visible."""

from datetime import timedelta

import pytest

from chengyun.kernel import clock, outbox, timers
from chengyun.kernel.models import OutboxItem, Timer
from chengyun.kernel.transaction import write

pytestmark = pytest.mark.django_db


@pytest.fixture
def fired(monkeypatch, at):
    seen = []
    monkeypatch.setitem(
        timers._handlers, "test.tick", lambda timer: seen.append((timer.subject, timer.payload.get("n")))
    )
    return seen


def arm(seconds, subject="a", n=0, **kwargs):
    with write():
        timers.arm(
            "test.tick",
            due_at=clock.now() + timedelta(seconds=seconds),
            subject=subject,
            payload={"n": n},
            **kwargs,
        )


def test_fires_when_due_in_order_and_only_once(fired, at):
    arm(20, "b"), arm(10, "a"), arm(10, "first", priority=1), arm(60, "later")
    assert timers.fire_due() == 0
    at.advance(seconds=30)
    assert timers.fire_due() == 3
    assert [subject for subject, _ in fired] == ["first", "a", "b"]
    assert timers.fire_due() == 0
    assert timers.next_due() == clock.now() + timedelta(seconds=30)


def test_arming_again_moves_it_and_cancel_disarms(fired, at):
    arm(10, n=1), arm(20, n=2), arm(20, key="other")
    at.advance(seconds=15)
    assert timers.fire_due() == 0
    with write():
        assert timers.cancel("test.tick", subject="a", key="other") == 1
    at.advance(seconds=15)
    timers.fire_due()
    assert fired == [("a", 2)]


def test_a_failing_timer_is_undone_alone_kept_and_tried_again(fired, at, monkeypatch):
    good = timers._handlers["test.tick"]
    broken = {"on": True}

    def handler(timer):
        timers.arm("test.tick", due_at=clock.now() + timedelta(days=1), subject=f"child-of-{timer.subject}")
        if timer.subject == "bad" and broken["on"]:
            raise RuntimeError("the line is busy")
        good(timer)

    monkeypatch.setitem(timers._handlers, "test.tick", handler)
    arm(1, "bad"), arm(1, "good")
    at.advance(seconds=2)
    timers.fire_due()
    assert fired == [("good", 0)]
    kept = Timer.objects.get(subject="bad")
    assert "line is busy" in kept.last_error and kept.attempts == 1 and kept.retry_at > clock.now()
    assert not Timer.objects.filter(subject="child-of-bad").exists()
    broken["on"] = False
    at.advance(seconds=timers.RETRY_FIRST_S)
    timers.fire_due()
    assert fired == [("good", 0), ("bad", 0)]


def test_an_unknown_kind_cannot_be_armed(at):
    with pytest.raises(ValueError, match="no handler"), write():
        timers.arm("test.nobody", due_at=clock.now(), subject="a")


def test_a_failed_hand_off_is_tried_again_and_a_done_one_is_not(at, monkeypatch):
    seen, broken = [], {"on": True}

    def send(item):
        if broken["on"]:
            raise ConnectionError("no route")
        seen.append(item.payload["n"])

    monkeypatch.setitem(outbox._handlers, "test.send", send)
    with write():
        outbox.put("test.send", payload={"n": 1}, subject="a")
    assert outbox.hand_off() == 1
    item = OutboxItem.objects.get()
    assert item.handed_at is None and "no route" in item.last_error
    assert outbox.hand_off() == 0
    broken["on"] = False
    at.advance(seconds=outbox.RETRY_FIRST_S)
    assert outbox.hand_off() == 1 and seen == [1]
    at.advance(seconds=3600)
    assert outbox.hand_off() == 0


def test_a_turn_is_taken_before_the_timers_that_need_it(fired, at, monkeypatch):
    taken = []

    def turn():
        assert not fired
        taken.append(Timer.objects.count())

    monkeypatch.setitem(timers._handlers, "test.turn", timers._handlers["test.tick"])
    monkeypatch.setitem(timers._turns, "test.turn", turn)
    arm(10)
    at.advance(seconds=10)
    assert timers.fire_due() == 1 and taken == []
    fired.clear()
    with write():
        timers.arm("test.turn", due_at=clock.now(), subject="x")
        timers.arm("test.turn", due_at=clock.now(), subject="y")
    assert timers.fire_due() == 2 and taken == [2]
