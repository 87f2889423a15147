"""stub"""

from __future__ import annotations

from typing import Any

MAX_HOURS = 24 * 31


def crowd(viewer: Any) -> dict[str, Any]:
    raise NotImplementedError


def risk(viewer: Any, hours: int) -> dict[str, Any]:
    raise NotImplementedError
