"""The camera worker: how many cameras this machine carries, and how long it takes from a picture to an alert in the journal.

CHENGYUN_BENCH_DATA names a folder with `video/` (the six-visit clip) and `models/` (yolox_nano.onnx); without it the busy
seconds are drawn and no detector is measured. Clips are H.264 where the program ffmpeg is installed. They are kept in
CHENGYUN_BENCH_CLIPS, for making them takes minutes.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from chengyun.server.bench import measure, mqtt
from chengyun.server.bench.measure import Figure

# At once in the run against the platform: some in whose pictures somebody appears every twenty seconds, beside the others.
_CAMERAS, _TELLING = 140, 40
# Without a detector: a minute of the drawn scene's round; lenses are covered in the midst of it.
_EVERY, _LENSES = 60, 6


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from chengyun.server import eyes

    if lacking := eyes.missing():
        raise SystemExit(f"the camera worker cannot be measured here: {', '.join(lacking)} not installed")
    with _kept() as clips:
        figures = [*_cost(clips, quick), *_alerts(clips, 60 if quick else 180, quick)]
    measure.finish(figures)


@contextmanager
def _kept() -> Iterator[Path]:
    """The folder of the clips."""
    with tempfile.TemporaryDirectory(prefix="chengyun-bench-clips-") as scratch:
        folder = Path(os.environ.get("CHENGYUN_BENCH_CLIPS") or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()


def _data(*parts: str) -> Path | None:
    """A file of the data folder, where there is one."""
    folder = os.environ.get("CHENGYUN_BENCH_DATA")
    path = Path(folder, *parts).resolve() if folder else None
    return path if path is not None and path.exists() else None


def _cost(clips: Path, quick: bool) -> list[Figure]:
    """By the worker's own command: nothing of it is imported here."""
    video, model = _data("video"), _data("models", "yolox_nano.onnx")
    words = ["--clips", str(clips)]
    if video:
        words += ["--real", str(video)]
    if model:
        words += ["--model", str(model), "--weights", str(model.parent)]
    if quick:
        words += ["--cameras", "8", "--seconds", "5", "--rounds", "6"]
    done = subprocess.run(
        [sys.executable, "-m", "chengyun_vision.cli", "bench", "--json", *words],
        stdout=subprocess.PIPE,
        check=True,
    )
    return [Figure(**row) for row in json.loads(done.stdout)["figures"]]


def _alerts(clips: Path, seconds: float, quick: bool) -> list[Figure]:
    """A worker with its cameras, beside the platform that hears it, on the same cores."""
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
    clip, model = (
        next(iter(sorted(clips.glob("visits-1080-variable-*-h264.mp4"))), None),
        _data("models", "yolox_nano.onnx"),
    )
    lenses: dict[str, int] = {}
    if clip is not None and model is not None:
        _visited(video, system("bench"), clip, 12 if quick else _CAMERAS, 4 if quick else _TELLING)
    else:
        lenses = _bound(video, system("bench"))
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
             "--name", "bench", *(["--model", str(model)] if model else [])],
            env=os.environ | {"CHENGYUN_VISION_TOKEN": token}, stdout=sys.stderr, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        workers.append(eyes)
        time.sleep(seconds)
    finally:
        for process in [*workers, web]:
            process.terminate()
        for process in [*workers, web]:
            process.wait(20)
    return _delays(lenses) if lenses else _waits()


def _visited(video: Any, actor: Any, clip: Path, cameras: int, telling: int) -> None:
    """`cameras` that show the clip of visits; in the first `telling` of them whoever comes is an alert of its own."""
    zone = {"code": "whole", "points": [[0, 0], [1, 0], [1, 1], [0, 1]]}
    for number in range(cameras):
        code = f"cam-{number + 101:04}"
        video.describe(
            actor=actor,
            code=code,
            main=f"file:{clip}?from={number % 20}",
            purposes=["upkeep", "public_safety"],
        )
        told = number < telling
        # Pictures of every fourth: two of them a second would be a district in which all goes wrong at once.
        kept = "new" if number % 4 == 0 else "none"
        video.bind(
            actor=actor,
            code=f"bench-{number}",
            camera=code,
            preset="crowd_over_capacity" if told else "abandoned_object",
            zones=[zone],
            settings={"at_least": 1, "hold_on": 0, "hold_off": 2, "evidence": kept}
            if told
            else {"hold_on": 600},
        )


def _waits() -> list[Figure]:
    """From the first picture that somebody was found in (its arrival at the worker) to the alert in the journal."""
    from chengyun.kernel.models import JournalEntry
    from chengyun.video.models import VideoEvent

    opened = {entry.subject: entry.at for entry in JournalEntry.objects.filter(kind="alert.opened")}
    events = VideoEvent.objects.exclude(alert=None).filter(binding__code__startswith="bench-")
    waits = [
        (opened[f"alert:{alert}"] - start).total_seconds()
        for alert, start in events.values_list("alert_id", "start")
        if f"alert:{alert}" in opened
    ]
    what = f"picture to alert in the journal, {_CAMERAS} cameras and the platform on the same cores"
    return [
        measure.at_most(f"{what}: p99", measure.percentile(waits, 0.99), "s", 1.5)
        if len(waits) >= 100
        else Figure(f"{what}: worst, too few for a p99", max(waits, default=math.nan), "s"),
        Figure(f"{what}: p50", measure.percentile(waits, 0.5) if waits else math.nan, "s"),
        Figure("alerts that this is of", float(len(waits)), "alerts"),
    ]  # fmt: skip


def _bound(video: Any, actor: Any) -> dict[str, int]:
    """Cameras with drawn places: code -> second of the minute at which its lens is covered."""
    cameras = {}
    for number in range(_LENSES):
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
