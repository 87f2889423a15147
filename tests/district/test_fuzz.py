"""Packs broken at random: each is refused whole with file, feature and field, or it is sound; nothing in between."""

import copy
import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from chengyun.district import pack as district_pack
from chengyun.district.models import Area, Asset, Settings
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack, PackRefused
from tests.district import small

SOUND = small.files()
CODES = [f["properties"]["code"] for f in SOUND["areas.geojson"]["features"]]
CSV = [name for name in SOUND if name.endswith(".csv")]
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)  # fmt: skip
FIELDS = ["code", "name_zh", "name_en", "kind", "parent"]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def features(pack):
    return pack["areas.geojson"]["features"]


class BrokenPacks(TestCase):
    """One pack is loaded; whatever is tried afterwards must leave the tables as they are."""

    @classmethod
    def setUpTestData(cls):
        folder = Path(tempfile.mkdtemp())
        try:
            small.load(small.write(folder, SOUND))
        finally:
            shutil.rmtree(folder)

    def refused(self, pack) -> list:
        """Load it; if refused, everything is as it was and each problem says where."""
        before = [list(m.objects.order_by("pk").values()) for m in (Area, Asset, Settings)]
        entries = JournalEntry.objects.count()
        folder = Path(tempfile.mkdtemp())
        try:
            small.load(small.write(folder, pack))
            return []
        except PackRefused as refusal:
            assert refusal.problems
            for problem in refusal.problems:
                assert (folder / problem.file).exists() or pack.get(problem.file, 0) is None, problem
                assert problem.feature and problem.field and problem.reason, problem
            assert before == [list(m.objects.order_by("pk").values()) for m in (Area, Asset, Settings)]
            assert entries == JournalEntry.objects.count()
            return refusal.problems
        finally:
            shutil.rmtree(folder)

    @FEW
    @given(st.sampled_from(CODES), st.sampled_from(FIELDS))
    def test_a_field_dropped(self, code, field):
        pack = copy.deepcopy(SOUND)
        del small.area(pack, code)["properties"][field]
        found = self.refused(pack)
        if not (code == "tst" and field == "parent"):  # the district has none anyway
            assert any(p.file == "areas.geojson" and p.field == field for p in found), found

    @FEW
    @given(st.sampled_from(CODES), st.sampled_from(FIELDS), JUNK)
    def test_junk_in_a_field(self, code, field, junk):
        pack = copy.deepcopy(SOUND)
        small.area(pack, code)["properties"][field] = junk
        found = self.refused(pack)
        harmless = (field in ("name_zh", "name_en") and isinstance(junk, str)) or (
            code == "tst" and junk is None
        )
        assert found or harmless, (code, field, junk)

    @FEW
    @given(st.sampled_from(CODES), st.sampled_from(CODES))
    def test_two_polygons_swapped(self, one, other):
        pack = copy.deepcopy(SOUND)
        a, b = small.area(pack, one), small.area(pack, other)
        same = a["geometry"] == b["geometry"]
        a["geometry"], b["geometry"] = b["geometry"], a["geometry"]
        found = self.refused(pack)
        # An overlay may lie anywhere in the district: between two of them only a person can tell.
        overlays = {"ring-1", "beat-1"}
        assert found or same or {one, other} <= overlays, (one, other)

    @FEW
    @given(
        st.sampled_from(CODES),
        st.integers(0, 3),
        st.integers(0, 1),
        st.one_of(JUNK, st.just(float("nan")), st.just(float("inf"))),
    )
    def test_junk_in_a_coordinate(self, code, point, axis, junk):
        pack = copy.deepcopy(SOUND)
        small.area(pack, code)["geometry"]["coordinates"][0][point][axis] = junk
        found = self.refused(pack)
        assert found and found[0].file == "areas.geojson"

    @FEW
    @given(
        st.recursive(JUNK, lambda inner: st.lists(inner, max_size=4), max_leaves=12),
        st.sampled_from(["Polygon", "MultiPolygon"]),
    )
    def test_junk_for_a_geometry(self, junk, kind):
        pack = copy.deepcopy(SOUND)
        small.area(pack, "m-111")["geometry"] = {"type": kind, "coordinates": junk}
        assert self.refused(pack)

    @FEW
    @given(st.sampled_from(CODES), st.sampled_from(CODES))
    def test_a_code_twice(self, one, other):
        pack = copy.deepcopy(SOUND)
        small.area(pack, one)["properties"]["code"] = other
        assert one == other or any(p.field == "code" for p in self.refused(pack))

    @FEW
    @given(st.sampled_from(CSV), st.data())
    def test_a_cell_changed(self, name, data):
        pack = copy.deepcopy(SOUND)
        number = data.draw(st.integers(0, len(pack[name]) - 1))
        cells = pack[name][number].split(",")
        cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(st.text(max_size=12))
        pack[name][number] = ",".join(cells)
        self.refused(pack)

    @FEW
    @given(st.sampled_from(sorted(SOUND)), st.data())
    def test_bytes_cut_or_changed(self, name, data):
        pack = copy.deepcopy(SOUND)
        raw = bytearray(small.text(name, pack[name]).encode())
        at = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[at] = data.draw(st.integers(0, 255))
        else:
            del raw[at:]
        pack[name] = bytes(raw)
        self.refused(pack)

    @FEW
    @given(st.sampled_from(sorted(SOUND)), st.sampled_from(["gbk", "utf-16", "utf-32", "gb18030"]))
    def test_another_encoding(self, name, encoding):
        pack = copy.deepcopy(SOUND)
        raw = small.text(name, pack[name]).encode(encoding, errors="replace")
        pack[name] = raw
        found = self.refused(pack)
        assert any(p.file == name for p in found), found

    @FEW
    @given(st.sampled_from(sorted(SOUND)), st.binary(max_size=200))
    def test_a_file_of_anything(self, name, raw):
        self.refused(copy.deepcopy(SOUND) | {name: raw})

    @FEW
    @given(
        st.recursive(
            JUNK,
            lambda inner: st.dictionaries(
                st.sampled_from(["type", "features", "properties", "geometry", "code"]), inner
            ),
            max_leaves=8,
        )
    )
    def test_json_of_anything(self, junk):
        raw = json.dumps(junk)
        assert self.refused(copy.deepcopy(SOUND) | {"areas.geojson": raw})


def test_the_fuzz_starts_from_a_sound_pack(tmp_path):
    pack = Pack(small.write(tmp_path, SOUND))
    district_pack.read(pack)
    pack.check()


@pytest.mark.django_db
def test_many_faults_are_all_named(tmp_path):
    pack = copy.deepcopy(SOUND)
    small.area(pack, "m-000")["properties"]["parent"] = "nowhere"
    pack["elements.csv"][1] = pack["elements.csv"][1].replace("120", "many")
    pack["assets/things.csv"][1] = pack["assets/things.csv"][1].replace("cabinet", "cupboard")
    with pytest.raises(PackRefused) as refused:
        small.load(small.write(tmp_path, pack))
    assert {p.file for p in refused.value.problems} == {"areas.geojson", "elements.csv", "assets/things.csv"}
