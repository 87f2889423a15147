"""The clock that the processes of one installation share: real, unless a demonstration has stored a scaled one."""

from datetime import datetime, timedelta

from django.db import Error

from chengyun.kernel import clock
from chengyun.kernel.models import ClockRow
from chengyun.kernel.transaction import write


def install_stored_clock() -> None:
    """Use the stored clock in this process, if there is one."""
    row = ClockRow.objects.first()
    if row is not None:
        clock.install(clock.Scaled(real0=row.real0, virtual0=row.virtual0, rate=row.rate))


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


def store_clock(*, virtual0: datetime, rate: float, starts_in_s: float = 0.0) -> None:
    """Processes that start from now on live at `virtual0`; in `starts_in_s` time begins to run, `rate` times as fast."""
    with write():
        ClockRow.objects.all().delete()
        ClockRow.objects.create(
            real0=clock.wall() + timedelta(seconds=starts_in_s), virtual0=virtual0, rate=rate
        )
    install_stored_clock()
