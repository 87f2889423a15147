"""The sealer beside writers that commit late, beside another sealer, and beside whoever follows or checks the chain."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from chengyun.kernel import journal, sealer
from chengyun.kernel.actor import system
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, JournalSeal
from chengyun.kernel.transaction import write

pytestmark = pytest.mark.usefixtures("committed")
together = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")

journal.declare("test.sealed", T("测试", "Test"), keys={"n": int})


def record(n: int) -> None:
    journal.record("test.sealed", subject="thing:1", actor=system("test"), payload={"n": n})


def commit(*numbers: int) -> None:
    with write():
        for n in numbers:
            record(n)


def elsewhere(work: Callable[[], Any]) -> Any:
    """Run in a thread with a connection of its own, to its end."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:
            result.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert result, "it waits for somebody"
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


class Follower:
    """Whoever keeps up with the journal: remembers the last number, asks for what came after it (`Last-Event-ID`)."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._last = 0

    def look(self) -> list[int]:
        rows = JournalSeal.objects.filter(seq__gt=self._last).order_by("seq").select_related("entry")
        new = [(row.seq, row.entry.payload["n"]) for row in rows]
        assert [seq for seq, _ in new] == list(range(self._last + 1, self._last + 1 + len(new)))
        self._last += len(new)
        self.seen += [n for _, n in new]
        return [n for _, n in new]


@together
def test_an_entry_that_is_committed_late_is_sealed_late_and_missed_by_nobody():
    follower = Follower()
    with write():
        record(1)  # the smallest number, not committed yet
        assert elsewhere(lambda: commit(2, 3)) is None
        assert elsewhere(sealer.seal_pending) == 2
        assert elsewhere(follower.look) == [2, 3]
        # What is not committed is neither waiting nor lost.
        assert elsewhere(sealer.waiting) == (0, None)
        assert elsewhere(sealer.check).ok
    commit(4)
    assert sealer.seal_pending() == 2
    assert follower.look() == [1, 4]
    ids = list(JournalSeal.objects.order_by("seq").values_list("entry__id", flat=True))
    assert ids != sorted(ids), "the late one stands where it was sealed"
    assert sealer.check().ok and sealer.check().entries == 4


@together
def test_what_is_rolled_back_leaves_no_gap():
    follower = Follower()
    with pytest.raises(RuntimeError), write():
        record(1)
        elsewhere(lambda: commit(2))
        elsewhere(sealer.seal_pending)
        raise RuntimeError
    commit(3)
    sealer.seal_pending()
    assert follower.look() == [2, 3]
    assert sealer.check().ok


@together
def test_of_two_sealers_one_seals_and_the_other_goes_its_way():
    commit(1, 2, 3)
    with write():
        assert sealer.seal_pending(limit=2) == 2
        assert elsewhere(sealer.seal_pending) == 0, "it neither waits nor seals the same"
    assert elsewhere(sealer.seal_pending) == 1
    assert list(JournalSeal.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3]
    assert sealer.check().ok


def test_a_sealer_that_dies_between_sealing_and_commit_has_done_nothing():
    commit(1, 2)
    with pytest.raises(RuntimeError), write():
        assert sealer.seal_pending() == 2
        raise RuntimeError
    assert sealer.waiting()[0] == 2 and not JournalSeal.objects.exists()
    assert sealer.check().ok
    assert sealer.seal_pending() == 2 and sealer.check().entries == 2


@pytest.mark.parametrize("moment", range(1, 7))
def test_a_check_sees_no_fault_whatever_a_sealer_does_meanwhile(monkeypatch, moment):
    """At the nth hash that the check computes, another connection commits entries and seals all there are."""
    commit(*range(4))
    sealer.seal_pending()
    commit(10, 11)
    count = 0
    real = sealer.content_hash

    def interrupted(*args: Any) -> str:
        nonlocal count
        count += 1
        if count == moment:
            monkeypatch.setattr(sealer, "content_hash", real)
            elsewhere(lambda: (commit(20, 21), sealer.seal_pending()))
        return real(*args)

    monkeypatch.setattr(sealer, "content_hash", interrupted)
    report = sealer.check()
    assert count == moment, "the other one never came"
    assert report.ok, report.fault
    assert sealer.check().entries == 8 == JournalEntry.objects.count()


def test_what_waits_is_counted_with_the_age_of_the_oldest(committed):
    assert sealer.waiting() == (0, None)
    commit(1)
    first = JournalEntry.objects.get().at
    committed.advance(seconds=90)
    commit(2)
    assert sealer.waiting() == (2, first)
    sealer.seal_pending(limit=1)
    assert sealer.waiting()[1] > first


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM kernel_journalseal WHERE seq = 2", "seal 2 is missing"),
        ("UPDATE kernel_journalseal SET chain_hash = 'x' WHERE seq = 2", "seal 2 does not follow"),
        ("UPDATE kernel_journalentry SET actor = 'x'", "was altered"),
        ("DELETE FROM kernel_unsealed", "neither sealed nor waiting"),
    ],
)
def test_each_damage_has_its_name(damage, fault):
    commit(1, 2, 3)
    sealer.seal_pending()
    commit(4)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(damage)
            for _, text in triggers:
                cursor.execute(text)
        else:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(damage)
            cursor.execute("SET session_replication_role = DEFAULT")
    report = sealer.check()
    assert not report.ok and fault in report.fault
