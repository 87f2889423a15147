"""Cameras and the workers that analyse them. No camera is ever held by two.

A seat's row is locked before it changes hands, and changes hands only when its time has run out. The worker counts its time
from before it asked, so it stops looking before anybody else may begin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from chengyun.kernel import clock, deadlock, ids, journal
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict, Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.signals import actions as signals
from chengyun.video import running
from chengyun.video.actions.bindings import SOURCE, serve
from chengyun.video.logic import leasing
from chengyun.video.models import Binding, Seat, VideoEvent, Worker

PLATFORM = system("video")
_LISTED = 200
# What nobody has looked at is told as a reading once a minute.
_TELL_S = 60.0


@dataclass(frozen=True, slots=True)
class Stat:
    """What a worker says of one of its cameras. `unseen_s` of the `over_s` seconds since it last said so."""

    camera: str
    fps: float = 0.0
    unseen_s: float = 0.0
    over_s: float = 0.0
    degraded: bool = False
    mode: str = ""
    health: str = ""
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """`has`: cameras it looks through now; `room`: how many more it can carry, below zero: how many too many."""

    session: str
    room: int
    has: Collection[str] = ()
    leaving: bool = False
    address: str = ""
    version: str = ""
    cores: float = 1.0
    load: float | None = None
    models: Collection[str] = ()
    stats: Collection[Stat] = ()
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lease:
    """What it holds now, until when, and the key with which its live pictures are signed."""

    worker: Worker
    until: datetime
    cameras: list[running.Work]
    dropped: list[str]


@deadlock.again
def lease(*, name: str, ask: Ask) -> Lease:
    """Renew what a worker holds, take back what it may no longer look through, give it what is free.

    Raises `Conflict` while another process of the same name lives.
    """
    now = clock.now()
    with write():
        worker = _worker(name, ask, now)
        mine = list(_locked(Seat.objects.filter(worker=worker)).order_by("camera__code"))
        wanted = running.wanted()
        codes = {seat.pk: seat.camera.code for seat in mine}
        own = [codes[seat.pk] for seat in mine if codes[seat.pk] in wanted]
        room = 0 if ask.leaving else ask.room
        free = _free(worker, now, wanted, room) if room > 0 else []
        decided = leasing.decide(
            leasing.Seats(own, [seat.camera.code for seat in free]),
            room=room,
            has=set(ask.has),
            leaving=ask.leaving,
        )
        until = now if ask.leaving else now + timedelta(seconds=leasing.LEASE_S * max(1.0, clock.rate()))
        _renew([seat for seat in mine if codes[seat.pk] in decided.keep], until)
        lost = [seat for seat in mine if codes[seat.pk] not in decided.keep]
        _leave(lost)
        taking = set(decided.take)
        taken = [seat for seat in free if seat.camera.code in taking]
        _take(taken, worker, now, until)
        worker.until = until
        worker.save()
        kept = set(decided.keep)
        _stats([seat for seat in mine if codes[seat.pk] in kept], {s.camera: s for s in ask.stats}, now)
        _problems(worker, ask.problems, now)
        gone = [codes[seat.pk] for seat in lost]
        _note(worker, [*decided.take], gone)
        held = [*decided.keep, *decided.take]
        return Lease(worker, until, running.work(held), sorted(set(gone) | (set(ask.has) - set(held))))


def _worker(name: str, ask: Ask, now: datetime) -> Worker:
    Worker.objects.bulk_create(
        [Worker(name=name, session=ask.session, started_at=now, seen_at=now, until=now, key=_key())],
        ignore_conflicts=True,
    )
    worker = Worker.objects.select_for_update().get(name=name)
    if worker.session != ask.session:
        if worker.until > now:
            raise Conflict(
                "name_taken",
                T(f"名为 {name} 的分析进程仍在运行", f"A worker named {name} is still alive"),
                field="name",
                hint=T("请换名称，或等待其租约到期。", "Choose another name, or wait until its lease ends."),
            )
        # The same name in a new process. Nobody else has taken its cameras, so they are still its own.
        worker.session, worker.started_at, worker.key = ask.session, now, _key()
    worker.seen_at, worker.address, worker.version = now, ask.address, ask.version
    worker.cores, worker.room, worker.load = ask.cores, ask.room, ask.load
    worker.models_ready = sorted(ask.models)[:100]
    return worker


def _key() -> str:
    # Never recorded, never repeated by a replay: it signs addresses of live pictures.
    return ids.unrepeated() + ids.unrepeated()


def _locked(rows: QuerySet[Seat], *, skip: bool = False) -> QuerySet[Seat]:
    rows = rows.select_related("camera__area", "stream")
    if not connection.features.has_select_for_update:
        return rows
    skip = skip and connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(of=("self",), skip_locked=skip)


def _free(worker: Worker, now: datetime, wanted: Collection[str], at_most: int) -> list[Seat]:
    """Seats that nobody holds, locked; those that another worker is just taking are passed over."""
    rows = Seat.objects.filter(Q(worker=None) | Q(until__lte=now), camera__code__in=wanted).exclude(
        worker=worker
    )
    found = list(_locked(rows, skip=True).order_by("camera__code")[: min(at_most, leasing.MOST)])
    # Read again under the lock: PostgreSQL looks at the condition anew, but of the row alone.
    return [seat for seat in found if seat.until is None or seat.until <= now]


def _renew(seats: list[Seat], until: datetime) -> None:
    for seat in seats:
        seat.until = until
    Seat.objects.bulk_update(seats, ["until"], batch_size=200) if seats else None


def _leave(seats: list[Seat]) -> None:
    for seat in seats:
        seat.worker, seat.until, seat.since = None, None, None
    if seats:
        Seat.objects.bulk_update(seats, ["worker", "until", "since"], batch_size=200)
        _out_of_sight(seats, None)


def _take(seats: list[Seat], worker: Worker, now: datetime, until: datetime) -> None:
    for seat in seats:
        seat.worker, seat.since, seat.until = worker, now, until
        seat.unseen_s = seat.over_s = 0.0
    first = [seat for seat in seats if not seat.started]
    for seat in first:
        seat.started = True
    if seats:
        fields = ["worker", "since", "until", "unseen_s", "over_s", "started"]
        Seat.objects.bulk_update(seats, fields, batch_size=200)
        _begin(first)
        _out_of_sight(seats, worker.name)


def _begin(seats: list[Seat]) -> None:
    """From now on the silence of these cameras' datastreams says something."""
    for seat in seats:
        signals.set_service(PLATFORM, datastream=seat.stream.code, in_service=True, reason="first lease")
    rows = Binding.objects.filter(camera__in=[seat.camera_id for seat in seats]).select_related("current")
    for row in rows.order_by("code"):
        serve(row)


