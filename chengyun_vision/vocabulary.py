"""The kinds of things a camera may be said to see, from the one file that the platform reads too.

The file is found where the package `chengyun` is installed, without importing anything of it: the worker runs with none of
the platform's libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from chengyun_vision.problem import Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing, in the vocabulary's words."""

    code: str
    zh: str
    en: str


def file() -> Path:
    """Where the vocabulary lies. Raises `Problem` where the platform's package is not installed beside the worker."""
    spec = find_spec("chengyun")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(folder) / "signals" / "vocabulary.yaml"
        if found.is_file():
            return found
    raise Problem(
        "找不到词表 chengyun/signals/vocabulary.yaml。",
        "the vocabulary chengyun/signals/vocabulary.yaml is not there.",
        hint_zh="请把 chengyun 包与 chengyun_vision 安装在一起。",
        hint_en="Install the package chengyun beside chengyun_vision.",
    )


@cache
def document() -> Mapping[str, Any]:
    """The whole file, read once."""
    place = file()
    content = yaml.safe_load(place.read_text("utf-8"))
    if not isinstance(content, dict) or not content.get("objects") or not content.get("refused"):
        raise Problem(
            "词表缺少 objects 或 refused。", "the vocabulary lacks objects or refused.", where=str(place)
        )
    return MappingProxyType(content)


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds of things by code."""
    return MappingProxyType(
        {str(code): Kind(str(code), body["zh"], body["en"]) for code, body in document()["objects"].items()}
    )
