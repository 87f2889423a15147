"""Zones and lines on the picture, schedules and settings of a binding: what is wrong with them, said in both languages.

Coordinates are 0-1 of the picture from its upper left corner. What a setting means is the worker's to know: it reads the
same rule again, and what it refuses comes back as the binding's problem.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chengyun.video.logic.purposes import Said

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_ZONES, MOST_CORNERS, MOST_SETTINGS = 8, 60, 40
WHOLE = {"code": "whole", "points": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]}
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,15}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
# A tenth of a pixel of a 4K picture: corners nearer than this are one.
_NEAR = 1 / 40_000

Point = Sequence[float]


def faults(body: Mapping[str, Any], needs: Sequence[str] = ()) -> list[Said]:
    """Everything that is wrong with a binding's body: zones, lines, settings, schedule, cadence."""
    return list(_faults(body, needs))


def _faults(body: Mapping[str, Any], needs: Sequence[str]) -> Iterator[Said]:
    zones, lines = body.get("zones") or [], body.get("lines") or []
    if len(zones) + len(lines) > MOST_ZONES:
        yield Said("zones", f"区域与线最多 {MOST_ZONES} 个。", f"at most {MOST_ZONES} zones and lines.")
    codes = [one.get("code", "") for one in (*zones, *lines)]
    for what, shapes, check in (("zones", zones, zone_fault), ("lines", lines, line_fault)):
        for n, one in enumerate(shapes):
            code = one.get("code", "")
            if not _CODE.fullmatch(code):
                yield Said(
                    f"{what}.{n}.code",
                    "编码为小写字母、数字、_、-，最多 16 个字符。",
                    "a code has lower-case letters, digits, _ and -, 16 at most.",
                )
            elif codes.count(code) > 1:
                yield Said(f"{what}.{n}.code", f"编码 {code} 重复。", f"the code {code} is there twice.")
            wrong = check(one.get("points") or [])
            if wrong:
                yield Said(f"{what}.{n}.points", *wrong)
            metres = one.get("square_metres")
            if metres is not None and not (math.isfinite(metres) and 0 < metres <= 1_000_000):
                yield Said(
                    f"{what}.{n}.square_metres", "面积应为正数。", "an area in square metres is above 0."
                )
    if "line" in needs and not lines:
        yield Said("lines", "此算法需要一条线。", "this algorithm wants a line.")
    if "line" not in needs and lines and needs:
        yield Said("lines", "此算法看区域，不看线。", "this algorithm looks at zones, not at lines.")
    if "square_metres" in needs and not all(z.get("square_metres") for z in zones):
        yield Said(
            "zones", "此算法需要区域的实际面积。", "this algorithm wants the square metres of its zones."
        )
    yield from _settings(body.get("settings") or {})
    cadence = body.get("cadence")
    if cadence is not None and not 0 <= cadence <= 86_400:
        yield Said("cadence", "间隔应为 0 到 86400 秒。", "a cadence is 0 to 86,400 seconds.")
    yield from _schedule(body.get("schedule"))


def zone_fault(points: Sequence[Point]) -> tuple[str, str] | None:
    """Why these corners are no zone: (zh, en); None where they are one."""
    if not 3 <= len(points) <= MOST_CORNERS:
        return f"区域应有 3 到 {MOST_CORNERS} 个角。", f"a zone has 3 to {MOST_CORNERS} corners."
    wrong = _outside(points)
    if wrong:
        return wrong
    edges = [(points[n], points[(n + 1) % len(points)]) for n in range(len(points))]
    if any(math.dist(a, b) < _NEAR for a, b in edges):
        return "有两个角重合。", "two corners are the same."
    for i, first in enumerate(edges):
        for j in range(i + 2, len(edges)):
            if (i, j) != (0, len(edges) - 1) and _cross(*first, *edges[j]):
                return "区域的边相交。", "the zone crosses itself."
    if abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in edges)) / 2 < 1e-6:
        return "区域没有面积。", "the zone has no area."
    return None


def line_fault(points: Sequence[Point]) -> tuple[str, str] | None:
    """Why these are no line: (zh, en)."""
    if len(points) != 2:
        return "线有两个端点。", "a line has two ends."
    wrong = _outside(points)
    if wrong:
        return wrong
    if math.dist(points[0], points[1]) < 0.01:
        return "线太短。", "the line is too short."
    return None


def _outside(points: Sequence[Point]) -> tuple[str, str] | None:
    for point in points:
        if len(point) != 2 or not all(math.isfinite(v) and 0 <= v <= 1 for v in point):
            return "坐标应在 0 到 1 之间。", "coordinates lie between 0 and 1 of the picture."
    return None


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two edges meet."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    def within(p: Point, q: Point, r: Point) -> bool:
        return min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])

    one, two, three, four = side(c, d, a), side(c, d, b), side(a, b, c), side(a, b, d)
    if (one > 0) != (two > 0) and (three > 0) != (four > 0) and one and two and three and four:
        return True
    touching = ((one, c, d, a), (two, c, d, b), (three, a, b, c), (four, a, b, d))
    return any(s == 0 and within(p, q, r) for s, p, q, r in touching)


def _settings(settings: Mapping[str, Any]) -> Iterator[Said]:
    if len(settings) > MOST_SETTINGS:
        yield Said("settings", "参数过多。", f"at most {MOST_SETTINGS} settings.")
    for key, value in settings.items():
        if not _KEY.fullmatch(key):
            yield Said("settings", f"参数名 {key[:40]!r} 无效。", f"{key[:40]!r} is no name of a setting.")
        elif isinstance(value, str):
            if len(value) > 60:
                yield Said(f"settings.{key}", "文字过长。", "a word has at most 60 characters.")
        elif not isinstance(value, bool) and not (isinstance(value, int | float) and abs(value) <= 1e9):
            yield Said(
                f"settings.{key}", "应为有限的数、是否或词。", "a finite number, true or false, or a word."
            )


def _schedule(schedule: Mapping[str, Any] | None) -> Iterator[Said]:
    if schedule is None:
        return
    days, times = schedule.get("days") or [], schedule.get("times") or []
    if not days or not set(days) <= set(DAYS):
        yield Said("schedule.days", "应为 mon 至 sun。", f"one or more of {', '.join(DAYS)}.")
    if len(times) > 12 or not all(isinstance(text, str) and _SPAN.fullmatch(text) for text in times):
        yield Said("schedule.times", "时段如 08:00-20:00。", 'spans such as "08:00-20:00", 12 at most.')


def rules_of(
    code: str, preset: str, body: Mapping[str, Any], quantities: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """The rules as the worker reads them, one a zone or line. `quantities`: place -> {role: quantity}.

    A rule's code is `BINDING.PLACE`, and its datastreams are `BINDING.PLACE.QUANTITY`.
    """
    settings = dict(body.get("settings") or {})
    if body.get("cadence") is not None:
        settings["cadence"] = body["cadence"]
    rules = []
    for what, place in places(body):
        rule: dict[str, Any] = {"code": f"{code}.{place['code']}", "preset": preset, what: place}
        if settings:
            rule["settings"] = settings
        if body.get("schedule"):
            rule["schedule"] = body["schedule"]
        rule["quantities"] = dict(quantities.get(place["code"], {}))
        rules.append(rule)
    return rules


def places(body: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(`zone` or `line`, shape) of a body; the whole picture where it names none."""
    lines = [("line", _plain(one)) for one in body.get("lines") or []]
    zones = [("zone", _plain(one)) for one in body.get("zones") or []]
    return lines + zones or [("zone", dict(WHOLE))]


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if value is not None}
