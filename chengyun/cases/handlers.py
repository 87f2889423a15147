"""What cases do by themselves: alerts become cases, clocks fall due."""

from __future__ import annotations

from chengyun.cases import actions
from chengyun.district import queries as district
from chengyun.kernel import journal, timers
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Invalid
from chengyun.kernel.models import JournalEntry, Timer

PLATFORM = system("cases")


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
    place = district.Area.objects.get(path=entry.area)
    try:
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
    except Invalid as refused:
        # A rule that names a kind the catalogue does not have must not undo the alert. The entry says what is missing.
        journal.record(
            "case.refused",
            subject=entry.subject,
            area=entry.area,
            actor=PLATFORM,
            payload={"kind": str(payload["case_kind"]), "code": refused.code, "alert": int(payload["alert"])},
            cause=entry.id,
            klass=entry.klass,
        )


@timers.on("case.clock")
def _clock(timer: Timer) -> None:
    actions.clock_due(actor=PLATFORM, clock_id=int(timer.payload["clock"]))


@timers.on("case.resume")
def _resume(timer: Timer) -> None:
    actions.suspension_over(actor=PLATFORM, case_id=int(timer.subject.partition(":")[2]))


@timers.on("case.supervision")
def _supervision(timer: Timer) -> None:
    actions.supervision_due(actor=PLATFORM, supervision_id=int(timer.payload["supervision"]))


@timers.on("case.audit")
def _audit(timer: Timer) -> None:
    actions.audit(actor=PLATFORM)
