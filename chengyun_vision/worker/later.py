"""Masking beside looking: a picture to be stored takes as long as dozens of looks, and nobody is to wait for it."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable

# Pictures of a process that wait to be masked, some six megabytes each. What is more is not stored. Suggested (建议值).
MOST = 8
POLITE = 10  # cameras come before pictures


class Later:
    """One thread of a process, which does what it is given in turn."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], None]] = queue.Queue(MOST)
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)
        self._thread.start()

    def do(self, job: Callable[[], None]) -> bool:
        """Whether there was room for it."""
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            return False
        return True

    def _run(self) -> None:
        with contextlib.suppress(
            OSError, AttributeError
        ):  # of this thread alone, where the system knows such a thing
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), POLITE)
        while True:
            self._jobs.get()()
