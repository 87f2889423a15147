"""Who leads, and whom to ring: posts of the centre and desks of departments, with who answers for each now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from chengyun.district.models import Area
from chengyun.kernel import scope
from chengyun.kernel.actor import Actor
from chengyun.kernel.i18n import both
from chengyun.live.desk.shapes import DeskPost
from chengyun.people import queries as people
from chengyun.people.models import Post
from chengyun.people.queries import REASONS, Accountable
from chengyun.people.shapes import AnswerReason, PersonOut, PostKind

# The order in which one reads who leads.
LEADING = ("shift_leader", "duty_officer", "dispatcher", "commander")
CENTRE = (*LEADING, "verifier")
UNITS = ("department_desk",)


def look(seen: scope.Scope, viewer: Any, actor: Actor, at: datetime | None = None) -> dict[str, DeskPost]:
    """Posts of the centre and of the departments that a viewer may see, by code, each with who answers for it, or answered
    at a moment."""
    rows = people.posts(seen).filter(in_service=True, kind__in=(*CENTRE, *UNITS)).order_by("code")
    posts = list(rows.select_related("department"))
    answers = people.accountable_many([row.pk for row in posts], at)
    return {row.code: shown(row, answers[row.pk], viewer, actor) for row in posts}


def shown(row: Post, found: Accountable, viewer: Any, actor: Actor) -> DeskPost:
    """A post as it is shown at the desk."""
    why_zh, why_en = both(REASONS[found.reason])
    department = row.department
    return DeskPost(
        post=row.code,
        kind=cast(PostKind, row.kind),
        zh=row.name_zh,
        en=row.name_en,
        area=row.area.code,
        department=department.code if department else None,
        department_zh=department.name_zh if department else "",
        department_en=department.name_en if department else "",
        answers=found.post.code,
        answers_zh=found.post.name_zh,
        answers_en=found.post.name_en,
        staff=person(found, viewer, actor),
        reason=cast(AnswerReason, found.reason),
        why_zh=why_zh,
        why_en=why_en,
    )


def person(found: Accountable, viewer: Any, actor: Actor) -> PersonOut | None:
    """Who stands there: by name and phone for those who may read them at that place, and to oneself."""
    row = found.staff
    if row is None:
        return None
    own = row.user_id is not None and row.user_id == getattr(viewer, "pk", None)
    if not (own or actor.may("person.read", found.asked.area.path)):
        return PersonOut(ref=row.ref)
    return PersonOut(ref=row.ref, name=row.name, phone=row.phone)


def leading(directory: Mapping[str, DeskPost], place: Area) -> list[str]:
    """The posts that lead a place, nearest of each kind, in reading order; only those in `directory`."""
    found = []
    for kind in LEADING:
        post = people.post_for(place, kind)
        if post is not None and post.code in directory:
            found.append(post.code)
    return found


def phones(directory: Mapping[str, DeskPost]) -> list[DeskPost]:
    """The centre's posts first, then the departments' desks."""
    order = {kind: number for number, kind in enumerate((*CENTRE, *UNITS))}
    return sorted(directory.values(), key=lambda row: (order[row.kind], row.post))
