"""Hands one message to one channel. No database here: what became of it is recorded by the caller."""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from chengyun.kernel import clock
from chengyun.kernel.canonical import dumps
from chengyun.messages.logic import host_allowed

_log = logging.getLogger("chengyun.messages")
_MAX_ANSWER = 64 * 1024


class Failed(Exception):
    """A hand-over that did not work. `reason` is a short code; `final` means that trying again is pointless."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a channel carries: `key` is the same on every attempt, so that a receiver can drop a repeat."""

    key: str
    body: dict[str, Any]


# Who let one parcel wait in vain lets no others wait for so long: they fail at once, for the same reason. Shorter than any
# pause before the next attempt (suggested value, 建议值).
SILENT = timedelta(seconds=1.5)
_silent: dict[str, tuple[datetime, str]] = {}


def hand(kind: str, url: str, timeout_s: float, parcel: Parcel) -> None:
    """Deliver, or raise `Failed`."""
    if kind == "log":
        _log.info("message %s %s -> %s", parcel.body["ref"], parcel.body["kind"], parcel.body["post"])
        return
    since, reason = _silent.get(url, (None, ""))
    if since is not None and since <= clock.now() < since + SILENT:
        raise Failed(reason)
    try:
        _post(url, timeout_s, parcel)
    except Failed as failed:
        if failed.reason in ("timeout", "unreachable"):
            _silent[url] = (clock.now(), failed.reason)
        raise
    _silent.pop(url, None)


def _post(url: str, timeout_s: float, parcel: Parcel) -> None:
    """POST as JSON. 2xx is delivered; 408, 425, 429 and 5xx are tried again; other answers are final.

    Redirects are not followed: they would lead past the list of allowed hosts.
    """
    if not host_allowed(url, settings.WEBHOOK_HOSTS):
        raise Failed("host_not_allowed", final=True)
    parts = urlsplit(url)
    assert parts.hostname is not None
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=timeout_s, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "POST",
            path,
            dumps(parcel.body),
            {"Content-Type": "application/json", "Idempotency-Key": parcel.key, "User-Agent": "chengyun"},
        )
        answer = connection.getresponse()
        answer.read(_MAX_ANSWER)
        status = answer.status
    except TimeoutError as error:
        raise Failed("timeout") from error
    except ssl.SSLError as error:
        raise Failed("tls") from error
    except (socket.gaierror, ConnectionError, http.client.HTTPException, OSError) as error:
        raise Failed("unreachable") from error
    finally:
        connection.close()
    if 200 <= status < 300:
        return
    raise Failed(f"http_{status}", final=status < 500 and status not in (408, 425, 429))
