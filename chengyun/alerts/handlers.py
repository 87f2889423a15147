"""Timers of alerts, the judge in the ingest transaction, proposals of a posture, and what is handed over with a shift."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.alerts import actions, queries, runtime, said
from chengyun.alerts.actions.judging import judge
from chengyun.district.models import Area
from chengyun.kernel import journal, timers, transaction
from chengyun.kernel.actor import system
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.people import handover
from chengyun.posture import actions as posture
from chengyun.signals import judging

judging.register(judge)
_ALERTS = system("alerts")


@timers.on("alerts.mature", turn=judging.hold)
def mature(timer: Timer) -> None:
    p = timer.payload
    actions.mature(actor=_ALERTS, rule=p["rule"], subject=p["subject"], at_ms=p["at"], cause=timer.cause)


@timers.on("alerts.silence", turn=judging.hold)
def silence(timer: Timer) -> None:
    actions.check_silence(actor=_ALERTS, cause=timer.cause)


@timers.on("alerts.shelf", turn=judging.hold)
def shelf(timer: Timer) -> None:
    actions.unshelve(actor=_ALERTS, alert_id=_id(timer), why="over", cause=timer.cause)


@timers.on("alerts.release", turn=judging.hold)
def release(timer: Timer) -> None:
    actions.release(actor=_ALERTS, cause_alert=_id(timer), cause=timer.cause)


@timers.on("alerts.incident.settle", turn=judging.hold)
def settle(timer: Timer) -> None:
    actions.settle(actor=_ALERTS, incident_id=_id(timer), cause=timer.cause)


@journal.on("alert.opened")
@journal.on("alert.reopened")
@journal.on("alert.worsened")
def propose(entry: JournalEntry) -> None:
    """A rule may propose a mode and a level. People decide; see posture."""
    p = entry.payload
    if p["hidden"] or not p["proposes"]:
        return
    info = runtime.rules()[p["rule"]]
    assert info.spec.proposes is not None
    wanted = info.spec.proposes
    area = Area.objects.get(code=wanted.area) if wanted.area else Area.objects.get(path=entry.area)
    evidence = [f"alert:{p['alert']}"] + ([f"incident:{p['incident']}"] if p["incident"] else [])
    posture.propose(
        actor=_ALERTS, area=area, mode=wanted.mode, level=wanted.level, evidence=evidence, cause=entry.id
    )


@journal.on("asset.service_changed")
@journal.on("datastream.service_changed")
@journal.on("source.service_changed")
@journal.on("district.loaded")
def changed(entry: JournalEntry) -> None:
    """By the last that a transaction says of it: a worker's first lease puts dozens of datastreams into service at once."""
    if not any(later.kind == entry.kind for later in transaction.unheard()):
        actions.note_changed_district()


@journal.on("asset.changed")
@journal.on("datastream.changed")
def equipment_changed(entry: JournalEntry) -> None:
    """Once for all equipment that one transaction changes: handlers run when all of it is written."""
    if transaction.first_time("alerts.equipment"):
        actions.note_changed_district()


def paused(area: Area, at: datetime) -> list[dict[str, Any]]:
    """Alerts that somebody looked away from: shelved, and points out of service."""
    return queries.paused_at(area.path)


def blind(area: Area, at: datetime) -> list[dict[str, Any]]:
    """Equipment that says nothing: open alerts of rules that watch for silence or for what is down."""
    return queries.blind_at(area.path)


def away(area: Area, at: datetime) -> list[dict[str, Any]]:
    """When the platform itself did not listen during the shift: what happened then, nobody knows."""
    return queries.outages_at(area, at)


handover.section("paused_alerts", T("暂停的告警", "Paused alarms"), paused, order=40, say=said.item)
handover.section("blind_equipment", T("失明设备", "Blind equipment"), blind, order=50, say=said.item)
handover.section("platform_away", T("平台离线", "Platform away"), away, order=55, say=said.outage)


def _id(timer: Timer) -> int:
    return int(timer.subject.partition(":")[2])
