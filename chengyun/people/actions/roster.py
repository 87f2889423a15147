"""Rosters: duty generated from patterns, withdrawn, and taken over by a substitute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chengyun.district.models import Area, Settings
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people.logic.pattern import Occurrence, Pattern, expand, shift_time
from chengyun.people.models import Duty, DutyPattern, HandOver, Post, Shift, Staff

MAX_DAYS = 366
# Suggested value (建议值): how far ahead the roster is kept.
AHEAD_DAYS = 7


def zone() -> ZoneInfo:
    """The district's zone; patterns are in its wall-clock time."""
    name = Settings.objects.values_list("timezone", flat=True).first()
    return ZoneInfo(name or "Asia/Shanghai")


def today() -> date:
    return clock.now().astimezone(zone()).date()


def as_logic(pattern: DutyPattern) -> Pattern:
    body = pattern.body
    return Pattern(
        date.fromisoformat(body["starts_on"]),
        tuple(shift_time(row["code"], row["from"], row["to"]) for row in body["shifts"]),
        tuple(body["teams"]),
        frozenset(body["weekdays"]),
    )


def generate_duties(
    actor: Actor, *, first_day: date, days: int, pattern: str | None = None, cause: int | None = None
) -> tuple[int, int]:
    """Generate shifts and duties that begin on `days` days from `first_day`; returns how many of each are new.

    What exists already stays as it is, so that running it again changes nothing. Patterns with a hand-over plan shifts;
    the others write plain windows of time.
    """
    with write():
        actor.require("duty.plan", root_path())
        if not 1 <= days <= MAX_DAYS:
            raise Invalid(
                "days", T(f"天数应为 1 至 {MAX_DAYS}", f"Ask for 1 to {MAX_DAYS} days"), field="days"
            )
        patterns = DutyPattern.objects.filter(in_service=True).select_related("area").order_by("code")
        if pattern is not None:
            patterns = patterns.filter(code=pattern)
            if not patterns:
                raise NotFound(
                    "no_pattern",
                    T(f"没有排班规则 {pattern}", f"There is no pattern {pattern}"),
                    field="pattern",
                )
        staff = dict(Staff.objects.filter(state="active").values_list("ref", "id"))
        posts = dict(Post.objects.filter(in_service=True).values_list("code", "id"))
        shifts = duties = 0
        vacant: set[str] = set()
        for row in patterns:
            turns = list(expand(as_logic(row), first_day, days, zone()))
            if row.handover:
                made = _plan_shifts(row, turns, posts, staff, vacant)
                shifts, duties = shifts + made[0], duties + made[1]
            else:
                duties += _write_windows(turns, posts, staff, vacant)
        if shifts or duties:
            journal.record(
                "duty.generated",
                subject="roster",
                area=root_path(),
                actor=actor,
                payload={
                    "first_day": first_day.isoformat(),
                    "days": days,
                    "shifts": shifts,
                    "duties": duties,
                    "vacant": sorted(vacant)[:100],
                },
                cause=cause,
            )
        return shifts, duties


def _plan_shifts(
    pattern: DutyPattern,
    turns: list[Occurrence],
    posts: dict[str, int],
    staff: dict[str, int],
    vacant: set[str],
) -> tuple[int, int]:
    there = set(Shift.objects.filter(pattern=pattern).values_list("starts_at", flat=True))
    # A turn before the one that runs is history: nobody could ever open it.
    running = Shift.objects.filter(pattern=pattern).exclude(state="planned").order_by("-starts_at").first()
    new = [
        Shift(
            pattern=pattern, area=pattern.area, code=turn.code, starts_at=turn.starts_at, ends_at=turn.ends_at
        )
        for turn in turns
        if turn.starts_at not in there and (running is None or turn.starts_at > running.starts_at)
    ]
    teams = {turn.starts_at: turn.team for turn in turns}
    duties: list[Duty] = []
    for shift in new:
        shift.save()
        for post, ref in sorted(teams[shift.starts_at].items()):
            if post in posts and ref in staff:
                duties.append(
                    Duty(
                        post_id=posts[post],
                        staff_id=staff[ref],
                        shift=shift,
                        state="planned",
                        starts_at=shift.starts_at,
                        ends_at=shift.ends_at,
                    )
                )
            else:
                vacant.add(post)
    Duty.objects.bulk_create(duties)
    return len(new), len(duties)


