"""`chengyun bench console`: what somebody in front of the console waits for, and whether it stays smooth under load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from chengyun.server.bench import measure, sse
from chengyun.server.bench.console import ROOT, browser, denser, dist, stage
from chengyun.server.bench.console.sizes import BUDGET_KB, packed, sizes

POINTS, PER_S, CLIENTS, BESIDE = 10_000, 20.0, 1000, 49
BAR_LOAD_S, BAR_FRAMES, BAR_TASK_MS, BAR_PIXEL_MS = 4.0, 45.0, 100.0, 500.0
# A little of each quantity that the sample measures, far from every threshold of its rules; others are not fed.
CALM = {
    "camera_up": 1.0, "water_depth": 0.0, "water_level": 80.0, "rain_rate": 0.0, "people_present": 40.0, "temperature": 5.0,
    "line_flow_in": 5.0, "line_flow_out": 5.0, "vehicle_flow_in": 1.0, "vehicle_flow_out": 1.0, "wind_speed": 2.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spans:
    """How long each part is measured, and how often the first load is."""

    loads: int
    seconds: int
    clients: int


FULL, QUICK = Spans(3, 20, CLIENTS), Spans(1, 5, 50)


def main(quick: bool) -> None:
    spans = QUICK if quick else FULL
    stage.prepare()
    load = stage.busy(alerts=40 if quick else 160, cases=40)
    figures = list(_sizes())
    with stage.running() as port, sync_playwright() as play:
        cookies = stage.cookies()
        figures += _first_load(play, port, cookies, spans)
        figures += _entries(play, port, cookies, load, spans)
        figures += _many(port, spans)
        figures += _points(play, port, cookies, spans)
    measure.finish(figures)


def _sizes() -> Iterator[measure.Figure]:
    for page, size in sizes(dist()).items():
        yield measure.at_most(f"{page}: entry and what it imports at once, gzip", size, "kB", BUDGET_KB[page])


def _first_load(
    play: Playwright, port: int, cookies: dict[str, str], spans: Spans
) -> Iterator[measure.Figure]:
    runs = []
    for _ in range(spans.loads):
        with browser.page(play, port, cookies) as opened:
            runs.append(browser.loaded(opened))
    run = sorted(runs, key=lambda one: one["idle"])[len(runs) // 2]
    yield measure.at_most(
        f"first load to usable map, cold browser, median of {len(runs)}", run["idle"] / 1000, "s", BAR_LOAD_S
    )
    ours = {path.removeprefix("/static/web/") for path, _ in run["files"] if path.startswith("/static/web/")}
    yield measure.at_most(
        "console: all scripts and styles of that load, gzip",
        sum(packed(dist() / name) for name in ours if name.endswith((".js", ".mjs", ".css"))),
        "kB",
        BUDGET_KB["console"],
    )
    sent = run["page"] + sum(size for _, size in run["files"])
    yield measure.Figure("on the wire in that load, data included", sent / 1000, "kB")


def _entries(
    play: Playwright, port: int, cookies: dict[str, str], load: stage.Load, spans: Spans
) -> Iterator[measure.Figure]:
    beside = sse.Clients(port, BESIDE, values="all")
    plan = {
        "port": port, "headers": stage.headers(cookies), "alerts": load.alerts, "cases": load.cases,
        "per_s": PER_S,
    }  # fmt: skip
    with browser.page(play, port, cookies) as opened:
        people = Beside("commands", plan)
        seen = browser.entries(opened, spans.seconds)
        rate = people.end()
    beside.end()
    yield measure.Figure("journal entries meanwhile", rate, "entries/s")
    yield measure.Figure(
        f"entries seen by the browser, {BESIDE} streams beside it", len(seen["waits"]), "entries"
    )
    yield measure.Figure("entry to page, p50", measure.percentile(seen["applied"], 0.5), "ms")
    yield measure.Figure("entry to pixel, p50", measure.percentile(seen["waits"], 0.5), "ms")
    yield measure.at_most("entry to pixel, p99", measure.percentile(seen["waits"], 0.99), "ms", BAR_PIXEL_MS)


def _many(port: int, spans: Spans) -> Iterator[measure.Figure]:
    clients = sse.Clients(port, spans.clients)
    moments = sse.write_entries(1.5 * spans.seconds, sse.PER_S)
    time.sleep(2)
    found, missing = sse.latencies(moments, clients.end())
    of = f"{spans.clients} streams, {sse.PER_S:g} entries/s"
    yield measure.Figure(f"{of}: missed", float(missing), "deliveries", "= 0", missing == 0)
    yield measure.at_most(
        f"{of}: commit to client, p99", measure.percentile(found, 0.99), "ms", sse.BAR_P99_MS
    )


def _points(play: Playwright, port: int, cookies: dict[str, str], spans: Spans) -> Iterator[measure.Figure]:
    sources = _feed()
    gateways = Beside("values", {"port": port, "sources": sources})
    with browser.page(play, port, cookies) as opened:
        browser.until_fed(opened)
        seen = browser.still(opened, spans.seconds)
    rate = gateways.end()
    for script in sorted(seen["scripts"], reverse=True)[:5]:
        print("  in a long frame:", *script, file=sys.stderr)
    long = [ms for ms in seen["tasks"] if ms > BAR_TASK_MS]
    yield measure.Figure(
        "live points on the map, fed at 1 Hz", sum(len(source["streams"]) for source in sources), "points"
    )
    yield measure.Figure("values sent, all the while", rate, "values/s")
    yield measure.Figure("new values that the page took", seen["changed"], "values/s")
    yield measure.at_least("the whole console open, still", seen["frames"], "frames/s", BAR_FRAMES)
    yield measure.Figure("longest gap between two frames", seen["gap"], "ms")
    yield measure.at_most(f"tasks of the page over {BAR_TASK_MS:g} ms", len(long), "tasks", 0)
    yield measure.Figure("longest task of the page", max(seen["tasks"], default=0.0), "ms")
    yield measure.Figure("value to pixel, p50", measure.percentile(seen["waits"], 0.5), "ms")
    yield measure.Figure("value to pixel, p99", measure.percentile(seen["waits"], 0.99), "ms")


def _feed() -> list[dict[str, Any]]:
    """Make it POINTS datastreams in service that have a place, and say what the gateways send: a token and rows a source."""
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people
    from chengyun.server import district_folder
    from chengyun.signals import actions as signals
    from chengyun.signals import vocabulary
    from chengyun.signals.models import Datastream, Source

    def fed() -> Any:
        return Datastream.objects.filter(in_service=True, asset__isnull=False, quantity__in=CALM)

    for source in Source.objects.all():
        signals.set_source_service(
            actor=system("bench"), source=source.code, pattern="*", in_service=True, reason="benchmark"
        )
    with tempfile.TemporaryDirectory(prefix="chengyun-bench-") as scratch:
        folder = Path(scratch) / "denser"
        denser.write(stage.SAMPLE, folder, POINTS - fed().count())
        district_folder.load(folder)
    units = {code: quantity.unit for code, quantity in vocabulary.quantities().items()}
    streams: dict[str, list[tuple[str, str, float]]] = {}
    rows = fed().order_by("id").values_list("source__code", "code", "quantity")
    for source, code, quantity in rows:
        streams.setdefault(source, []).append((code, units[quantity], CALM[quantity]))
    return [
        {"key": people.issue_token(actor=system("bench"), source=source), "streams": given}
        for source, given in streams.items()
    ]


class Beside:
    """A load generator in a process of its own; at work when this returns."""

    def __init__(self, module: str, plan: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"chengyun.server.bench.console.{module}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(plan).encode() + b"\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise SystemExit("the load could not be made; see the messages above")

    def end(self) -> float:
        """Have it stop; returns its rate."""
        said, _ = self._process.communicate(timeout=60)
        if self._process.returncode:
            raise SystemExit("the load could not be made; see the messages above")
        return float(said)


if __name__ == "__main__":
    os.chdir(ROOT)
    main("--quick" in sys.argv)
