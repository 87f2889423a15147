"""A broken pack is refused whole, and the refusal says where: file, feature (or line) and field."""

import json

import pytest

from chengyun.district import pack as district_pack
from chengyun.district.logic import kinds
from chengyun.district.models import Area, Asset, Building, GovernedElement, Settings
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import MAX_BYTES, Pack, PackRefused
from tests.district import small

NAN = float("nan")


def problems(folder):
    pack = Pack(folder)
    district_pack.read(pack)
    return pack.problems


def props(pack, code):
    return small.area(pack, code)["properties"]


def ring(pack, code):
    return small.area(pack, code)["geometry"]["coordinates"][0]


def swap(pack, one, other):
    a, b = small.area(pack, one), small.area(pack, other)
    a["geometry"], b["geometry"] = b["geometry"], a["geometry"]


def tower(pack):
    return pack[BUILDINGS]["features"][0]["properties"]


def shape(pack, code, geometry):
    small.area(pack, code)["geometry"] = geometry


def line(pack, file, number, old, new):
    pack[file][number] = pack[file][number].replace(old, new)


CAM, THINGS = "assets/cameras.csv", "assets/things.csv"
CAM_0 = "line 2 (cam-0)"
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[113.7, 34.7], [113.702, 34.704], [113.702, 34.7], [113.7, 34.704], [113.7, 34.7]]],
}
AREAS, BUILDINGS = "areas.geojson", "buildings.geojson"

