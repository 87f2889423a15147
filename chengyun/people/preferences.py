"""What a person may keep of how they like their screen: a closed shape, so that nothing else is ever kept under its name."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

# Suggested: many times what a full one takes.
MAX_BYTES = 8 * 1024

AreaCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]


class _Closed(Schema):
    model_config = ConfigDict(extra="forbid")


class Layers(_Closed):
    """Which layers of the map are on; null: as the console has it."""

    ring: bool | None = None
    grid2: bool | None = None
    grid3: bool | None = None
    micro: bool | None = None
    dedicated: bool | None = None
    dedicated_micro: bool | None = None
    beat: bool | None = None
    scene: bool | None = None
    base: bool | None = None
    blocks: bool | None = None
    buildings: bool | None = None
    labels: bool | None = None
    cameras: bool | None = None
    counters: bool | None = None
    gauges: bool | None = None
    gates: bool | None = None
    screens: bool | None = None
    parking: bool | None = None
    other_assets: bool | None = None
    points: bool | None = None
    posts: bool | None = None
    alerts: bool | None = None
    incidents: bool | None = None
    cases: bool | None = None
    heat_risk: bool | None = None
    heat_crowd: bool | None = None


class Sound(_Closed):
    """`volume` 0 to 1; `muted` silences without forgetting it."""

    volume: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    muted: bool | None = None


class StartView(_Closed):
    """Where the map opens: degrees WGS-84, zoom as web maps count it, bearing and pitch in degrees."""

    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    zoom: Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)]
    bearing: Degrees = 0
    pitch: Annotated[float, Field(ge=0, le=85, allow_inf_nan=False)] = 0


class Filters(_Closed):
    """What the lists show: levels 1 to 4, an area by code, whether closed and paused ones stand there too."""

    levels: Annotated[list[Annotated[int, Field(ge=1, le=4)]], Field(max_length=4)] | None = None
    area: AreaCode | None = None
    mine: bool | None = None
    overdue: bool | None = None
    hidden: bool | None = None
    closed: bool | None = None
    group: Literal["place", "cause", "level", "none"] | None = None


class Lists(_Closed):
    incidents: Filters | None = None
    alerts: Filters | None = None
    cases: Filters | None = None


class Preferences(_Closed):
    """Everything may be null: not chosen, so the console decides."""

    theme: Literal["dark", "light", "auto"] | None = None
    language: Literal["zh", "en"] | None = None
    layers: Layers = Field(default_factory=Layers)
    sound: Sound = Field(default_factory=Sound)
    start: StartView | None = None
    lists: Lists = Field(default_factory=Lists)
