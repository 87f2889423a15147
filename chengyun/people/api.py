"""HTTP: log in and out, oneself, who is on duty, who answers for a post, shifts and their hand-over."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from django.contrib.auth import authenticate
from django.contrib.auth import login as log_in_session
from django.contrib.auth import logout as log_out_session
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Field, Router, Schema
from ninja.utils import check_csrf

from chengyun.kernel.errors import Conflict, NotAllowed, NotFound
from chengyun.kernel.http import actor_of, command, page
from chengyun.kernel.i18n import T
from chengyun.people import actions, login, map_api, queries, record_text, roles, signing
from chengyun.people.models import Duty, HandOver, Post, Shift, Staff
from chengyun.people.shapes import (
    AccountableOut,
    DeletedOut,
    DutyOut,
    ErasedOut,
    HandOverOut,
    LoggedInOut,
    MeOut,
    OkOut,
    OnDutyPage,
    SentPositionOut,
    ShiftDetailOut,
    ShiftPage,
    TokenOut,
)

router = Router(tags=["people"])
router.add_router("", map_api.router)


class Credentials(Schema):
    username: str
    password: str


class Draft(Schema):
    remarks: str = ""


class Signature(Schema):
    side: Literal["out", "in"]
    digest: str


class Substitution(Schema):
    staff: str
    reason: str = "other"


class PositionIn(Schema):
    """Degrees WGS-84; `duty` only where one serves at several posts."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    duty: int | None = None


class PositionOut(Schema):
    """Where a post is. No person, no speed, nothing of where it was before."""

    post: str
    area: str
    lon: float
    lat: float
    at: datetime
    age_s: int


class Erasure(Schema):
    substitute: str | None = None


def user_of(request: HttpRequest) -> Any:
    """The log-in behind a request; every operation that asks is behind the session check."""
    return request.user


def _missing(what: str) -> NotFound:
    return NotFound(
        "not_found", T("没有，或不在您的范围内", f"There is no such {what}, or not within your areas")
    )


@router.get("/csrf", auth=None, response=TokenOut)
def get_csrf_token(request: HttpRequest) -> dict[str, str]:
    """The token to send as X-CSRFToken; also sets its cookie."""
    return {"token": get_token(request)}


@router.post("/login", auth=None, response=LoggedInOut)
def log_in(request: HttpRequest, body: Credentials) -> dict[str, Any]:
    """Start a session. After too many failures 429, with the minutes to wait."""
    if check_csrf(request):
        raise NotAllowed(
            "csrf",
            T("请求缺少校验令牌", "The CSRF token is missing"),
            hint=T("先取 /csrf", "GET /csrf first"),
        )
    user = authenticate(request, username=body.username, password=body.password)
    if user is None:
        span = getattr(request, "login_wait", None)
        if span is not None:
            raise login.too_many(span)
        raise NotAllowed("bad_credentials", T("账号或密码不正确", "The name or the password is not right"))
    log_in_session(request, user)
    return {"username": user.get_username()}


@router.post("/logout", response=OkOut)
def log_out(request: HttpRequest) -> dict[str, bool]:
    log_out_session(request)
    return {"ok": True}


@router.get("/me", response=MeOut)
def get_me(request: HttpRequest) -> dict[str, Any]:
    """Who one is, at which post, and what one may do where."""
    actor = actor_of(request)
    person = Staff.objects.filter(user=user_of(request)).first()
    return {
        "ref": actor.ref,
        "username": request.user.get_username(),
        "name": person.name if person else "",
        "post": actor.post,
        "organisation": actor.organisation,
        "roles": [
            {"code": code, "name_zh": row.name_zh, "name_en": row.name_en}
            for code in sorted(actor.roles)
            if (row := roles.table().roles.get(code))
        ],
        "grants": [{"area": path, "permissions": sorted(held)} for path, held in actor.grants],
    }


@router.get("/me/posts", response=list[DutyOut])
def list_my_posts(request: HttpRequest) -> list[dict[str, Any]]:
    """The posts one is on duty at now, and one's own duties to come."""
    duties = Duty.objects.filter(staff__user=user_of(request)).exclude(state="ended").select_related("post")
    return [_duty(row) for row in duties.order_by("starts_at", "id")[:100]]


