"""What a declaration would do, before anybody makes it: values, posts, and who would be called."""

from __future__ import annotations

from dataclasses import dataclass

from chengyun.district.models import Area
from chengyun.kernel import clock
from chengyun.people.models import Post
from chengyun.posture import logic
from chengyun.posture.logic import Cell, Difference, Overrides, Standing
from chengyun.posture.queries import ruling


@dataclass(frozen=True, slots=True)
class Part:
    """What changes otherwise in a part that has layers of its own."""

    area: str
    changes: list[Difference]


@dataclass(frozen=True, slots=True)
class Preview:
    """`changes` at the area itself; `parts` where they differ; `man` and `release` are posts to be called or sent home;
    `cell` says who may declare it and which echelon then commands (None: nobody may)."""

    changes: list[Difference]
    parts: list[Part]
    man: list[Post]
    release: list[Post]
    cell: Cell | None


def preview(area: Area, mode: str, level: int | None, incident: str = "") -> Preview:
    """What declaring (mode, level) for the area would change now."""
    like = Standing(area.path, mode, level, clock.now(), declaration=2**62, incident=incident)
    layers = ruling.layers()
    after = logic.imagined(ruling.standings(), like)

    def both(path: str) -> tuple[Overrides, Overrides]:
        return ruling.effective_at(path), logic.effective(layers, path, after)

    before, then = both(area.path)
    changes = logic.differences(before, then)
    parts = []
    for part in layers.areas:
        for path in part.covers:
            if path != area.path and path.startswith(area.path):
                own = [row for row in logic.differences(*both(path)) if row not in changes]
                if own:
                    parts.append(Part(part.code, own))
                    break
    man, release = posts_changed(area.path, before, then)
    return Preview(changes, parts, man, release, ruling.authority().cell(mode, level))


def posts_changed(path: str, before: Overrides, after: Overrides) -> tuple[list[Post], list[Post]]:
    """(posts to man, posts to release) in an area when the policy goes from `before` to `after`."""
    if before.posts == after.posts:
        return [], []
    man: list[Post] = []
    release: list[Post] = []
    for post in (
        Post.objects.filter(area__path__startswith=path, in_service=True)
        .select_related("area")
        .order_by("id")
    ):
        was, will = before.manned(post.code), after.manned(post.code)
        if will and not was:
            man.append(post)
        elif was and not will:
            release.append(post)
    return man, release
