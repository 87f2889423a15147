"""Two transactions that wait for each other: neither caller notices, and no timer waits for its next try."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from chengyun.kernel import clock, deadlock, timers
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write

pytestmark = [
    pytest.mark.usefixtures("committed"),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]


def both_wait(first, second):
    """Run two functions at once; each gets a barrier to meet the other at. Returns what they raised."""
    barrier, raised = threading.Barrier(2, timeout=20), []

    def run(work):
        try:
            work(barrier)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def lock(subject):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM kernel_timer WHERE subject = %s FOR UPDATE", [subject])


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setitem(timers._handlers, "test.row", lambda timer: None)
    with write():
        for subject in "ab":
            timers.arm("test.row", due_at=clock.now() + timedelta(hours=1), subject=subject)


def crossing(mine, other, done, *, retried):
    met = []

    def work(barrier):
        with write():
            lock(mine)
            if not met:
                met.append(True)
                barrier.wait()
            lock(other)
            done.append(mine)

    return deadlock.again(work) if retried else work


def test_whoever_is_undone_runs_again(two):
    done = []
    raised = both_wait(crossing("a", "b", done, retried=True), crossing("b", "a", done, retried=True))
    assert raised == [] and sorted(done) == ["a", "b"]


def test_without_it_one_of_them_fails(two):
    done = []
    raised = both_wait(crossing("a", "b", done, retried=False), crossing("b", "a", done, retried=False))
    assert len(done) == 1 and [deadlock.is_deadlock(error) for error in raised] == [True]


def test_another_error_is_not_tried_again():
    tries = []

    @deadlock.again
    def work():
        tries.append(1)
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError):
        work()
    assert len(tries) == 1


def test_a_timer_that_is_firing_is_not_waited_for(two, monkeypatch):
    """A worker fires what a click disarms: the worker waits for the click's lock, and the click must not wait for it."""
    seen = []
    with write():
        Timer.objects.filter(subject="a").update(retry_at=clock.now(), due_at=clock.now())

    def click(barrier):
        with write():
            lock("b")  # stands for the case both are about
            barrier.wait()
            seen.append(timers.cancel("test.row", subject="a"))

    def worker(barrier):
        def fire(timer):
            barrier.wait()
            lock("b")
            seen.append("fired")

        monkeypatch.setitem(timers._handlers, "test.row", fire)
        assert timers.fire_due() == 1

    assert both_wait(click, worker) == []
    assert seen == [0, "fired"]
