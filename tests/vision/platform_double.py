"""The server's doors for workers as a worker sees them: leases, events, pictures, readings; with faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "cy_test"


def camera(code: str, address: str, preset: str = "camera_health", **settings: Any) -> dict[str, Any]:
    """A camera as the lease door describes it, with one binding."""
    zone = {"code": "whole", "points": [[0, 0.65], [1, 0.65], [1, 1], [0, 1]]}
    rule = {
        "code": f"b-{code}.whole",
        "preset": preset,
        "zone": zone,
        "settings": settings or None,
        "quantities": {},
    }
    bound = {"binding": f"b-{code}", "version": 1, "model": "", "model_kind": "none", "rule": rule}
    return {"camera": code, "main": address, "sub": "", "login": "", "privacy": [], "rules": [bound]}


class Double:
    """`cameras`: what is to be looked through; `lease_s`: how long a lease lasts; `down`: answers 503 to everything."""

    def __init__(self, cameras: list[dict[str, Any]], *, rate: float = 1.0, lease_s: float = 24.0) -> None:
        self.cameras, self.rate, self.lease_s = {c["camera"]: c for c in cameras}, rate, lease_s
        self.begun = time.monotonic()
        self.now0 = 1_704_000_000.0 if rate != 1.0 else time.time()
        self.down = False
        self.free = True
        self.lock = threading.Lock()
        self.leases: list[dict[str, Any]] = []
        self.words: list[dict[str, Any]] = []
        self.pictures: dict[str, dict[str, Any]] = {}
        self.order: list[str] = []
        self.readings: list[dict[str, Any]] = []
        self.keys: Counter[str] = Counter()
        self.refused = 0
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = double.answer(self.path, body, dict(self.headers))
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def now(self) -> float:
        return self.now0 + (time.monotonic() - self.begun) * self.rate

    def answer(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        with self.lock:
            if self.down:
                return 503, {}
            if headers.get("Authorization") != f"Bearer {TOKEN}":
                self.refused += 1
                return 401, {"title": "unknown token"}
            parts = urlsplit(path)
            if parts.path.endswith("/lease"):
                return 200, self._lease(json.loads(body))
            if parts.path == "/api/video/events":
                self.words += json.loads(body)["events"]
                self.order += [word["id"] for word in json.loads(body)["events"]]
                return 200, {"taken": len(self.words), "repeats": 0, "problems": []}
            if parts.path == "/api/video/pictures":
                said = {key: values[0] for key, values in parse_qs(parts.query).items()}
                stated = {
                    "id",
                    "camera",
                    "at",
                    "sha256",
                    "masked",
                    "heads",
                    "zones",
                    "width",
                    "height",
                    "worker",
                }
                if not stated <= set(said):
                    return 422, {"title": "not stated"}
                if said["sha256"] != hashlib.sha256(body).hexdigest():
                    return 422, {"title": "hash"}
                self.pictures[said["id"]] = said
                self.order.append(said["id"])
                return 200, {"id": said["id"], "new": True}
            self.keys[headers["X-Message-Id"]] += 1
            self.readings += json.loads(body)["observations"]
            return 200, {"accepted": 1}

    def _lease(self, ask: dict[str, Any]) -> dict[str, Any]:
        self.leases.append(ask)
        has = [code for code in ask["has"] if code in self.cameras]
        more = [code for code in self.cameras if code not in has][: max(0, ask["room"])]
        held = [] if ask.get("leaving") or not self.free else has + more
        return {
            "worker": "w", "now": datetime.fromtimestamp(self.now(), UTC).isoformat(), "lease_s": self.lease_s,
            "renew_s": 0.2, "key": "secret", "rate": self.rate, "cameras": [self.cameras[code] for code in held],
            "dropped": [code for code in ask["has"] if code not in held],
        }  # fmt: skip

    def states(self) -> dict[str, list[str]]:
        """The words of each event, in the order in which they came."""
        found: dict[str, list[str]] = {}
        for word in self.words:
            found.setdefault(word["id"], []).append(word["state"])
        return found

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
