"""HTTP: where the posts stand on the map, and how its viewer likes the screen."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from chengyun.kernel import deadlock, registry
from chengyun.kernel.errors import TooLarge
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.people import actions, queries
from chengyun.people.preferences import MAX_BYTES, Preferences

router = Router(tags=["people"])

PostKind = Literal[
    "duty_officer", "shift_leader", "dispatcher", "commander", "grid_leader", "grid_staff", "department_desk",
    "department_handler", "fixed", "mobile", "verifier", "auditor",
]  # fmt: skip


class PostPlaceOut(Schema):
    """A post and where it stands. `manned`: somebody is on duty at this very post now. `answers`: the post that answers for
    it now (itself where it is manned); null where nobody does at all. No person is named."""

    code: str
    kind: PostKind
    kind_zh: str
    kind_en: str
    name_zh: str
    name_en: str
    area: str
    area_zh: str
    area_en: str
    department: str | None
    lon: float
    lat: float
    manned: bool
    answers: str | None


@router.get(
    "/posts/map", response=list[PostPlaceOut], summary="Posts with a place, and whether they are manned"
)
def posts_map(request: HttpRequest) -> list[dict[str, Any]]:
    with registry.steady():
        return queries.posts_on_map(request.user)


@router.get("/me/preferences", response=Preferences, summary="How one likes the screen")
def my_preferences(request: HttpRequest) -> Preferences:
    return queries.preferences(request.user)


@router.put(
    "/me/preferences", response=Preferences, summary="Keep how one likes the screen, all of it at once"
)
def keep_preferences(request: HttpRequest, body: Preferences) -> Preferences:
    """Sending it twice does no harm, so it takes no key: the memory of such commands would keep what the journal
    does not."""
    if len(request.body) > MAX_BYTES:
        raise TooLarge("too_large", T("界面偏好超过 8 kB", "The preferences are longer than 8 kB"))
    return deadlock.again(actions.set_preferences)(actor_of(request), preferences=body)
