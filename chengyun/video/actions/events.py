"""What algorithms found: words about events come in, become rows, and through signals or by themselves alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chengyun.alerts import actions as alerts
from chengyun.alerts import runtime
from chengyun.alerts.models import Alert
from chengyun.kernel import clock, deadlock, journal
from chengyun.kernel.actor import system
from chengyun.kernel.transaction import write
from chengyun.signals import actions as signals
from chengyun.signals import judging
from chengyun.signals.models import Latest
from chengyun.video import precision, presets
from chengyun.video.actions import forgetting
from chengyun.video.actions.bindings import SOURCE
from chengyun.video.logic.events import OPEN, Known, Merged, Word, merge
from chengyun.video.models import Binding, BindingStream, Picture, VideoEvent

PLATFORM = system("video")
# The rule for what no rule of its own is written for; one for an algorithm is called `camera-ALGORITHM`.
GENERAL_RULE = "camera-event"
# Suggested values (建议值): how far a worker's clock may run ahead, and how old a word may be.
AHEAD, OLD = timedelta(seconds=60), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Said:
    """One word. `rule`: BINDING.PLACE, as the lease named it; `at`: when it was said, by the worker's clock."""

    id: str
    rule: str
    state: Word
    kind: str
    at: datetime
    start: datetime
    end: datetime | None = None
    peak: float = 0.0
    unseen_s: float = 0.0
    about: str = ""
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    index: int
    field: str
    zh: str
    en: str


@dataclass(slots=True)
class Taken:
    """`repeats` had been said before and changed nothing."""

    taken: int = 0
    repeats: int = 0
    faults: list[Fault] = field(default_factory=list)


@deadlock.again
def take(*, worker: str, words: Sequence[Said]) -> Taken:
    """Take in words about events, in whatever order they come; a wrong one is named and holds up no other."""
    with write():
        # The order of locks is everywhere: the turn to judge first.
        judging.hold()
        now = clock.now()
        bound = {
            row.code: row
            for row in Binding.objects.filter(
                code__in={w.rule.partition(".")[0] for w in words}
            ).select_related("camera__area", "current")
        }
        done = Taken()
        for index, word in enumerate(words):
            fault = _fault(index, word, bound, now)
            if fault is not None:
                done.faults.append(fault)
            elif _take(worker, word, bound[word.rule.partition(".")[0]], now):
                done.taken += 1
            else:
                done.repeats += 1
        return done


def _fault(index: int, word: Said, bound: dict[str, Binding], now: datetime) -> Fault | None:
    if word.rule.partition(".")[0] not in bound:
        return Fault(index, "rule", f"没有绑定 {word.rule[:60]}", f"there is no binding for {word.rule[:60]}")
    for name, moment in (("at", word.at), ("start", word.start), ("end", word.end)):
        if moment is None:
            continue
        if moment.tzinfo is None:
            return Fault(index, name, "时间须带时区", "a time needs its offset from UTC")
        if not now - OLD <= moment <= now + AHEAD:
            return Fault(index, name, "时间过旧或在未来", "too old, or in the future: look at the clocks")
    if word.state == "end" and word.end is None:
        return Fault(index, "end", "结束须带结束时间", "what has ended says when")
    if word.end is not None and word.end < word.start:
        return Fault(index, "end", "结束早于开始", "it ends before it starts")
    before = VideoEvent.objects.filter(ref=word.id).values_list("binding__code", "zone").first()
    if before is not None and ".".join(before) != word.rule:
        return Fault(index, "id", "编号已属于另一事件", "this id belongs to another event")
    return None


def _take(worker: str, word: Said, binding: Binding, now: datetime) -> bool:
    row = VideoEvent.objects.select_for_update().filter(ref=word.id).first()
    before = None
    if row is not None:
        before = Known(row.state, row.start, row.end, row.peak, row.unseen_s, row.said_at)
    said = Known(word.state, word.start, word.end, word.peak, word.unseen_s, word.at)
    merged = merge(before, word.state, said)
    if not merged.changed:
        return False
    if row is None:
        row = VideoEvent(
            ref=word.id,
            camera=binding.camera,
            binding=binding,
            version=binding.current.number if binding.current else 0,
            zone=word.rule.partition(".")[2],
            kind=word.kind,
            about=word.about,
            arrived_at=now,
            worker=worker,
        )
    known = merged.known
    row.state, row.start, row.end = known.state, known.start, known.end
    row.peak, row.unseen_s, row.said_at = known.peak, known.unseen_s, known.said_at
    row.about, row.worker = word.about or row.about, worker
    row.save(force_insert=before is None)
    if before is None:
        forgetting.arm_once()
        Picture.objects.filter(event_ref=row.ref, camera=row.camera, event=None).update(event=row)
    if word.evidence:
        Picture.objects.filter(ref__in=list(word.evidence)[:20], camera=row.camera, event=None).update(
            event=row, event_ref=row.ref
        )
    if merged.turned:
        _turned(row, binding, merged, now)
    return True


