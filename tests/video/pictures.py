"""Small JPEGs, written by hand: a frame header and nothing to see."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from chengyun.kernel import clock
from chengyun.video.actions.pictures import Facts


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(width: int = 64, height: int = 48, *, extra: bytes = b"", scan: bytes = b"\x12\x34") -> bytes:
    frame = b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
        + extra
        + segment(0xC0, frame)
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + scan
        + b"\xff\xd9"
    )


def facts(content: bytes, **more: Any) -> Facts:
    given: dict[str, Any] = {
        "id": "p1", "camera": "cam-0", "at": clock.now(), "sha256": sha256(content).hexdigest(), "masked": "heads",
        "heads": 2, "zones": 0, "width": 64, "height": 48, "models": ["yolox-nano"], "event": "",
    }  # fmt: skip
    return Facts(**{**given, **more})
