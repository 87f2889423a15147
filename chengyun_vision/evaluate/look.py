"""The platform's own way through a clip, noting what each rule counted: in marked pictures, over lines, as events."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from chengyun_vision.analyse import header, items
from chengyun_vision.evaluate.reference import Reference
from chengyun_vision.frames import Box, Frame, Look, Packet
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.problem import Problem
from chengyun_vision.rules.crossing import LineCrossing
from chengyun_vision.rules.primitives import PRIMITIVES
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.rules.spec import Spec
from chengyun_vision.running import Said, Sees, Settings

# Looks a second where no rule asks for more than the marked pictures.
_SELDOM = 0.01


@dataclass(slots=True)
class Found:
    """What one rule found: boxes that it counted, by the number of the picture; moments, by direction; (start, end)."""

    pictures: dict[int, list[Box]] = field(default_factory=dict)
    crossings: dict[str, list[float]] = field(default_factory=lambda: {"in": [], "out": []})
    events: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """`found`: by rule. `looks`: pictures that models looked at, `ms`: CPU milliseconds that each took on average. `times`:
    of the clip's pictures, seconds. `seconds`: of the clip. `fps`: looks a second, None where only marked pictures were
    looked at."""

    found: dict[str, Found]
    times: list[float]
    fps: float | None
    looks: int = 0
    ms: float = 0.0
    seconds: float = 0.0


def look_through(
    address: str,
    reference: Reference,
    specs: Sequence[Spec],
    *,
    models: Sequence[Sees],
    settings: Settings,
    progress: Callable[[float, float | None], None] = lambda done, of: None,
) -> Seen:
    """Everything that the rules find in the clip. Raises `Problem` where it cannot be read, or is shorter than what was
    marked in it.

    Looks are taken at `settings.fps`, and beside that in each marked picture. Where nothing but marked pictures is asked for
    no others are looked at.
    """
    clip = header(address)
    times = sorted(item.at for item in items(clip, address) if isinstance(item, Packet))
    marked = _moments(reference, times)
    if models and not _going_on(specs, reference):
        settings = replace(settings, fps=_SELDOM)
    specs = [_for_pictures(spec, reference) for spec in specs]
    numbers = count()
    timed = [_Timed(model) for model in models]
    watched = _Watched(
        Ruleset(specs, lambda: f"e{next(numbers)}"), models=timed, settings=settings, marked=marked
    )
    at = 0.0
    for item in items(clip, address):
        at = max(at, item.at)
        watched.take(watched.feed(item))
        progress(at, clip.length)
    watched.take(watched.finish())
    looks = sum(one.looks for one in timed)
    return Seen(
        watched.found, times, None if settings.fps == _SELDOM else settings.fps, looks,
        1000 * sum(one.seconds for one in timed) / looks if looks else 0.0, at,
    )  # fmt: skip


def _going_on(specs: Sequence[Spec], reference: Reference) -> bool:
    """Whether any rule needs more than the marked pictures: what goes on over time is asked for, or marked."""
    answers = [answer for each in reference.passes.values() for answer in each.answers.values()]
    return any(answer.crossings is not None or answer.events is not None for answer in answers) or any(
        set(PRIMITIVES[spec.primitive].wants) & {"tracks", "blobs"} for spec in specs
    )


def _for_pictures(spec: Spec, reference: Reference) -> Spec:
    """Marked pictures are looked at whatever the rule's cadence is."""
    marked = any(
        spec.code in each.answers and each.answers[spec.code].pictures is not None
        for each in reference.passes.values()
    )
    return replace(spec, values={**spec.values, "cadence": 0.0}) if marked else spec


def _moments(reference: Reference, times: Sequence[float]) -> dict[float, int]:
    """When the marked pictures come -> their numbers."""
    marked = sorted(reference.marked())
    if marked and marked[-1] >= len(times):
        raise Problem(
            f"标注到第 {marked[-1]} 幅画面,片段只有 {len(times)} 幅(从 0 数起)。",
            f"picture {marked[-1]} is marked, but the clip has {len(times)} (counted from 0).",
            where=reference.where,
        )
    return {times[number]: number for number in marked}


class _Timed:
    """A model, and how long it takes."""

    def __init__(self, model: Sees) -> None:
        self._model, self.labels = model, model.labels
        self.looks, self.seconds = 0, 0.0

    @property
    def gives(self) -> str:
        return self._model.gives

    def look(self, frame: Frame, regions: Sequence[Box] | None = None) -> Look:
        frame.bgr()  # the detector's own time, not that of the colours
        begun = time.process_time()
        look = self._model.look(frame, regions)
        self.seconds += time.process_time() - begun
        self.looks += 1
        return look

    def tiles(self) -> tuple[Box, ...]:
        return self._model.tiles()


class _Watched(Pipeline):
    """The pipeline as it is, but for two things: it looks at marked pictures whenever they come, and is listened to."""

    def __init__(self, rules: Ruleset, *, marked: dict[float, int], **rest: Any) -> None:
        super().__init__(rules, **rest)
        self.found = {rule.spec.code: Found() for rule in rules.rules}
        self._marked, self._moments = marked, sorted(marked)

    def take(self, said: Said) -> None:
        for event in said.events:
            if event.state == "end" and event.end is not None:
                self.found[event.rule].events.append((event.start, event.end))

    def _picture(self, frame: Frame) -> Said:
        if self._number(frame.at) is not None:
            self._looked_at = None
        return super()._picture(frame)

    def _judge(self, look: Look, frame: Frame | None = None) -> Said:
        lines = [rule for rule in self.rules.rules if isinstance(rule, LineCrossing)]
        before = [dict(rule.counts) for rule in lines]
        said = super()._judge(look, frame)
        for line, was in zip(lines, before, strict=True):
            for direction, now in line.counts.items():
                moments = self.found[line.spec.code].crossings[direction]
                moments += [look.at] * (now - was[direction])
        number = self._number(look.at) if frame is not None else None
        if number is not None:
            for rule in self.rules.rules:
                counted = rule.counted(look)
                if counted is not None:
                    self.found[rule.spec.code].pictures[number] = [thing.box for thing in counted]
        return said

    def _number(self, at: float) -> int | None:
        """Of the marked picture that comes at this moment."""
        near = bisect_left(self._moments, at - 1e-3)
        if near < len(self._moments) and self._moments[near] <= at + 1e-3:
            return self._marked[self._moments[near]]
        return None
