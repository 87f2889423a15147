"""Cameras from a YAML list.

cameras:
  - {code: gate-1, name: North gate, main: "rtsp://${CAMERA_LOGIN}@10.0.0.5/1", sub: ..., snapshot: "http://...",
     live: {hls: "https://..."}}

`${NAME}` is taken from the environment, so that no password stands in the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from chengyun_vision.problem import Problem
from chengyun_vision.source.adapters.base import Camera, Which
from chengyun_vision.source.base import SourceError
from chengyun_vision.source.web import fetch

_KEYS = frozenset({"code", "name", "main", "sub", "snapshot", "live"})
_KINDS = frozenset({"whep", "hls", "flv", "fmp4", "mjpeg"})


class Static:
    """`entries` as in the file. Problem names the camera and the field that is wrong."""

    def __init__(
        self,
        entries: list[dict[str, Any]],
        *,
        environment: Mapping[str, str] | None = None,
        patience: float = 10.0,
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self._patience = patience
        self._cameras: dict[str, dict[str, Any]] = {}
        for number, entry in enumerate(entries, 1):
            code = _checked(entry, f"cameras[{number}]")
            if code in self._cameras:
                raise Problem(
                    "编号重复；", "this code is used twice;", where=code, hint_en="give each its own"
                )
            self._cameras[code] = entry

    @classmethod
    def read(cls, path: Path) -> Static:
        try:
            content = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise Problem(
                "文件读不了；", f"cannot be read ({type(error).__name__});", where=str(path)
            ) from None
        entries = content.get("cameras") if isinstance(content, dict) else None
        if not isinstance(entries, list):
            raise Problem("缺少 cameras 列表；", "has no list `cameras`;", where=str(path))
        return cls(entries)

    def list_cameras(self) -> list[Camera]:
        return [
            Camera(
                code,
                str(entry.get("name", "")),
                tuple(which for which in ("main", "sub") if entry.get(which)),  # type: ignore[misc]
            )
            for code, entry in self._cameras.items()
        ]

    def ensure_stream(self, camera: str, which: Which = "main") -> str:
        entry = self._entry(camera)
        return self._filled(str(entry.get(which) or entry["main"]), camera)

    def snapshot(self, camera: str) -> bytes:
        address = self._entry(camera).get("snapshot")
        if not address:
            raise SourceError("not_found", camera)
        return fetch(self._filled(str(address), camera), patience=self._patience)

    def live_urls(self, camera: str) -> dict[str, str]:
        return dict(self._entry(camera).get("live") or {})

    def _entry(self, camera: str) -> dict[str, Any]:
        if camera not in self._cameras:
            raise SourceError("not_found", camera)
        return self._cameras[camera]

    def _filled(self, address: str, camera: str) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] not in self._environment:
                raise Problem(
                    f"缺少环境变量 {match[1]}；",
                    f"the environment has no {match[1]};",
                    where=camera,
                    hint_zh="请设置",
                    hint_en="set it",
                )
            return self._environment[match[1]]

        return re.sub(r"\$\{(\w+)\}", value, address)


def _checked(entry: Any, where: str) -> str:
    """The code of a camera whose entry is well formed."""
    if not isinstance(entry, dict) or not isinstance(entry.get("code"), str) or not entry["code"]:
        raise Problem("缺少编号 code；", "has no `code`;", where=where)
    where = entry["code"]
    unknown = set(entry) - _KEYS
    if unknown:
        raise Problem("有不认识的字段；", f"has unknown fields: {', '.join(map(str, unknown))};", where=where)
    if not isinstance(entry.get("main"), str) or not entry["main"]:
        raise Problem("缺少主码流 main；", "has no `main`: the address of its stream;", where=where)
    live = entry.get("live") or {}
    if not isinstance(live, dict) or not set(live) <= _KINDS:
        raise Problem("live 的种类不对；", f"`live` may have {', '.join(sorted(_KINDS))};", where=where)
    return str(entry["code"])
