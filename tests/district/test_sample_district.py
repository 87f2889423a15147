"""The sample district holds the reference district's real counts, and is what its drawing says."""

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from chengyun.district import pack as district_pack
from chengyun.district import queries
from chengyun.district.models import Area, Asset, Building, GovernedElement
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack
from tests.district import small

RUYIHU = Path(__file__).resolve().parents[2] / "districts" / "ruyihu"


def rows(name):
    with (RUYIHU / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def ruyihu(db):
    return small.load(RUYIHU)


def test_the_counts_are_the_reference_districts(ruyihu):
    kinds = Counter(Area.objects.values_list("kind", flat=True))
    assert (kinds["grid2"], kinds["grid3"], kinds["micro"]) == (8, 61, 365)
    assert (kinds["dedicated"], kinds["dedicated_micro"]) == (62, 123)
    assert (kinds["district"], kinds["ring"]) == (1, 3)
    towers = Building.objects.filter(kind="tower")
    assert towers.count() == 43
    assert sum(towers.values_list("gross_area_m2", flat=True)) == 2_330_000
    assets = Counter(Asset.objects.values_list("kind", flat=True))
    assert assets["camera"] == 1406
    assert (assets["counter"], assets["exit"], assets["parking"]) == (30, 3, 3)
    points = Counter(a.attrs["point"] for a in Asset.objects.filter(kind="gauge"))
    assert (points["ponding"], points["tunnel"], points["culvert"], points["channel"]) == (152, 12, 30, 28)
    assert sum(points.values()) == 415


def test_filler_among_the_gauges_says_so(ruyihu):
    for gauge in Asset.objects.filter(kind="gauge"):
        invented = gauge.attrs["point"] in ("river", "canal", "rain")
        assert gauge.attrs["status"] == ("suggested" if invented else "counted"), gauge.code


def test_people_and_posts_of_the_pack():
    staff = rows("staff.csv")
    assert len(staff) == 383
    assert all(s["phone"].startswith("000") and s["name"].startswith("示例人员") for s in staff)
    posts = rows("posts.csv")
    kinds = Counter(p["kind"] for p in posts)
    assert (kinds["fixed"], kinds["mobile"]) == (40, 2)
    assert (kinds["department_desk"], kinds["department_handler"]) == (11, 11)
    codes = {p["code"] for p in posts}
    assert len(codes) == len(posts)
    assert all(p["reports_to"] in codes | {""} for p in posts)


def test_the_six_named_grids_have_their_tables_and_two_leaders(ruyihu):
    names = ["国际会展中心", "千玺广场", "河南艺术中心", "红白花公园", "文化广场", "如意湖"]
    assert [queries.area(f"d-{n:02d}").name_zh for n in range(1, 7)] == names
    leaders = {(row["area"], row["role"]) for row in rows("leaders.csv")}
    for n in range(1, 7):
        table = GovernedElement.objects.filter(area__code=f"d-{n:02d}")
        assert table.count() >= 8
        assert all(table.values_list("department", flat=True))
        assert {(f"d-{n:02d}", "A"), (f"d-{n:02d}", "B")} <= leaders


def test_three_rings_lie_over_the_grids(ruyihu):
    colours = {a.code: a.attrs["colour"] for a in Area.objects.filter(kind="ring")}
    assert colours == {"ring-core": "red", "ring-control": "orange", "ring-warning": "yellow"}
    assert queries.grounds(queries.area("ring-core")) == ["/ryh/g2-08/"]
    assert len(queries.grounds(queries.area("ring-warning"))) == 6
    for n in range(1, 31):
        assert Asset.objects.get(code=f"cnt-{n:02d}").area.path.startswith("/ryh/g2-08/")


def test_every_grid_has_its_beat(ruyihu):
    for grid in Area.objects.filter(kind="grid3"):
        assert queries.overlays_of(grid, ["beat"]).count() == 1, grid


def test_every_camera_is_known_to_the_law(ruyihu):
    for camera in Asset.objects.filter(kind="camera"):
        assert camera.attrs["retention_days"] == 30
        assert {"legal_basis", "owner", "place", "sign"} <= set(camera.attrs)


def test_loading_twice_changes_nothing(ruyihu):
    before = {
        model: list(model.objects.order_by("pk").values())
        for model in (Area, Asset, Building, GovernedElement)
    }
    entries = JournalEntry.objects.count()
    again = small.load(RUYIHU)
    assert not again.changed
    assert JournalEntry.objects.count() == entries
    assert before == {model: list(model.objects.order_by("pk").values()) for model in before}


def test_the_drawing_is_what_is_committed(tmp_path):
    copy = tmp_path / "ruyihu"
    shutil.copytree(RUYIHU, copy, ignore=shutil.ignore_patterns("__pycache__"))
    drawn = ["district.yaml", "areas.geojson", "buildings.geojson", "elements.csv", "staff.csv", "posts.csv"]
    drawn += ["leaders.csv", "duty.yaml", "roles.yaml", "organisations.yaml"]
    drawn += [f"assets/{p.name}" for p in (RUYIHU / "assets").glob("*.csv")]
    for name in drawn:
        (copy / name).unlink()
    subprocess.run([sys.executable, "draw.py"], cwd=copy, check=True, timeout=60)
    for name in drawn:
        assert (copy / name).read_bytes() == (RUYIHU / name).read_bytes(), name


def test_the_folder_is_small_and_says_that_it_is_schematic():
    assert (
        sum(p.stat().st_size for p in RUYIHU.rglob("*") if p.suffix in (".geojson", ".csv", ".yaml"))
        < 3_000_000
    )
    for name in ("areas.geojson", "buildings.geojson"):
        assert json.loads((RUYIHU / name).read_text(encoding="utf-8"))["schematic"] is True
    pack = Pack(RUYIHU)
    assert district_pack.read(pack).settings.schematic
    assert not pack.problems
