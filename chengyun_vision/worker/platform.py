"""The server's doors for workers, over one kept connection a thread."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from chengyun_vision.problem import Problem

_LONGEST = 16 * 1024 * 1024  # bytes of an answer


class Away(Exception):
    """The server cannot be reached or is not able to answer now: the same again later."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def why(self) -> str:
        """What it says of a refusal."""
        said = self.body if isinstance(self.body, dict) else {}
        return str(said.get("detail") or said.get("title") or said.get("type") or self.status)[:300]


class Platform:
    """`server`: http(s)://host[:port][/path]. `token`: of the source `vision`. Raises `Problem` for what is no address."""

    def __init__(self, server: str, token: str, *, patience: float = 15.0) -> None:
        parts = urlsplit(server)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise Problem(
                "服务器地址应为 http(s)://主机[:端口]。", "the server's address is http(s)://host[:port].",
                where="--server",
            )  # fmt: skip
        self._parts, self._token, self._patience = parts, token, patience
        self._mine = threading.local()

    def lease(self, name: str, ask: Mapping[str, Any]) -> Answer:
        return self._post(f"/api/video/workers/{quote(name)}/lease", json.dumps(ask).encode())

    def events(self, worker: str, words: list[Any]) -> Answer:
        return self._post("/api/video/events", json.dumps({"worker": worker, "events": words}).encode())

    def picture(self, facts: Mapping[str, Any], jpeg: bytes) -> Answer:
        return self._post(f"/api/video/pictures?{urlencode(facts, doseq=True)}", jpeg, "image/jpeg")

    def readings(self, key: str, observations: list[Any]) -> Answer:
        body = json.dumps({"observations": observations}).encode()
        return self._post("/api/signals/observations", body, headers={"X-Message-Id": key})

    def _post(
        self, path: str, body: bytes, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises `Away` where it makes sense to try the same again."""
        said = {"Content-Type": kind, "Authorization": f"Bearer {self._token}", **(headers or {})}
        for kept in (True, False):
            try:
                connection = self._connection(kept)
                connection.request("POST", self._parts.path.rstrip("/") + path, body, said)
                answer = connection.getresponse()
                text = answer.read(_LONGEST)
            except (OSError, http.client.HTTPException) as error:
                self._close()
                # A kept connection may have been closed by the other side meanwhile: once more, over a new one.
                if kept and isinstance(
                    error, http.client.RemoteDisconnected | ConnectionError | BrokenPipeError
                ):
                    continue
                raise Away(type(error).__name__) from None
            if answer.status >= 500 or answer.status in (408, 425, 429):
                raise Away(f"HTTP {answer.status}")
            try:
                return Answer(answer.status, json.loads(text) if text else None)
            except ValueError:
                return Answer(answer.status, None)
        raise Away("disconnected")

    def _connection(self, kept: bool) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if found is not None and kept:
            return found
        self._close()
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            found = http.client.HTTPSConnection(
                host, port, timeout=self._patience, context=ssl.create_default_context()
            )
        else:
            found = http.client.HTTPConnection(host, port, timeout=self._patience)
        self._mine.connection = found
        return found

    def _close(self) -> None:
        found = getattr(self._mine, "connection", None)
        if found is not None:
            found.close()
            self._mine.connection = None
