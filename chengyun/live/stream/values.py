"""The latest value of every datastream, read once a second for all viewers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from chengyun.district import queries as district
from chengyun.district.models import Area
from chengyun.kernel import clock
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.live.stream import frames
from chengyun.live.stream.sight import Sight
from chengyun.signals import registry as signals

ALL, NONE = "all", "none"
# A transaction that is slow to commit brings a value with an older arrival: so many real seconds are looked at again.
_AGAIN_S = 10.0
_READ = "SELECT stream_id, value, at_ms, arrived_ms FROM signals_latest WHERE arrived_ms >= %s"

Value = tuple[float, int]


class Values:
    """What was seen last. One per process; its methods are called from one thread."""

    def __init__(self) -> None:
        self.known: dict[int, Value] = {}
        self._newest_ms = 0
        self._token = ""
        self._sets: dict[tuple[Sight, tuple[str, ...]], frozenset[int]] = {}

    def look(self) -> dict[int, Value]:
        """Those that are new since the last look: stream id -> (value, at ms)."""
        again_ms = int(_AGAIN_S * 1000 * max(clock.rate(), 1.0))
        with connection.cursor() as cursor:
            cursor.execute(_READ, [self._newest_ms - again_ms if self._newest_ms else 0])
            rows = cursor.fetchall()
        new: dict[int, Value] = {}
        for stream, value, at_ms, arrived_ms in rows:
            if self.known.get(stream) != (value, at_ms):
                new[stream] = (value, at_ms)
            self._newest_ms = max(self._newest_ms, arrived_ms)
        self.known |= new
        return new

    def within(self, sight: Sight, paths: tuple[str, ...]) -> frozenset[int]:
        """The streams a viewer sees below these paths; kept while sights and datastreams stay the same."""
        found = signals.current()
        if found.token != self._token:
            self._token, self._sets = found.token, {}
        key = (sight, paths)
        if key not in self._sets:
            self._sets[key] = frozenset(
                stream.id
                for stream in found.by_id.values()
                if stream.area_path.startswith(paths) and sight.scope.covers(stream.area_path, stream.klass)
            )
        return self._sets[key]


def shown(values: Mapping[int, Value], among: frozenset[int]) -> list[list[Any]]:
    """Values as they travel, those of `among` alone."""
    return [[stream, value, at_ms] for stream, (value, at_ms) in values.items() if stream in among]


def frame(now: Any, seq: int, found: list[list[Any]]) -> bytes:
    return frames.event("values", frames.json({"now": now, "seq": seq, "s": found}))


def below(user: Any, asked: str) -> tuple[str, ...]:
    """The paths that a subscription means: everything, nothing (an empty tuple), or the ground of an area the user sees.
    Raises NotFound."""
    if asked in (ALL, ""):
        return ("/",)
    if asked == NONE:
        return ()
    area = Area.objects.visible_to(user).filter(code=asked).first() if asked.isprintable() else None
    if area is None:
        raise NotFound("no_area", T("没有这个区域", "There is no such area"), field="values")
    return tuple(district.grounds(area))
