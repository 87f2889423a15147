"""Loading a pack: what changes, what ends, what is left alone."""

from datetime import UTC, date, datetime

import pytest

from chengyun.district import actions, queries
from chengyun.district.models import Area, Asset, OverlayGrid, Settings
from chengyun.kernel import clock, scope
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.models import JournalEntry
from tests.district import small

pytestmark = pytest.mark.django_db
NIGHT = datetime(2023, 12, 31, 17, 0, tzinfo=UTC)  # already New Year's Day in the district


@pytest.fixture(autouse=True)
def now():
    with clock.use(clock.Virtual(NIGHT)) as virtual:
        yield virtual


def loaded(tmp_path, pack):
    return small.load(small.write(tmp_path, pack))


def test_a_load_is_one_entry_with_its_counts(tmp_path):
    result = loaded(tmp_path, small.files())
    entry = JournalEntry.objects.get()
    assert (entry.kind, entry.area) == ("district.loaded", "/tst/")
    assert entry.payload["areas"] == {"added": 19, "changed": 0, "ended": 0}
    assert entry.payload["pack"] == result.settings.pack_hash == Settings.objects.get().pack_hash


def test_paths_and_levels_follow_the_tree(tmp_path):
    loaded(tmp_path, small.files())
    micro = queries.area("m-101")
    assert (micro.path, micro.level) == ("/tst/g2-1/g3-10/m-101/", 4)
    assert queries.root().path == "/tst/"
    assert [a.code for a in queries.within(queries.area("g3-00"))] == ["g3-00", "m-000", "m-001"]
    assert queries.within(queries.root(), ["micro"]).count() == 8


def test_a_change_touches_only_what_changed(tmp_path):
    loaded(tmp_path, small.files())
    pack = small.files()
    small.area(pack, "m-000")["properties"]["name_zh"] = "新名"
    result = loaded(tmp_path, pack)
    assert result.counts["areas"] == {"added": 0, "changed": 1, "ended": 0}
    assert queries.area("m-000").name_zh == "新名"
    assert JournalEntry.objects.count() == 2


def test_an_area_that_moves_takes_its_paths_along(tmp_path):
    pack = small.files()
    loaded(tmp_path, pack)
    small.area(pack, "d-1")["properties"]["parent"] = "g3-00"
    loaded(tmp_path, pack)
    assert queries.area("dm-1").path == "/tst/g2-0/g3-00/d-1/dm-1/"


def test_what_vanishes_ends_and_is_never_deleted(tmp_path):
    loaded(tmp_path, small.files())
    pack = small.files()
    pack["areas.geojson"]["features"] = [
        f for f in pack["areas.geojson"]["features"] if f["properties"]["code"] != "m-011"
    ]
    pack["assets/things.csv"].pop()
    result = loaded(tmp_path, pack)
    assert result.counts["areas"]["ended"] == result.counts["assets"]["ended"] == 1
    gone = queries.area("m-011")
    assert gone.valid_to == date(2024, 1, 1)
    assert queries.locate(113.703, 34.706, ["micro"]) is None
    assert not queries.within(queries.root()).filter(code="m-011").exists()
    assert not loaded(tmp_path, pack).changed

    back = loaded(tmp_path, small.files())
    assert back.counts["areas"] == {"added": 0, "changed": 1, "ended": 0}
    assert queries.area("m-011").valid_to is None
    assert queries.locate(113.703, 34.706, ["micro"]).code == "m-011"


def test_upstream_and_overlays_follow_the_pack(tmp_path):
    loaded(tmp_path, small.files())
    assert Asset.objects.get(code="cnt-1").upstream.upstream.code == "cab-1"
    pack = small.files()
    pack["assets/things.csv"][2] = pack["assets/things.csv"][2].replace("cam-5", "cab-1")
    small.area(pack, "ring-1")["properties"]["grids"] = ["g3-00", "g3-01"]
    result = loaded(tmp_path, pack)
    assert result.counts["assets"] == {"added": 0, "changed": 1, "ended": 0}
    assert Asset.objects.get(code="cnt-1").upstream.code == "cab-1"
    assert queries.grounds(queries.area("ring-1")) == ["/tst/g2-0/g3-00/", "/tst/g2-0/g3-01/"]
    assert OverlayGrid.objects.count() == 4


