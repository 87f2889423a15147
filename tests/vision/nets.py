"""Nets of our own making for tests: files that the runtime loads, whose outputs are fixed numbers.

Written by hand in the few fields of the format that are needed, so that tests need no library for making nets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml


def net(
    outputs: Mapping[str, np.ndarray],
    shape: Sequence[int] = (1, 3, 64, 64),
    *,
    says: Mapping[str, str] | None = None,
    graph: str = "net",
) -> bytes:
    """A net with one input of this shape that answers `outputs` to everything. `says`: what the file records of itself."""
    nodes = b"".join(
        _field(1, _field(1, f"c_{name}") + _field(2, name) + _field(4, "Identity")) for name in outputs
    )
    constants = b"".join(_field(5, _tensor(f"c_{name}", array)) for name, array in outputs.items())
    ports = _field(11, _port("images", shape))
    ports += b"".join(_field(12, _port(name, array.shape, _kind(array))) for name, array in outputs.items())
    body = nodes + _field(2, graph) + constants + ports
    props = b"".join(_field(14, _field(1, key) + _field(2, text)) for key, text in (says or {}).items())
    return _number(1, 8) + _field(7, body) + _field(8, _field(1, "") + _number(2, 13)) + props


def manifest(folder: Path, content: bytes, **changes: Any) -> Path:
    """Writes a net and a manifest for it; `changes` are laid over the manifest (None takes a key away)."""
    (folder / "net.onnx").write_bytes(content)
    described: dict[str, Any] = {
        "id": "test-net",
        "file": "net.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "licence": "MIT",
        "source": "tests",
        "head": "yolo-end2end",
        "input": {"width": 64, "height": 64, "resize": "stretch"},
        "names": ["person", "car", "kite"],
        "classes": {"person": "person", "car": "car"},
        "golden": {"picture": "grey", "expect": [{"name": "person", "score": 0.9}], "extra": 9},
    }
    described = {key: value for key, value in (described | changes).items() if value is not None}
    place = folder / "net.yaml"
    place.write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")
    return place


def rows(*found: Sequence[float]) -> np.ndarray:
    """Output of a net that merges its own boxes: left, top, right, bottom (of 64), score, class."""
    return np.array([found], np.float32).reshape(1, len(found), 6)


def _kind(array: np.ndarray) -> int:
    return {"float32": 1, "int64": 7}[array.dtype.name]


def _tensor(name: str, array: np.ndarray) -> bytes:
    sides = b"".join(_number(1, side) for side in array.shape)
    return sides + _number(2, _kind(array)) + _field(8, name) + _field(9, array.tobytes())


def _port(name: str, shape: Sequence[int], kind: int = 1) -> bytes:
    sides = b"".join(_field(1, _number(1, side)) for side in shape)
    return _field(1, name) + _field(2, _field(1, _number(1, kind) + _field(2, sides)))


def _field(number: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
