"""HTTP doors of video: cameras and bindings for the console, leases, events and pictures for workers."""

from chengyun.video.api import bindings, cameras, looking, worker
from chengyun.video.api.door import router

__all__ = ["bindings", "cameras", "looking", "router", "worker"]
