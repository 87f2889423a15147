"""What every source of pictures offers, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit, urlunsplit

from chengyun_vision.frames import Packet
from chengyun_vision.problem import Problem

Cause = Literal["refused", "auth", "not_found", "timeout", "codec", "no_keyframes", "ended"]

# zh, en, what to do in zh and in en
SAYS: dict[Cause, tuple[str, str, str, str]] = {
    "refused": (
        "连接被拒绝或中断；",
        "the connection was refused or broke;",
        "请检查地址、端口和网络",
        "check address, port and network",
    ),
    "auth": (
        "用户名或密码不对；",
        "user or password is wrong;",
        "请在摄像机档案中更正",
        "correct them in the camera's record",
    ),
    "not_found": (
        "没有这个地址或文件；",
        "there is no such address or file;",
        "请检查路径和码流名",
        "check the path and the stream's name",
    ),
    "timeout": (
        "规定时间内没有画面；",
        "no picture came in time;",
        "请检查网络和设备",
        "check the network and the device",
    ),
    "codec": (
        "画面格式读不了；",
        "the stream cannot be read;",
        "请把该码流设为 H.264",
        "set this stream of the camera to H.264",
    ),
    "no_keyframes": (
        "没有关键帧；",
        "no keyframes came;",
        "请把 I 帧间隔设为 1 秒",
        "set the camera's I-frame interval to 1 s",
    ),
    "ended": ("画面已结束", "the pictures came to their end", "", ""),
}


class SourceError(Problem):
    """The source cannot go on. `cause` is what a health event carries; `where` the address, never with credentials."""

    def __init__(self, cause: Cause, where: str = "") -> None:
        zh, en, hint_zh, hint_en = SAYS[cause]
        super().__init__(zh, en, where=where, hint_zh=hint_zh, hint_en=hint_en)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a stream once it is open. `fps`: nominal, None when the stream does not say.

    `codec`: libav's name; "picture" when each packet is a whole JPEG or PNG. `live`: `Packet.at` is of the wall clock and
    nobody waits for a slow reader; otherwise `at` is of the clip and nothing is lost. `extradata`: what a decoder needs
    before the first packet.
    """

    codec: str
    width: int
    height: int
    fps: float | None
    live: bool
    extradata: bytes = b""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a stream says beside its pictures, in its place among the packets.

    opened:  `facts` are of the new connection (another decoder; reset the tracker).
    lost:    with a cause; a live source is being tried again.
    jumped:  time broke (`detail`: by how many seconds), `Packet.at` goes on growing; reset the tracker.
    resized: said by the decoder: the pictures have another size from here on (`facts`); rebuild masks, reset tracker,
             motion and background.
    dropped: the reader was late, all up to the next keyframe was let go (`detail`: how many packets).
    corrupt: said by the decoder: a packet was no picture.
    """

    at: float
    kind: Literal["opened", "lost", "jumped", "resized", "dropped", "corrupt"]
    cause: Cause | None = None
    detail: str = ""
    facts: Facts | None = None


class Source(Protocol):
    """One stream. Opening and reading may block: run it under `supervised.Supervised`.

    `facts` is None until the iterator that `open` returns has been asked for its first item. `live`: see Facts.
    """

    facts: Facts | None
    live: bool

    def open(self) -> Iterator[Packet | Notice]:
        """Packets in the order of decoding. Raises SourceError, also in the midst; ends by SourceError("ended")."""
        ...

    def close(self) -> None:
        """Lets go of everything; may be called twice, and from another thread than the one that reads."""
        ...


def redacted(url: str) -> str:
    """The address without user, password and query: all that a log, an error or a notice may say of it."""
    try:
        parts = urlsplit(url)
        if not parts.scheme:
            return url.rsplit("@", 1)[-1].split("?", 1)[0]
        host = (parts.netloc or "").rsplit("@", 1)[-1]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))
    except ValueError:
        return "(address that cannot be read)"
