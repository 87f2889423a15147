"""Who hears of a change of posture: the centre, the echelon that commands now, and the posts it mans or releases."""

from __future__ import annotations

from chengyun.people.models import Post
from chengyun.posture import queries
from chengyun.posture.actions import common
from chengyun.posture.logic import Overrides
from chengyun.posture.models import Declaration


def tell_change(kind: str, row: Declaration, before: Overrides, entry: int) -> None:
    """One message each. Numbers only: what the posts have to do stands in the policy that is in force."""
    after = queries.effective_at(row.area.path)
    told = common.centre(row.area)
    cell = queries.authority().cell(row.mode, row.level)
    echelons = queries.policy().get("echelons", {})
    desk = echelons.get(cell.echelon, {}).get("post") if cell else None
    office = echelons.get("office", {}).get("post")
    told += list(
        Post.objects.filter(code__in=[code for code in (desk, office) if code]).select_related("area")
    )
    man, release = queries.posts_changed(row.area.path, before, after)
    for posts, what in ((told, kind), (man, "posture.man_post"), (release, "posture.release_post")):
        common.tell(
            posts,
            subject=f"declaration:{row.pk}",
            kind=what,
            area=row.area,
            mode=row.mode,
            level=row.level,
            cause=entry,
        )
