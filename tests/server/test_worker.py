"""The worker's rounds: one write transaction each, nothing lost, nothing kept waiting by another worker."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection

from chengyun.kernel import clock, doorbell, journal, outbox, sealer, timers, transaction
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalSeal, OutboxItem
from chengyun.kernel.transaction import write
from chengyun.server import worker
from chengyun.server.worker import Courier, Worker

pytestmark = pytest.mark.django_db
journal.declare("worker.tested", "tested", keys={"n": int})


@pytest.fixture
def at():
    with clock.use(clock.Virtual(datetime(2023, 12, 31, 10, tzinfo=UTC))) as virtual:
        yield virtual


@pytest.fixture
def handed(at, monkeypatch):
    """Numbers of the items that reached the receiver."""
    seen: list[int] = []
    monkeypatch.setitem(outbox._handlers, "test.send", lambda item: seen.append(item.payload["n"]))
    return seen


@pytest.fixture
def writes(monkeypatch):
    """How many write transactions rounds have taken."""
    count: list[int] = []

    @contextmanager
    def counted(**how):
        count.append(1)
        with write(**how):
            yield

    monkeypatch.setattr(worker, "write", counted)
    return count


def leave(*numbers: int) -> None:
    with write():
        for n in numbers:
            journal.record("worker.tested", subject=f"test:{n}", actor=system("test"), payload={"n": n})
            outbox.put("test.send", payload={"n": n}, subject=f"test:{n}")


def open_items() -> int:
    return OutboxItem.objects.filter(handed_at=None).count()


@pytest.fixture
def real(monkeypatch):
    """Real time, which passes when told to."""
    now = {"now": 100.0}
    monkeypatch.setattr(worker.time, "monotonic", lambda: now["now"])
    return now


def test_a_round_claims_notes_and_seals_in_one_transaction(handed, writes, real):
    one = Worker()
    leave(1, 2)
    one.turn(patient=True)
    assert handed == [1, 2] and JournalSeal.objects.count() == 2 and open_items() == 2
    real["now"] += worker.GATHER_S * 1.01
    leave(3)
    one.turn(patient=True)
    assert handed == [1, 2, 3] and JournalSeal.objects.count() == 3 and open_items() == 1
    assert len(writes) == 2


def test_what_leaves_does_not_wait_and_the_rest_not_for_long(handed, writes, real):
    one = Worker()
    leave(1)
    one.turn(patient=True)
    leave(2)
    assert one.turn(patient=True) and handed == [1, 2]
    assert (open_items(), JournalSeal.objects.count(), len(writes)) == (2, 1, 2)
    assert one.turn(patient=True) == 0 and len(writes) == 2 and one.nap() <= worker.GATHER_S
    real["now"] += worker.GATHER_S * 1.01
    assert one.turn(patient=True)
    assert (open_items(), JournalSeal.objects.count(), len(writes)) == (0, 2, 3)
    assert worker.GATHER_S + worker.NAP_S / 2 < 0.05  # what the sealer promises


def test_a_round_with_nothing_to_do_writes_nothing(handed, writes):
    assert Worker().turn() == 0 and not writes


def test_who_dies_before_the_note_has_it_handed_off_again(handed, at):
    leave(1)
    Worker().turn()
    other = Worker()
    other.turn()
    assert handed == [1]  # the lease holds
    at.advance(seconds=outbox.LEASE_S)
    other.turn()
    assert handed == [1, 1]
    other.finish()
    at.advance(seconds=outbox.LEASE_S)
    assert other.turn() == 0 and handed == [1, 1]


def test_a_note_that_could_not_be_written_is_written_later(handed, at, monkeypatch):
    one = Worker()
    leave(1)
    one.turn()
    with monkeypatch.context() as away, pytest.raises(OperationalError):
        away.setattr(sealer, "seal_pending", lambda: (_ for _ in ()).throw(OperationalError("disk full")))
        one.turn()
    one.turn()
    at.advance(seconds=outbox.LEASE_S)
    assert one.turn() == 0 and handed == [1] and open_items() == 0


def test_a_failure_is_tried_again_with_growing_pauses(at, monkeypatch):
    tries: list[float] = []

    def refuse(item: OutboxItem) -> None:
        tries.append(clock.now().timestamp())
        raise ConnectionError("no route")

    monkeypatch.setitem(outbox._handlers, "test.send", refuse)
    leave(1)
    for _ in range(20):
        worker.run_until_idle()
        at.advance(seconds=1)
    pauses = [round(b - a) for a, b in zip(tries, tries[1:], strict=False)]
    assert pauses == [2, 4, 8]
    assert OutboxItem.objects.get().attempts == 4


def test_what_outlives_its_lease_is_left_to_the_next_claim(at, monkeypatch):
    seen: list[int] = []

    def slow(item: OutboxItem) -> None:
        seen.append(item.payload["n"])
        at.advance(seconds=outbox.LEASE_S)

    monkeypatch.setitem(outbox._handlers, "test.send", slow)
    leave(1, 2)
    one = Worker()
    one.turn()
    assert seen == [1]
    one.turn()
    assert seen == [1, 2]


def test_a_round_does_not_wait_for_the_disk_and_so_may_record_nothing(at):
    with write(redoable=True):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SHOW synchronous_commit")
                assert cursor.fetchone() == ("off",)
        with pytest.raises(RuntimeError, match="may be lost"):
            journal.record("worker.tested", subject="test:1", actor=system("test"))
    leave(1)


def test_only_such_a_round_is_spared_the_wait(monkeypatch):
    said: list[str] = []
    outside = SimpleNamespace(vendor="sqlite", in_atomic_block=False, connection=object())
    monkeypatch.setattr(transaction, "connection", outside)
    monkeypatch.setattr(transaction, "_run", said.append)
    with transaction._unhurried():
        said.append("commit")
    assert said == ["PRAGMA synchronous=NORMAL", "commit", "PRAGMA synchronous=FULL"]


def test_idle_is_reached_and_everything_is_sealed_and_noted(handed):
    leave(*range(250))
    worker.run_until_idle()
    assert handed == list(range(250)) and open_items() == 0 and not sealer.waits()


@pytest.fixture
def courier():
    """One whose receivers can be kept waiting; `back` waits for the thread, as the bell would tell."""
    made = Courier(lambda: None)
    yield made
    made.stop()


@pytest.mark.usefixtures("committed")
def test_a_receiver_that_takes_its_time_holds_up_neither_timers_nor_seals(courier, monkeypatch):
    reached, go, fired = threading.Event(), threading.Event(), []

    def slow(item: OutboxItem) -> None:
        reached.set()
        assert go.wait(30)

    monkeypatch.setitem(outbox._handlers, "test.send", slow)
    monkeypatch.setitem(timers._handlers, "test.tick", lambda timer: fired.append(timer.subject))
    one = Worker(courier)
    leave(1)
    one.turn()
    assert reached.wait(30)
    leave(2)
    with write():
        timers.arm("test.tick", due_at=clock.now(), subject="meanwhile")
    one.turn()
    assert fired == ["meanwhile"] and not sealer.waits()
    assert outbox.waits()  # the second waits for the courier
    go.set()
    courier.stop()
    one.finish()
    assert open_items() == 1


@pytest.mark.usefixtures("committed")
def test_who_has_something_for_the_courier_meanwhile_is_woken(monkeypatch):
    go, woken = threading.Event(), threading.Event()
    monkeypatch.setitem(outbox._handlers, "test.send", lambda item: go.wait(30))
    courier = Courier(woken.set)
    one = Worker(courier)
    leave(1)
    one.turn()
    leave(2)
    one.turn()
    assert not woken.is_set()
    go.set()
    assert woken.wait(30)
    for _ in range(2):
        while courier.away():
            pass
        one.turn()
    one.finish()
    assert open_items() == 0


@pytest.mark.usefixtures("committed")
def test_the_end_does_not_wait_for_a_whole_batch(courier, monkeypatch):
    seen: list[int] = []
    first, go = threading.Event(), threading.Event()

    def slow(item: OutboxItem) -> None:
        seen.append(item.payload["n"])
        first.set()
        assert go.wait(30)

    monkeypatch.setitem(outbox._handlers, "test.send", slow)
    one = Worker(courier)
    leave(1, 2, 3)
    one.turn()
    assert first.wait(30)
    ending = threading.Thread(target=courier.stop)
    ending.start()
    while not courier._stopping:
        pass
    go.set()
    ending.join(30)
    one.finish()
    assert seen == [1] and open_items() == 2


def test_a_ring_wakes_one_worker_and_another_where_that_one_does_not_listen(settings, tmp_path):
    settings.CHENGYUN_DATA_DIR = tmp_path
    first, second = doorbell.Listener(0), doorbell.Listener(1)
    doorbell.ring()
    assert first.wait(0.001) and not second.wait(0.001)
    for _ in range(10_000):  # the first is held up: its bell fills
        doorbell.ring()
        if second.wait(0.0):
            break
    else:
        raise AssertionError("nobody took over")
    first.close()
    doorbell.ring()
    assert second.wait(0.001)
    second.close()
