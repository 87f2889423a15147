from __future__ import annotations

from typing import Any

from chengyun.live.figures.shapes import RecurrenceOut


def recurrence(viewer: Any, *period: Any, **asked: Any) -> RecurrenceOut:
    raise NotImplementedError
