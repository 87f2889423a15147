"""What happens in one clip: everything is looked at, at so many pictures a second, and told as events and readings."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from chengyun_vision import source
from chengyun_vision.frames import Event, Packet, Reading
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.problem import Problem
from chengyun_vision.rules.crossing import LineCrossing
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.rules.spec import Spec
from chengyun_vision.running import Keeps, Sees, Settings
from chengyun_vision.source.base import Facts, Notice, SourceError

# A clip that ends this much (seconds, share) before its own header says was cut off.
_SHORT = 2.0
_SHORT_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Clip:
    """A file, a folder of pictures or an address. `length`: seconds by its header, None where it does not say."""

    address: str
    facts: Facts
    length: float | None
    name: str


def analyse(
    address: str,
    specs: Sequence[Spec],
    *,
    models: Sequence[Sees] = (),
    settings: Settings | None = None,
    keep: Keeps | None = None,
    progress: Callable[[float, float | None], None] = lambda done, of: None,
) -> dict[str, Any]:
    """The document that `chengyun vision analyse --json` writes. Times in seconds of the clip.

    Raises `Problem` where the clip cannot be read to its end or no picture comes out of it, and where no rule can see
    anything with these models.
    """
    blind = _blind(specs, models)
    if len(blind) == len(specs):
        raise Problem(
            f"没有模型,规则 {'、'.join(blind)} 什么也看不到。",
            f"with these models the rules {', '.join(blind)} see nothing.",
            hint_zh="请用 --model 指定模型;不用模型时可把 classes 设为 [object],即任何移动或新出现之物。",
            hint_en="Give --model; without one, classes: [object] stands for whatever moves or newly stands there.",
        )
    numbers = itertools.count(1)
    rules = Ruleset(specs, lambda: f"e{next(numbers)}")
    settings = settings or Settings(mode="full", gated=False)
    pipeline = Pipeline(rules, models=models, settings=settings, keep=keep)
    clip = header(address)
    ended: dict[str, Event] = {}
    readings: list[Reading] = []
    at = 0.0
    for item in items(clip, address):
        at = max(at, item.at)
        said = pipeline.feed(item)
        ended.update((event.id, event) for event in said.events if event.state == "end")
        readings += said.readings
        progress(at, clip.length)
    said = pipeline.finish()
    ended.update((event.id, event) for event in said.events if event.state == "end")
    readings += said.readings
    if not pipeline.tally.decoded:
        raise Problem("没有一幅画面能解码。", "no picture of it could be decoded.", where=clip.name)
    return {
        "events": [_event(event) for event in sorted(ended.values(), key=lambda e: (e.start, e.rule, e.id))],
        "readings": [_reading(reading) for reading in readings],
        "counts": [
            {"rule": rule.spec.code, "line": rule.spec.place, **rule.counts}
            for rule in rules.rules
            if isinstance(rule, LineCrossing)
        ],
        "blind": blind,
        "unseen_s": round(pipeline.tally.unseen_s, 3),
        "looks": {
            **asdict(pipeline.tally),
            "fps": settings.fps,
            "decode": settings.mode,
            "gated": settings.gated,
        },
        "clip": {
            "name": clip.name,
            "seconds": round(at, 3),
            "width": clip.facts.width,
            "height": clip.facts.height,
            "codec": clip.facts.codec,
        },
    }


def _blind(specs: Sequence[Spec], models: Sequence[Sees]) -> list[str]:
    """The rules that no model serves: whoever reads the result has to know that they said nothing for want of eyes."""
    seen = frozenset({"object"}) if not models else frozenset().union(*(model.labels for model in models))
    return [
        spec.code
        for spec in specs
        if spec.primitive not in ("camera_health", "left_object") and spec.classes and not spec.classes & seen
    ]


def items(clip: Clip, address: str) -> Iterator[Packet | Notice]:
    stream = source.make(address)
    yield Notice(0.0, "opened", facts=clip.facts)
    last = 0.0
    try:
        for item in stream.open():
            last = max(last, item.at)
            yield item
    except SourceError as error:
        if error.cause != "ended":
            raise error.at(f"{clip.name}, {last:.1f} s") from None
    finally:
        stream.close()
    if clip.length and last < clip.length - max(_SHORT, _SHORT_SHARE * clip.length):
        raise Problem(
            f"文件头说有 {clip.length:.1f} 秒,实际只到 {last:.1f} 秒。",
            f"its header says {clip.length:.1f} s, its pictures end at {last:.1f} s.",
            where=clip.name,
            hint_zh="文件被截断,请重新取得或修复。",
            hint_en="The file was cut off: get it again or repair it.",
        )


def header(address: str) -> Clip:
    """What the clip says of itself. Raises `SourceError` for what is no clip."""
    path = Path(address)
    name = source.redacted(address) if "://" in address else path.name
    if "://" not in address and path.is_file() and path.stat().st_size == 0:
        raise Problem("文件是空的。", "the file is empty.", where=name)
    stream = source.make(address)
    try:
        for _ in stream.open():
            break
    except SourceError as error:
        if error.cause == "ended":
            raise Problem("里面没有画面。", "there is no picture in it.", where=name) from None
        raise error.at(name) from None
    finally:
        stream.close()
    if stream.facts is None:
        raise Problem("里面没有画面。", "there is no picture in it.", where=name)
    return Clip(address, replace(stream.facts), _length(path), name)


def _length(path: Path) -> float | None:
    """Seconds by the file's header."""
    import av

    if not path.is_file():
        return None
    with av.open(f"file:{path.resolve()}") as container:
        lengths = [container.duration / 1e6] if container.duration else []
        # An AVI that was cut off says how many pictures it had, though not how long it was.
        lengths += [
            float(stream.frames / stream.average_rate)
            for stream in container.streams.video[:1]
            if stream.frames and stream.average_rate
        ]
        return max(lengths, default=None)


def _event(event: Event) -> dict[str, Any]:
    assert event.end is not None
    return {
        "id": event.id,
        "rule": event.rule,
        "kind": event.kind,
        "zone": event.zone,
        "start": round(event.start, 3),
        "end": round(event.end, 3),
        "peak": round(event.peak, 4),
        "evidence": list(event.evidence),
        "about": event.about,
        "unseen_s": event.unseen,
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "quantity": reading.quantity,
        "value": round(reading.value, 4),
        "at": round(reading.at, 3),
        "rule": reading.rule,
        "zone": reading.zone,
        "over": round(reading.over, 3),
    }
