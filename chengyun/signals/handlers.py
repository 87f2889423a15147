"""Timers of signals, and what makes the registry out of date."""

from __future__ import annotations

from chengyun.district import queries as district
from chengyun.kernel import journal, timers, transaction
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.signals import actions, judging
from chengyun.signals.actions import balances, service, upkeep
from chengyun.signals.logic import times
from chengyun.signals.models import Balance


@timers.on(upkeep.ROLL_UP, turn=judging.hold)
def on_roll_up(timer: Timer) -> None:
    actions.roll_up()


@timers.on(upkeep.RETENTION)
def on_retention(timer: Timer) -> None:
    actions.forget_old()


@timers.on(balances.RESET, turn=judging.hold)
def on_balance_reset(timer: Timer) -> None:
    stored = Balance.objects.select_related("stream").filter(stream__code=timer.payload["datastream"]).first()
    if stored is None or not stored.reset_at:
        return
    if times.to_ms(timer.due_at) > stored.baseline_ms:  # nobody has set a newer one
        actions.set_baseline(
            system("signals"), datastream=stored.stream.code, value=stored.reset_value, at=timer.due_at
        )
    balances.arm_daily_reset(stored, district.zone())


@journal.on("district.loaded")
@journal.on("asset.service_changed")
def on_district_changed(entry: JournalEntry) -> None:
    """Areas and assets stand in the cached streams."""
    service.changed()


@journal.on("asset.changed")
def on_asset_changed(entry: JournalEntry) -> None:
    """Once for all assets that one transaction changes."""
    if transaction.first_time("signals.assets"):
        service.changed()
