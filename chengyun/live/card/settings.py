"""What a card assumes, from card.yaml."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Some = Annotated[int, Field(ge=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WalkingPace(_Model):
    speed_m_s: Positive
    detour: Annotated[float, Field(ge=1, allow_inf_nan=False)]

    def seconds(self, metres: float) -> int:
        """How long the way takes that is so long in a straight line."""
        return round(metres * self.detour / self.speed_m_s)


class Most(_Model):
    series: Some
    posts: Some
    cameras: Some
    why: Some
    calls: Some


class CardSettings(_Model):
    walking: WalkingPace
    camera_range_m: Some
    trend_minutes: Annotated[int, Field(ge=1, le=240)]
    most: Most


@functools.cache
def settings() -> CardSettings:
    text = Path(__file__).with_name("card.yaml").read_text(encoding="utf-8")
    return CardSettings.model_validate(yaml.safe_load(text))
