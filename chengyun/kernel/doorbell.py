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


# Workers of one machine that can be woken; more may run, and look by themselves.
SLOTS = 2


def path(slot: int = 0) -> Path:
    """Where a worker listens. A path must stay below the 108 bytes that a socket's name may have."""
    return Path(settings.CHENGYUN_DATA_DIR) / f"worker-{slot}.sock"


def ring() -> None:
    """Wake one worker; say nothing if none listens.

    One, because two would only find each other at work. It is the first whose bell still takes a ring: that of a dead
    worker refuses, that of one which is held up (by a slow receiver, say) is soon full of rings nobody hears.
    """
    global _sender, _sender_pid
    if _sender is None or _sender_pid != os.getpid():
        _sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        _sender.setblocking(False)
        _sender_pid = os.getpid()
    for slot in range(SLOTS):
        with contextlib.suppress(OSError):
            _sender.sendto(b"1", str(path(slot)))
            return


def listening() -> int:
    """How many workers of this machine have their ear at the door; knocking wakes nobody."""
    count = 0
    for slot in range(SLOTS):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
            probe.connect(str(path(slot)))
            count += 1
    return count


class Listener:
    """The worker's end: `wait(seconds)` returns early when somebody rang."""

    def __init__(self, slot: int = 0) -> None:
        self._path = where = path(slot)
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

    def poke(self) -> None:
        """Ring one's own bell, from another thread."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.setblocking(False)
            own.sendto(b"1", str(self._path))

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