@router.put("/me/position", response=SentPositionOut)
def send_position(request: HttpRequest, body: PositionIn) -> dict[str, Any]:
    """Say where one is while on duty; the last place replaces the one before. Not a command with a key on purpose: the
    memory of such commands would keep a fingerprint of every place, and sending it twice does no harm."""
    row = actions.report_position(actor_of(request), lon=body.lon, lat=body.lat, duty_id=body.duty)
    return {"post": row.duty.post.code, "at": row.at, "expires_at": row.expires_at}


@router.delete("/me/position", response=DeletedOut)
def withdraw_position(request: HttpRequest) -> dict[str, int]:
    """Delete at once what is kept of oneself."""
    return {"deleted": actions.withdraw_position(actor_of(request))}


@router.get("/me/position", response=list[PositionOut])
def get_my_position(request: HttpRequest) -> list[queries.Position]:
    """What is kept of oneself."""
    return queries.own_position(actor_of(request))


@router.get("/positions", response=list[PositionOut])
def list_positions(request: HttpRequest) -> list[queries.Position]:
    """Where the posts on duty are, within the areas where one may see it. Of persons nothing is said."""
    return queries.positions(actor_of(request))


def _duty(row: Duty) -> dict[str, Any]:
    return {
        "id": row.id,
        "post": row.post.code,
        "name_zh": row.post.name_zh,
        "name_en": row.post.name_en,
        "state": row.state,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "shift": row.shift_id,
    }


def _person(row: Staff | None, request: HttpRequest, area: str) -> dict[str, Any] | None:
    if row is None:
        return None
    known = actor_of(request).may("person.read", area) or row.user_id == request.user.pk
    return {"ref": row.ref, **({"name": row.name, "phone": row.phone} if known else {})}


def _answer(found: queries.Accountable, request: HttpRequest) -> dict[str, Any]:
    return {
        "post": found.asked.code,
        "kind": found.asked.kind,
        "name_zh": found.asked.name_zh,
        "name_en": found.asked.name_en,
        "area": found.asked.area.code,
        "answers": found.post.code,
        "staff": _person(found.staff, request, found.asked.area.path),
        "reason": found.reason,
        "why": str(found.why),
        "skipped": list(found.skipped),
    }


