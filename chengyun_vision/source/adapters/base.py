"""What an adapter offers. Errors are SourceError by cause; addresses with passwords stay on this side of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

Which = Literal["main", "sub"]


@dataclass(frozen=True, slots=True)
class Camera:
    """`code`: how this adapter calls it. `streams`: which it is known to have."""

    code: str
    name: str = ""
    streams: tuple[Which, ...] = ("main",)


class Adapter(Protocol):
    def list_cameras(self) -> list[Camera]: ...

    def ensure_stream(self, camera: str, which: Which = "main") -> str:
        """The address to open, with credentials where it needs them: for a source, never for a browser. Without a
        sub-stream the main one.
        """
        ...

    def snapshot(self, camera: str) -> bytes:
        """One JPEG. SourceError("not_found") where the device offers none: decode a keyframe instead."""
        ...

    def live_urls(self, camera: str) -> dict[str, str]:
        """Addresses that a browser may open, by kind (whep, hls, flv, fmp4, mjpeg), without credentials; empty where
        there is no media server.
        """
        ...


def host_of(url: str) -> str:
    """The host alone, an IPv6 address in brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host
