"""What a viewer may see, and whose key a source's key is."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from chengyun.district.models import Area
from chengyun.kernel import clock, scope
from chengyun.people.models import Duty, HandOver, Post, Shift, SourceToken, Staff
from chengyun.people.passwords import token_digest


def posts(user: Any) -> QuerySet[Post]:
    return Post.objects.visible_to(user).select_related("area", "department", "reports_to")


def shifts(user: Any) -> QuerySet[Shift]:
    return Shift.objects.visible_to(user).select_related("area", "pattern")


def hand_overs(user: Any) -> QuerySet[HandOver]:
    """Those within the viewer's areas, and those they are rostered to take over: they must read what they sign."""
    rows = HandOver.objects.visible_to(user)
    if getattr(user, "is_active", False) and getattr(user, "pk", None):
        mine = Duty.objects.filter(staff__user_id=user.pk, staff__state="active").values("shift_id")
        rows = HandOver.objects.filter(
            Q(pk__in=rows.values("pk")) | Q(shift_in_id__in=mine) | Q(shift_out_id__in=mine)
        )
    return rows.select_related(
        "shift_out__area", "shift_out__pattern", "shift_in", "signed_out_by", "signed_in_by"
    )


def duties(user: Any) -> QuerySet[Duty]:
    return Duty.objects.visible_to(user).select_related("post", "staff", "shift")


def staff(user: Any) -> QuerySet[Staff]:
    """Oneself, and those who serve or stand at a post within one's areas; all of them for who sees the whole district."""
    seen = scope.of(user)
    rows = Staff.objects.select_related("department")
    if not seen.paths:
        return rows.none()
    root = Area.objects.filter(parent=None).values_list("path", flat=True).first()
    if seen.everything or (root and root in seen.paths):
        return rows
    reach = Q()
    for path in seen.paths:
        reach |= Q(post__area__path__startswith=path)
    serving = Duty.objects.filter(reach, staff=OuterRef("pk"))
    stands = Post.objects.visible_to(seen).filter(standing=OuterRef("pk"))
    own = Q(user_id=getattr(user, "pk", None)) if getattr(user, "pk", None) else Q(pk=None)
    return rows.filter(Exists(serving) | Exists(stands) | own)


def source_of_token(token: str) -> str | None:
    """The source that a key belongs to; None for an unknown, expired or revoked one."""
    now = clock.now()
    valid = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    rows = SourceToken.objects.filter(valid, sha256=token_digest(token))
    return rows.values_list("source", flat=True).first()
