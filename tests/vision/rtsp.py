"""A small RTSP server for tests: one MPEG-4 stream over the connection itself (RFC 2326 interleaved, RFC 6416 payload)."""

from __future__ import annotations

import base64
import itertools
import random
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import av

_MOST = 1200  # bytes of payload a packet
_RATE = 90_000

# What the camera's own clock says, by the seconds that really passed.
_CLOCKS: dict[str, Callable[[float], float]] = {
    "same": lambda at: 0.0,
    "slow": lambda at: at / 4,
    "ahead": lambda at: at + (7200 if at > 1 else 0),
    "back": lambda at: 20_000 + at - (7200 if at > 1 else 0),
}


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            while request := self._request():
                verb, url, headers = request
                if not self._answer(verb, url, headers):
                    return
        except OSError:
            pass  # the other side went away

    def _request(self) -> tuple[str, str, dict[str, str]] | None:
        first = self.rfile.readline().decode("latin-1").split()
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return (first[0], first[1], headers) if len(first) > 1 else None

    def _answer(self, verb: str, url: str, headers: dict[str, str]) -> bool:
        server = self.server
        self.path = urlsplit(url).path.rstrip("/")
        url = server.manners.get(self.path, url)
        sequence = headers.get("cseq", "0")
        login = "Basic " + base64.b64encode(b"user:right").decode()
        if "/silent" in url or ("/mute" in url and verb == "PLAY"):
            server.over.wait(60)
            return False
        if "/missing" in url:
            return self._say("404 Not Found", sequence)
        if "/guarded" in url and headers.get("authorization") != login:
            return self._say("401 Unauthorized", sequence, 'WWW-Authenticate: Basic realm="camera"')
        if verb == "DESCRIBE":
            lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "t=0 0"]
            if "/sound" in url:
                lines += ["m=audio 0 RTP/AVP 0", "a=control:0", ""]
            else:
                lines += ["m=video 0 RTP/AVP 96", "a=rtpmap:96 MP4V-ES/90000"]
                lines += [f"a=fmtp:96 config={server.config}", "a=control:0", ""]
            return self._say("200 OK", sequence, "Content-Type: application/sdp", body="\r\n".join(lines))
        if verb == "SETUP":
            return self._say(
                "200 OK", sequence, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1"
            )
        if verb == "PLAY":
            self._say("200 OK", sequence, "Session: 1")
            self._play(url)
            return False
        return self._say("200 OK", sequence, "Public: DESCRIBE, SETUP, PLAY, TEARDOWN", "Session: 1")

    def _say(self, status: str, sequence: str, *lines: str, body: str = "") -> bool:
        head = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *lines, f"Content-Length: {len(body)}", "", body]
        self.wfile.write("\r\n".join(head).encode())
        return True

    def _play(self, url: str) -> None:
        server, chance = self.server, random.Random(5)
        clock = next((clock for word, clock in _CLOCKS.items() if f"/{word}" in url), float)
        began, number = time.monotonic(), 0
        for at, data, key in self._pictures(url):
            if server.over.wait(max(0.0, began + at - time.monotonic())):
                return
            if server.manners.get(self.path, url) != url:
                return  # mended
            if "/keyless" in url and key:
                continue
            if "/rubbish" in url:
                data = chance.randbytes(len(data))
            if "/scratched" in url:
                data = data[:30] + chance.randbytes(len(data) // 2)
            for start in range(0, len(data), _MOST):
                piece = data[start : start + _MOST]
                mark = 0x80 if start + _MOST >= len(data) else 0
                ticks = round(clock(at) * _RATE) & 0xFFFFFFFF
                head = struct.pack(">BBHII", 0x80, mark | 96, number & 0xFFFF, ticks, 7)
                self._send(struct.pack(">cBH", b"$", 0, len(head) + len(piece)) + head + piece, url)
                number += 1
            if at > 1 and ("/stall" in url or "/cut" in url):
                if "/cut" in url:
                    self.wfile.write(struct.pack(">cBH", b"$", 0, 500) + b"half of it")
                else:
                    server.over.wait(60)
                return

    def _pictures(self, url: str) -> Iterator[tuple[float, bytes, bool]]:
        """When, what, whether a keyframe. Over and over where the address says so, unevenly where it says so."""
        pictures, begin = self.server.pictures, 0.0
        for turn in itertools.count():
            for at, data, key in pictures:
                yield begin + at / (6 if "/uneven" in url and turn % 2 else 1), data, key
            begin += (pictures[-1][0] + 0.1) / (6 if "/uneven" in url and turn % 2 else 1)
            if "/loop" not in url:
                return

    def _send(self, data: bytes, url: str) -> None:
        if "/drip" not in url:
            self.wfile.write(data)
            return
        for byte in data:
            self.wfile.write(bytes([byte]))
            if self.server.over.wait(0.1):
                return


@contextmanager
def rtsp(path: Path, manners: dict[str, str] | None = None) -> Iterator[str]:
    """Serves an mpeg4 file as a live camera, in its own time. Yields the address. Words below it say how it behaves:

    /loop      over and over            /silent    takes the question, says nothing
    /missing   there is none            /mute      answers all but PLAY
    /guarded   asks for user:right      /stall     falls silent after a second
    /sound     has sound alone          /cut       hangs up in the midst of a picture
    /keyless   sends no keyframes       /drip      a byte now and then
    /rubbish   sends no pictures        /uneven    now slow, now six times as fast
    /scratched sends damaged pictures
    /same, /slow, /ahead, /back         what its clock says

    `manners`: path -> such words, asked at each request: a camera that is repaired while it runs.
    """
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        packets = [p for p in film.demux(stream) if p.size]
        pictures = [(float(p.pts * p.time_base), bytes(p), p.is_keyframe) for p in packets]
        config = bytes(stream.codec_context.extradata).hex()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
    server.daemon_threads, server.block_on_close = True, False
    server.pictures, server.config = pictures, config
    server.manners, server.over = {} if manners is None else manners, threading.Event()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"rtsp://127.0.0.1:{server.server_address[1]}"
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
