"""What people marked in a clip, as a file: see docs/vision.md. Refusals name file, key and reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chengyun_vision.frames import Box
from chengyun_vision.problem import Problem
from chengyun_vision.rules import preset, reading
from chengyun_vision.rules.reading import Words
from chengyun_vision.rules.spec import Spec

SHIPPED = Path(__file__).with_name("references")
HARD = "hard"
_KEYS = {"clip", "sha256", "size", "rules", "fps", "measure", "passes"}


@dataclass(frozen=True, slots=True)
class Marked:
    """A thing that somebody marked. `box`: 0-1 of the picture. `hard`: nobody could say for certain; it is neither demanded
    nor held against whoever finds it."""

    box: Box
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one pass says of one rule; None where it says nothing of that kind.

    `pictures`: by the number of the picture in the clip, from 0. `crossings`: direction -> moments. `events`: (start, end).
    Seconds of the clip.
    """

    pictures: Mapping[int, tuple[Marked, ...]] | None = None
    crossings: Mapping[str, tuple[float, ...]] | None = None
    events: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """One time through the clip. `how`: it was done."""

    how: Words
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Reference:
    """`measure`: the pass that figures are given against; the others say how far hands agree. `fps`: looks a second that
    the rules are measured at, None for what they do well with."""

    clip: str
    sha256: str | None
    rules: tuple[Spec, ...]
    passes: Mapping[str, Pass]
    measure: str
    fps: float | None = None
    where: str = ""

    def check(self, clip: Path) -> None:
        """Raises `Problem` for another file than the one in which things were marked."""
        if self.sha256 is None or not clip.is_file():
            return
        if hashlib.sha256(clip.read_bytes()).hexdigest() != self.sha256:
            raise Problem(
                f"这不是标注所用的 {self.clip}:校验值不符。",
                f"this is not the {self.clip} in which things were marked: its sha256 is another.",
                where=clip.name,
                hint_zh="请使用同一文件;若只是改了封装,请删去参照文件中的 sha256。",
                hint_en="Use the same file; where only its wrapping changed, leave sha256 out of the reference.",
            )

    def marked(self) -> set[int]:
        """The numbers of all pictures in which something may be marked."""
        answers = [answer for each in self.passes.values() for answer in each.answers.values()]
        return {number for answer in answers for number in answer.pictures or ()}


def named(text: str) -> Reference:
    """A shipped reference by its name, or a file. Raises `Problem`."""
    shipped = SHIPPED / f"{Path(text).name}.yaml"
    return read(shipped if Path(text).name == text and shipped.is_file() else Path(text))


def read(path: Path) -> Reference:
    """A reference file. Raises `Problem` naming file and key."""
    where = path.name
    body = reading.keys(reading.document(path), _KEYS, where)
    for key in ("clip", "rules", "passes"):
        if key not in body:
            raise Problem(f"缺少 {key}。", f"{key} is missing.", where=where)
    rules = tuple(preset.read_rules(body["rules"], where))
    size = _size(body["size"], f"{where}: size") if "size" in body else None
    passes = {
        name: _pass(each, {rule.code: rule for rule in rules}, size, f"{where}: passes: {name}")
        for name, each in reading.mapping(body["passes"], f"{where}: passes").items()
    }
    if not passes:
        raise Problem("一遍标注也没有。", "there is no pass.", where=f"{where}: passes")
    measure = body.get("measure", next(iter(passes)))
    if not isinstance(measure, str) or measure not in passes:
        raise Problem(
            f"没有名为 {measure!r} 的一遍。", f"there is no pass {measure!r}.", where=f"{where}: measure"
        )
    sha256 = body.get("sha256")
    return Reference(
        clip=reading.text(body["clip"], f"{where}: clip"),
        sha256=None if sha256 is None else reading.text(sha256, f"{where}: sha256").lower(),
        rules=rules,
        passes=passes,
        measure=measure,
        fps=None if body.get("fps") is None else _number(body["fps"], f"{where}: fps", least=0.01),
        where=where,
    )


