"""Search over places, buildings, assets, posts, roads and cases."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Schema

from chengyun.kernel import registry
from chengyun.live import search
from chengyun.live.api.door import router


class FoundOut(Schema):
    """One thing. `kind` is what it is, `sub` its own kind (ring, camera, fixed, road ...) with its name in both languages.

    `code` of a case is its number. `lon`, `lat`: a point to fly to; null where nobody has drawn the place. `match` says how
    it was found: exactly, by its beginning, by pinyin initials, or somewhere inside.
    """

    kind: Literal["area", "building", "asset", "post", "place", "case"]
    sub: str
    sub_zh: str
    sub_en: str
    code: str
    name_zh: str
    name_en: str
    area: str
    area_zh: str
    area_en: str
    lon: float | None
    lat: float | None
    match: Literal["exact", "prefix", "initials", "inside"]


class SearchOut(Schema):
    """`q` as it was understood. `more`: there are more than `limit`."""

    q: str
    items: list[FoundOut]
    more: bool


@router.get("/search", response=SearchOut, summary="Find by name, code, case number, pinyin or its initials")
def find_anything(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=search.MAX_QUERY)] = "",
    limit: Annotated[int, Query(ge=1, le=search.MAX_LIMIT)] = 20,
) -> dict[str, Any]:
    """Within the viewer's scope; an empty question finds nothing."""
    with registry.steady():
        return search.find(request.user, q, limit)
