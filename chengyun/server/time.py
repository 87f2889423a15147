"""The clock that the processes of one installation share: real, unless a demonstration has stored a scaled one."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error

from chengyun.kernel import clock
from chengyun.kernel.models import ClockRow
from chengyun.kernel.transaction import write

_SECONDS = struct.Struct("=d")


class Leash:
    """How far the night may go: one number in a file that all processes of the demonstration have in memory.

    The one who feeds the inputs lets it out; the others read it with every look at the clock, so it has to cost nothing.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SECONDS.size)

    @staticmethod
    def make(path: Path, until: datetime) -> Leash:
        path.write_bytes(_SECONDS.pack(until.timestamp()))
        return Leash(path)

    def let_out(self, until: datetime) -> None:
        """Never pulled in again: time does not run backwards."""
        if until > self.limit():
            _SECONDS.pack_into(self._memory, 0, until.timestamp())

    def limit(self) -> datetime:
        return datetime.fromtimestamp(_SECONDS.unpack_from(self._memory)[0], UTC)


def leash_path() -> Path:
    return Path(settings.CHENGYUN_DATA_DIR) / "night.limit"


def install_stored_clock() -> None:
    """Use the stored clock in this process, if there is one."""
    row = ClockRow.objects.first()
    if row is not None:
        limit = Leash(leash_path()).limit if leash_path().exists() else None
        clock.install(clock.Scaled(real0=row.real0, virtual0=row.virtual0, rate=row.rate, limit=limit))


class AtFirstUse:
    """Stands in where the database was away when a process started: the first question that reaches it finds the clock."""

    def now(self) -> datetime:
        clock.install(clock.Real())
        try:
            install_stored_clock()
        except Error:
            clock.install(self)
            raise
        return clock.now()


def store_clock(*, virtual0: datetime, rate: float, starts_in_s: float = 0.0, leashed: bool = False) -> None:
    """Processes that start from now on live at `virtual0`; in `starts_in_s` time begins to run, `rate` times as fast.

    `leashed`: only as far as somebody lets it out (`Leash`).
    """
    if leashed:
        Leash.make(leash_path(), virtual0)
    with write():
        ClockRow.objects.all().delete()
        ClockRow.objects.create(
            real0=clock.wall() + timedelta(seconds=starts_in_s), virtual0=virtual0, rate=rate
        )
    install_stored_clock()