# what is broken · how · file · the feature says · field
BROKEN = [
    ("area without a kind", lambda p: props(p, "m-000").pop("kind"), AREAS, "m-000", "kind"),
    ("area without a name", lambda p: props(p, "g2-0").pop("name_zh"), AREAS, "g2-0", "name_zh"),
    ("unknown kind", lambda p: props(p, "m-000").update(kind="grid9"), AREAS, "m-000", "kind"),
    ("unknown property", lambda p: props(p, "m-000").update(colour="red"), AREAS, "m-000", "colour"),
    ("code twice", lambda p: props(p, "m-001").update(code="m-000"), AREAS, "m-000", "code"),
    ("code in capitals", lambda p: props(p, "m-001").update(code="M-001"), AREAS, "M-001", "code"),
    ("parent missing", lambda p: props(p, "m-000").update(parent="g3-99"), AREAS, "m-000", "parent"),
    ("parent not said", lambda p: props(p, "m-000").update(parent=None), AREAS, "m-000", "parent"),
    ("micro below a second-level grid", lambda p: props(p, "m-000").update(parent="g2-0"), AREAS, "m-000", "parent"),
    ("a loop", lambda p: props(p, "g2-0").update(parent="g3-00"), AREAS, "g2-0", "parent"),
    ("its own parent", lambda p: props(p, "g2-0").update(parent="g2-0"), AREAS, "g2-0", "parent"),
    ("a second district", lambda p: props(p, "g2-0").update(kind="district", parent=None), AREAS, "g2-0", "kind"),
    ("another code than district.yaml", lambda p: p["district.yaml"].update(code="xyz"), AREAS, "tst", "code"),
    ("overlay of a grid that is not there", lambda p: props(p, "beat-1").update(grids=["g3-77"]), AREAS, "beat-1", "grids"),
    ("overlay of an overlay", lambda p: props(p, "beat-1").update(grids=["ring-1"]), AREAS, "beat-1", "grids"),
    ("overlay far from its grid", lambda p: props(p, "ring-1").update(grids=["g2-1"]), AREAS, "ring-1", "grids"),
    ("grids of a grid", lambda p: props(p, "g2-0").update(grids=["g3-00"]), AREAS, "g2-0", "grids"),
    ("valid_to before valid_from", lambda p: props(p, "m-000").update(valid_from="2024-01-02", valid_to="2024-01-01"),
     AREAS, "m-000", "valid_to"),
    ("a date that is a number", lambda p: props(p, "m-000").update(valid_from=20240102), AREAS, "m-000", "valid_from"),
    ("no such day", lambda p: props(p, "m-000").update(valid_from="2023-02-30"), AREAS, "m-000", "valid_from"),
    ("NUL in a name", lambda p: props(p, "m-000").update(name_en="a\0b"), AREAS, "m-000", "name_en"),
    ("infinite attribute", lambda p: props(p, "d-1").update(attrs={"capacity": 1e300}), AREAS, "d-1", "attrs"),
    ("swapped polygons", lambda p: swap(p, "m-000", "m-111"), AREAS, "m-000", "geometry"),
    ("outside its parent", lambda p: shape(p, "g3-00", small.square(0, 0, 5, 4)), AREAS, "g3-00", "geometry"),
    ("over its neighbour", lambda p: shape(p, "m-001", small.square(1.5, 0, 4, 4)), AREAS, "m-001", "geometry"),
    ("a bow tie", lambda p: shape(p, "m-000", BOW_TIE), AREAS, "m-000", "geometry"),
    ("a line for an area", lambda p: small.area(p, "m-000").update(geometry={"type": "LineString", "coordinates": []}),
     AREAS, "m-000", "geometry"),
    ("ring not closed", lambda p: ring(p, "m-000").pop(), AREAS, "m-000", "geometry"),
    ("latitude first", lambda p: [point.reverse() for point in ring(p, "m-000")], AREAS, "m-000", "geometry"),
    ("a text for a number", lambda p: ring(p, "m-000")[1].__setitem__(0, "113.7"), AREAS, "m-000", "geometry"),
    ("true for a number", lambda p: ring(p, "m-000")[1].__setitem__(0, True), AREAS, "m-000", "geometry"),
    ("null for a number", lambda p: ring(p, "m-000")[1].__setitem__(0, None), AREAS, "m-000", "geometry"),
    ("a huge number", lambda p: ring(p, "m-000")[1].__setitem__(0, 10**400), AREAS, "line 1", "-"),
    ("NaN", lambda p: ring(p, "m-000")[1].__setitem__(0, NAN), AREAS, "line 1", "-"),
    ("an empty polygon", lambda p: small.area(p, "m-000")["geometry"].update(coordinates=[]), AREAS, "m-000", "geometry"),
    ("flat", lambda p: shape(p, "m-000", small.square(0, 0, 0, 4)), AREAS, "m-000", "geometry"),
    ("building without a shape", lambda p: p[BUILDINGS]["features"][0].update(geometry=None), BUILDINGS, "b-1", "geometry"),
    ("building in no area", lambda p: tower(p).update(area="dm-9"), BUILDINGS, "b-1", "area"),
    ("building in another area", lambda p: tower(p).update(area="m-111"), BUILDINGS, "b-1", "area"),
    ("building of no floors", lambda p: tower(p).update(floors=0), BUILDINGS, "b-1", "floors"),
    ("building twice", lambda p: p[BUILDINGS]["features"].append(p[BUILDINGS]["features"][0]), BUILDINGS, "b-1", "code"),
    ("asset in no area", lambda p: line(p, CAM, 1, ",m-000,", ",m-999,"), CAM, CAM_0, "area"),
    ("asset elsewhere", lambda p: line(p, CAM, 1, ",m-000,", ",m-111,"), CAM, CAM_0, "area"),
    ("asset off the map", lambda p: line(p, CAM, 1, "113.7", "121.4"), CAM, CAM_0, "lon"),
    ("longitude of NaN", lambda p: line(p, CAM, 1, "113.700500", "nan"), CAM, "line 2", "lon"),
    ("asset kind misspelt", lambda p: line(p, CAM, 1, ",camera,", ",camra,"), CAM, CAM_0, "kind"),
    ("asset twice in two files", lambda p: line(p, THINGS, 2, "cnt-1,", "cam-1,"), THINGS, "line 3 (cam-1)", "code"),
    ("upstream missing", lambda p: line(p, THINGS, 2, "cam-5", "cam-9"), THINGS, "line 3 (cnt-1)", "upstream"),
    ("upstream in a circle", lambda p: line(p, THINGS, 1, ",,", ",cnt-1,"), THINGS, "line 2 (cab-1)", "upstream"),
    ("attrs without =", lambda p: line(p, THINGS, 2, "area_m2=400", "area_m2"), THINGS, "line 3", "attrs"),
    ("attrs twice", lambda p: line(p, THINGS, 2, "area_m2=400", "a=1;a=2"), THINGS, "line 3", "attrs"),
    ("a cell too many", lambda p: line(p, THINGS, 2, "cam-5", "cam-5,more"), THINGS, "line 3", "-"),
    ("a column nobody knows", lambda p: line(p, THINGS, 0, "lon", "length"), THINGS, "line 1", "length"),
    ("a column missing", lambda p: line(p, THINGS, 0, ",lon", ""), THINGS, "line 1", "lon"),
    ("an emptied file", lambda p: p.update({THINGS: ""}), THINGS, "line 1", "code"),
    ("camera without legal basis", lambda p: line(p, CAM, 1, "legal_basis=CN-SC-799-7;", ""),
     CAM, CAM_0, "attrs.legal_basis"),
    ("camera without an owner", lambda p: line(p, CAM, 1, "owner=ga;", ""), CAM, CAM_0, "attrs.owner"),
    ("camera that keeps 10 days", lambda p: line(p, CAM, 1, "days=30", "days=10"), CAM, CAM_0, "attrs.retention_days"),
    ("camera at an unknown place", lambda p: line(p, CAM, 1, "place=road", "place=somewhere"), CAM, CAM_0, "attrs.place"),
    ("camera whose sign is a guess", lambda p: line(p, CAM, 1, "sign=yes", "sign=maybe"), CAM, CAM_0, "attrs.sign"),
    ("element of no area", lambda p: line(p, "elements.csv", 1, "d-1,", "d-7,"), "elements.csv", "line 2", "area"),
    ("element twice", lambda p: p["elements.csv"].append(p["elements.csv"][1]), "elements.csv", "line 3", "code"),
    ("negative quantity", lambda p: line(p, "elements.csv", 1, "120", "-1"), "elements.csv", "line 2", "quantity"),
    ("no district.yaml", lambda p: p.update({"district.yaml": None}), "district.yaml", "-", "-"),
    ("no areas.geojson", lambda p: p.update({AREAS: None}), AREAS, "-", "-"),
    ("unknown time zone", lambda p: p["district.yaml"].update(timezone="Mars/Base"), "district.yaml", "-", "timezone"),
    ("vendor coordinates", lambda p: p["district.yaml"].update(crs="GCJ-02"), "district.yaml", "-", "crs"),
    ("bbox inside out", lambda p: p["district.yaml"].update(bbox=[1.1, 2, 1, 3]), "district.yaml", "-", "bbox"),
    ("centre elsewhere", lambda p: p["district.yaml"].update(centre=[114.0, 34.7]), "district.yaml", "-", "bbox"),
    ("not YAML", lambda p: p.update({"district.yaml": "a: [1"}), "district.yaml", "line", "-"),
    ("not JSON", lambda p: p.update({AREAS: "{"}), AREAS, "line 1", "-"),
    ("GBK", lambda p: p.update({THINGS: "\n".join(p[THINGS]).encode("gbk")}), THINGS, "byte", "-"),
    ("UTF-16", lambda p: p.update({AREAS: json.dumps(p[AREAS]).encode("utf-16")}), AREAS, "byte 0", "-"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("breaking", "file", "feature", "field"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_each_fault_is_named(tmp_path, breaking, file, feature, field):
    pack = small.files()
    breaking(pack)
    found = problems(small.write(tmp_path, pack))
    assert [p for p in found if p.file == file and feature in p.feature and p.field == field], found


@pytest.mark.parametrize(
    "place", [*kinds.FORBIDDEN_PLACES, *kinds.FORBIDDEN_PLACES.values(), "女更衣室", "Changing-Room"]
)
def test_no_camera_in_a_room_the_law_forbids(tmp_path, place):
    pack = small.files()
    line(pack, CAM, 1, "place=road", f"place={place}")
    (problem,) = problems(small.write(tmp_path, pack))
    assert problem.field == "attrs.place"
    assert "799" in problem.reason and "禁止" in problem.reason


def test_a_forbidden_place_is_said_even_when_more_is_wrong(tmp_path):
    pack = small.files()
    line(pack, CAM, 1, "owner=ga;place=road", "place=浴室")
    assert {p.field for p in problems(small.write(tmp_path, pack))} == {"attrs.owner", "attrs.place"}


def test_the_sound_pack_has_no_problem(tmp_path):
    assert problems(small.write(tmp_path, small.files())) == []


@pytest.mark.parametrize("dress", ["bom", "crlf", "both"])
def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path, dress):
    pack = small.files()
    for name in list(pack):
        text = small.text(name, pack[name])
        if dress != "bom":
            text = text.replace("\n", "\r\n")
        pack[name] = text.encode("utf-8-sig" if dress != "crlf" else "utf-8")
    folder = small.write(tmp_path, pack)
    assert problems(folder) == []
    assert district_pack.known(Pack(folder)).assets["cam-0"] == "camera"


def test_a_huge_file_is_refused_unread(tmp_path):
    folder = small.write(tmp_path, small.files())
    with (folder / THINGS).open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    assert [(p.file, "larger" in p.reason) for p in problems(folder)][0] == (THINGS, True)


def test_deep_nesting_is_a_fault_not_a_crash(tmp_path):
    pack = small.files() | {AREAS: '{"features":' + "[" * 100_000 + "]" * 100_000 + "}"}
    assert problems(small.write(tmp_path, pack))
    pack = small.files() | {"district.yaml": "a: " + "[" * 5000}
    assert problems(small.write(tmp_path, pack))


@pytest.mark.django_db
def test_one_fault_refuses_all_of_it(tmp_path):
    pack = small.files()
    line(pack, CAM, 6, ",dm-1,", ",dm-8,")
    with pytest.raises(PackRefused) as refused:
        small.load(small.write(tmp_path, pack))
    assert str(refused.value).startswith("assets/cameras.csv: line 7 (cam-5): area: ")
    for model in (Area, Asset, Building, GovernedElement, Settings, JournalEntry):
        assert not model.objects.exists(), model


def test_no_such_folder(tmp_path):
    with pytest.raises(PackRefused):
        Pack(tmp_path / "nowhere")
