"""How long rows of events are kept: `retention.yaml`, as it lies here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("retention.yaml")
# A worker may say something of an event for a week after it (actions/events.py); a row that had gone by then would come
# back as another. And what is younger than the pictures' legal floor is still looked at with them.
LEAST_DAYS, MOST_DAYS = 30, 36_600


@dataclass(frozen=True, slots=True)
class Events:
    """Days; `presets`: of single algorithms."""

    days: int
    presets: Mapping[str, int]

    def of(self, preset: str) -> int:
        return self.presets.get(preset, self.days)

    @property
    def shortest(self) -> int:
        return min(self.days, *self.presets.values()) if self.presets else self.days


@cache
def events(file: Path = FILE) -> Events:
    """Raises ValueError naming file, key and reason."""
    try:
        body: Any = yaml.safe_load(file.read_text("utf-8"))["events"]
        days, presets = body["days"], body.get("presets") or {}
        told = {"days": days, **{f"presets.{code}": n for code, n in presets.items()}}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{file}: events: it wants days, and presets by code 保存期限表不完整 ({error!r})"
        ) from error
    for key, n in told.items():
        if isinstance(n, bool) or not isinstance(n, int) or not LEAST_DAYS <= n <= MOST_DAYS:
            raise ValueError(
                f"{file}: events.{key}: {n!r} is no number of days from {LEAST_DAYS} to {MOST_DAYS} 应为此范围内的天数"
            )
    return Events(days, dict(presets))
