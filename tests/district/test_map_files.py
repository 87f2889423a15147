"""The map's files: narrowed to the viewer, kept by the browser until they change, with a point to write each name at."""

from __future__ import annotations

import gzip
import json

import pytest
from django.contrib.auth import get_user_model
from shapely.geometry import Point, shape

from chengyun.district import actions, queries
from chengyun.kernel import scope
from chengyun.kernel.actor import system
from chengyun.kernel.models import RegistryVersion
from tests.district import small
from tests.district.test_base_map import BASE, SOUND, base

pytestmark = pytest.mark.django_db
FILES = ("areas.geojson", "buildings.geojson", "assets.geojson", "base.geojson")


@pytest.fixture
def viewer(tmp_path, client, monkeypatch):
    small.load(small.write(tmp_path, small.files() | {BASE: base(*SOUND)}))
    client.force_login(get_user_model().objects.create(username="viewer"))
    client.scope = scope.Scope(paths=("/tst/g2-1/",), classes=frozenset({"open"}))
    monkeypatch.setattr(scope, "_resolver", lambda user: client.scope)
    return client


def get(client, name, tag=None, **more):
    return client.get(f"/api/district/{name}", **({"HTTP_IF_NONE_MATCH": tag} if tag else {}), **more)


def features(client, name):
    response = get(client, name)
    assert response.status_code == 200, response.content
    return response.json()["features"]


def codes(client, name):
    return {feature["properties"]["code"] for feature in features(client, name)}


@pytest.mark.parametrize("name", FILES)
def test_a_copy_is_good_until_something_changes(viewer, name):
    first = get(viewer, name)
    tag = first["ETag"]
    assert (
        first.status_code == 200 and tag.startswith('W/"') and first["Cache-Control"] == "private, no-cache"
    )
    again = get(viewer, name, tag)
    assert again.status_code == 304 and again.content == b"" and again["ETag"] == tag
    assert get(viewer, name, f'"other", {tag}').status_code == 304
    assert get(viewer, name, '"other"').status_code == 200
    actions.set_in_service(actor=system("test"), code="cam-3", in_service=False, reason="fault")
    changed = get(viewer, name, tag)
    assert changed.status_code == 200 and changed["ETag"] != tag


@pytest.mark.parametrize("name", FILES)
def test_a_copy_is_good_for_its_own_viewer_alone(viewer, name):
    tag = get(viewer, name)["ETag"]
    viewer.scope = scope.Scope(paths=("/tst/g2-0/",), classes=frozenset({"open"}))
    other = get(viewer, name, tag)
    assert other.status_code == 200 and other["ETag"] != tag


def test_each_question_has_a_copy_of_its_own(viewer):
    asked = ("", "?kind=grid2", "?kind=grid2,grid3", "?within=g3-10", "?detail=map")
    assert len({get(viewer, f"areas.geojson{query}")["ETag"] for query in asked}) == len(asked)


def test_without_a_token_nothing_is_promised(viewer):
    from chengyun.kernel.transaction import write

    with write():
        RegistryVersion.objects.filter(name="district").delete()
    response = get(viewer, "areas.geojson")
    assert response.status_code == 200 and not response.has_header("ETag")


def test_a_large_answer_is_packed_for_who_can_unpack(viewer):
    viewer.scope = scope.ALL
    loose, packed = (
        get(viewer, "areas.geojson"),
        get(viewer, "areas.geojson", HTTP_ACCEPT_ENCODING="gzip, br"),
    )
    assert not loose.has_header("Content-Encoding") and packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == loose.content and len(packed.content) < len(loose.content) / 3
    assert "Accept-Encoding" in packed["Vary"] and "Cookie" in packed["Vary"]


def test_files_are_narrowed_to_the_viewer(viewer):
    assert codes(viewer, "areas.geojson") == {"g2-1", "g3-10", "g3-11", "m-100", "m-101", "m-110", "m-111"}
    assert codes(viewer, "assets.geojson") == {"cam-3", "cam-4"}
    assert codes(viewer, "buildings.geojson") == set()
    assert get(viewer, "areas.geojson?within=g2-0").status_code == 404
    viewer.scope = scope.NOTHING
    assert not any(features(viewer, name) for name in FILES[:3])


def test_several_kinds_at_once(viewer):
    viewer.scope = scope.ALL
    assert codes(viewer, "areas.geojson?kind=ring,grid2") == {"ring-1", "g2-0", "g2-1"}
    assert codes(viewer, "areas.geojson?kind=ring&kind=grid2") == {"ring-1", "g2-0", "g2-1"}
    assert get(viewer, "areas.geojson?kind=ring,grid9").status_code == 422
    assert codes(viewer, "assets.geojson?kind=counter,cabinet") == {"cnt-1", "cab-1"}


