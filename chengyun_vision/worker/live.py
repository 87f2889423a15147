"""Live pictures for whoever has a key: MJPEG, or one picture. The server signs the key, and has put a reason on record.

GET /live/CAMERA.mjpeg?until=SECONDS&key=HEX      key: HMAC-SHA256 of "CAMERA|SECONDS" under the lease's key
GET /live/CAMERA.jpg?until=SECONDS&key=HEX

POST /live/CAMERA.preview?until=SECONDS&key=HEX tries rules on what the camera saw in the last minutes. The body is what the
server has signed, byte for byte: HMAC-SHA256 of "preview|CAMERA|SECONDS|SHA256 of the body".
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from chengyun_vision.worker.questions import LONGEST, Questions

# Suggested values (建议值): at once in all, seconds without a new picture until the stream ends.
MOST, QUIET_S = 64, 20.0
_MARK = b"--chengyun\r\n"
_LENGTH = re.compile(r"[0-9]{1,9}")


class Pictures:
    """The newest picture of each watched camera, and who is watched. Shared between the worker's threads."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.key = ""
        self._changed = threading.Condition()
        self._newest: dict[str, tuple[int, bytes]] = {}
        self._asked: dict[str, float] = {}
        self._number = 0

    def put(self, camera: str, jpeg: bytes) -> None:
        with self._changed:
            self._number += 1
            self._newest[camera] = self._number, jpeg
            self._changed.notify_all()

    def ask(self, camera: str) -> None:
        with self._changed:
            self._asked[camera] = time.monotonic()

    def watched(self) -> list[str]:
        """Cameras that somebody looks at now; pictures of others are forgotten."""
        with self._changed:
            limit = time.monotonic() - 3.0
            self._asked = {camera: at for camera, at in self._asked.items() if at > limit}
            self._newest = {camera: one for camera, one in self._newest.items() if camera in self._asked}
            return list(self._asked)

    def next(self, camera: str, after: int, patience: float) -> tuple[int, bytes] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._newest.get(camera, (0, b""))[0] > after, patience)
            found = self._newest.get(camera)
            return found if found is not None and found[0] > after else None

    def opens(self, camera: str, until: str, key: str) -> bool:
        """Whether a key is for this camera, signed by the server, and has not run out."""
        return self._signed(f"{camera}|{until}", until, key)

    def allows(self, camera: str, body: bytes, until: str, key: str) -> bool:
        """Whether the server has signed that this may be tried on this camera."""
        return self._signed(f"preview|{camera}|{until}|{hashlib.sha256(body).hexdigest()}", until, key)

    def _signed(self, text: str, until: str, key: str) -> bool:
        digits = until.isascii() and until.isdigit()
        if not self.key or not digits or len(until) > 12 or int(until) < self.now():
            return False
        wanted = hmac.new(self.key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), key.encode("utf-8", "replace"))


class _Handler(BaseHTTPRequestHandler):
    server: LiveServer
    timeout = 30
    protocol_version = "HTTP/1.0"

    def _asked(self) -> tuple[str, str, str, str]:
        """Camera, form, until and key of the address."""
        parts = urlsplit(self.path)
        camera, _, form = unquote(parts.path).removeprefix("/live/").rpartition(".")
        said = {key: values[0] for key, values in parse_qs(parts.query).items()}
        return camera, form, said.get("until", ""), said.get("key", "")

    def do_POST(self) -> None:
        camera, form, until, key = self._asked()
        length = self.headers.get("Content-Length", "")
        if form != "preview" or not _LENGTH.fullmatch(length):
            self.send_error(404)
            return
        if int(length) > LONGEST:
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        if not self.server.pictures.allows(camera, body, until, key):
            self.send_error(403)
            return
        status, answer = self.server.questions.ask(camera, body)
        try:
            self._head(
                "application/json" if status == 200 else "application/problem+json", len(answer), status
            )
            self.wfile.write(answer)
        except OSError:
            pass  # whoever asked has left

    def do_GET(self) -> None:
        camera, form, until, key = self._asked()
        pictures = self.server.pictures
        if form not in ("mjpeg", "jpg") or not pictures.opens(camera, until, key):
            self.send_error(403)
            return
        if not self.server.places.acquire(blocking=False):
            self.send_error(503)
            return
        try:
            self._pictures(camera, float(until), one=form == "jpg")
        except OSError:
            pass  # whoever looked has left
        finally:
            self.server.places.release()

    def _pictures(self, camera: str, until: float, *, one: bool) -> None:
        pictures, number, begun = self.server.pictures, 0, False
        quiet = time.monotonic()
        while (
            pictures.now() < until and time.monotonic() - quiet < QUIET_S and not self.server.closing.is_set()
        ):
            pictures.ask(camera)
            found = pictures.next(camera, number, 1.0)
            if found is None:
                continue
            number, jpeg = found
            quiet = time.monotonic()
            if one:
                self._head("image/jpeg", len(jpeg))
                self.wfile.write(jpeg)
                return
            if not begun:
                begun = True
                self._head("multipart/x-mixed-replace; boundary=chengyun")
            self.wfile.write(
                _MARK + f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
            )
            self.wfile.write(jpeg + b"\r\n")
            self.wfile.flush()
        if not begun:
            self.send_error(504)

    def _head(self, kind: str, length: int | None = None, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "private, no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: addresses hold keys."""


class LiveServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, pictures: Pictures, questions: Questions | None = None) -> None:
        self.pictures, self.questions = pictures, questions or Questions()
        self.places = threading.BoundedSemaphore(MOST)
        self.closing = threading.Event()
        super().__init__((host, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """What strangers send that is no HTTP needs no page in the log."""

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, name="live", daemon=True).start()

    def stop(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
