"""An H.264 clip as a camera's RTSP address on this machine, for as many readers as come, each from its first picture on.

    python -m chengyun_vision.bench.rtsp CLIP     prints its port, serves until its input ends

RTP inside the connection itself (RFC 2326, 10.12), H.264 cut by RFC 6184. Only to measure with: no login, one clip.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

_MOST = 1400  # bytes of payload a packet
_RATE = 90_000
_KIND = 96


@dataclass(frozen=True, slots=True)
class Film:
    """`pictures`: (second, its packets ready to be sent). `parameters`: for the description."""

    pictures: tuple[tuple[float, bytes], ...]
    parameters: str


def film(path: Path) -> Film:
    """Raises ValueError for what is no H.264 in an MP4."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        extra = bytes(stream.codec_context.extradata or b"")
        if stream.codec_context.name != "h264" or extra[:1] != b"\x01":
            raise ValueError(f"{path.name}: H.264 in an MP4 is wanted")
        packets = [packet for packet in container.demux(stream) if packet.size and packet.pts is not None]
        sets = list(_sets(extra))
        number, pictures = 0, []
        for packet in packets:
            at = float((packet.pts or 0) * (packet.time_base or 0))
            units = [*(sets if packet.is_keyframe else []), *_units(bytes(packet))]
            sent = bytearray()
            for index, unit in enumerate(units):
                for payload, last in _cut(unit):
                    mark = 0x80 if last and index == len(units) - 1 else 0
                    head = struct.pack(
                        ">BBHII", 0x80, mark | _KIND, number & 0xFFFF, int(at * _RATE) & 0xFFFFFFFF, 7
                    )
                    sent += struct.pack(">cBH", b"$", 0, len(head) + len(payload)) + head + payload
                    number += 1
            pictures.append((at, bytes(sent)))
    return Film(tuple(pictures), ",".join(base64.b64encode(one).decode() for one in sets))


def _sets(extra: bytes) -> Iterator[bytes]:
    """Sequence and picture parameters of an AVC configuration record (ISO/IEC 14496-15, 5.3.3)."""
    at = 5
    for mask in (0x1F, 0xFF):
        count, at = extra[at] & mask, at + 1
        for _ in range(count):
            size = int.from_bytes(extra[at : at + 2], "big")
            yield extra[at + 2 : at + 2 + size]
            at += 2 + size


def _units(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 4 < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def _cut(unit: bytes) -> Iterator[tuple[bytes, bool]]:
    """(payload, whether it is the unit's last)."""
    if len(unit) <= _MOST:
        yield unit, True
        return
    outer, kind = unit[0] & 0xE0 | 28, unit[0] & 0x1F
    for start in range(1, len(unit), _MOST):
        first, last = start == 1, start + _MOST >= len(unit)
        yield bytes([outer, (first << 7) | (last << 6) | kind]) + unit[start : start + _MOST], last


async def serve(shown: Film) -> asyncio.Server:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await _session(shown, reader, writer)
        writer.close()

    return await asyncio.start_server(handle, "127.0.0.1", 0)


async def _session(shown: Film, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while request := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
        verb = request.split(" ", 1)[0]
        lines = [line.partition(":") for line in request.split("\r\n")[1:]]
        sequence = next((value.strip() for name, _, value in lines if name.lower() == "cseq"), "0")
        said, body = ["Session: 1"], ""
        if verb == "DESCRIBE":
            said = ["Content-Type: application/sdp"]
            body = "\r\n".join(
                ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "t=0 0", f"m=video 0 RTP/AVP {_KIND}",
                 f"a=rtpmap:{_KIND} H264/90000",
                 f"a=fmtp:{_KIND} packetization-mode=1;sprop-parameter-sets={shown.parameters}", "a=control:0", ""]
            )  # fmt: skip
        elif verb == "SETUP":
            said += ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]
        elif verb == "OPTIONS":
            said += ["Public: DESCRIBE, SETUP, PLAY, TEARDOWN"]
        head = ["RTSP/1.0 200 OK", f"CSeq: {sequence}", *said, f"Content-Length: {len(body)}", "", body]
        writer.write("\r\n".join(head).encode())
        if verb == "PLAY":
            await _play(shown, writer)
        if verb in ("PLAY", "TEARDOWN"):
            return


async def _play(shown: Film, writer: asyncio.StreamWriter) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    for at, packets in shown.pictures:
        await asyncio.sleep(max(0.0, began + at - clock()))
        writer.write(packets)
        await writer.drain()


async def _main(path: Path) -> None:
    server = await serve(film(path))
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    over: Any = await loop.run_in_executor(None, sys.stdin.read)
    del over
    server.close()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
