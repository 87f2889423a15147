"""A datastream as the hot path sees it: a light object, cached per process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A row of the observation table: (minute, stream id, at ms, message id, index, value, arrived ms, late).
Row = tuple[int, int, int, int, int, float, int, int]
# What a judge is given: (stream, event time in ms since 1970 UTC, value in the stream's unit, came too late to be judged).
Reading = tuple["Stream", int, float, bool]


class Stream:
    """Who may send it, what it means, and between which bounds a value is taken.

    `accepts` maps each accepted unit to its factor; `late_ms` is how far behind its arrival an event time may be to be
    judged; `every_s` 0 means "only on change", so that silence says nothing. `off` names why readings are not taken now,
    `needs` the topic of the impact assessment without which they never are.
    """

    __slots__ = (
        "accepts", "area_code", "area_id", "area_path", "asset_code", "asset_id", "at_least", "attrs", "code", "every_s",
        "feeds", "hi", "id", "klass", "late_ms", "lo", "nature", "needs", "off", "quantity", "source_id", "unit",
    )  # fmt: skip

    def __init__(
        self,
        *,
        id: int,
        code: str,
        quantity: str,
        nature: str,
        unit: str,
        accepts: Mapping[str, float],
        source_id: int,
        area_id: int,
        area_code: str,
        area_path: str,
        asset_id: int | None = None,
        asset_code: str | None = None,
        every_s: int = 60,
        late_s: int = 300,
        lo: float = float("-inf"),
        hi: float = float("inf"),
        at_least: float = 0.0,
        off: str | None = None,
        needs: str | None = None,
        klass: str = "open",
        attrs: Mapping[str, Any] | None = None,
        feeds: tuple[int, ...] = (),
    ) -> None:
        self.id, self.code, self.quantity, self.nature, self.unit = id, code, quantity, nature, unit
        self.accepts, self.source_id = accepts, source_id
        self.area_id, self.area_code, self.area_path = area_id, area_code, area_path
        self.asset_id, self.asset_code = asset_id, asset_code
        self.every_s, self.late_ms, self.lo, self.hi, self.at_least = every_s, late_s * 1000, lo, hi, at_least
        self.needs = needs
        self.off, self.klass, self.attrs, self.feeds = off, klass, attrs or {}, feeds

    @property
    def stale_ms(self) -> int:
        """Older than this a value no longer says what is: three intervals (suggested). 0: it holds until it changes."""
        return 3 * self.every_s * 1000

    def __repr__(self) -> str:
        return f"<Stream {self.code}>"
