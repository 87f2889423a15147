"""A running platform for a benchmark: web and workers as in production, and a gateway that posts batches of readings."""

from __future__ import annotations

import http.client
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice

import orjson

from chengyun.server.bench import measure, mqtt

BATCH = 1000
STEP_MS = 5
SOURCE = "water-gw"


@dataclass(frozen=True, slots=True)
class Platform:
    """`key` is the gateway's token, `roots` the processes (and the database) whose CPU seconds count."""

    port: int
    key: str
    streams: list[tuple[str, str]]
    roots: list[int]


@contextmanager
def running(*, web_processes: int) -> Iterator[Platform]:
    """Web and workers on the prepared scratch database, warmed up by five batches."""
    from chengyun.kernel import clock
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people
    from chengyun.signals import vocabulary
    from chengyun.signals.models import Datastream

    people.start_roster(actor=system("bench"))
    key = people.issue_token(actor=system("bench"), source=SOURCE)
    _feed_gauges()
    units = {code: quantity.unit for code, quantity in vocabulary.quantities().items()}
    rows = Datastream.objects.filter(source__code=SOURCE).order_by("id")
    streams = [(row.code, units[row.quantity]) for row in rows]
    port = mqtt.free_port()
    web = measure.start(
        "gunicorn", "chengyun.server.wsgi:application", "--config", "python:chengyun.server.gunicorn_config",
        "--bind", f"127.0.0.1:{port}", "--workers", str(web_processes), "--threads", "4",
    )  # fmt: skip
    workers = [measure.start("chengyun.server.cli", "worker", "--slot", str(slot)) for slot in (0, 1)]
    roots = [web.pid, *(worker.pid for worker in workers), *measure.database_root()]
    try:
        mqtt.wait_for(port)
        send(port, key, bodies(streams, clock.now(), 5))
        time.sleep(4)  # until the workers have started up too
        yield Platform(port, key, streams, roots)
    finally:
        _stop(web, *workers)


def bodies(streams: list[tuple[str, str]], now: datetime, count: int) -> list[bytes]:
    """Batches of 1,000 readings, encoded beforehand: the generator's work is not what is measured.

    Each is a little newer than the one before, as from a gateway: no moment comes twice.
    """
    moment = now - timedelta(milliseconds=STEP_MS * count)
    made = []
    source = cycle(enumerate(streams))
    for number in range(count):
        at = (moment + timedelta(milliseconds=STEP_MS * number)).isoformat(timespec="milliseconds")
        rows = [
            {"ds": code, "at": at, "v": round(0.01 * ((index + number) % 5), 3), "u": unit}
            for index, (code, unit) in islice(source, BATCH)
        ]
        made.append(orjson.dumps({"observations": rows}))
    return made


def send(port: int, key: str, batches: list[bytes], *, per_s: float | None = None) -> None:
    """Post batches one after another over one connection; `per_s` spaces them out. SystemExit when one is not taken."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    began = time.perf_counter()
    for number, body in enumerate(batches):
        if per_s:
            time.sleep(max(0.0, began + number / per_s - time.perf_counter()))
        connection.request("POST", "/api/signals/observations", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"the platform answered {answer.status}: {text[:300]!r}")
    connection.close()


def _feed_gauges() -> None:
    """Gauges of the sample that no scenario feeds are out of service: this load feeds them."""
    from chengyun.kernel.actor import system
    from chengyun.signals import actions

    actions.set_source_service(
        actor=system("bench"), source=SOURCE, pattern="*", in_service=True, reason="benchmark"
    )


def _stop(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(20)