def _pass(body: Any, rules: Mapping[str, Spec], size: tuple[float, float] | None, where: str) -> Pass:
    body = reading.keys(body, {"how", "rules"}, where)
    answers = {}
    for code, answer in reading.mapping(body.get("rules"), f"{where}: rules").items():
        if code not in rules:
            raise Problem(
                f"没有规则 {code!r}。", f"there is no rule {code!r} in this file.", where=f"{where}: rules"
            )
        answers[code] = _answer(answer, rules[code], size, f"{where}: rules: {code}")
    return Pass(reading.words(body.get("how"), f"{where}: how"), answers)


def _answer(body: Any, rule: Spec, size: tuple[float, float] | None, where: str) -> Answer:
    line = rule.primitive == "line_crossing"
    body = reading.keys(body, {"in", "out"} if line else {"pictures", "events"}, where)
    if line:
        return Answer(crossings={d: _moments(body.get(d, []), f"{where}: {d}") for d in ("in", "out")})
    pictures = None
    if "pictures" in body:
        if size is None:
            raise Problem(
                "有框就要写 size: [宽, 高]。", "with boxes, size: [width, height] is wanted.", where=where
            )
        if not isinstance(body["pictures"], dict):
            raise Problem("应为 序号: 框列表。", "numbers of pictures with lists of boxes are wanted.",
                          where=f"{where}: pictures")  # fmt: skip
        pictures = {
            _index(number, f"{where}: pictures"): _boxes(boxes, size, f"{where}: pictures: {number}")
            for number, boxes in body["pictures"].items()
        }
    events = None
    if "events" in body:
        events = tuple(
            _spell(one, f"{where}: events[{n}]")
            for n, one in enumerate(_list(body["events"], f"{where}: events"))
        )
    return Answer(pictures, None, events)


def _boxes(value: Any, size: tuple[float, float], where: str) -> tuple[Marked, ...]:
    found = []
    for n, one in enumerate(_list(value, where)):
        place = f"{where}[{n}]"
        hard = isinstance(one, list) and len(one) == 5 and one[4] == HARD
        if not isinstance(one, list) or len(one) != 4 + hard:
            raise Problem("框为 [左, 上, 宽, 高],拿不准的再加 hard。",
                          "a box is [left, top, width, height], and hard after it where nobody could be certain.",
                          where=place)  # fmt: skip
        x, y, wide, high = (_number(part, place) for part in one[:4])
        if min(wide, high) <= 0 or x + wide <= 0 or y + high <= 0 or x >= size[0] or y >= size[1]:
            raise Problem(
                "框在画面之外或没有大小。", "the box is outside the picture or has no size.", where=place
            )
        box = Box(x / size[0], y / size[1], (x + wide) / size[0], (y + high) / size[1])
        found.append(Marked(box, hard))
    return tuple(found)


def _moments(value: Any, where: str) -> tuple[float, ...]:
    return tuple(
        sorted(_number(one, f"{where}[{n}]", least=0.0) for n, one in enumerate(_list(value, where)))
    )


def _spell(value: Any, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise Problem("应为 [起, 止]。", "[start, end] is wanted.", where=where)
    start, end = (_number(part, where, least=0.0) for part in value)
    if end < start:
        raise Problem("止早于起。", "it ends before it starts.", where=where)
    return start, end


def _size(value: Any, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise Problem("应为 [宽, 高]。", "[width, height] is wanted.", where=where)
    wide, high = (_number(part, where, least=1.0) for part in value)
    return wide, high


def _index(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Problem(f"{value!r} 不是画面序号。", f"{value!r} is no number of a picture; they count from 0.",
                      where=where)  # fmt: skip
    return int(value)


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise Problem("应为列表。", "a list is wanted.", where=where)
    return value


def _number(value: Any, where: str, *, least: float | None = None) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 1e6:
        raise Problem(f"{value!r} 不是数。", f"{value!r} is no number.", where=where)
    if least is not None and value < least:
        raise Problem(f"{value!r} 小于 {least:g}。", f"{value!r} is below {least:g}.", where=where)
    return float(value)