def _out_of_sight(seats: Iterable[Seat], holder: str | None) -> None:
    """Nobody knows how the events of whoever looked before went on. That ends no alert: the next reading may."""
    rows = VideoEvent.objects.filter(
        camera__in=[seat.camera_id for seat in seats], state__in=("new", "update")
    )
    if holder is not None:
        rows = rows.exclude(worker=holder)
    rows.update(state="lost")


def _note(worker: Worker, taken: list[str], lost: list[str]) -> None:
    if taken or lost:
        journal.record(
            "camera.lease_moved",
            subject=f"worker:{worker.name}",
            actor=PLATFORM,
            payload={
                "worker": worker.name,
                "taken": taken[:_LISTED],
                "lost": lost[:_LISTED],
                "n_taken": len(taken),
                "n_lost": len(lost),
            },
        )


def _stats(seats: list[Seat], said: Mapping[str, Stat], now: datetime) -> None:
    """Keep the latest values, and tell once a minute how much of it nobody looked at."""
    told, changed = [], []
    for seat in seats:
        stat = said.get(seat.camera.code)
        if stat is None:
            continue
        changed.append(seat)
        seat.fps, seat.degraded, seat.mode, seat.health = stat.fps, stat.degraded, stat.mode, stat.health
        if stat.seen_at is not None and stat.seen_at <= now + timedelta(seconds=5):
            seat.seen_at = max(seat.seen_at or stat.seen_at, stat.seen_at)
        seat.over_s += stat.over_s
        seat.unseen_s += min(stat.unseen_s, stat.over_s)
        if seat.over_s >= _TELL_S:
            seat.unseen = round(60 * seat.unseen_s / seat.over_s, 1)
            seat.unseen_s = seat.over_s = 0.0
            told.append((seat.stream.code, now, seat.unseen, None))
    if changed:
        fields = ["fps", "degraded", "mode", "health", "seen_at", "over_s", "unseen_s", "unseen"]
        Seat.objects.bulk_update(changed, fields, batch_size=100)
    if told:
        key = f"analysis:{seats[0].worker.name if seats[0].worker else ''}:{now.isoformat()}"
        signals.ingest(source=SOURCE, readings=told, message_key=key)


def _problems(worker: Worker, said: Mapping[str, str], now: datetime) -> None:
    """What the worker could not carry out of its bindings; a binding that it says nothing of is well."""
    if len(said) > 2000:
        raise Invalid("too_many", T("问题过多", "At most 2,000 problems at once"), field="problems")
    held = Binding.objects.filter(camera__seat__worker=worker)
    for row in held.filter(code__in=list(said)):
        text = said[row.code][:300]
        if row.problem != text:
            row.problem, row.problem_at = text, now
            row.save()
    for row in held.exclude(problem="").exclude(code__in=list(said)):
        row.problem, row.problem_at = "", None
        row.save()


__all__ = ["Ask", "Lease", "Stat", "lease"]
