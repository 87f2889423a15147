"""Observations through the real doors: HTTP batches of 1,000, and (where Mosquitto is) MQTT messages of 10.

Stored, judged by the sample district's rules, acknowledged after the commit. One web process; CPU seconds of it, both
workers and the database count, the load generator's do not.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

import orjson

from chengyun.server.bench import measure, mqtt

BATCH, BAR = 1000, 40_000.0


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from chengyun.kernel import clock
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people
    from chengyun.signals import vocabulary
    from chengyun.signals.models import Datastream, Observation

    people.start_roster(actor=system("bench"))
    key = people.issue_token(actor=system("bench"), source="water-gw")
    _feed_gauges()
    units = {code: quantity.unit for code, quantity in vocabulary.quantities().items()}
    streams = [
        (row.code, units[row.quantity])
        for row in Datastream.objects.filter(source__code="water-gw").order_by("id")
    ]
    port = mqtt.free_port()
    bind = f"127.0.0.1:{port}"
    web = measure.start(
        "gunicorn", "chengyun.server.wsgi:application", "--config", "python:chengyun.server.gunicorn_config",
        "--bind", bind, "--workers", "1", "--threads", "4",
    )  # fmt: skip
    workers = [measure.start("chengyun.server.cli", "worker", "--slot", str(slot)) for slot in (0, 1)]
    roots = [web.pid, *(worker.pid for worker in workers), *measure.database_root()]
    try:
        mqtt.wait_for(port)
        _send(port, key, _bodies(streams, clock.now(), 5))
        time.sleep(4)  # until the workers have started up too
        rates, sent, walls = [], 0, []
        for _ in range(1 if quick else 5):
            bodies = _bodies(streams, clock.now(), 60 if quick else 100)
            cpu, began = measure.tree_cpu(*roots), time.perf_counter()
            _send(port, key, bodies)
            # What the workers still owe for this load (the roll-up) is paid within the second.
            time.sleep(1.0)
            walls.append(len(bodies) * BATCH / (time.perf_counter() - began - 1.0))
            rates.append(len(bodies) * BATCH / (measure.tree_cpu(*roots) - cpu))
            sent += len(bodies) * BATCH
        stored = Observation.objects.count()
        rows = mqtt.figures(
            streams, clock.now().isoformat(timespec="milliseconds"), roots[1:], 500 if quick else 10_000
        )
    finally:
        _stop(web, *workers)
    measure.finish([
        measure.at_least("HTTP batch 1,000, stored and judged", measure.percentile(rates, 0.5), "obs/core-second", BAR),
        measure.Figure("the same in real time, one connection", measure.percentile(walls, 0.5), "observations/s"),
        measure.Figure("all acknowledged observations stored", float(stored >= sent), "1 = yes", "= 1", stored >= sent),
        *rows,
    ])  # fmt: skip


def _feed_gauges() -> None:
    """The sample's gauges are out of service, because no scenario feeds them: this load does."""
    from chengyun.kernel.actor import system
    from chengyun.kernel.transaction import write
    from chengyun.signals import actions
    from chengyun.signals.models import Datastream

    with write():
        for code in Datastream.objects.filter(source__code="water-gw").values_list("code", flat=True):
            actions.set_service(actor=system("bench"), datastream=code, in_service=True, reason="benchmark")


def _bodies(streams: list[tuple[str, str]], now, count: int) -> list[bytes]:
    """Batches of 1,000 readings, encoded beforehand: the generator's work is not what is measured."""
    moment = now - timedelta(seconds=count)
    bodies = []
    source = cycle(enumerate(streams))
    for number in range(count):
        at = (moment + timedelta(seconds=number)).isoformat(timespec="milliseconds")
        rows = [
            {"ds": code, "at": at, "v": round(0.01 * ((index + number) % 5), 3), "u": unit}
            for index, (code, unit) in islice(source, BATCH)
        ]
        bodies.append(orjson.dumps({"observations": rows}))
    return bodies


def _send(port: int, key: str, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for body in bodies:
        connection.request("POST", "/api/signals/observations", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"the platform answered {answer.status}: {text[:300]!r}")
    connection.close()


def _stop(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(20)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[3])
    main("--quick" in sys.argv)