def test_names_stand_inside_their_areas(viewer):
    viewer.scope = scope.ALL
    for feature in features(viewer, "areas.geojson"):
        props = feature["properties"]
        assert shape(feature["geometry"]).contains(Point(props["lx"], props["ly"])), props["code"]


def test_a_ring_has_its_name_on_the_ring_and_not_in_its_hole(viewer, tmp_path):
    pack = small.files()
    ring = small.area(pack, "ring-1")
    hole = small.square(1, 1, 7, 7)["coordinates"][0]
    ring["geometry"] = {"type": "Polygon", "coordinates": [small.square(0, 0, 8, 8)["coordinates"][0], hole]}
    ring["properties"]["grids"] = []
    small.load(small.write(tmp_path, pack))
    viewer.scope = scope.ALL
    (found,) = features(viewer, "areas.geojson?kind=ring")
    assert shape(found["geometry"]).contains(Point(found["properties"]["lx"], found["properties"]["ly"]))


def test_an_area_nobody_has_drawn_has_no_point(viewer, tmp_path):
    pack = small.files()
    small.area(pack, "m-111")["geometry"] = None
    small.load(small.write(tmp_path, pack))
    found = next(f for f in features(viewer, "areas.geojson") if f["properties"]["code"] == "m-111")
    assert found["geometry"] is None and found["properties"]["lx"] is None


def test_what_is_taken_out_of_service_says_so(viewer):
    actions.set_in_service(actor=system("test"), code="cam-3", in_service=False, reason="fault")
    states = {
        f["properties"]["code"]: f["properties"]["in_service"] for f in features(viewer, "assets.geojson")
    }
    assert states == {"cam-3": False, "cam-4": True}


def test_the_base_map_is_for_everybody_logged_in(viewer, client):
    assert len(features(viewer, "base.geojson")) == 4
    client.logout()
    for name in FILES:
        assert get(client, name).status_code == 401


def test_a_round_area_loses_corners_and_no_ground(viewer, tmp_path):
    pack = small.files()
    ring = shape(small.area(pack, "m-111")["geometry"]).centroid.buffer(0.001, quad_segs=64)
    small.area(pack, "m-111")["geometry"] = json.loads(json.dumps(ring.__geo_interface__))
    small.load(small.write(tmp_path, pack))
    viewer.scope = scope.ALL

    def drawn(detail):
        wanted = features(viewer, f"areas.geojson?kind=micro&detail={detail}")
        return {f["properties"]["code"]: shape(f["geometry"]) for f in wanted}

    full, light = drawn("full"), drawn("map")
    assert len(light["m-111"].exterior.coords) < len(full["m-111"].exterior.coords) / 3
    for code, before in full.items():
        assert light[code].is_valid and abs(light[code].area / before.area - 1) < 0.02, code


def test_the_number_of_queries_is_fixed(viewer, django_assert_max_num_queries):
    viewer.scope = scope.ALL
    for name in FILES:
        get(viewer, name)
        with django_assert_max_num_queries(4):  # session, log-in, tokens
            get(viewer, name)


def test_floors_are_the_height_divided(viewer, tmp_path):
    pack = small.files()
    pack["buildings.geojson"]["features"][0]["properties"]["height_m"] = 120
    small.load(small.write(tmp_path, pack))
    assert get(viewer, "buildings/b-1/floors").status_code == 404, "outside the viewer's areas"
    viewer.scope = scope.ALL
    found = get(viewer, "buildings/b-1/floors").json()
    assert found["even"] and len(found["floors"]) == 30
    assert found["floors"][0] == {"number": 1, "base_m": 0.0, "height_m": 4.0, "use": None, "tenant": None}
    assert found["floors"][-1]["base_m"] == 116.0


@pytest.mark.parametrize("missing", ["floors", "height_m"])
def test_a_building_without_floors_says_what_is_missing(viewer, tmp_path, missing):
    pack = small.files()
    props = pack["buildings.geojson"]["features"][0]["properties"]
    props["height_m"] = 120
    del props[missing]
    small.load(small.write(tmp_path, pack))
    viewer.scope = scope.ALL
    response = get(viewer, "buildings/b-1/floors")
    assert response.status_code == 404
    assert (response.json()["code"], response.json()["field"]) == ("no_floors", missing)


def test_the_corner_of_the_map(viewer, tmp_path):
    assert viewer.get("/api/district/").json()["map_approval"] == ""
    pack = small.files()
    pack["district.yaml"] |= {"map_approval": "GS(2026)0000号", "attribution": "示例"}
    small.load(small.write(tmp_path, pack))
    answer = viewer.get("/api/district/").json()
    assert (answer["map_approval"], answer["attribution"]) == ("GS(2026)0000号", "示例")


def test_label_points_are_kept_while_nothing_changes(viewer, django_assert_num_queries):
    first = queries.label_points()
    with django_assert_num_queries(1):  # the tokens
        assert queries.label_points() is first
