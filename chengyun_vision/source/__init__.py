"""Where pictures come from: files, folders, RTSP, HTTP, media servers.

base.py        Source, Facts, Notice, SourceError: what every source offers
timeline.py    one growing time per camera, whatever its timestamps do
container.py   what libav reads: files and streams (file, rtsp, http)
pictures.py    whole pictures: a folder, an MJPEG stream, a snapshot address
supervised.py  a thread that reads, a watchdog outside it, reconnecting
adapters/      media servers and cameras that are asked for addresses
"""

from chengyun_vision.source.base import Cause, Facts, Notice, Source, SourceError, redacted

__all__ = ["Cause", "Facts", "Notice", "Source", "SourceError", "make", "redacted"]


def make(
    address: str, *, pace: str = "fast", loop: bool = False, period: float = 1.0, patience: float = 10.0
) -> Source:
    """The source of an address: `rtsp://`, `http(s)://` (video, MJPEG or a snapshot), a file, a folder of pictures.

    `pace`: for files and folders, "fast" or "live" (as a camera would send it, `at` of the wall clock). `loop`: begin again
    at the end. `period`: seconds between pictures of a folder or a snapshot address. `patience`: seconds without a byte.
    """
    from pathlib import Path

    from chengyun_vision.source.container import Container
    from chengyun_vision.source.pictures import Folder, HttpPictures, looks_like_pictures

    if address.startswith(("http://", "https://")):
        if looks_like_pictures(address):
            return HttpPictures(address, period=period, patience=patience)
        return Container(address, patience=patience)
    if "://" in address:
        return Container(address, patience=patience)
    if Path(address).is_dir():
        return Folder(address, period=period, pace=pace, loop=loop)
    return Container(address, pace=pace, loop=loop, patience=patience)
