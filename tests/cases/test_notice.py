"""1-3-5 counts from the notice to the leader of the place, or from the dispatch, as the policy says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chengyun.cases import catalogues, queries
from chengyun.cases.logic.worktime import Limit
from chengyun.cases.models import Clock
from chengyun.kernel import clock, outbox
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.messages import actions as messages
from chengyun.messages.models import Message

NAMES = {"respond", "arrive", "act"}


def dispatched(world, **more):
    return world.through(world.report(kind="crowd-safety", condition="surge"), "dispatch", **more)


def started(case):
    return {row.name: row for row in Clock.objects.filter(case=case, name__in=NAMES)}


def fact(case):
    entry = JournalEntry.objects.get(kind="case.notice", subject=f"case:{case.pk}")
    return entry.payload["post"], entry.payload["fact"]


@pytest.fixture
def push(world):
    """A channel that carries the notice to the leader's telephone."""
    messages.set_channel(actor=system("init"), code="log", kind="log", message_kinds=["case.notice"])


def test_without_a_channel_the_inbox_is_the_notice(world):
    case = dispatched(world)
    assert fact(case) == ("GL-a", "inbox") and set(started(case)) == NAMES
    assert {row.started_at for row in started(case).values()} == {clock.now()}
    assert Message.objects.filter(kind="case.notice", post__code="GL-a").exists()
    assert queries.why_due(started(case)["respond"])["notice"] == {"post": "GL-a", "fact": "inbox"}


def test_a_leader_who_has_the_case_was_told_by_being_assigned(world):
    case = dispatched(world, dept="GL-a")
    assert fact(case) == ("GL-a", "assigned") and set(started(case)) == NAMES


def test_with_a_channel_it_counts_from_when_the_push_was_handed_over(world, push):
    case = dispatched(world)
    limit = Clock.objects.get(case=case, overall=True)
    assert not started(case) and limit.started_at == clock.now(), "the limit of the case runs on beside it"
    world.clock.advance(seconds=40)
    outbox.hand_off()
    now = clock.now()
    assert fact(case) == ("GL-a", "handed")
    due = {name: row.due_at - now for name, row in started(case).items()}
    assert due == {
        "respond": timedelta(minutes=1),
        "arrive": timedelta(minutes=3),
        "act": timedelta(minutes=5),
    }
    world.pass_time(minutes=5)
    assert {row.name for row in started(case).values() if row.breached_at} >= {"respond", "arrive"}
    assert not Timer.objects.filter(kind="case.notice").exists()


def test_a_leader_who_reads_it_first_has_been_told(world, push):
    case = dispatched(world)
    world.clock.advance(seconds=20)
    messages.mark_read(actor=world.at("GL-a"), ref=Message.objects.get(kind="case.notice").ref)
    assert fact(case) == ("GL-a", "read") and started(case)["act"].started_at == clock.now()
    outbox.hand_off()
    assert JournalEntry.objects.filter(kind="case.notice").count() == 1


def test_told_or_not_it_is_not_waited_for_longer_than_the_policy_says(world, push):
    case = dispatched(world)
    at = clock.now()
    world.pass_time(minutes=2)
    assert fact(case) == ("GL-a", "assumed")
    assert started(case)["respond"].started_at == at + timedelta(minutes=1)


def test_who_has_the_case_need_not_wait_for_the_leader(world, push):
    case = dispatched(world)
    world.clock.advance(seconds=10)
    world.move(case, "sign_for", "DEPT-cg")
    rows = started(case)
    assert fact(case) == ("GL-a", "acted") and rows["respond"].stopped_at == clock.now()
    assert rows["arrive"].stopped_at is None and rows["arrive"].due_at == clock.now() + timedelta(minutes=3)


def test_a_case_that_ends_waits_for_nothing(world, push):
    case = dispatched(world)
    world.move(case, "void", "DUTY", reason="误报")
    assert not Timer.objects.filter(subject=f"case:{case.pk}").exists()
    outbox.hand_off()
    world.pass_time(minutes=5)
    assert not started(case) and queries.faults() == []


def test_a_policy_may_start_at_the_dispatch(world, push, monkeypatch):
    version = catalogues.current()
    known = catalogues.catalogue(version.pk, version.digest)
    policy = replace(known.policies["one_three_five"], starts_on="dispatch", notice_within=Limit(9, "minute"))
    changed = replace(known, policies={"one_three_five": policy})
    monkeypatch.setattr(catalogues, "catalogue", lambda pk, digest: changed)
    case = dispatched(world)
    assert set(started(case)) == NAMES and not JournalEntry.objects.filter(kind="case.notice").exists()
