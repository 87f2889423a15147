"""100,000 armed timers, fired by the real workers; one of them is killed on the way."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from chengyun.server.bench import measure

TOTAL, WINDOW_S = 100_000, 100.0


def _register() -> None:
    from chengyun.kernel import clock, journal, timers
    from chengyun.kernel.actor import system
    from chengyun.kernel.models import Timer

    journal.declare("bench.tick", "tick", keys={"late_ms": int})

    @timers.on("bench.tick")
    def tick(timer: Timer) -> None:
        late = (clock.now() - timer.due_at) / timedelta(milliseconds=1)
        journal.record(
            "bench.tick", subject=timer.subject, actor=system("bench"), payload={"late_ms": int(late)}
        )


def _work(slot: int) -> int:
    measure.prepare()
    _register()
    from chengyun.server import worker

    return worker.main(slot)


def main(quick: bool) -> None:
    measure.prepare()
    _register()
    from chengyun.kernel import clock, timers
    from chengyun.kernel.models import JournalEntry, Timer
    from chengyun.kernel.transaction import write

    total, window = (5_000, 10.0) if quick else (TOTAL, WINDOW_S)
    begin = clock.now() + timedelta(seconds=4 if quick else 25)
    armed = time.perf_counter()
    for chunk in range(0, total, 5_000):
        with write():
            timers.arm_many([
                ("bench.tick", begin + timedelta(seconds=window * number / total), f"tick:{number}", None, "", 100, None)
                for number in range(chunk, min(chunk + 5_000, total))
            ])  # fmt: skip
    armed = time.perf_counter() - armed
    workers = [measure.start("chengyun.server.bench.timers", "--worker", str(slot)) for slot in (0, 1)]
    pids = [worker.pid for worker in workers]
    roots = measure.database_root()
    base = measure.tree_cpu(*roots)
    _until(lambda: clock.now() >= begin + timedelta(seconds=window / 2))
    used_by_killed = measure.tree_cpu(pids[0])
    workers[0].send_signal(signal.SIGKILL)
    workers[0].wait()
    deadline = begin + timedelta(seconds=window + 30)
    _until(lambda: not Timer.objects.filter(kind="bench.tick").exists() or clock.now() > deadline)
    used = used_by_killed + measure.tree_cpu(pids[1], *roots) - base
    workers[1].send_signal(signal.SIGTERM)
    workers[1].wait()
    rows = list(JournalEntry.objects.filter(kind="bench.tick"))
    late = [row.payload["late_ms"] / 1000 for row in rows]
    once = len({row.subject for row in rows}) == len(rows) == total
    measure.finish([
        measure.at_most(f"lateness p99 of {total}, a worker killed", measure.percentile(late, 0.99), "s", 1.0),
        measure.Figure("lateness p50", measure.percentile(late, 0.50), "s"),
        measure.Figure("lateness, worst", max(late, default=float("nan")), "s"),
        measure.Figure("each fired exactly once", float(once), "1 = yes", "= 1", once),
        measure.Figure("arming", total / armed, "timers/s"),
        measure.Figure("fired, with a journal entry and its seal", len(rows) / used, "per core-second"),
    ])  # fmt: skip


def _until(done: Callable[[], bool]) -> None:
    while not done():
        time.sleep(0.2)


if __name__ == "__main__":
    if "--worker" in sys.argv:
        sys.exit(_work(int(sys.argv[-1])))
    main("--quick" in sys.argv)
