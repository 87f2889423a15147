"""base.geojson: the drawing under the map, checked as strictly as the rest, loaded once, told to everybody logged in."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.district import pack as district_pack
from chengyun.district import queries
from chengyun.district.models import BaseMap
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack
from tests.district import small

BASE = "base.geojson"
LINE = {"type": "LineString", "coordinates": [[113.7, 34.7], [113.7081234567, 34.708]]}


def base(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def thing(kind, geometry, **props):
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind} | props}


def road(geometry=LINE, **more):
    return thing("road", geometry, **({"width": "main"} | more))


def house(geometry=None, **more):
    return thing("block", geometry or small.square(5, 5, 6, 6), **({"height_m": 12.5} | more))


def folder(tmp_path, *features):
    return small.write(tmp_path, small.files() | {BASE: base(*features)})


def problems(where):
    pack = Pack(where)
    district_pack.read(pack)
    return [p for p in pack.problems if p.file == BASE]


SOUND = [
    road(code="r-1", name_zh="黄河路", name_en="Huanghe Road"),
    thing("water", small.square(1, 1, 3, 3), code="w-1", name_zh="如意湖", name_en="Ruyi Lake"),
    thing("green", small.square(3, 3, 4, 4)),
    house(),
]
BROKEN = [
    ("unknown kind", thing("rail", LINE), "kind"),
    ("a road that is a square", road(small.square(0, 0, 1, 1)), "geometry"),
    ("a lake that is a line", thing("water", LINE), "geometry"),
    ("no geometry", thing("green", None), "geometry"),
    ("a road of one point", road({"type": "LineString", "coordinates": [[113.7, 34.7]]}), "geometry"),
    ("a road without length", road({"type": "LineString", "coordinates": [[113.7, 34.7]] * 2}), "geometry"),
    ("no lines", road({"type": "MultiLineString", "coordinates": []}), "geometry"),
    ("no number", road({"type": "LineString", "coordinates": [[113.7, "x"], [113.7, 34.7]]}), "geometry"),
    ("far away", road({"type": "LineString", "coordinates": [[113.7, 34.7], [114.7, 34.7]]}), "geometry"),
    ("swapped", road({"type": "LineString", "coordinates": [[34.7, 113.7], [34.7, 113.701]]}), "geometry"),
    ("a bow tie", house({"type": "Polygon", "coordinates": [
        [[113.7, 34.7], [113.702, 34.704], [113.702, 34.7], [113.7, 34.704], [113.7, 34.7]]]}), "geometry"),
    ("no width", thing("road", LINE), "width"),
    ("an unknown width", road(width="wide"), "width"),
    ("a wide lake", thing("water", small.square(1, 1, 2, 2), width="main"), "width"),
    ("a house without a height", thing("block", small.square(1, 1, 2, 2)), "height_m"),
    ("a high road", road(height_m=3), "height_m"),
    ("a house below ground", house(height_m=-3), "height_m"),
    ("half a name", road(name_zh="黄河路"), "name_en"),
    ("the other half", road(name_en="Huanghe Road"), "name_en"),
    ("a property nobody knows", road(owner="x"), "owner"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "feature", "field"), BROKEN, ids=[what for what, *_ in BROKEN])
def test_what_is_wrong_is_refused_by_place(tmp_path, what, feature, field):
    found = problems(folder(tmp_path, *SOUND, feature))
    assert [(p.feature, p.field) for p in found] == [("feature 4", field)], found


def test_a_code_stands_once(tmp_path):
    (found,) = problems(folder(tmp_path, SOUND[0], road(code="r-1")))
    assert (found.feature, found.field) == ("feature 1 (r-1)", "code")


def test_it_may_reach_beyond_the_district_but_not_far(tmp_path):
    # The small district's bbox is 0.01 degrees wide: as much again on each side belongs to the drawing.
    assert not problems(folder(tmp_path, house(small.square(-9, 0, -8, 1))))
    assert problems(folder(tmp_path, house(small.square(-13, 0, -12, 1))))


@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_leaving_it_out_ends_it(tmp_path):
    where = folder(tmp_path, *SOUND)
    assert small.load(where).counts["base"]["added"] == 1
    entries = JournalEntry.objects.count()
    assert not small.load(where).changed and JournalEntry.objects.count() == entries
    assert BaseMap.objects.get().features == 4
    folder(tmp_path, *SOUND, house(small.square(6, 6, 7, 7)))
    assert small.load(where).counts["base"] == {"added": 0, "changed": 1, "ended": 0}
    assert json.loads(queries.base_map())["features"][-1]["properties"]["height_m"] == 12.5
    small.write(tmp_path, {BASE: None})
    assert small.load(where).counts["base"]["ended"] == 1
    assert json.loads(queries.base_map())["features"] == []


@pytest.mark.django_db
def test_it_travels_compact(tmp_path):
    heights = {
        "type": "LineString",
        "coordinates": [[113.7000000004, 34.7, 88.0], [113.7081234567, 34.708, 90]],
    }
    small.load(folder(tmp_path, road(heights)))
    (feature,) = json.loads(queries.base_map())["features"]
    assert feature["geometry"]["coordinates"] == [[113.7, 34.7], [113.708123, 34.708]]
    assert feature["properties"] == {"kind": "road", "width": "main"}


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "coordinates"]), inner)
    ),
    max_leaves=12,
)


@given(
    kind=st.sampled_from(["road", "water", "green", "block"]),
    form=st.sampled_from(["LineString", "MultiLineString", "Polygon", "MultiPolygon", "Point", ""]),
    coordinates=JUNK,
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_geometry_breaks_the_reader(tmp_path, kind, form, coordinates):
    feature = thing(
        kind, {"type": form, "coordinates": coordinates}, **({"width": "street"} if kind == "road" else {})
    )
    if kind == "block":
        feature["properties"]["height_m"] = 9
    where = small.write(tmp_path, small.files())
    (where / BASE).write_text(json.dumps(base(feature)), encoding="utf-8")
    for problem in problems(where):
        assert problem.feature and problem.field and problem.reason
