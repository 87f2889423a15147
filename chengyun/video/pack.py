"""Reads a district's `cameras.yaml`: what owners allow, what is on record of cameras, which algorithms look through them.

The cameras themselves are assets (`assets/cameras.csv`), with place, legal basis, owner, sign and retention.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from chengyun.kernel.packs import Pack
from chengyun.video import presets
from chengyun.video.logic import addresses, shapes

FILE = "cameras.yaml"
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(max_length=120)]
Days = Annotated[int, Field(ge=1, le=3660)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OwnerRow(_Model):
    """What an owner allows for its cameras; `cameras:` may say otherwise of one."""

    owner: Text
    purposes: list[str] | None = None
    terms_ref: Text = ""
    ceiling_days: Days = 90
    model: str = Field(default="", max_length=80)
    started_on: date | None = None
    filed_on: date | None = None
    filing_number: str = Field(default="", max_length=60)
    sign_on: date | None = None


class CameraRow(_Model):
    """One camera; what is left out is what its owner's row says."""

    code: str = Field(max_length=40)
    purposes: list[str] | None = None
    terms_ref: Text | None = None
    ceiling_days: Days | None = None
    model: str | None = Field(default=None, max_length=80)
    started_on: date | None = None
    filed_on: date | None = None
    filing_number: str | None = Field(default=None, max_length=60)
    sign_on: date | None = None
    sign_photo: str | None = Field(default=None, max_length=80)
    main: str | None = None
    sub: str | None = None
    login: str | None = None
    live: str | None = None
    recordings: str | None = None
    privacy: list[list[tuple[float, float]]] | None = None


class ShapeRow(_Model):
    code: str
    points: list[tuple[float, float]]
    square_metres: float | None = None


class ScheduleRow(_Model):
    days: list[str] = list(shapes.DAYS)
    times: list[str] = []


class BindingRow(_Model):
    code: Code
    camera: str
    preset: str
    zones: list[ShapeRow] = []
    lines: list[ShapeRow] = []
    settings: dict[str, bool | float | str] = {}
    schedule: ScheduleRow | None = None
    cadence: float | None = None
    counts: bool = False
    model: str = Field(default="", max_length=60)
    enabled: bool = True

    def body(self) -> dict[str, Any]:
        return self.model_dump(
            mode="json", exclude={"code", "camera", "preset", "enabled"}, exclude_none=True
        )


class VideoData(_Model):
    owners: list[OwnerRow] = []
    cameras: list[CameraRow] = []
    bindings: list[BindingRow] = []


def read(pack: Pack) -> VideoData:
    """All of the file; what is wrong is collected in the pack with place and field. Loading looks for the cameras."""
    data = pack.yaml(FILE, VideoData) or VideoData()
    names = presets.purposes().names
    told = [(row.owner, row.purposes) for row in data.owners] + [
        (row.code, row.purposes) for row in data.cameras
    ]
    for where, allowed in told:
        for purpose in allowed or ():
            if purpose not in names:
                pack.problem(FILE, where, "purposes", f"no purpose {purpose!r}; known: {', '.join(names)}")
    _twice(pack, "owners", [row.owner for row in data.owners])
    _twice(pack, "cameras", [row.code for row in data.cameras])
    _twice(pack, "bindings", [row.code for row in data.bindings])
    for camera in data.cameras:
        for name in ("main", "sub", "live", "recordings"):
            wrong = addresses.fault(getattr(camera, name) or "")
            if wrong:
                pack.problem(FILE, camera.code, name, f"{wrong[1]} {wrong[0]}")
    for binding in data.bindings:
        preset = presets.shipped().get(binding.preset)
        if preset is None:
            known = ", ".join(presets.shipped()) or "none: chengyun_vision is not installed here"
            pack.problem(FILE, binding.code, "preset", f"no algorithm {binding.preset!r}; known: {known}")
            continue
        for said in shapes.faults(binding.body(), preset.needs):
            pack.problem(FILE, binding.code, said.field, f"{said.en} {said.zh}")
    return data


def _twice(pack: Pack, what: str, codes: list[str]) -> None:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        pack.problem(FILE, code, what, "stands twice")
