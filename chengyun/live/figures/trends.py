from __future__ import annotations

from typing import Any

from chengyun.live.figures.shapes import TrendsOut


def trends(viewer: Any, **asked: Any) -> TrendsOut:
    raise NotImplementedError
