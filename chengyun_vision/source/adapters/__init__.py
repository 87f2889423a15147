"""Whom to ask for the addresses of cameras' streams: a list, a camera or recorder itself, a media server.

base.py        Adapter, Camera: what each offers
static.py      a YAML list
onvif.py       a camera or recorder by ONVIF
mediamtx.py    MediaMTX by its control API
zlmediakit.py  ZLMediaKit by its REST API
"""

from chengyun_vision.source.adapters.base import Adapter, Camera
from chengyun_vision.source.adapters.mediamtx import MediaMtx
from chengyun_vision.source.adapters.onvif import Onvif
from chengyun_vision.source.adapters.static import Static
from chengyun_vision.source.adapters.zlmediakit import ZlMediaKit

__all__ = ["Adapter", "Camera", "MediaMtx", "Onvif", "Static", "ZlMediaKit"]
