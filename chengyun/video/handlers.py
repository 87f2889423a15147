"""Timers of video, and which alert an event is in."""

from __future__ import annotations

from chengyun.kernel import journal, timers
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.video import (
    actions,
    precision,
    reasons,  # noqa: F401  (says, by being imported, what a viewing may give as its reason)
)
from chengyun.video.actions.bindings import RESUME
from chengyun.video.actions.forgetting import EVENTS
from chengyun.video.actions.pictures import RETENTION

_VIDEO = system("video")


@timers.on(RESUME)
def on_resume(timer: Timer) -> None:
    actions.resume(actor=_VIDEO, code=timer.subject.partition(":")[2], why="over", cause=timer.cause)


@timers.on(RETENTION)
def on_retention(timer: Timer) -> None:
    actions.forget_old(int(timer.payload.get("after", 0)))


@timers.on(EVENTS)
def on_event_retention(timer: Timer) -> None:
    actions.forget_events(int(timer.payload.get("after", 0)))


@journal.on("alert.opened")
def on_alert(entry: JournalEntry) -> None:
    """A rule may wait before it opens an alert: then the events behind it are there already."""
    if not entry.payload.get("camera"):
        return
    subject = str(entry.payload.get("subject", ""))
    if subject.startswith(("datastream:", precision.EVENT)):
        actions.link(subject, int(entry.payload["alert"]))
