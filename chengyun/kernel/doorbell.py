"""Wakes the worker when something was committed, so that it need not poll hard.

A datagram on a socket in the data folder: losing one is harmless, because the worker also looks by itself.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from django.conf import settings

_sender: socket.socket | None = None
_sender_pid = 0


def path() -> Path:
    """Where the worker listens. A path must stay below the 108 bytes that a socket's name may have."""
    return Path(settings.CHENGYUN_DATA_DIR) / "worker.sock"


def ring() -> None:
    """Wake the worker if one listens; say nothing if none does."""
    global _sender, _sender_pid
    if _sender is None or _sender_pid != os.getpid():
        _sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        _sender.setblocking(False)
        _sender_pid = os.getpid()
    with contextlib.suppress(OSError):
        _sender.sendto(b"1", str(path()))


class Listener:
    """The worker's end: `wait(seconds)` returns early when somebody rang."""

    def __init__(self) -> None:
        where = path()
        where.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            where.unlink()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(where))

    def wait(self, seconds: float) -> bool:
        """Wait for a ring at most `seconds` (real time); True when there was one. Rings that piled up count as one."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            self._socket.recv(16)
        except TimeoutError:
            return False
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(16)
        return True

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            path().unlink()
