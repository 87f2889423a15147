"""Whether the platform itself was listening.

After an outage of the platform every datastream looks silent at once. So workers and doors leave a sign now and then; a
sign that finds the one before too old records the outage. It is a fact that people are told, and the time in which nobody
listened is nobody's silence (`AbsenceCell.listen`). While anything of the platform still leaves signs, silence is silence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.alerts.models import Outage, Presence
from chengyun.district import queries as district
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import NotFound
from chengyun.kernel.transaction import write
from chengyun.messages import actions as messages
from chengyun.people import queries as people
from chengyun.signals import judging

# Suggested values: a sign so often, and how old the last one is when nobody was there. Shorter holes count as listening.
SIGN_S, AWAY_S = 30, 120

_last_s = 0.0


def due() -> bool:
    """Whether this process should leave a sign. Only in real time: replays and demonstrations have no outages."""
    return isinstance(clock.current(), clock.Real) and not 0 <= clock.now().timestamp() - _last_s < SIGN_S


def sign(*, actor: Actor, cause: int | None = None) -> Outage | None:
    """Leave a sign that the platform listens; returns the outage that has ended with it, if there was one."""
    global _last_s
    with write():
        judging.hold()  # the order of locks: turn, then the rest
        now = clock.now()
        last = Presence.objects.filter(pk=1).values_list("seen_at", flat=True).first()
        if last is None or now > last:
            Presence.objects.update_or_create(pk=1, defaults={"seen_at": now})
        _last_s = now.timestamp()
        if last is None or now - last <= timedelta(seconds=AWAY_S):
            return None
        return _back(actor, last, now, cause)


def _back(actor: Actor, since: datetime, until: datetime, cause: int | None) -> Outage | None:
    try:
        root = district.root()
    except NotFound:
        return None  # nothing is loaded: there was nothing to listen to
    outage = Outage.objects.create(since=since, until=until)
    away_s = int((until - since).total_seconds())
    entry = journal.record(
        "platform.back",
        subject="platform",
        area=root.path,
        actor=actor,
        payload={"since": since.isoformat(), "until": until.isoformat(), "away_s": away_s},
        cause=cause,
    )
    zone = district.zone()
    messages.notify(
        actor=actor,
        post_id=people.duty_officer(root).pk,
        subject=f"outage:{outage.pk}",
        kind="platform.back",
        params={
            "since": f"{since.astimezone(zone):%Y-%m-%d %H:%M}",
            "until": f"{until.astimezone(zone):%Y-%m-%d %H:%M}",
            "minutes": max(1, round(away_s / 60)),
        },
        cause=entry.id,
    )
    return outage
