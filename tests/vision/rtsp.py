"""A small RTSP server for tests: one MPEG-4 stream over the connection itself (RFC 2326 interleaved, RFC 6416 payload)."""

from __future__ import annotations

import base64
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

_MOST = 1200  # bytes of payload a packet
_RATE = 90_000


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
        sequence = headers.get("cseq", "0")
        login = "Basic " + base64.b64encode(b"user:right").decode()
        if "/silent" in url:
            time.sleep(30)
            return False
        if "/missing" in url:
            return self._say("404 Not Found", sequence)
        if "/guarded" in url and headers.get("authorization") != login:
            return self._say("401 Unauthorized", sequence, 'WWW-Authenticate: Basic realm="camera"')
        if verb == "DESCRIBE":
            lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=video 0 RTP/AVP 96"]
            lines += ["a=rtpmap:96 MP4V-ES/90000", f"a=fmtp:96 config={server.config}", "a=control:0", ""]
            return self._say("200 OK", sequence, "Content-Type: application/sdp", body="\r\n".join(lines))
        if verb == "SETUP":
            return self._say(
                "200 OK", sequence, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1"
            )
        if verb == "PLAY":
            self._say("200 OK", sequence, "Session: 1")
            self._play("/stall" in url)
            return False
        return self._say("200 OK", sequence, "Public: DESCRIBE, SETUP, PLAY, TEARDOWN", "Session: 1")

    def _say(self, status: str, sequence: str, *lines: str, body: str = "") -> bool:
        head = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *lines, f"Content-Length: {len(body)}", "", body]
        self.wfile.write("\r\n".join(head).encode())
        return True

    def _play(self, stall: bool) -> None:
        began, number = time.monotonic(), 0
        for at, data in self.server.pictures:
            time.sleep(max(0.0, began + at - time.monotonic()))
            for start in range(0, len(data), _MOST):
                piece = data[start : start + _MOST]
                mark = 0x80 if start + _MOST >= len(data) else 0
                head = struct.pack(">BBHII", 0x80, mark | 96, number & 0xFFFF, int(at * _RATE), 7)
                self.wfile.write(struct.pack(">cBH", b"$", 0, len(head) + len(piece)) + head + piece)
                number += 1
            if stall and at > 1:
                time.sleep(30)


@contextmanager
def rtsp(path: Path) -> Iterator[str]:
    """Serves an mpeg4 file as a live camera, in its own time. Yields the address; below it /silent, /missing, /stall and
    /guarded (user:right) behave as they are called.
    """
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        packets = [p for p in film.demux(stream) if p.size]
        pictures = [(float(p.pts * p.time_base), bytes(p)) for p in packets]
        config = bytes(stream.codec_context.extradata).hex()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
    server.daemon_threads, server.block_on_close = True, False
    server.pictures, server.config = pictures, config
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"rtsp://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
