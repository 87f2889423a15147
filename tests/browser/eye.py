"""A camera worker that looks at nothing: it holds cameras, says what a test wants it to have seen, shows one picture."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from chengyun_vision.worker.live import LiveServer, Pictures
from tests.browser import ROOT
from tests.browser.city import City

NAME = "eye"
_EVERY_S = 0.3


def plain(jpeg: bytes) -> bytes:
    """Without the notes that a browser puts into its pictures: pictures with notes are refused."""
    kept, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if not 0xE1 <= jpeg[at + 1] <= 0xEF:
            kept += jpeg[at:end]
        at = end
    return kept + jpeg[at:]


class Eye:
    """`jpeg`: what every camera shows. The city's clock stands, so that a lease holds for as long as the test."""

    def __init__(self, city: City, jpeg: bytes) -> None:
        self._city, self._jpeg = city, plain(jpeg)
        self._token = self._issued()
        self.now = datetime.fromisoformat(self._lease({"room": 0})["now"])
        self._pictures = Pictures(self.now.timestamp)
        self._live = LiveServer("127.0.0.1", 0, self._pictures)
        self._live.start()
        self._address = f"http://127.0.0.1:{self._live.server_address[1]}"
        self._stopped = threading.Event()
        self._problems: dict[str, str] = {}
        self._pictures.key = self.beat()["key"]
        threading.Thread(target=self._show, daemon=True).start()

    def beat(self, problems: dict[str, str] | None = None) -> Any:
        """A heartbeat; `problems`: binding -> what cannot be carried out."""
        self._problems = self._problems if problems is None else problems
        held = self._lease({"room": 50, "address": self._address, "problems": self._problems})
        stats = [
            {"camera": one["camera"], "fps": 1, "health": "ok", "seen_at": held["now"]}
            for one in held["cameras"]
        ]
        has = [one["camera"] for one in held["cameras"]]
        said = {"room": 50, "address": self._address, "problems": self._problems, "stats": stats, "has": has}
        return self._lease(said)

    def sees(self, event: str, rule: str, kind: str, state: str = "new") -> None:
        """Something has begun, or has ended: RULE is BINDING.PLACE. With a masked picture of it."""
        at = self.now.isoformat()
        start = (self.now - timedelta(seconds=30)).isoformat()
        word = {
            "id": event,
            "rule": rule,
            "state": state,
            "kind": kind,
            "at": at,
            "start": start,
            "peak": 90.0,
        }
        if state == "end":
            word["end"] = at
        facts = {
            "id": f"{event}.{state}", "camera": self._camera(rule), "at": at, "sha256": sha256(self._jpeg).hexdigest(),
            "masked": "heads", "heads": 3, "zones": 0, "width": 64, "height": 36, "worker": NAME, "event": event,
        }  # fmt: skip
        self._send(f"pictures?{urllib.parse.urlencode(facts)}", self._jpeg, "image/jpeg")
        told = self._send("events", json.dumps({"worker": NAME, "events": [word]}).encode())
        assert told["problems"] == [], told

    def stop(self) -> None:
        self._stopped.set()
        self._live.stop()

    def _camera(self, rule: str) -> str:
        bound = {r["binding"]: one["camera"] for one in self._held["cameras"] for r in one["rules"]}
        return str(bound[rule.split(".")[0]])

    def _lease(self, said: dict[str, Any]) -> Any:
        body = json.dumps({"session": "one", **said}).encode()
        self._held = self._send(f"workers/{NAME}/lease", body)
        return self._held

    def _send(self, path: str, body: bytes, kind: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        request = urllib.request.Request(f"{self._city.url}/api/video/{path}", body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def _issued(self) -> str:
        said = subprocess.run(
            [sys.executable, "-m", "chengyun.server.cli", "token", "vision"],
            env=self._city.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return said.stdout.split()[-1]

    def _show(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            for camera in self._pictures.watched():
                self._pictures.put(camera, self._jpeg)
