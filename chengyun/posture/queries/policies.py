"""Reading a policy's text against what this district has."""

from __future__ import annotations

from django.db.models import QuerySet

from chengyun.district.models import Area
from chengyun.people.models import Post
from chengyun.posture import reading
from chengyun.posture.document import PostureData
from chengyun.posture.models import Policy
from chengyun.posture.reading import Fault


def read_policy(text: str) -> tuple[PostureData | None, list[Fault]]:
    """A policy's text as data, with its faults; posts and areas it names are looked up in the registers."""
    posts = set(Post.objects.values_list("code", flat=True))
    areas = set(Area.objects.values_list("code", flat=True))
    return reading.parse(text, posts=posts, areas=areas)


def policies() -> QuerySet[Policy]:
    """All versions, the latest first."""
    return Policy.objects.order_by("-number")
