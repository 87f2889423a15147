"""The HTTP door of the district: narrowed to what the caller may see, and refusing in words."""

import pytest
from django.contrib.auth import get_user_model

from chengyun.kernel import scope
from tests.district import small

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(tmp_path, client, monkeypatch):
    """A person of g2-1; a test may widen `viewer.scope`."""
    small.load(small.write(tmp_path, small.files()))
    client.force_login(get_user_model().objects.create(username="viewer"))
    client.scope = scope.Scope(paths=("/tst/g2-1/",), classes=frozenset({"open"}))
    monkeypatch.setattr(scope, "_resolver", lambda user: client.scope)
    return client


def codes(response):
    assert response.status_code == 200, response.content
    return [item["code"] for item in response.json()["items"]]


def test_nobody_sees_anything_without_logging_in(client):
    for path in ("", "areas", "assets", "buildings", "areas.geojson", "areas/tst"):
        assert client.get(f"/api/district/{path}").status_code == 401, path


def test_lists_details_and_map_are_narrowed(viewer):
    seen = codes(viewer.get("/api/district/areas"))
    assert seen == ["g2-1", "g3-10", "g3-11", "m-100", "m-101", "m-110", "m-111"]
    assert codes(viewer.get("/api/district/assets")) == ["cam-3", "cam-4"]
    assert codes(viewer.get("/api/district/buildings")) == []
    features = viewer.get("/api/district/areas.geojson").json()["features"]
    assert sorted(f["properties"]["code"] for f in features) == seen
    for path in (
        "areas/g2-0",
        "areas/d-1/elements",
        "assets/cam-0",
        "areas?within=g2-0",
        "assets?within=d-1",
    ):
        response = viewer.get(f"/api/district/{path}")
        assert response.status_code == 404, path
        assert response.headers["Content-Type"] == "application/problem+json"
    assert viewer.get("/api/district/locate?lon=113.7015&lat=34.702").json() == []


def test_pages_walk_through_everything_once(viewer):
    viewer.scope = scope.ALL
    found, cursor = [], ""
    for _ in range(20):
        page = viewer.get("/api/district/areas", {"limit": 4, "cursor": cursor}).json()
        found += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert found == sorted(found) and len(found) == len(set(found)) == 19


def test_filters(viewer):
    viewer.scope = scope.ALL
    assert codes(viewer.get("/api/district/areas?kind=grid2&kind=dedicated")) == ["d-1", "g2-0", "g2-1"]
    assert codes(viewer.get("/api/district/assets?kind=counter")) == ["cnt-1"]
    assert codes(viewer.get("/api/district/assets?within=d-1")) == ["cam-5", "cnt-1"]
    assert viewer.get("/api/district/areas?kind=castle").status_code == 422
    table = viewer.get("/api/district/areas/d-1/elements").json()
    assert [(row["code"], row["quantity"], row["department"]) for row in table] == [("tree", 120, "yl")]
    here = viewer.get("/api/district/locate?lon=113.7015&lat=34.702").json()
    assert [place["code"] for place in here] == ["dm-1", "ring-1"]
    building = viewer.get("/api/district/buildings").json()["items"][0]
    assert (building["code"], building["floors"], building["area"]) == ("b-1", 30, "dm-1")
    assert viewer.get("/api/district/").json()["code"] == "tst"


def test_reading_many_takes_few_queries(viewer, django_assert_max_num_queries):
    viewer.scope = scope.ALL
    for path in ("areas", "assets", "buildings", "areas.geojson", "assets.geojson"):
        with django_assert_max_num_queries(6):
            viewer.get(f"/api/district/{path}")


def test_service_needs_the_permission(viewer):
    body = {"in_service": False, "reason": "fault"}
    response = viewer.post("/api/district/assets/cam-3/service", body, content_type="application/json")
    assert response.status_code == 403, response.content
    out_of_sight = viewer.post("/api/district/assets/cam-0/service", body, content_type="application/json")
    assert out_of_sight.status_code == 404
