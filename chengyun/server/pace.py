"""What a demonstration must get right before and beside the night: whether a screen fits, how fast the night really runs."""

from __future__ import annotations

import fcntl
import os
from collections import deque
from datetime import datetime
from pathlib import Path

from chengyun.kernel.i18n import T

# The screen's columns and rows below which it cannot be read.
WIDTH, HEIGHT = 96, 30
# Slower than this share of what was asked for is worth saying; a share lost to a hiccup is not (suggested values).
SLOWER, WINDOW_S = 0.9, 20.0


def why_plain(*, asked: bool, terminal: bool, columns: int, rows: int) -> str | None:
    """Why lines are printed instead of a screen; "" where nothing needs to be said, None where a screen fits."""
    if asked or not terminal:
        return ""
    if columns < WIDTH or rows < HEIGHT:
        return str(
            T(
                f"终端为 {columns}×{rows}，画面至少需要 {WIDTH}×{HEIGHT}：改为逐行显示",
                f"the terminal is {columns}x{rows}, the screen needs {WIDTH}x{HEIGHT}: printing lines instead",
            )
        )
    return None


class Pace:
    """How fast the night runs, over the last seconds of real time."""

    def __init__(self, asked: float) -> None:
        self._asked = asked
        self._seen: deque[tuple[float, datetime]] = deque()

    def look(self, real_s: float, now: datetime) -> float | None:
        """Note a look at the clock; times real time, None before there is enough to tell."""
        self._seen.append((real_s, now))
        while len(self._seen) > 2 and real_s - self._seen[1][0] >= WINDOW_S:
            self._seen.popleft()
        since, then = self._seen[0]
        if real_s - since < WINDOW_S / 2:
            return None
        return (now - then).total_seconds() / (real_s - since)

    def note(self, real_s: float, now: datetime) -> str:
        """What to say on the screen; empty while the night keeps up."""
        rate = self.look(real_s, now)
        if rate is None or rate >= self._asked * SLOWER:
            return ""
        return str(
            T(
                f"本机达不到 {self._asked:g} 倍速：实际 {rate:.0f} 倍",
                f"the machine is slower than the rate asked: running at {rate:.0f}x instead of {self._asked:g}x",
            )
        )


class Taken(Exception):
    """Somebody else holds the folder."""


def hold(folder: Path) -> int:
    """Take a folder for this process until it ends; returns the descriptor that holds it. Raises Taken with who has it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "?"
        os.close(descriptor)
        raise Taken(holder) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def left_to_you(text: str) -> set[str]:
    """The posts whose part the reader of the screen wants to play."""
    return {post.strip() for post in text.split(",") if post.strip()}
