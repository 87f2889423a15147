"""How much of a core one camera costs, and how many two cores carry: measured on clips paced as cameras send them.

Arithmetic, said with each figure: cameras = 2 cores x 70 % / CPU seconds per camera-second. CPU is that of the whole
process, with reading and pacing in it. Bars are for H.264; a clip of another codec has figures and no bar.
"""

from __future__ import annotations

import itertools
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from chengyun_vision import models, source
from chengyun_vision.frames import Event, Packet
from chengyun_vision.geometry import WHOLE
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.rules import preset
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.rules.spec import Spec
from chengyun_vision.running import Settings
from chengyun_vision.scenes import draw
from chengyun_vision.source.base import Notice
from chengyun_vision.source.supervised import Supervised

BAR = "2 cores, 70 % load, something happening a fifth of the time"
SHARE = 2 * 0.7
_FPS, _ROUND = 25, 20  # pictures a second of the drawn clip; seconds of it, a fifth of them busy

Figure = dict[str, Any]


def measure(
    scratch: Path, *, cameras: int, seconds: float, clip: Path | None = None, model: str | None = None
) -> list[Figure]:
    """All figures that can be measured here."""
    cv2.setNumThreads(1)
    sees = [models.load(model)] if model else []
    figures: list[Figure] = []
    bars = {1080: 140.0, 720: 200.0}
    for width, height in [(1920, 1080), (1280, 720)] if clip is None else [(0, 0)]:
        path = clip or drawn(scratch / f"{height}.mp4", width, height)
        what, codec, high = _named(path, drawn_here=clip is None)
        bar = bars.get(high) if codec == "h264" else None
        for gated in (True, False):
            cost, memory, lag = _paced(path, cameras, seconds, sees, gated=gated)
            how = "packet sizes asked first" if gated else "every keyframe decoded"
            figures.append(_figure(f"CPU a camera, {what}, {how}", 1000 * cost, "ms/s"))
            figures.append(
                _figure(f"cameras on 2 cores, {what}, {how}", SHARE / cost, "cameras", bar if gated else None)
            )
            if gated:
                figures.append(
                    _figure(f"memory a camera beyond the first, {what}", memory, "MB", 60.0, most=True)
                )
                figures.append(_figure(f"picture to rule, p99, {cameras} cameras at once", lag, "s"))
        found, late, of = compared(path, sees)
        figures.append(
            _figure(f"events found of {of} that decoding everything finds, {what}", found, "%", 98.0)
        )
        figures.append(_figure(f"latest of them, {what}", late, "s later", 2.0, most=True))
    return figures


def _figure(what: str, value: float, unit: str, bar: float | None = None, *, most: bool = False) -> Figure:
    if bar is None:
        return {"what": what, "value": value, "unit": unit, "bar": None, "met": None}
    sign, met = ("<=", value <= bar) if most else (">=", value >= bar)
    return {"what": what, "value": value, "unit": unit, "bar": f"{sign} {bar:g}", "met": met}


def drawn(path: Path, width: int, height: int) -> Path:
    """A clip of our own: a still place with sensor noise, crossed by somebody a fifth of the time; a keyframe a second."""
    ground = draw.ground(7)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("mpeg4", rate=_FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 4_000_000 if height > 720 else 2_000_000
        context = stream.codec_context
        context.thread_count, context.gop_size = 1, _FPS
        context.options = {"sc_threshold": "1000000000"}
        for number in range(_ROUND * _FPS):
            at = number / _FPS
            picture = ground.copy()
            if at >= 0.8 * _ROUND:
                x = (at - 0.8 * _ROUND) / (0.2 * _ROUND) * draw.WIDTH
                draw.figure(picture, x, 300, 110, (40, 60, 190), at * 6)
            picture = draw.grained(picture, at, 7)
            large = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
            frame: Any = av.VideoFrame.from_ndarray(np.asarray(large, np.uint8), format="bgr24")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _named(path: Path, *, drawn_here: bool) -> tuple[str, str, int]:
    """(what a figure calls it, codec, pixels down)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        wide, high, codec = stream.codec_context.width, stream.codec_context.height, stream.codec_context.name
    whose = "drawn, GOP 1 s" if drawn_here else path.name
    return f"{wide}x{high} {codec} ({whose})", codec, high


def _specs(sees: list[Any]) -> list[Spec]:
    """Something is there: with a detector people, without one whatever moves."""
    base = preset.spec_of(preset.named("occupancy"), where="bench")
    classes = frozenset({"person"}) if sees else frozenset({"object"})
    return [replace(base, classes=classes, zone=WHOLE)]


def _pipeline(sees: list[Any], settings: Settings, clock: Callable[[], str] | None = None) -> Pipeline:
    numbers = itertools.count()
    return Pipeline(
        Ruleset(_specs(sees), clock or (lambda: f"e{next(numbers)}")), models=sees, settings=settings
    )


def _paced(
    path: Path, cameras: int, seconds: float, sees: list[Any], *, gated: bool
) -> tuple[float, float, float]:
    """(CPU seconds a camera-second, MB a camera, p99 seconds from a packet's time to its judgement)."""
    settings = Settings(fps=2.0, mode="keyframe", gated=gated)
    made = [
        (Supervised(lambda: source.make(str(path), pace="live", loop=True)), _pipeline(sees, settings))
        for _ in range(cameras)
    ]
    before = _rss()
    lags: list[float] = []
    warm = time.monotonic() + 3.0
    begun: float | None = None
    cpu = first = 0.0
    while True:
        now = time.monotonic()
        if begun is None and now >= warm:
            begun, cpu, lags = now, time.process_time(), []
            first = _rss()
        if begun is not None and now - begun >= seconds:
            break
        did = 0
        for stream, pipeline in made:
            for item in stream.take(50):
                did += 1
                pipeline.feed(item)
                if isinstance(item, Packet) and item.keyframe:
                    lags.append(time.time() - item.at)
        if not did:
            time.sleep(0.02)
    cost = (time.process_time() - cpu) / (time.monotonic() - begun) / cameras
    memory = max(0.0, max(first, _rss()) - before) / cameras
    for stream, _ in made:
        stream.close()
    return cost, memory, sorted(lags)[int(0.99 * (len(lags) - 1))] if lags else 0.0


def compared(path: Path, sees: list[Any]) -> tuple[float, float, int]:
    """(share of events found, seconds by which the latest of them began later, how many there are)."""
    full = _events(path, sees, Settings(fps=2.0, mode="full", gated=False))
    cheap = _events(path, sees, Settings(fps=2.0, mode="keyframe", gated=True))
    delays = []
    for event in full:
        same = [
            other
            for other in cheap
            if other.start < (event.end or 1e9) + 2 and (other.end or 1e9) > event.start - 2
        ]
        if same:
            delays.append(max(0.0, min(other.start for other in same) - event.start))
    share = 100.0 * len(delays) / len(full) if full else 100.0
    return share, max(delays, default=0.0), len(full)


def _events(path: Path, sees: list[Any], settings: Settings) -> list[Event]:
    pipeline, stream = _pipeline(sees, settings), source.make(str(path))
    ended: list[Event] = []
    items = stream.open()
    opened = False
    try:
        for item in items:
            if not opened and stream.facts is not None:
                opened = True
                pipeline.feed(Notice(item.at, "opened", facts=stream.facts))
            ended += [event for event in pipeline.feed(item).events if event.state == "end"]
    except source.SourceError as error:
        if error.cause != "ended":
            raise
    return [*ended, *(event for event in pipeline.finish().events if event.state == "end")]


def _rss() -> float:
    """MB of this process now; the most it ever was where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
