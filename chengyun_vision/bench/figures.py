"""The figures of `chengyun vision bench`: each says what it is of, and its bar where it has one.

A camera here is a clip of twenty-second rounds, four of them busy, handed over as a camera sends it. The bars are for H.264;
clips of another codec have figures and no bar.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chengyun_vision import models
from chengyun_vision.bench import clips
from chengyun_vision.bench.carried import SHARE, Carried, carried
from chengyun_vision.bench.clips import Kind
from chengyun_vision.bench.found import compared
from chengyun_vision.geometry import WHOLE
from chengyun_vision.rules import preset
from chengyun_vision.rules.spec import Spec

Figure = dict[str, Any]
# Seconds of the six-visit clip at which somebody comes in.
VISITS = (5.6, 22.6, 50.1, 74.1, 92.1, 123.1)
VISITED = "one-by-one-person-detection.mp4"
_MEMORY, _FOUND, _LATE = 60.0, 98.0, 2.0
_UNSEEN = 0.01


@dataclass(frozen=True, slots=True)
class Way:
    """How cameras of a kind are looked at. `bar`: so many on two cores at 70 %; also how many run at once here."""

    what: str
    kind: Kind
    settings: dict[str, Any]
    bar: int
    judged: bool = True
    stream: bool = False  # over RTSP on this machine instead of from files


WAYS = (
    Way("1080p keyframes, packet sizes asked first", clips.MAIN, {"mode": "keyframe"}, 140),
    Way("1080p keyframes, every one decoded", clips.MAIN, {"mode": "keyframe", "gated": False}, 69, judged=False),
    Way("1080p keyframes at a constant rate", clips.CAPPED, {"mode": "keyframe"}, 69, judged=False),
    Way("1080p keyframes over RTSP", clips.MAIN, {"mode": "keyframe"}, 140, judged=False, stream=True),
    Way("720p keyframes, packet sizes asked first", clips.SMALLER, {"mode": "keyframe"}, 200),
    Way("360p, all decoded, 2 looks a second", clips.SUB, {"mode": "full", "gated": False}, 110),
    Way("360p, all decoded where something changed", clips.SUB, {"mode": "full"}, 180),
)  # fmt: skip


def measure(
    folder: Path,
    *,
    seconds: float,
    processes: int,
    model: str | None = None,
    real: Path | None = None,
    cameras: int | None = None,
    rounds: int = 60,
    only: str = "",
    say: Callable[[str], None] = print,
) -> Iterator[Figure]:
    """`folder`: where the clips are kept. `real`: a folder with the six-visit clip, of which the busy seconds are then made;
    drawn otherwise. `cameras`: so many at once instead of each bar's number. `rounds`: of the drawn clip whose events are
    compared. `only`: ways whose name holds this text, or "events". Raises OSError, RuntimeError where a clip or a process
    cannot be made."""
    codec = "h264" if clips.h264() else "mpeg4"
    six = real / VISITED if real is not None and (real / VISITED).is_file() else None
    for way in WAYS:
        if only not in way.what or (way.stream and codec != "h264"):
            continue
        clip = _clip(folder, way.kind, six, codec, say)
        for seen in (None, model) if six is not None and model else (None,):
            say(f"{way.what}, {seen or 'no model'}: {cameras or way.bar} cameras for {seconds:.0f} s")
            with _address(clip, way.stream) as address:
                got = carried(
                    address, [_bound(seen)], cameras=cameras or way.bar, seconds=seconds,
                    processes=processes, models=(seen,) if seen else (), settings=way.settings,
                )  # fmt: skip
            yield from _figures(way, got, codec, seen)
    if only in "events":
        yield from _found(folder, codec, six, model, rounds, say)


def _clip(folder: Path, kind: Kind, six: Path | None, codec: str, say: Callable[[str], None]) -> Path:
    """Made once."""
    name = f"{'visits' if six else 'drawn'}-{kind.height}-{kind.rate}-{kind.fps}-{codec}.mp4"
    path = folder / name
    if not path.is_file():
        say(f"making {name}")
        part = folder / f"part-{name}"
        clips.encode(clips.visits(six, VISITS) if six else clips.drawn(6), part, kind)
        part.rename(path)
    return path


@contextlib.contextmanager
def _address(clip: Path, stream: bool) -> Iterator[str]:
    """Of the clip itself, or of a process that sends it: what that takes is not the worker's."""
    if not stream:
        yield f"file:{clip}"
        return
    command = [sys.executable, "-m", "chengyun_vision.bench.rtsp", str(clip)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stdin is not None
        try:
            yield f"rtsp://127.0.0.1:{int(server.stdout.readline())}/"
        finally:
            server.kill()


def _figures(way: Way, got: Carried, codec: str, seen: str | None) -> Iterator[Figure]:
    """The bars are for reading, decoding and motion; what a detector takes beside depends on which it is."""
    what = f"{way.what}, {codec}, {'with a detector' if seen else 'without a model'}"
    bar = way.bar if way.judged and codec == "h264" and not seen else None
    if got.unseen > _UNSEEN:  # what is not looked at costs nothing: nothing follows from such a run
        yield figure(f"NOT carried, {got.unseen:.0%} was not looked at: {what}", 0.0, "cameras", bar)
    else:
        yield figure(f"cameras on {got.processes} cores at {SHARE:.0%}: {what}", got.fits, "cameras", bar)
    yield figure(f"with {got.cameras} of them: CPU a camera-second", 1000 * got.each, "ms")
    yield figure(f"with {got.cameras} of them: load", 100 * got.cores / got.processes, "% of each core")
    yield figure(f"with {got.cameras} of them: behind at most", got.lag, "s")
    yield figure(f"with {got.cameras} of them: nobody looked", 100 * got.unseen, "% of the seconds")
    yield figure(f"memory a camera, {what}", got.memory, "MB", _MEMORY, most=True)


def _found(
    folder: Path, codec: str, six: Path | None, model: str | None, rounds: int, say: Callable[[str], None]
) -> Iterator[Figure]:
    path = folder / f"many-{rounds}-{clips.SMALLER.height}-{codec}.mp4"
    if not path.is_file():
        say(f"making {path.name}")
        part = folder / f"part-{path.name}"
        clips.encode(clips.drawn(rounds), part, clips.SMALLER)
        part.rename(path)
    rows: list[tuple[str, Path, list[Any]]] = [(f"{rounds} drawn visits, 720p, no model", path, [])]
    if six is not None and model:
        sees = [models.load(model)]
        rows += [
            (f"six real visits, {kind.name}, a detector", _clip(folder, kind, six, codec, say), sees)
            for kind in (clips.MAIN, clips.CAPPED, clips.SMALLER, clips.SUB)
        ]
    of = found = 0
    late: list[float] = []
    for what, clip, sees in rows:
        say(f"events of {what}")
        got = compared(clip, [_spec(bool(sees))], sees)
        of, found, late = of + got.of, found + got.found, [*late, *got.late]
        yield figure(f"events found, {what}: of {got.of}", float(got.found), "events")
        yield figure(f"events that only looking as live finds, {what}", float(got.more), "events")
    yield figure(
        "events found of those that decoding everything finds", 100 * found / of if of else 0.0, "%", _FOUND
    )
    yield figure("latest of them", max(late, default=0.0), "s later", _LATE, most=True)


def _bound(model: str | None) -> dict[str, Any]:
    """A binding as a lease describes it: somebody, or something, is there. Pictures of events are not kept: one each twenty
    seconds of every camera is no district."""
    rule = {
        "code": "bench.whole", "primitive": "occupancy", "classes": ["person" if model else "object"],
        "zone": {"code": "whole", "points": [[0, 0], [1, 0], [1, 1], [0, 1]]},
        "settings": {"evidence": "none"}, "quantities": {},
    }  # fmt: skip
    kind = "detector" if model else "none"
    return {"binding": "bench", "version": 1, "model": "", "model_kind": kind, "rule": rule}


def _spec(detector: bool) -> Spec:
    base = preset.spec_of(preset.named("occupancy"), where="bench")
    return replace(base, classes=frozenset({"person" if detector else "object"}), zone=WHOLE)


def figure(what: str, value: float, unit: str, bar: float | None = None, *, most: bool = False) -> Figure:
    if bar is None:
        return {"what": what, "value": value, "unit": unit, "bar": None, "met": None}
    sign, met = ("<=", value <= bar) if most else (">=", value >= bar)
    return {"what": what, "value": value, "unit": unit, "bar": f"{sign} {bar:g}", "met": met}


def missed(figures: Sequence[Figure]) -> list[Figure]:
    return [one for one in figures if one["met"] is False]
