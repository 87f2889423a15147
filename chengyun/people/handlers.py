"""Timers of people, its own part of the hand-over record, and the resolver of scopes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chengyun.district.models import Area
from chengyun.kernel import journal, timers
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.people import actions, actors, directory, handover, queries, record_text
from chengyun.people.models import Post, Shift

actors.install()


@timers.on("people.shift.due")
def shift_due(timer: Timer) -> None:
    actions.remind_overdue(
        system("shifts"),
        shift_id=int(timer.subject.partition(":")[2]),
        reminder=int(timer.payload.get("reminder", 1)),
        cause=timer.cause,
    )


@timers.on("people.roster.extend")
def roster_extend(timer: Timer) -> None:
    actions.extend_roster(system("roster"), ahead_days=int(timer.payload["ahead_days"]), cause=timer.cause)


@timers.on("people.positions.sweep")
def positions_expired(timer: Timer) -> None:
    actions.drop_positions(system("positions"), cause=timer.cause)


def positions_may_end(entry: JournalEntry) -> None:
    """Whoever is relieved, leaves or is moved is no longer shown, nor is anybody once the assessment is revoked."""
    actions.drop_positions(system("positions"), cause=entry.id)


for _kind in (
    "shift.handed_over",
    "duty.substituted",
    "staff.changed",
    "person.erased",
    "post.changed",
    "assessment.revoked",
):
    journal.on(_kind)(positions_may_end)


@journal.on("assessment.recorded")
def signed_at_a_post(entry: JournalEntry) -> None:
    """An assessment is signed at a post of this district. Refusing it here takes the record back with it."""
    posts = directory.current().by_code
    if posts and entry.payload["signed_by"] not in posts:
        raise Invalid(
            "no_post",
            T("签署岗位不存在", "There is no such post to sign it"),
            field="signed_by",
            hint=T("请填写岗位编码，不填姓名。", "Give the code of a post, not a name."),
        )


def vacant_posts(area: Area, at: datetime) -> list[dict[str, Any]]:
    """Posts of the centre that the incoming shift leaves without a person, and who answers for them then."""
    shift = queries.running_shift(area)
    incoming = queries.next_shift(shift, at) if shift else None
    if shift is None or incoming is None:
        return []
    manned = set(incoming.duties.values_list("post__code", flat=True))
    leaving = Post.objects.filter(duties__shift=shift, duties__state="serving").order_by("code")
    return [{"post": row.code} for row in leaving if row.code not in manned]


def late_shifts(area: Area, at: datetime) -> list[dict[str, Any]]:
    """The running shift where it is past its planned end."""
    rows = Shift.objects.filter(area=area, state__in=Shift.RUNNING, ends_at__lt=at).order_by("id")
    return [{"shift": row.id, "ends_at": row.ends_at.isoformat()} for row in rows]


def say_vacant(item: Mapping[str, Any]) -> str:
    return record_text.post(item["post"])


def say_late(item: Mapping[str, Any]) -> str:
    ended = record_text.moment(item["ends_at"])
    return str(T(f"应于 {ended} 交班", f"was to end at {ended}"))


handover.section(
    "vacant_posts",
    T("下一班空缺岗位", "Posts vacant in the next shift"),
    vacant_posts,
    order=80,
    say=say_vacant,
)
handover.section(
    "late_shift", T("逾期未交接的班次", "Shift past its end"), late_shifts, order=90, say=say_late
)
