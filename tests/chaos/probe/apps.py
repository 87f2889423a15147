"""Lanes of timers that arm each other, each tick with a journal entry and something to hand off.

In a lane, tick n arms tick n + 1 in the transaction of its effect: a tick that was lost ends the lane, one that fired twice
stands twice in the journal. What is handed off is appended to a file, as an outside system would note it.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created

EVERY = timedelta(milliseconds=100)


def home() -> Path:
    return Path(settings.CHENGYUN_DATA_DIR)


def tick(timer: Any) -> None:
    from chengyun.kernel import clock, journal, outbox, timers
    from chengyun.kernel.actor import system

    n = timer.payload["n"]
    entry = journal.record("probe.ticked", subject=timer.subject, actor=system("probe"), payload={"n": n})
    outbox.put("probe.out", payload={"n": n}, subject=timer.subject, cause=entry.id)
    if not (home() / "stop-lanes").exists():
        timers.arm(
            "probe.tick",
            due_at=clock.now() + EVERY,
            subject=timer.subject,
            payload={"n": n + 1},
            cause=entry.id,
        )


def note(item: Any) -> None:
    descriptor = os.open(home() / "handed", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{item.subject} {item.payload['n']}\n".encode())
    finally:
        os.close(descriptor)


def start_lanes(count: int) -> None:
    from chengyun.kernel import clock, timers
    from chengyun.kernel.transaction import write

    with write():
        for number in range(count):
            timers.arm("probe.tick", due_at=clock.now(), subject=f"lane:{number}", payload={"n": 0})


def small_disk(sender: Any, connection: Any, **kwargs: Any) -> None:
    """A disk of so many pages, while the file `max-pages` says so. SQLite answers as it does on a full disk."""
    limit = home() / "max-pages"
    if connection.vendor == "sqlite" and limit.exists():
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {int(limit.read_text())}")


class ProbeConfig(AppConfig):
    name = "tests.chaos.probe"
    label = "probe"

    def ready(self) -> None:
        from chengyun.kernel import journal, outbox, timers

        journal.declare("probe.ticked", "tick", keys={"n": int})
        timers.on("probe.tick")(tick)
        outbox.on("probe.out")(note)
        connection_created.connect(small_disk)
        # What a killed worker had leased comes free after this long; the tests wait for it.
        outbox.LEASE_S = 3
