"""The algorithms that ship with the camera worker, as data. Its files are read where they lie; nothing of it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.video.logic.purposes import Purposes

# What counts into the totals of an area as people or vehicles present; a view of a part would be counted beside the whole.
PRESENT = frozenset({"people_present", "vehicles_present"})


@dataclass(frozen=True, slots=True)
class Preset:
    """An algorithm. `quantities`: role -> quantity. `needs`: zone, line, square_metres. `on`: weights for it may be had."""

    code: str
    zh: str
    en: str
    primitive: str
    purpose: str
    classes: tuple[str, ...]
    quantities: Mapping[str, str]
    settings: Mapping[str, Any]
    needs: tuple[str, ...]
    on: bool
    model: str
    model_zh: str
    model_en: str
    measured_zh: str
    measured_en: str

    @property
    def alerts(self) -> Literal["reading", "event", ""]:
        """How its events become alerts: as the state of a datastream that a rule judges; by themselves, where it has no
        state; not at all, where its numbers are what is judged (flows, the camera's own health)."""
        if "state" in self.quantities:
            return "reading"
        return "" if {"in", "out", "up", "tampered"} & set(self.quantities) else "event"

    def spoken(self, counts: bool) -> dict[str, str]:
        """Role -> quantity of the datastreams that a binding has. `counts`: also those that totals add up."""
        return {r: q for r, q in self.quantities.items() if counts or q not in PRESENT}


def folder() -> Path | None:
    """Where the worker's package lies; None where it is not installed beside the platform."""
    spec = find_spec("chengyun_vision")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


@cache
def shipped() -> Mapping[str, Preset]:
    """All presets by code; none where the worker is not installed here."""
    at = folder()
    found = {}
    for path in sorted((at / "presets").glob("*.yaml")) if at else ():
        body = yaml.safe_load(path.read_text("utf-8"))
        preset = _read(body)
        found[preset.code] = preset
    return MappingProxyType(found)


def _read(body: Mapping[str, Any]) -> Preset:
    model, measured = body.get("model") or {}, body.get("measured") or {}
    return Preset(
        code=str(body["code"]),
        zh=str(body["zh"]),
        en=str(body["en"]),
        primitive=str(body["primitive"]),
        purpose=str(body["purpose"]),
        classes=tuple(body.get("classes") or ()),
        quantities=dict(body.get("quantities") or {}),
        settings=dict(body.get("settings") or {}),
        needs=tuple(body.get("needs") or ()),
        on=body.get("status") in ("on", True),  # YAML reads on as a truth
        model=str(model.get("kind", "")),
        model_zh=str(model.get("zh", "")).strip(),
        model_en=str(model.get("en", "")).strip(),
        measured_zh=str(measured.get("zh", "")).strip(),
        measured_en=str(measured.get("en", "")).strip(),
    )


@cache
def purposes() -> Purposes:
    """What algorithms may be for, and which purposes a legal basis covers."""
    at = folder()
    path = at / "rules" / "purposes.yaml" if at else None
    if path is None or not path.is_file():
        return Purposes({}, {})
    body = yaml.safe_load(path.read_text("utf-8"))
    return Purposes(
        {code: (names["zh"], names["en"]) for code, names in body["purposes"].items()},
        {code: frozenset(covered) for code, covered in body["bases"].items()},
        {code: (names["zh"], names["en"]) for code, names in (body.get("basis_names") or {}).items()},
    )


def preset(code: str) -> Preset:
    """One of them. Raises `Invalid` with those that are known."""
    found = shipped().get(code)
    if found is None:
        raise Invalid(
            "no_preset",
            T(f"没有算法 {code}", f"There is no algorithm {code}"),
            field="preset",
            hint=", ".join(shipped())
            or T("未安装 chengyun_vision。", "The package chengyun_vision is not installed here."),
        )
    return found
