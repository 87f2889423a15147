"""How well it sees, in figures: public clips against what was marked in them by hand, and faces left in what is stored.

    for figure in accuracy(folder / "video", folder / "models"): ...

A clip or weights that are not there are said and passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2

from chengyun_vision import models
from chengyun_vision.analyse_command import Keeper, usual
from chengyun_vision.bench.figures import Figure, figure
from chengyun_vision.evaluate import masking, reference
from chengyun_vision.evaluate.look import look_through
from chengyun_vision.evaluate.report import report
from chengyun_vision.evidence.faces import FILE
from chengyun_vision.models import Model
from chengyun_vision.running import Settings

DETECTOR = "yolox_nano.onnx"
# From straight above no detector of the street sees anything: whatever moves is counted.
NO_MODEL = ("road-topview", "car-park")
# Clips in which people are to be seen.
PEOPLE = (
    "one-by-one-person-detection.mp4",
    "vtest-pets09-480x360.avi",
    "classroom.gif",
    "people-detection.gif",
    "person-bicycle-car-detection.gif",
)

Say = Callable[[str], None]


def accuracy(
    clips: Path, weights: Path, *, masked_fps: float = 2.0, say: Say = lambda text: None
) -> Iterator[Figure]:
    """`clips`, `weights`: folders. `masked_fps`: pictures stored a second where masking is judged; 0 leaves it out."""
    cv2.setNumThreads(1)
    net = models.load(str(weights / DETECTOR)) if _there(weights / DETECTOR, say) else None
    for name in sorted(path.stem for path in reference.SHIPPED.glob("*.yaml")):
        found = reference.named(name)
        if not _there(clips / found.clip, say):
            continue
        if net is None and name not in NO_MODEL:
            say(f"{found.clip}: not measured without {DETECTOR}")
            continue
        yield from _held_against(found, clips / found.clip, net if name not in NO_MODEL else None)
    if masked_fps and net is not None and _there(weights / FILE, say):
        for clip in PEOPLE:
            if _there(clips / clip, say):
                yield from _masked(clips / clip, net, weights, masked_fps)


def _held_against(found: reference.Reference, clip: Path, net: Model | None) -> Iterator[Figure]:
    found.check(clip)
    fps = found.fps or usual(found.rules)
    seen = look_through(
        str(clip),
        found,
        found.rules,
        models=[net] if net is not None else [],
        settings=Settings(fps=fps, mode="full", gated=False),
    )
    for code, rule in report(found, found.rules, seen)["rules"].items():
        for name, told in rule["passes"].items():
            bars = name == found.measure
            yield from _told(f"{found.clip}, {code}, against the {name} pass by hand", told, bars)


def _told(what: str, told: dict[str, Any], bars: bool) -> Iterator[Figure]:
    """`bars`: whether it is the pass that is the measure."""
    if "pictures" in told:
        whole = told["overlap"]["0.5"]
        yield _least(
            f"mean count error: {what}", told["count_error_with_hard"], "people", 1.0 if bars else None
        )
        yield _most(f"precision: {what}", whole["precision"], "", 0.9 if bars else None)
        yield _most(f"recall: {what}", whole["recall"], "", 0.9 if bars else None)
    for direction, one in told.get("crossings", {}).items():
        if one["by_hand"] or one["counted"]:
            error = None if one["error"] is None else abs(100 * one["error"])
            yield _least(
                f"{direction}, {one['counted']} counted of {one['by_hand']}: {what}",
                error,
                "% off",
                10.0 if bars else None,
            )
    if "events" in told:
        events = told["events"]
        yield _most(
            f"events found: {what}", events["found"], "events", float(events["by_hand"]) if bars else None
        )
        yield _least(f"events beside: {what}", events["false"], "events", 0.0 if bars else None)
        yield _least(f"worst edge: {what}", events["worst_edge_s"], "s", 1.5 if bars else None)


def _masked(clip: Path, net: Model, weights: Path, fps: float) -> Iterator[Figure]:
    judged = masking.judged(
        str(clip),
        [net],
        lambda folder: Keeper(folder, [net], [str(weights / DETECTOR)]),
        masking.with_faces(weights),
        fps=fps,
    )
    yield _least(
        f"faces of {masking.LEAST} px and more left in {judged.stored} stored pictures: {clip.name}",
        len(judged.faces),
        "faces",
        0.0,
    )
    yield _least(f"of {judged.heads} heads as before: {clip.name}", len(judged.same), "heads", 0.0)


def _least(what: str, value: float | None, unit: str, bar: float | None) -> Figure:
    return figure(what, float("inf") if value is None else float(value), unit, bar, most=True)


def _most(what: str, value: float | None, unit: str, bar: float | None) -> Figure:
    return figure(what, 0.0 if value is None else float(value), unit, bar)


def _there(path: Path, say: Say) -> bool:
    if not path.is_file():
        say(f"{path.name} is not in {path.parent}: not measured")
    return path.is_file()