@router.get("/on-duty", response=OnDutyPage, exclude_unset=True)
def list_on_duty(
    request: HttpRequest,
    kind: str | None = None,
    area: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """Each post within one's areas and who answers for it now, with the reason."""
    rows = queries.posts(request.user).filter(in_service=True)
    if kind:
        rows = rows.filter(kind=kind)
    if area:
        rows = rows.filter(area__code=area)
    shown, after = page(rows, cursor, limit, key="code")
    answers = queries.accountable_many([row.id for row in shown])
    return {"items": [_answer(answers[row.id], request) for row in shown], "next": after}


@router.get("/posts/{code}/accountable", response=AccountableOut, exclude_unset=True)
def get_accountable(request: HttpRequest, code: str, at: datetime | None = None) -> dict[str, Any]:
    """Who answers for a post at an instant, and why."""
    row: Post | None = queries.posts(request.user).filter(code=code).first()
    if row is None:
        raise _missing("post")
    return _answer(queries.accountable(row.id, at), request)


@router.get("/shifts", response=ShiftPage)
def list_shifts(
    request: HttpRequest, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    rows = queries.shifts(request.user)
    if state:
        rows = rows.filter(state=state)
    shown, after = page(rows, cursor, limit)
    return {"items": [_shift(row) for row in shown], "next": after}


def _shift(row: Shift) -> dict[str, Any]:
    return {
        "id": row.id,
        "pattern": row.pattern.code,
        "area": row.area.code,
        "code": row.code,
        "state": row.state,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "overdue_since": row.overdue_since,
    }


@router.get("/shifts/{shift_id}", response=ShiftDetailOut, exclude_unset=True)
def get_shift(request: HttpRequest, shift_id: int) -> dict[str, Any]:
    """A shift, who is on it, and its hand-over if one is drafted."""
    row = queries.shifts(request.user).filter(pk=shift_id).first()
    if row is None:
        raise _missing("shift")
    duties = (
        Duty.objects.filter(shift=row)
        .select_related("post__area", "staff")
        .order_by("post__code", "starts_at")
    )
    hand_over = HandOver.objects.filter(shift_out=row).values_list("id", flat=True).first()
    return {
        **_shift(row),
        "duties": [
            {**_duty(one), "staff": _person(one.staff, request, one.post.area.path)} for one in duties
        ],
        "hand_over": hand_over,
    }


@router.post("/shifts/{shift_id}/hand-over", response=HandOverOut)
@command
def draft_hand_over(request: HttpRequest, shift_id: int, body: Draft) -> dict[str, Any]:
    """Draft the record, or draft it anew (which voids signatures)."""
    row = actions.draft_hand_over(actor_of(request), shift_id=shift_id, remarks=body.remarks)
    return _hand_over(row, request)


@router.get("/hand-overs/{hand_over_id}", response=HandOverOut)
def get_hand_over(request: HttpRequest, hand_over_id: int) -> dict[str, Any]:
    """The record to be read before it is signed."""
    row = queries.hand_overs(request.user).filter(pk=hand_over_id).first()
    if row is None:
        raise _missing("hand-over")
    return _hand_over(row, request)


@router.post("/hand-overs/{hand_over_id}/sign", response=HandOverOut)
@command
def sign_hand_over(request: HttpRequest, hand_over_id: int, body: Signature) -> dict[str, Any]:
    """Sign one side of the record whose digest one has read; the second signature hands the shift over."""
    row = actions.sign_hand_over(
        actor_of(request), hand_over_id=hand_over_id, side=body.side, digest=body.digest
    )
    return _hand_over(row, request)


def _hand_over(row: HandOver, request: HttpRequest) -> dict[str, Any]:
    in_words = [shown.lines for shown in record_text.readable(row.record)]
    changed = record_text.readable_changes(row.record, row.since_draft)
    return {
        "id": row.id,
        "shift_out": row.shift_out_id,
        "shift_in": row.shift_in_id,
        "state": row.state,
        "drafted_at": row.drafted_at,
        "digest": row.digest,
        "record": {
            "area": row.record["area"],
            "at": row.record["at"],
            "sections": [
                {**part, "lines": lines} for part, lines in zip(row.record["sections"], in_words, strict=True)
            ],
        },
        "remarks": row.remarks,
        "sides": [
            {"allowed": side.allowed, **asdict(side)} for side in signing.sides(row, actor_of(request).ref)
        ],
        "done_at": row.done_at,
        "since_draft": [
            {"key": key, "title": shown.title, "lines": shown.lines, **change}
            for (key, change), shown in zip(sorted(row.since_draft.items()), changed, strict=True)
        ],
    }


@router.post("/duties/{duty_id}/substitute", response=DutyOut)
@command
def substitute_on_duty(request: HttpRequest, duty_id: int, body: Substitution) -> dict[str, Any]:
    """Put somebody else on a duty, from now on."""
    if not queries.duties(request.user).filter(pk=duty_id).exists():
        raise _missing("duty")
    row = actions.substitute(actor_of(request), duty_id=duty_id, staff_ref=body.staff, reason=body.reason)
    return _duty(row)


@router.post("/staff/{ref}/erase", response=ErasedOut)
@command
def erase_person(request: HttpRequest, ref: str, body: Erasure) -> dict[str, Any]:
    """Erase a person's name, phone and log-in. Cannot be undone."""
    if request.user.pk and Staff.objects.filter(ref=ref, user_id=request.user.pk).exists():
        raise Conflict(
            "own_data", T("请由另一名管理员办理", "Ask another administrator to erase your own data")
        )
    row = actions.erase_person(actor_of(request), ref, substitute_ref=body.substitute)
    return {"ref": row.ref, "state": row.state, "erased_at": row.erased_at}
