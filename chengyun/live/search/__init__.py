"""Find anything that has a name, a code or a number, within the viewer's scope. No person is in it."""

from __future__ import annotations

import re
from dataclasses import asdict
from itertools import islice
from typing import Any

from chengyun.cases import queries as cases
from chengyun.district import queries as district
from chengyun.kernel import registry, scope
from chengyun.live.search.index import Index, Match, Thing, plain
from chengyun.live.search.things import things

MAX_QUERY, MAX_LIMIT = 100, 100
_NUMBER = re.compile(r"(?:案件|case)?#?0*([1-9][0-9]{0,17})", re.ASCII)


def find(viewer: Any, text: str, limit: int) -> dict[str, Any]:
    """{q, items, more}: what fits best first, a case by its number before everything else."""
    seen = scope.of(viewer)
    asked = plain(text)
    found: list[tuple[Thing, Match]] = []
    if asked and seen.paths:
        found += [(case, "exact") for case in _case(viewer, asked)]
        visible = (hit for hit in index().search(text) if not hit[0].path or seen.reaches(hit[0].path))
        found += islice(visible, limit + 1 - len(found))
    items = [asdict(thing) | {"match": match} for thing, match in found[:limit]]
    return {"q": asked, "items": items, "more": len(found) > limit}


def index() -> Index:
    """Kept while neither the district nor its posts change, for a day of the district's (areas begin and end with days)."""
    return registry.cached(("district", "people"), ("search", district.today()), lambda: Index(things()))


def _case(viewer: Any, asked: str) -> list[Thing]:
    number = _NUMBER.fullmatch(asked)
    row = cases.cases(viewer).filter(pk=int(number[1])).first() if number else None
    if row is None:
        return []
    kind_zh, kind_en = cases.kind_of(row).name
    middle = district.label_points().get(row.area_id)
    lon, lat = (row.lon, row.lat) if row.lon is not None or middle is None else middle
    return [
        Thing(
            kind="case",
            sub=row.kind,
            sub_zh=kind_zh,
            sub_en=kind_en,
            code=str(row.pk),
            name_zh=f"#{row.pk} {kind_zh} · {row.area.name_zh}",
            name_en=f"#{row.pk} {kind_en} · {row.area.name_en}",
            path=row.area.path,
            area=row.area.code,
            area_zh=row.area.name_zh,
            area_en=row.area.name_en,
            lon=lon,
            lat=lat,
        )
    ]