def _turned(row: VideoEvent, binding: Binding, merged: Merged, now: datetime) -> None:
    """It began, or it is over: the journal says so, and an alert follows or ends."""
    entry = journal.record(
        "camera.event",
        subject=f"event:{row.ref}"[:80],
        area=binding.camera.area.path,
        actor=PLATFORM,
        payload={
            "event": row.ref,
            "binding": binding.code,
            "version": row.version,
            "camera": binding.camera.code,
            "zone": row.zone,
            "kind": row.kind,
            "about": row.about,
            "state": row.state,
            "start": row.start.isoformat(),
            "end": row.end.isoformat() if row.end else None,
            "peak": row.peak,
            "unseen_s": row.unseen_s,
            "worker": row.worker,
        },
        cause=row.entry,
    )
    if row.entry is None:
        row.entry = entry.pk
        row.save(update_fields=["entry"])
    preset = presets.shipped().get(binding.preset)
    if preset is None:
        return
    if preset.alerts == "reading":
        _as_reading(row, binding, entry.pk)
    elif preset.alerts == "event":
        _as_alert(row, binding, preset, merged.turned == "open", entry.pk)


def _as_reading(row: VideoEvent, binding: Binding, cause: int) -> None:
    """The state of the place: it holds while any event there goes on. Rules judge it as they judge every reading."""
    spoken = (
        BindingStream.objects.select_related("stream")
        .filter(binding=binding, zone=row.zone, role="state")
        .first()
    )
    if spoken is None:
        return
    stream = spoken.stream
    going_on = VideoEvent.objects.filter(binding=binding, zone=row.zone, state__in=OPEN)
    value = 1.0 if going_on.exists() else 0.0
    # Judged by event time: a later word is never older than what was said of the place before.
    latest = Latest.objects.filter(stream=stream).values_list("at_ms", flat=True).first()
    at_ms = int(row.said_at.timestamp() * 1000)
    if latest is not None:
        at_ms = max(at_ms, latest + 1)
    moment = datetime.fromtimestamp(at_ms / 1000, tz=row.said_at.tzinfo)
    signals.ingest(
        source=SOURCE,
        readings=[(stream.code, moment, value, None)],
        message_key=f"event:{row.ref}:{row.state}:{at_ms}",
    )
    link(f"datastream:{stream.code}")


def _as_alert(row: VideoEvent, binding: Binding, preset: presets.Preset, began: bool, cause: int) -> None:
    """An alert of its own under the event's id, by the algorithm's external rule; over when the event is."""
    known = runtime.rules()
    own = f"camera-{binding.preset.replace('_', '-')}"
    rule = next(
        (code for code in (own, GENERAL_RULE) if code in known and known[code].spec.when == "external"), None
    )
    if rule is None:
        return
    subject = f"{precision.EVENT}{row.ref}"[:80]
    if not began:
        alerts.end_many(actor=PLATFORM, keys=[(rule, subject)], cause=cause)
        return
    spec = known[rule].spec
    body: dict[str, Any] = binding.current.body if binding.current else {}
    wish = int(
        (body.get("settings") or {}).get("severity") or preset.settings.get("severity") or max(spec.levels)
    )
    level = wish if wish in spec.levels else max(spec.levels)
    alerts.raise_many(
        actor=PLATFORM,
        rows=[
            {
                "rule": rule,
                "subject": subject,
                "level": level,
                "asset": binding.camera.code,
                "at_ms": int(row.start.timestamp() * 1000),
                "value": row.peak,
            }
        ],
        cause=cause,
    )
    link(subject)


def link(subject: str, alert_id: int | None = None) -> None:
    """Tell the events behind a subject which alert they are in. Alerts say when one opens; events, when one begins."""
    found = (
        Alert.objects.filter(pk=alert_id)
        if alert_id
        else Alert.objects.filter(subject=subject).exclude(state="closed")
    )
    alert = found.order_by("-pk").first()
    if alert is None:
        return
    with write():
        if subject.startswith(precision.EVENT):
            VideoEvent.objects.filter(ref=subject.removeprefix(precision.EVENT), alert=None).update(
                alert=alert
            )
            return
        code = subject.partition(":")[2]
        spoken = BindingStream.objects.filter(stream__code=code).first()
        if spoken is not None:
            rows = VideoEvent.objects.filter(binding=spoken.binding_id, zone=spoken.zone, alert=None)
            rows.filter(state__in=OPEN).update(alert=alert)
