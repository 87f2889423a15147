"""Where pictures come from: files, folders, RTSP, HTTP, media servers.

base.py        Source, Facts, Notice, SourceError: what every source offers
timeline.py    one growing time per camera, whatever its timestamps do
container.py   what libav reads: files and streams
web.py         one HTTP request
pictures.py    whole pictures: a folder, an MJPEG stream, an address that gives one at a time
backoff.py     how long to wait before the next attempt
supervised.py  a thread that reads, a watchdog outside it, reconnecting
adapters/      media servers and cameras that are asked for addresses
"""

from pathlib import Path

from chengyun_vision.source.base import Cause, Facts, Notice, Source, SourceError, redacted
from chengyun_vision.source.container import Container
from chengyun_vision.source.pictures import Folder, Http
from chengyun_vision.source.supervised import Patience, Supervised

__all__ = [
    "Cause",
    "Container",
    "Facts",
    "Folder",
    "Http",
    "Notice",
    "Patience",
    "Source",
    "SourceError",
    "Supervised",
    "make",
    "redacted",
]


def make(
    address: str,
    *,
    pace: str = "fast",
    loop: bool = False,
    period: float = 1.0,
    patience: float = 10.0,
    start: float = 0.0,
) -> Source:
    """The source of an address: `rtsp://`, `http(s)://` (video, MJPEG or a snapshot), a file, a folder of pictures.

    `pace`: for files and folders, "fast" or "live" (as a camera would send it, `at` of the wall clock). `loop`: begin again
    at the end. `start`: seconds at which a file is entered. `period`: seconds between pictures of a folder or a snapshot
    address. `patience`: seconds without a byte.
    """
    if address.lower().startswith(("http://", "https://")):
        return Http(address, period=period, patience=patience)
    if "://" not in address and Path(address).is_dir():
        return Folder(address, period=period, pace=pace, loop=loop)
    return Container(address, pace=pace, loop=loop, start=start, patience=patience)