def _write_windows(
    turns: list[Occurrence], posts: dict[str, int], staff: dict[str, int], vacant: set[str]
) -> int:
    if not turns:
        return 0
    there = set(
        Duty.objects.filter(
            state="window", starts_at__lt=turns[-1].ends_at, ends_at__gt=turns[0].starts_at
        ).values_list("post_id", "starts_at", "ends_at")
    )
    busy: dict[int, list[tuple[datetime, datetime]]] = {}
    for post_id, begins, ends in there:
        busy.setdefault(post_id, []).append((begins, ends))
    new: list[Duty] = []
    for turn in turns:
        for post, ref in sorted(turn.team.items()):
            if post not in posts or ref not in staff:
                vacant.add(post)
                continue
            taken = busy.setdefault(posts[post], [])
            # Never two people for one stretch: what stands in the roster already goes first.
            if any(begins < turn.ends_at and ends > turn.starts_at for begins, ends in taken):
                continue
            taken.append((turn.starts_at, turn.ends_at))
            new.append(
                Duty(
                    post_id=posts[post],
                    staff_id=staff[ref],
                    state="window",
                    starts_at=turn.starts_at,
                    ends_at=turn.ends_at,
                )
            )
    Duty.objects.bulk_create(new)
    return len(new)


def plan_duty(
    actor: Actor,
    *,
    post: Post,
    staff: Staff,
    starts_at: datetime,
    ends_at: datetime,
    cause: int | None = None,
) -> Duty:
    """Put somebody on duty at a post for a stretch of time that has not ended yet, where nobody is rostered then.

    The posts of a shift with a hand-over are planned by its pattern alone.
    """
    with write():
        actor.require("duty.plan", post.area.path)
        if not starts_at < ends_at:
            raise Invalid("order", T("结束应晚于开始", "The end comes after the beginning"), field="ends_at")
        if ends_at - starts_at > timedelta(days=MAX_DAYS):
            raise Invalid("long", T("时段过长", "That is too long a stretch"), field="ends_at")
        if ends_at <= clock.now():
            raise Invalid("past", T("该时段已经过去", "That stretch is over"), field="ends_at")
        if staff.state != "active":
            raise Invalid("no_staff", T("此人不在岗", "This person is not active"), field="staff")
        if not post.in_service:
            raise Invalid("post", T("该岗位已停用", "That post is out of service"), field="post")
        handed = DutyPattern.objects.filter(handover=True, in_service=True).values_list("body", flat=True)
        if any(post.code in team for body in handed for team in body["teams"]):
            raise Invalid(
                "shift_post",
                T("该岗位随班次交接，不能单独排班", "That post goes with a shift that is handed over"),
                field="post",
                hint=T("请改排班规则，或安排替班。", "Edit its pattern, or put a substitute on duty."),
            )
        there = Duty.objects.filter(post=post, starts_at__lt=ends_at, ends_at__gt=starts_at)
        if there.exists():
            raise Conflict(
                "taken",
                T("该岗位此时段已有人值守", "Somebody is rostered at that post then"),
                field="starts_at",
                hint=T(
                    "请导出现有排班，在原行上换人。", "Export the roster and change the person on its line."
                ),
            )
        row = Duty.objects.create(
            post=post, staff=staff, state="window", starts_at=starts_at, ends_at=ends_at
        )
        journal.record(
            "duty.planned",
            subject=f"post:{post.code}",
            area=post.area.path,
            actor=actor,
            payload={
                "duty": row.id,
                "post": post.code,
                "staff": staff.ref,
                "starts_at": starts_at.isoformat(),
                "ends_at": ends_at.isoformat(),
            },
            cause=cause,
        )
        return row