def test_another_district_is_refused(tmp_path):
    loaded(tmp_path / "one", small.files())
    pack = small.files()
    pack["district.yaml"]["code"] = "oth"
    for f in pack["areas.geojson"]["features"]:
        for key in ("code", "parent"):
            if f["properties"][key] == "tst":
                f["properties"][key] = "oth"
    with pytest.raises(Conflict) as refused:
        loaded(tmp_path / "two", pack)
    assert refused.value.code == "other_district"
    assert not Area.objects.filter(code="oth").exists()


def test_loading_needs_the_permission(tmp_path):
    small.write(tmp_path, small.files())
    from chengyun.district import pack as district_pack
    from chengyun.kernel.packs import Pack

    data = district_pack.read(Pack(tmp_path))
    with pytest.raises(NotAllowed):
        actions.load_district(actor=Actor(ref="u-1"), data=data)
    assert not Area.objects.exists()


def test_the_smallest_area_wins_and_outside_is_nowhere(tmp_path):
    loaded(tmp_path, small.files())
    assert queries.locate(113.7015, 34.702).code == "dm-1"
    assert queries.locate(113.7015, 34.702, ["micro"]).code == "m-000"
    assert queries.locate(113.7015, 34.702, ["grid2", "dedicated"]).code == "d-1"
    assert queries.locate(113.75, 34.75) is None
    assert {a.code for a in queries.overlays_of(queries.area("m-000"))} == {"ring-1", "beat-1"}


def test_service_is_the_operators_and_survives_a_load(tmp_path):
    loaded(tmp_path, small.files())
    actions.set_in_service(actor=system("test"), code="cam-1", in_service=False, reason="maintenance")
    entry = JournalEntry.objects.latest("pk")
    assert entry.kind == "asset.service_changed"
    assert entry.payload == {"code": "cam-1", "in_service": False, "reason": "maintenance"}
    assert not loaded(tmp_path, small.files()).changed
    assert not Asset.objects.get(code="cam-1").in_service
    count = JournalEntry.objects.count()
    actions.set_in_service(actor=system("test"), code="cam-1", in_service=False, reason="fault")
    assert JournalEntry.objects.count() == count


def test_service_refusals(tmp_path):
    loaded(tmp_path, small.files())
    far = Actor(ref="u-1", grants=(("/tst/g2-1/", frozenset({"registry.edit"})),))
    with pytest.raises(NotAllowed):
        actions.set_in_service(actor=far, code="cam-1", in_service=False, reason="fault")
    with pytest.raises(Invalid):
        actions.set_in_service(actor=system("test"), code="cam-1", in_service=False, reason="bored")
    with pytest.raises(NotFound):
        actions.set_in_service(actor=system("test"), code="cam-99", in_service=False, reason="fault")
    assert Asset.objects.get(code="cam-1").in_service


def test_the_map_holds_only_what_the_viewer_may_see(tmp_path):
    loaded(tmp_path, small.files())
    viewer = scope.Scope(paths=("/tst/g2-1/",), classes=frozenset({"open"}))
    seen = queries.map_features(viewer)
    codes = {f["properties"]["code"] for f in seen["areas"]["features"]}
    assert codes == {a.code for a in Area.objects.filter(path__startswith="/tst/g2-1/")}
    assert {f["properties"]["code"] for f in seen["assets"]["features"]} == {"cam-3", "cam-4"}
    assert seen["buildings"]["features"] == []
    with pytest.raises(NotFound):
        queries.visible_area(viewer, "g2-0")
    with pytest.raises(NotFound):
        queries.elements(viewer, "d-1")
    nothing = queries.map_features(None)
    assert all(not layer["features"] for layer in nothing.values())
    everything = queries.map_features(scope.ALL)
    assert len(everything["areas"]["features"]) == Area.objects.count()
