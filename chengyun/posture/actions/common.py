"""What the verbs of posture share: who may, what is valid, who is told, and what is in force afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.district.models import Area
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.messages import actions as messages
from chengyun.people import actions as people_actions
from chengyun.people import queries as people
from chengyun.people.models import Post
from chengyun.posture import logic, queries
from chengyun.posture.logic import Cell
from chengyun.posture.models import Approval, InForce, Proposal

MAX_TEXT = 2000


def require_person(actor: Actor) -> None:
    """Refuse the platform itself and sources of signals: software proposes, a named person decides."""
    if actor.is_system or (actor.user is None and actor.post is None):
        raise NotAllowed(
            "not_a_person",
            T("系统只能建议，须由有权限的人员决定", "Software may only propose; a named person decides"),
            hint=T("请由值班人员请示或由领导宣布。", "The duty officer asks, or a leader declares."),
        )


def check_level(mode: str, level: int | None) -> None:
    """Raise `Invalid` for a mode that cannot be declared, or a level that does not go with it."""
    if mode == logic.NORMAL:
        raise Invalid(
            "normal_is_the_base",
            T("平时模式无须宣布", "Normal mode is the base and is not declared"),
            field="mode",
            hint=T("请解除其他模式。", "End the other modes."),
        )
    if mode not in logic.MODES:
        raise Invalid("unknown_mode", T("没有这种模式", "There is no such mode"), field="mode")
    if level is not None and level not in logic.LEVELS:
        raise Invalid("unknown_level", T("级别为一至四级", "Levels are 1 to 4"), field="level")
    wants = queries.policy().get("modes", {}).get(mode, {}).get("level", "optional")
    if mode == "emergency" or wants == "required":
        if level is None:
            raise Invalid("level_missing", T("该模式必须注明级别", "This mode needs a level"), field="level")
    elif wants == "none" and level is not None:
        raise Invalid("level_not_used", T("该模式不分级", "This mode has no levels"), field="level")


def cell_of(mode: str, level: int | None) -> Cell:
    cell = queries.authority().cell(mode, level)
    if cell is None:
        raise NotAllowed(
            "nobody_may",
            T("权限表未规定谁可宣布该模式与级别", "The authority table names nobody for this mode and level"),
            hint=T("请管理员补全 posture.yaml。", "Ask the administrator to complete posture.yaml."),
        )
    return cell


def has_authority(actor: Actor, area: Area, mode: str, level: int | None) -> bool:
    """Whether the actor may declare this in their own right: the permission for the area, and the table."""
    if actor.is_system:
        return False
    fine = f"posture.declare.{mode if level is None else level}"
    if not (actor.may("posture.declare", area.path) or actor.may(fine, area.path)):
        return False
    return logic.may_declare(queries.authority(), mode, level, actor.roles, actor.post)


def leader(post: Post | str, area: Area, mode: str, level: int | None) -> Post:
    """The post of a leader whose word counts for this mode and level there; `Invalid` otherwise."""
    row = people.post(post) if isinstance(post, str) else post
    cell = cell_of(mode, level)
    if not area.path.startswith(row.area.path) or not logic.may_declare(
        queries.authority(), mode, level, {row.kind}, row.code
    ):
        names = "、".join(sorted(cell.posts or cell.who)), ", ".join(sorted(cell.posts or cell.who))
        raise Invalid(
            "leader_without_authority",
            T("该岗位无权决定此模式与级别", "That post has no authority over this mode and level"),
            field="leader_post",
            hint=T(f"有权的是：{names[0]}", f"Those who have it: {names[1]}"),
        )
    return row


def leaders(area: Area, mode: str, level: int | None) -> list[Post]:
    """The posts whose word counts for this mode and level there, by code; none where the table names nobody."""
    cell = queries.authority().cell(mode, level)
    if cell is None:
        return []
    rows = Post.objects.filter(in_service=True).select_related("area").order_by("code")
    named = rows.filter(code__in=cell.posts) if cell.posts else rows.filter(kind__in=cell.who)
    return [row for row in named if area.path.startswith(row.area.path)]


def refuse(area: Area, mode: str, level: int | None) -> NotAllowed:
    cell = cell_of(mode, level)
    who = ", ".join(sorted(cell.posts or cell.who))
    return NotAllowed(
        "no_authority",
        T(
            "您无权决定此模式与级别，也没有已记录的批准",
            "You lack the authority for this, and no approval is recorded",
        ),
        hint=T(
            f"请请示有权的领导（{who}）并记录批准。",
            f"Ask a leader who has it ({who}) and record the approval.",
        ),
    )


def text(value: str, field: str) -> str:
    """A free text that has to be there. It stays in its row; the journal gets a digest."""
    value = value.strip()
    if not value or len(value) > MAX_TEXT:
        raise Invalid(
            "text_missing",
            T(f"此项必填，至多 {MAX_TEXT} 字", f"Needed, at most {MAX_TEXT} characters"),
            field=field,
        )
    return value


def past(moment: datetime, field: str, *, not_before: datetime | None = None) -> datetime:
    """A moment somebody reports: aware, not in the future, not before what it is about."""
    if moment.tzinfo is None:
        raise Invalid("naive_time", T("时间须带时区", "The time needs a time zone"), field=field)
    if moment > clock.now():
        raise Invalid("in_the_future", T("该时间尚未到来", "That time has not come yet"), field=field)
    if not_before is not None and moment < not_before:
        raise Invalid(
            "too_early", T("该时间早于其所针对的事项", "That is before what it is about"), field=field
        )
    return moment


def future(moment: datetime, field: str) -> datetime:
    if moment.tzinfo is None:
        raise Invalid("naive_time", T("时间须带时区", "The time needs a time zone"), field=field)
    if moment <= clock.now():
        raise Invalid("in_the_past", T("预计期限须在将来", "The expected end has to lie ahead"), field=field)
    return moment


def proposal(proposal_id: int) -> Proposal:
    row = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("area", "asked_post")
        .filter(pk=proposal_id)
        .first()
    )
    if row is None:
        raise NotFound("no_proposal", T("没有这条建议", "There is no such proposal"))
    return row


def step(row: Proposal, verb: logic.Step) -> str:
    following = logic.after(row.state, verb)
    if following is None:
        raise Conflict(
            "wrong_state",
            T(
                f"建议当前状态（{row.get_state_display()}）不允许此操作",
                f"The proposal is {row.state}: this cannot be done now",
            ),
        )
    return following


def disarm(row: Proposal) -> None:
    """A closed proposal waits for nothing. An approval that it was closed without is spent, and nobody is chased for it."""
    for kind in ("posture.undecided", "posture.approval"):
        timers.cancel(kind, subject=f"proposal:{row.pk}")
    unused = Approval.objects.filter(proposal=row, purpose="declare", declaration=None, expired_at=None)
    for approval in unused.exclude(state=Approval.State.DENIED):
        approval.expired_at = clock.now()
        approval.save(update_fields=["expired_at"])
        timers.cancel("posture.countersign", subject=f"approval:{approval.pk}")


def tell(
    posts: list[Post],
    *,
    subject: str,
    kind: str,
    area: Area,
    mode: str,
    level: int | None,
    cause: int,
    **more: Any,
) -> None:
    """One message to each post, once."""
    seen: set[int] = set()
    for post in posts:
        if post.id in seen:
            continue
        seen.add(post.id)
        messages.notify(
            actor=system("posture"),
            post_id=post.id,
            subject=subject,
            kind=kind,
            params={"area": area.code, "mode": mode, "level": level, **more},
            cause=cause,
        )


def centre(area: Area) -> list[Post]:
    """Who runs the area's operations centre: duty officer, shift leader, dispatcher."""
    found = [
        people.duty_officer(area),
        people.post_for(area, "shift_leader"),
        people.post_for(area, "dispatcher"),
    ]
    return [post for post in found if post is not None]


def put_in_force() -> None:
    """Store the version of what is in force now; the last thing every change does.

    Positions of staff that the mode does not allow any more go with it, in the same transaction.
    """
    InForce.objects.update_or_create(pk=1, defaults={"digest": queries.compute_version()})
    people_actions.drop_positions(system("posture"))
