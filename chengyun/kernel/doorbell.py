"""Wakes the worker when something was committed, and whoever follows the seal when it has grown: nobody need poll hard.

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
# Where processes listen that follow the seal.
_FOLLOWERS = "live-*.sock"


def path(slot: int = 0) -> Path:
    """Where a worker listens. A path must stay below the 108 bytes that a socket's name may have."""
    return Path(settings.CHENGYUN_DATA_DIR) / f"worker-{slot}.sock"


def ring() -> None:
    """Wake one worker; say nothing if none listens.

    One, because two would only find each other at work. It is the first whose bell still takes a ring: that of a dead
    worker refuses, that of one which is held up (by a slow receiver, say) is soon full of rings nobody hears.
    """
    for slot in range(SLOTS):
        with contextlib.suppress(OSError):
            _bell().sendto(b"1", str(path(slot)))
            return


def ring_followers() -> None:
    """Tell every process of this machine that follows the seal that there is more of it. One that has ended without taking
    its socket along is cleared away."""
    for where in Path(settings.CHENGYUN_DATA_DIR).glob(_FOLLOWERS):
        try:
            _bell().sendto(b"1", str(where))
        except BlockingIOError:
            pass  # it has been rung often enough
        except ConnectionRefusedError:
            where.unlink(missing_ok=True)
        except OSError:
            pass


def _bell() -> socket.socket:
    global _sender, _sender_pid
    if _sender is None or _sender_pid != os.getpid():
        _sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        _sender.setblocking(False)
        _sender_pid = os.getpid()
    return _sender


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

    def __init__(self, slot: int = 0, *, at: Path | None = None) -> None:
        self._path = where = at or path(slot)
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
        self.clear()
        return True

    def clear(self) -> None:
        """Take the rings that piled up, without waiting."""
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(16)

    def fileno(self) -> int:
        """For a loop that waits for several things at once."""
        return self._socket.fileno()

    def poke(self) -> None:
        """Ring one's own bell, from another thread."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.setblocking(False)
            own.sendto(b"1", str(self._path))

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()


def follower() -> Listener:
    """The end of a process that follows the seal: `ring_followers` rings it."""
    return Listener(at=Path(settings.CHENGYUN_DATA_DIR) / f"live-{os.getpid()}.sock")
