"""What looking less costs: the events of a clip as a live camera's pipeline finds them, against those found by decoding
every picture and looking at two a second."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chengyun_vision import source
from chengyun_vision.frames import Event
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.rules.spec import Spec
from chengyun_vision.running import Sees, Settings
from chengyun_vision.source.base import Notice

EVERYTHING = Settings(fps=2.0, mode="full", gated=False)
LIVE = Settings(fps=2.0, mode="keyframe", gated=True)
# An event is the same one when the two overlap, or miss each other by no more than this, seconds.
NEAR = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """`of`: events that decoding everything finds; `found`: of these, by looking as live; `late`: seconds by which each of
    them began later; `more`: events that only looking as live finds."""

    of: int
    found: int
    late: tuple[float, ...]
    more: int


def compared(clip: Path, specs: Sequence[Spec], models: Sequence[Sees]) -> Found:
    """Raises `SourceError` where the clip cannot be read."""
    full, live = (events(clip, specs, models, settings) for settings in (EVERYTHING, LIVE))
    late = []
    met: set[int] = set()
    for event in full:
        same = [number for number, other in enumerate(live) if _same(event, other)]
        if same:
            met.update(same)
            late.append(max(0.0, min(live[number].start for number in same) - event.start))
    return Found(len(full), len(late), tuple(late), len(live) - len(met))


def _same(event: Event, other: Event) -> bool:
    assert event.end is not None and other.end is not None
    return event.rule == other.rule and other.start <= event.end + NEAR and other.end >= event.start - NEAR


def events(clip: Path, specs: Sequence[Spec], models: Sequence[Sees], settings: Settings) -> list[Event]:
    """All that ended, as fast as the machine can."""
    numbers = itertools.count()
    pipeline = Pipeline(Ruleset(specs, lambda: f"e{next(numbers)}"), models=models, settings=settings)
    stream = source.make(str(clip))
    ended: list[Event] = []
    opened = False
    try:
        for item in stream.open():
            if not opened and stream.facts is not None:
                opened = True
                pipeline.feed(Notice(item.at, "opened", facts=stream.facts))
            ended += [event for event in pipeline.feed(item).events if event.state == "end"]
    except source.SourceError as error:
        if error.cause != "ended":
            raise
    finally:
        stream.close()
    return [*ended, *(event for event in pipeline.finish().events if event.state == "end")]
