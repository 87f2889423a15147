"""The only writers of signals, one verb a function."""

from chengyun.signals.actions.accounting import Message, Receipt
from chengyun.signals.actions.balances import set_baseline
from chengyun.signals.actions.files import ingest_csv
from chengyun.signals.actions.intake import ingest, receive, receive_many, refuse, take
from chengyun.signals.actions.load import load_signals
from chengyun.signals.actions.manual import enter_reading
from chengyun.signals.actions.service import (
    clear_quarantine,
    save_datastream,
    set_service,
    set_source_service,
)
from chengyun.signals.actions.upkeep import forget_old, roll_up

__all__ = [
    "Message",
    "Receipt",
    "clear_quarantine",
    "enter_reading",
    "forget_old",
    "ingest",
    "ingest_csv",
    "load_signals",
    "receive",
    "receive_many",
    "refuse",
    "roll_up",
    "save_datastream",
    "set_baseline",
    "set_service",
    "set_source_service",
    "take",
]
