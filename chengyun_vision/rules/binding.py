"""Whether an algorithm may look through a camera: its purpose lies inside the legal basis and inside the owner's terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import yaml

FILE = Path(__file__).with_name("purposes.yaml")


class Purposeful(Protocol):
    """A preset or a rule."""

    @property
    def purpose(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Camera:
    """What the registry of cameras says of one. `bases`: codes of its legal bases. `terms`: the purposes that its owner
    allows; None where nothing is on record, which allows nothing."""

    code: str
    bases: tuple[str, ...]
    owner: str
    terms: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    zh: str
    en: str


def camera(code: str, attrs: Mapping[str, Any]) -> Camera:
    """From the registry's attributes: `legal_basis` (several joined by +), `owner`, `terms` (purposes joined by +)."""
    bases = tuple(part.strip() for part in str(attrs.get("legal_basis") or "").split("+") if part.strip())
    terms = attrs.get("terms")
    parts: Iterable[Any] = terms.split("+") if isinstance(terms, str) else terms or ()
    allowed = None if terms is None else frozenset(str(part).strip() for part in parts)
    return Camera(code, bases, str(attrs.get("owner") or ""), allowed)


def may_bind(preset: Purposeful, camera: Camera) -> Reason | None:
    """None where it may; otherwise the first reason why not."""
    purpose = preset.purpose
    name = purposes().get(purpose)
    if name is None:
        return Reason(
            f"用途 {purpose!r} 不在用途表内。", f"the purpose {purpose!r} is not in the table of purposes."
        )
    zh, en = name["zh"], name["en"].lower()
    if not camera.bases:
        return Reason(
            f"摄像机 {camera.code} 没有登记法律依据。", f"camera {camera.code} has no legal basis on record."
        )
    covered = {allowed for basis in camera.bases for allowed in bases().get(basis, ())}
    if purpose not in covered:
        held = "、".join(camera.bases), ", ".join(camera.bases)
        return Reason(
            f"摄像机 {camera.code} 登记的法律依据({held[0]})不含“{zh}”用途。",
            f"the legal basis of camera {camera.code} ({held[1]}) does not cover {en}.",
        )
    owner = camera.owner or "?"
    if camera.terms is None:
        return Reason(
            f"摄像机 {camera.code} 的所有者({owner})没有登记使用条件。",
            f"the owner of camera {camera.code} ({owner}) has no terms of use on record.",
        )
    if purpose not in camera.terms:
        return Reason(
            f"摄像机 {camera.code} 的所有者({owner})不允许“{zh}”用途。",
            f"the owner of camera {camera.code} ({owner}) does not allow {en}.",
        )
    return None


@cache
def _document() -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return content


def purposes() -> Mapping[str, Mapping[str, str]]:
    """Code -> {zh, en}."""
    return MappingProxyType(_document()["purposes"])


def bases() -> Mapping[str, list[str]]:
    """Code of a legal basis -> purposes that it covers."""
    return MappingProxyType(_document()["bases"])
