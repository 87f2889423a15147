"""Durable alerts: from the call that raises one to the first hand-off by a worker, and how many fold in per core-second."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from chengyun.server.bench import measure

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


def _work(out: str) -> int:
    measure.prepare()
    _register()
    from chengyun.server import worker

    code = worker.main(0)
    Path(out).write_text(json.dumps(_handed))
    return code


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    _register()
    from chengyun.alerts import actions
    from chengyun.alerts.models import Alert, Rule
    from chengyun.district.models import Area
    from chengyun.kernel import clock
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people

    actor = system("bench")
    people.start_roster(actor=actor)
    rule = Rule.objects.filter(current__body__when="external").first()
    if rule is None:
        raise SystemExit("the sample district has no rule of the kind `external` to raise alerts with")
    areas = list(
        Area.objects.filter(kind="micro", valid_to=None).order_by("code").values_list("code", flat=True)
    )
    roots = [os.getpid(), *measure.database_root()]

    batches, size = (10 if quick else 60), 1000
    # 7,919 is prime: 5,000 subjects in an order that repeats late.
    numbers = [number * 7919 % 5000 for number in range(batches * size)]
    rows = [
        [
            {"rule": rule.code, "subject": f"gate:{n}", "area": areas[n % len(areas)]}
            for n in numbers[start : start + size]
        ]
        for start in range(0, len(numbers), size)
    ]
    cpu = measure.tree_cpu(*roots)
    for batch in rows:
        actions.raise_many(actor=actor, rows=batch)  # type: ignore[arg-type]
    folded = batches * size / (measure.tree_cpu(*roots) - cpu)
    subjects = len({row["subject"] for batch in rows for row in batch})
    once = Alert.objects.exclude(state="closed").count() == subjects

    out = f"{os.environ['CHENGYUN_DATA_DIR']}/handed.json"
    worker = measure.start("chengyun.server.bench.alerts", "--worker", out)
    time.sleep(8)
    raised: dict[int, float] = {}
    count = RATE * (3 if quick else 20)
    began = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        moment = clock.wall().timestamp()
        actions.raise_many(
            actor=actor,
            rows=[{"rule": rule.code, "subject": f"door:{number}", "area": areas[number % len(areas)]}],
        )
        raised[number] = moment
    took = time.perf_counter() - began
    time.sleep(1)
    worker.send_signal(signal.SIGTERM)
    worker.wait()
    number_of = {
        alert: int(subject.split(":")[1])
        for alert, subject in Alert.objects.filter(subject__startswith="door:").values_list("id", "subject")
    }
    late = [
        (at - raised[number_of[alert]]) * 1000
        for alert, at in json.loads(Path(out).read_text())
        if alert in number_of
    ]
    measure.finish([
        measure.at_least("durable deduplicated alerts, batches of 1,000", folded, "per core-second", 5000),
        measure.Figure("one open alert per subject", float(once), "1 = yes", "= 1", once),
        measure.at_most(f"alert to first hand-off at {count / took:.0f}/s, p50", measure.percentile(late, 0.5), "ms", 5),
        measure.at_most(f"alert to first hand-off at {count / took:.0f}/s, p99", measure.percentile(late, 0.99), "ms", 50),
        measure.Figure("handed off", len(late) / count * 100, "%", "= 100", len(late) == count),
    ])  # fmt: skip


if __name__ == "__main__":
    if "--worker" in sys.argv:
        sys.exit(_work(sys.argv[-1]))
    main("--quick" in sys.argv)
