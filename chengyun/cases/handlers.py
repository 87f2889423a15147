"""What cases do by themselves: alerts become cases, clocks fall due."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from django.db import DatabaseError

from chengyun.cases import actions, said
from chengyun.cases.models import CaseAlert
from chengyun.cases.queries import cases, handing
from chengyun.district.models import Area
from chengyun.kernel import journal, timers, transaction
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Refused
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.people import handover
from chengyun.video import needs as video

PLATFORM = system("cases")
_log = logging.getLogger("chengyun.cases")


@journal.on("alert.opened")
def _opened(entry: JournalEntry) -> None:
    payload = entry.payload
    # No case from a camera without a person's "true".
    if payload.get("needs_case") and not payload.get("camera"):
        _report(entry)


@journal.on("alert.judged")
def _judged(entry: JournalEntry) -> None:
    payload = entry.payload
    if payload.get("needs_case") and payload.get("verdict") == "true":
        _report(entry)


def _report(entry: JournalEntry) -> None:
    payload = entry.payload
    try:
        # In a savepoint: what goes wrong here must not undo the alert, nor refuse the readings it was judged from.
        with transaction.attempt():
            _open(entry, payload)
    except DatabaseError:
        # The database itself: nothing of this transaction can be kept, and the sender will send it again.
        raise
    except Exception as error:
        if not isinstance(error, Refused):
            _log.exception("no case from %s", entry.subject)
        journal.record(
            "case.refused",
            subject=entry.subject,
            area=entry.area,
            actor=PLATFORM,
            payload={
                "kind": str(payload["case_kind"]),
                "code": error.code if isinstance(error, Refused) else type(error).__name__,
                "alert": int(payload["alert"]),
            },
            cause=entry.id,
            klass=entry.klass,
        )


def _open(entry: JournalEntry, payload: dict[str, Any]) -> None:
    place = Area.objects.defer("geometry", "attrs").get(path=entry.area)
    actions.report(
        actor=PLATFORM,
        kind=str(payload["case_kind"]),
        condition=payload.get("case_condition"),
        area=place,
        source="camera" if payload.get("camera") else "sensor",
        source_ref=entry.subject,
        alert_ids=[int(payload["alert"])],
        incident=payload.get("incident"),
        cause=entry.id,
    )


@timers.on("case.clock")
def _clock(timer: Timer) -> None:
    actions.clock_due(actor=PLATFORM, clock_id=int(timer.payload["clock"]))


@timers.on("case.notice")
def _notice_late(timer: Timer) -> None:
    actions.notice_due(actor=PLATFORM, timer=timer, cause=timer.cause)


@journal.on("message.handed")
def _handed(entry: JournalEntry) -> None:
    actions.notice_given(
        actor=PLATFORM, ref=entry.subject.partition(":")[2], at=entry.at, fact="handed", cause=entry.id
    )


@journal.on("message.read")
def _read(entry: JournalEntry) -> None:
    actions.notice_given(
        actor=PLATFORM, ref=entry.subject.partition(":")[2], at=entry.at, fact="read", cause=entry.id
    )


@timers.on("case.resume")
def _resume(timer: Timer) -> None:
    actions.suspension_over(actor=PLATFORM, case_id=int(timer.subject.partition(":")[2]))


@timers.on("case.supervision")
def _supervision(timer: Timer) -> None:
    actions.supervision_due(actor=PLATFORM, supervision_id=int(timer.payload["supervision"]))


@timers.on("case.audit")
def _audit(timer: Timer) -> None:
    actions.audit(actor=PLATFORM)


@video.holds
def _needed(alerts: Collection[int]) -> set[int]:
    """Pictures behind an alert stay while a case that came of it is open."""
    rows = CaseAlert.objects.filter(alert__in=alerts, case__is_open=True)
    return set(rows.values_list("alert", flat=True))


@video.reason("case")
def _task(user: Any, ref: str, area: str) -> bool:
    """Whoever sees an open case may look at where it is."""
    number = int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 19 else 0
    return cases(user).filter(pk=number, is_open=True).exists()


handover.section("open_cases", T("未结案件", "Open cases"), handing.open_cases, order=20, say=said.item)
handover.section("overdue", T("已超时", "Overdue"), handing.overdue, order=30, say=said.item)
handover.section("orders", T("督办与领导交办", "Orders"), handing.orders, order=60, say=said.item)
