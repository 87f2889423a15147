"""Durable alerts: from the call that raises one to the first hand-off by a worker, and how many fold in per core-second."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chengyun.server.bench import measure

if TYPE_CHECKING:
    from chengyun.alerts.actions import Raised

RATE = 200


def _register() -> None:
    """Each opened alert leaves one outbox item of its own, as a receiver without bundling would get it."""
    from chengyun.kernel import clock, journal, outbox
    from chengyun.kernel.models import JournalEntry, OutboxItem

    @journal.on("alert.opened")
    def leave(entry: JournalEntry) -> None:
        outbox.put("bench.alert", payload={"alert": entry.payload["alert"]}, subject=entry.subject)

    @outbox.on("bench.alert")
    def handed(item: OutboxItem) -> None:
        _handed.append((item.payload["alert"], clock.wall().timestamp()))


_handed: list[tuple[int, float]] = []


def _work(out: str, slot: int) -> int:
    measure.prepare()
    _register()
    from chengyun.server import worker

    code = worker.main(slot)
    Path(out).write_text(json.dumps(_handed))
    return code


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    _register()
    from chengyun.alerts.models import Rule
    from chengyun.district.models import Area
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people

    people.start_roster(actor=system("bench"))
    rule = Rule.objects.filter(current__body__when="external").first()
    if rule is None:
        raise SystemExit("the sample district has no rule of the kind `external` to raise alerts with")
    areas = list(
        Area.objects.filter(kind="micro", valid_to=None).order_by("code").values_list("code", flat=True)
    )

    def row(subject: str, number: int) -> Raised:
        return {"rule": rule.code, "subject": f"{subject}:{number}", "area": areas[number % len(areas)]}

    measure.finish([*_fold(row, 10 if quick else 60), *_hand_off(row, 3 if quick else 20)])


def _fold(row: Callable[[str, int], Raised], batches: int) -> list[measure.Figure]:
    """Batches of 1,000 rows over 5,000 subjects: all but the first of each subject fold into an open alert."""
    from chengyun.alerts.models import Alert

    # 7,919 is prime: 5,000 subjects in an order that repeats late.
    rows = [row("gate", number * 7919 % 5000) for number in range(batches * 1000)]
    roots = [os.getpid(), *measure.database_root()]
    cpu = measure.tree_cpu(*roots)
    for start in range(0, len(rows), 1000):
        _raise(rows[start : start + 1000])
    folded = len(rows) / (measure.tree_cpu(*roots) - cpu)
    once = Alert.objects.exclude(state="closed").count() == len({each["subject"] for each in rows})
    return [
        measure.at_least("durable deduplicated alerts, batches of 1,000", folded, "per core-second", 5000),
        measure.Figure("one open alert per subject", float(once), "1 = yes", "= 1", once),
    ]


def _hand_off(row: Callable[[str, int], Raised], seconds: int) -> list[measure.Figure]:
    """One caller raises alerts one at a time, each durable before the next, while two workers hand off as in production.

    Measured from the call that raises to the worker's handler; all processes share this machine. A second of the same load
    goes before and is not counted: each process loads what it keeps in memory.
    """
    from chengyun.alerts.models import Alert
    from chengyun.kernel import clock, doorbell, outbox

    data = os.environ["CHENGYUN_DATA_DIR"]
    outs = [f"{data}/handed-{slot}.json" for slot in range(doorbell.SLOTS)]
    workers = [
        measure.start("chengyun.server.bench.alerts", "--worker", out, str(slot))
        for slot, out in enumerate(outs)
    ]
    # What the batches left is handed off first.
    while doorbell.listening() < doorbell.SLOTS or outbox.waits():
        time.sleep(0.1)
    called: list[float] = []
    late_start: list[float] = []
    began = time.perf_counter()
    for number in range((1 + seconds) * RATE):
        ahead = began + number / RATE - time.perf_counter()
        time.sleep(max(0.0, ahead))
        late_start.append(max(0.0, -ahead) * 1000)
        called.append(clock.wall().timestamp())
        _raise([row("door", number)])
        if number == RATE - 1:
            counting = time.perf_counter()
    reached = seconds * RATE / (time.perf_counter() - counting)
    time.sleep(1)
    for each in workers:
        each.send_signal(signal.SIGTERM)
        each.wait()

    subjects = Alert.objects.filter(subject__startswith="door:").values_list("id", "subject")
    number_of = {alert: int(subject.partition(":")[2]) for alert, subject in subjects}
    first: dict[int, float] = {}
    for out in outs:
        for alert, at in json.loads(Path(out).read_text()):
            if (number := number_of.get(alert, 0)) >= RATE:
                first[number] = min(at, first.get(number, at))
    took = [(at - called[number]) * 1000 for number, at in first.items()]
    waited = [(at - called[number]) * 1000 + late_start[number] for number, at in first.items()]
    share = len(first) / (seconds * RATE) * 100
    return [
        measure.at_least("alerts raised one at a time", reached, "per second", RATE * 0.99),
        measure.at_most("alert to first hand-off, p50", measure.percentile(took, 0.5), "ms", 5),
        measure.at_most("alert to first hand-off, p99", measure.percentile(took, 0.99), "ms", 50),
        measure.Figure("the same from when it was its turn, p99", measure.percentile(waited, 0.99), "ms"),
        measure.Figure("handed off", share, "%", "= 100", share == 100),
    ]


def _raise(rows: list[Raised]) -> None:
    from chengyun.alerts import actions
    from chengyun.kernel.actor import system

    actions.raise_many(actor=system("bench"), rows=rows)


if __name__ == "__main__":
    if "--worker" in sys.argv:
        sys.exit(_work(sys.argv[-2], int(sys.argv[-1])))
    main("--quick" in sys.argv)