def start_roster(actor: Actor, *, ahead_days: int = AHEAD_DAYS, cause: int | None = None) -> list[Shift]:
    """What a district does once, before its first hour: generate from yesterday on (a night shift may be under way), open
    the shift whose turn it is, and keep the roster `ahead_days` ahead from then on. Returns the shifts it opened."""
    from chengyun.people.actions.shifts import open_shift

    with write():
        actor.require("duty.plan", root_path())
        generate_duties(actor, first_day=today() - timedelta(days=1), days=ahead_days + 1, cause=cause)
        opened = []
        for pattern in DutyPattern.objects.filter(handover=True, in_service=True).order_by("code"):
            if Shift.objects.filter(pattern=pattern).exclude(state="planned").exists():
                continue
            now = clock.now()
            turn = Shift.objects.filter(pattern=pattern, starts_at__lte=now, ends_at__gt=now).first()
            if turn is not None:
                opened.append(open_shift(actor, shift_id=turn.id, cause=cause))
        _arm_extension(ahead_days)
        return opened


def extend_roster(actor: Actor, *, ahead_days: int = AHEAD_DAYS, cause: int | None = None) -> None:
    """Generate up to `ahead_days` ahead, and arm the timer for tomorrow."""
    with write():
        actor.require("duty.plan", root_path())
        generate_duties(actor, first_day=today(), days=ahead_days, cause=cause)
        _arm_extension(ahead_days)


def _arm_extension(ahead_days: int) -> None:
    # At noon: far from the changes of shift, when the machine has most to do.
    tomorrow = today() + timedelta(days=1)
    noon = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 12, tzinfo=zone())
    timers.arm("people.roster.extend", due_at=noon, subject="roster", payload={"ahead_days": ahead_days})


def withdraw_planned(
    actor: Actor, *, pattern: str, from_day: date, cause: int | None = None
) -> tuple[int, int]:
    """Take back what a pattern planned from a day on (after the pattern was edited, say); returns shifts and duties.

    Only what has not begun: a running shift ends by its hand-over alone.
    """
    with write():
        actor.require("duty.plan", root_path())
        row = DutyPattern.objects.filter(code=pattern).first()
        if row is None:
            raise NotFound(
                "no_pattern", T(f"没有排班规则 {pattern}", f"There is no pattern {pattern}"), field="pattern"
            )
        begins = max(datetime(from_day.year, from_day.month, from_day.day, tzinfo=zone()), clock.now())
        shifts = Shift.objects.filter(pattern=row, state="planned", starts_at__gte=begins)
        # The shift that stands in a drafted record is being taken over.
        drafted = HandOver.objects.filter(state="drafted").values_list("shift_in_id", flat=True)
        doomed = list(shifts.exclude(pk__in=list(drafted)).values_list("id", flat=True))
        codes = {post for team in row.body["teams"] for post in team}
        windows = Duty.objects.filter(state="window", post__code__in=codes, starts_at__gte=begins)
        gone = Duty.objects.filter(shift_id__in=doomed).delete()[0]
        if not row.handover:
            gone += windows.delete()[0]
        Shift.objects.filter(pk__in=doomed).delete()
        if doomed or gone:
            journal.record(
                "duty.withdrawn",
                subject=f"pattern:{row.code}",
                area=root_path(),
                actor=actor,
                payload={"from_day": from_day.isoformat(), "shifts": len(doomed), "duties": gone},
                cause=cause,
            )
        return len(doomed), gone


def root_path() -> str:
    return Area.objects.filter(parent=None).order_by("id").values_list("path", flat=True).first() or "/"
