"""A person's click while the gateways pour in: acknowledging an alert over HTTP, ingest at half its bar all the while.

The latency is what the browser would wait: from sending the request to the last byte of the answer, which comes after the
commit. Clicks come four a second; web processes and workers as `chengyun run` starts them.
"""

from __future__ import annotations

import http.client
import os
import sys
import threading
import time
from pathlib import Path

from chengyun.server.bench import ingest, measure, platform

PER_S, BAR_P99_MS = 4.0, 100.0


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from django.db import connection

    from chengyun.alerts.models import Alert
    from chengyun.kernel import clock

    seconds = 10 if quick else 60
    batches_per_s = ingest.BAR / 2 / platform.BATCH
    with platform.running(web_processes=2) as at:
        alerts = _alerts(int(seconds * PER_S) + 10)
        headers = _session()
        for number in alerts[:10]:
            _click(at.port, headers, number)  # each web process has loaded what it needs
        load = platform.bodies(at.streams, clock.now(), int(seconds * batches_per_s))
        quiet = [_click(at.port, headers, number) for number in _open(alerts)[:10]]
        began = time.perf_counter()
        taken: list[float] = []

        def pour() -> None:
            platform.send(at.port, at.key, load, per_s=batches_per_s)
            taken.append(len(load) * platform.BATCH / (time.perf_counter() - began))

        gateway = threading.Thread(target=pour)
        gateway.start()
        waits: list[float] = []
        for number in _open(alerts):
            time.sleep(max(0.0, began + len(waits) / PER_S - time.perf_counter()))
            if not gateway.is_alive():
                break
            waits.append(_click(at.port, headers, number))
        gateway.join()
        acknowledged = Alert.objects.filter(pk__in=alerts).exclude(acknowledged_at=None).count()
    if not taken:
        raise SystemExit("the gateway's batches were not taken: see the message above")
    figure = measure.at_most if connection.vendor == "sqlite" else (lambda *row: measure.Figure(*row[:3]))
    done = acknowledged == 20 + len(waits)
    measure.finish([
        measure.Figure("ingest meanwhile", taken[0], "observations/s"),
        measure.Figure("a click, nothing else going on, p50", measure.percentile(quiet, 0.5), "ms"),
        measure.Figure("a click during ingest, p50", measure.percentile(waits, 0.5), "ms"),
        figure("a click during ingest, p99", measure.percentile(waits, 0.99), "ms", BAR_P99_MS),
        measure.Figure("a click during ingest, worst", max(waits), "ms"),
        measure.Figure("every click took effect", float(done), "1 = yes", "= 1", done),
    ])  # fmt: skip


def _alerts(count: int) -> list[int]:
    """So many alerts that wait to be acknowledged; returns their ids."""
    from chengyun.alerts import actions
    from chengyun.alerts.models import Alert, Rule
    from chengyun.kernel.actor import system

    rule = Rule.objects.filter(current__body__when="external").first()
    if rule is None:
        raise SystemExit("the sample district has no rule of the kind `external` to raise alerts with")
    rows = [{"rule": rule.code, "subject": f"gate:{number}", "area": "m-015"} for number in range(count)]
    actions.raise_many(actor=system("bench"), rows=rows)  # type: ignore[arg-type]
    return list(Alert.objects.filter(subject__startswith="gate:").order_by("id").values_list("id", flat=True))


def _open(alerts: list[int]) -> list[int]:
    from chengyun.alerts.models import Alert

    waiting = Alert.objects.filter(pk__in=alerts, acknowledged_at=None)
    return list(waiting.order_by("id").values_list("id", flat=True))


def _session() -> dict[str, str]:
    """Who holds the duty officer's post, logged in: the cookie and the token that a browser would send."""
    from django.test import Client

    from chengyun.people.models import Duty

    user = Duty.objects.get(post__code="DUTY", state="serving").staff.user
    if user is None:
        raise SystemExit("whoever holds the duty officer's post has no account")
    client = Client()
    client.force_login(user)
    token = client.get("/api/people/csrf").json()["token"]
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {"Cookie": cookies, "X-CSRFToken": token, "Content-Type": "application/json"}


def _click(port: int, headers: dict[str, str], alert: int) -> float:
    """Acknowledge one alert on a connection of its own; returns milliseconds."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", f"/api/alerts/{alert}/acknowledge", b"", headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"the click was answered {answer.status}: {text[:300]!r}")
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[3])
    main("--quick" in sys.argv)
