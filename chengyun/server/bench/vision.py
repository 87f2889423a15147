"""The camera worker: what a camera costs on this machine, and how long it takes from a picture to an alert in the journal.

The second half is the worker itself against a running platform: drawn places, a lens that is covered, the preset's own hold
times taken off. What only the shared clips can show stands in the tests; clips may be named in CHENGYUN_BENCH_CLIPS (files,
separated by colons), a detector in CHENGYUN_BENCH_MODEL.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

from chengyun.server.bench import measure, mqtt
from chengyun.server.bench.measure import Figure

# A minute of the scene's round; something is put down in the middle of it.
_EVERY, _CAMERAS = 60, 6


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from chengyun.server import eyes

    if lacking := eyes.missing():
        raise SystemExit(f"the camera worker cannot be measured here: {', '.join(lacking)} not installed")
    figures = [*_cost(quick), *_alerts(60 if quick else 180)]
    measure.finish(figures)


def _cost(quick: bool) -> list[Figure]:
    """By the worker's own command: nothing of it is imported here."""
    clips = [part for part in os.environ.get("CHENGYUN_BENCH_CLIPS", "").split(":") if part]
    model = os.environ.get("CHENGYUN_BENCH_MODEL")
    size = ["--cameras", "8" if quick else "20", "--seconds", "6" if quick else "20"]
    rows: list[dict[str, Any]] = []
    for clip in [None, *clips]:
        which = [*(["--clip", clip] if clip else []), *(["--model", model] if model else [])]
        done = subprocess.run(
            [sys.executable, "-m", "chengyun_vision.cli", "bench", "--json", *size, *which],
            stdout=subprocess.PIPE,
            check=True,
        )
        rows += json.loads(done.stdout)["figures"]
    return [Figure(**row) for row in rows]


def _alerts(seconds: float) -> list[Figure]:
    """Covered lenses, one camera after another: from the first picture that shows it to the alert in the journal."""
    from chengyun.kernel import clock
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people
    from chengyun.video import actions as video
    from chengyun.video.models import Binding

    people.start_roster(actor=system("bench"))
    for row in Binding.objects.exclude(enabled=False):
        # The sample's own streams are nowhere: nobody is to wait for them here.
        video.pause(
            actor=system("bench"), code=row.code, reason="maintenance", until=clock.now() + timedelta(days=1)
        )
    cameras = _bound(video, system("bench"))
    token = people.issue_token(actor=system("bench"), source="vision")
    port = mqtt.free_port()
    web = measure.start(
        "gunicorn", "chengyun.server.wsgi:application", "--config", "python:chengyun.server.gunicorn_config",
        "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4",
    )  # fmt: skip
    workers = [measure.start("chengyun.server.cli", "worker", "--slot", str(slot)) for slot in (0, 1)]
    try:
        mqtt.wait_for(port)
        eyes = subprocess.Popen(
            [sys.executable, "-m", "chengyun_vision.cli", "work", "--server", f"http://127.0.0.1:{port}",
             "--name", "bench", "--processes", "1"],
            env=os.environ | {"CHENGYUN_VISION_TOKEN": token}, stdout=sys.stderr, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        workers.append(eyes)
        time.sleep(seconds)
    finally:
        for process in [*workers, web]:
            process.terminate()
        for process in [*workers, web]:
            process.wait(20)
    return _delays(cameras)


def _bound(video: Any, actor: Any) -> dict[str, int]:
    """Cameras with drawn places: code -> second of the minute at which its lens is covered."""
    cameras = {}
    for number in range(_CAMERAS):
        code, begins = f"cam-{number + 101:04}", 20 + 5 * number
        address = f"scene://covered-lens?seed={number + 1}&every={_EVERY}&from={begins}&for=20"
        video.describe(actor=actor, code=code, main=address, purposes=["upkeep"])
        video.bind(
            actor=actor,
            code=f"bench-{number}",
            camera=code,
            preset="camera_health",
            settings={"hold_off": 0, "frozen": False},
        )
        cameras[code] = begins
    return cameras


def _delays(cameras: dict[str, int]) -> list[Figure]:
    """The health state `covered` is told after 10 s by itself (its own hold time), which is taken off."""
    from chengyun.kernel.models import JournalEntry

    told = [
        entry
        for entry in JournalEntry.objects.filter(kind="camera.event")
        if (entry.payload["state"], entry.payload["about"]) == ("new", "covered")
    ]
    delays = []
    for entry in told:
        at = entry.at.timestamp()
        begun = cameras[entry.payload["camera"]]
        delays.append((at - begun) % _EVERY - 10.0)
    opened = JournalEntry.objects.filter(kind="alert.opened")
    alerts = sum(entry.payload.get("rule") == "camera-tampered" for entry in opened)
    what = "picture to event in the journal, drawn places at 2 a second, hold time taken off"
    return [
        # A hundredth of fewer than a hundred is nothing that could be judged.
        measure.at_most(f"{what}: p99", measure.percentile(delays, 0.99), "s", 1.5)
        if len(delays) >= 100
        else Figure(f"{what}: worst, too few for a p99", max(delays, default=math.nan), "s"),
        Figure("events that this is of", float(len(delays)), "events"),
        Figure("alerts of them", float(alerts), "alerts"),
    ]  # fmt: skip


if __name__ == "__main__":
    main("--quick" in sys.argv)
