"""What is on record of cameras comes in as a sheet: all of it or nothing, each refusal by line, column and reason."""

from __future__ import annotations

import argparse
import csv
import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.district.models import Asset
from chengyun.kernel import scope
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.sheets import Viewer, plan, reading
from chengyun.kernel.transaction import write
from chengyun.server import sheet_command
from chengyun.video.models import Binding, CameraTerms, TermsChange
from chengyun.video.sheets import FilingSheet

PAGE = "/admin/video/cameraterms"
SHEET = FilingSheet()


def bytes_of(*rows) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def planned(*rows, user=scope.ALL, actor=None) -> plan.Plan:
    """As uploading does, without the page."""
    viewer = Viewer(user, actor or system("test"))
    read = reading.read("a.csv", bytes_of(*rows), SHEET.reading(viewer), SHEET.key)
    bad = {fault.number for fault in read.faults}
    lines = [line for line in read.lines if line[0] not in bad]
    made = plan.make(SHEET, viewer, read.names, lines)
    made.faults = [*read.faults, *made.faults]
    plan.try_out(SHEET, viewer, made)
    return made


def imported(*rows, user=scope.ALL) -> plan.Plan:
    viewer = Viewer(user, system("test"))
    read = reading.read("a.csv", bytes_of(*rows), SHEET.reading(viewer), SHEET.key)
    made = plan.make(SHEET, viewer, read.names, read.lines)
    return plan.carry_out(SHEET, viewer, read.names, read.lines, made.digest)


def state():
    """Everything that an import may touch."""
    return (
        list(CameraTerms.objects.order_by("pk").values()),
        list(Asset.objects.filter(kind="camera").order_by("pk").values_list("code", "attrs")),
        TermsChange.objects.count(),
        JournalEntry.objects.count(),
    )


def faults(made):
    return [(f.number, f.column) for f in sorted(made.faults, key=lambda f: f.number)]


def test_what_goes_out_comes_back_unchanged(world):
    keeper = world.client("keeper")
    answer = keeper.post(f"{PAGE}/export/")
    content = b"".join(answer.streaming_content)
    before = state()
    page = keeper.post(f"{PAGE}/import/", {"file": SimpleUploadedFile("a.xlsx", content)}).content.decode()
    assert "nothing to import" in page or "没有需要导入" in page
    assert state() == before


def test_a_sheet_of_terms_is_put_on_record_once(world):
    rows = (
        ["编码", "法律依据", "权属方允许的用途", "使用约定文号", "录像保存天数", "备案日期", "备案号", "类型", "sign"],
        ["cam-3", "CN-SC-799-7、CN-CITY-ORDER", "公共安全、市容秩序", "约-7", "60", "2025/6/10", "2025-7", "枪机", "是"],
        ["cam-4", "CN-SC-799-7", "none", "", "30", "2025-06-11 00:00:00", "", "", "no"],
    )  # fmt: skip
    made = planned(*rows)
    assert made.faults == [] and len(made.changes) == 2
    imported(*rows)
    terms = CameraTerms.objects.get(camera__code="cam-3")
    asset = Asset.objects.get(code="cam-3")
    assert terms.purposes == ["public_safety", "city_order"] and terms.filed_on == date(2025, 6, 10)
    assert (terms.terms_ref, terms.filing_number, terms.model) == ("约-7", "2025-7", "枪机")
    assert asset.attrs["legal_basis"] == "CN-SC-799-7+CN-CITY-ORDER"
    assert (asset.attrs["retention_days"], asset.attrs["sign"]) == ("60", "yes")
    assert CameraTerms.objects.get(camera__code="cam-4").purposes == []
    assert {row.reason for row in TermsChange.objects.all()} and all(
        r.reason for r in TermsChange.objects.all()
    )
    (entry,) = world.entries("sheet.imported")
    assert entry == {"sheet": "camera-filing", "added": 0, "changed": 2, "unchanged": 0}
    before = state()
    again = imported(*rows)
    assert (again.changes, again.unchanged) == ([], 2) and state() == before


def test_empty_cells_take_back_and_missing_columns_leave_alone(world):
    ref = CameraTerms.objects.get(camera__code="cam-0").terms_ref
    imported(["code", "terms"], ["cam-0", ""])
    row = CameraTerms.objects.get(camera__code="cam-0")
    assert row.purposes is None and row.terms_ref == ref == "T-1"
    assert row.main == "rtsp://nvr.example/0", "addresses are no matter of sheets"
    assert not Binding.objects.filter(camera__code="cam-0", enabled=True).exists(), (
        "nothing is covered any more"
    )


def test_a_camera_of_which_nothing_is_on_record_is_put_on_record(world):
    with write():
        CameraTerms.objects.filter(camera__code="cam-3").delete()
    imported(["code", "terms", "terms_ref"], ["cam-3", "traffic", "T-9"])
    assert CameraTerms.objects.get(camera__code="cam-3").purposes == ["traffic"]


def test_each_bad_line_is_named_and_nothing_is_written(world):
    rows = (
        ["code", "legal_basis", "terms", "retention_days", "ceiling_days", "filed_on", "sign", "terms_ref"],
        ["cam-0", "CN-SC-799-7", "traffic", "30", "90", "", "yes", "T-5"],  # fine
        ["cam-1", "CN-NOTHING", "traffic", "30", "90", "", "yes", ""],
        ["cam-2", "CN-SC-799-7", "traffic+gossip", "30", "90", "", "yes", ""],
        ["cam-3", "CN-SC-799-7", "traffic", "7", "90", "", "yes", ""],  # below the legal floor
        ["cam-4", "CN-SC-799-7", "traffic", "60", "40", "", "yes", ""],  # pictures shorter than recordings
        ["cam-9", "CN-SC-799-7", "traffic", "30", "90", "", "yes", ""],
        ["cam-0", "", "", "30", "90", "", "", ""],  # twice
        ["cam-5", "CN-SC-799-7", "traffic", "a month", "90", "tomorrow", "maybe", "x" * 200],
    )
    before = state()
    made = planned(*rows)
    assert faults(made) == [
        (3, "legal_basis"), (4, "terms"), (5, "retention_days"), (6, "ceiling_days"), (7, "code"), (8, "code"),
        (9, "retention_days"), (9, "sign"), (9, "filed_on"), (9, "terms_ref"),
    ]  # fmt: skip
    assert all(fault.reason for fault in made.faults) and state() == before
    by_line = {fault.number: fault for fault in made.faults}
    assert "CN-SC-799-7" in by_line[3].hint and "public_safety" in by_line[4].hint
    assert "gossip" in by_line[4].reason and "30" in by_line[5].reason
    with pytest.raises(Refused):
        imported(*rows)
    assert state() == before


def test_through_the_page_and_by_whom(world):
    rows = bytes_of(["code", "terms_ref"], ["cam-0", "T-77"])
    upload = {"file": SimpleUploadedFile("a.csv", rows)}
    for name in ("duty", "audit", "west"):
        assert world.client(name).post(f"{PAGE}/import/", upload).status_code == 403, name
    keeper = world.client("keeper")
    page = keeper.post(f"{PAGE}/import/", {"file": SimpleUploadedFile("a.csv", rows)})
    text = page.content.decode()
    token = text.split('name="preview" value="')[1].split('"')[0]
    assert "T-77" in text and CameraTerms.objects.get(camera__code="cam-0").terms_ref == "T-1"
    assert keeper.post(f"{PAGE}/import/", {"preview": token}).status_code == 302
    assert CameraTerms.objects.get(camera__code="cam-0").terms_ref == "T-77"
    large = SimpleUploadedFile("a.csv", b"code\n" + b"x" * (reading.MAX_BYTES + 1))
    assert "10 MB" in keeper.post(f"{PAGE}/import/", {"file": large}).content.decode()


def test_what_one_may_not_see_is_not_there(world):
    """A keeper of one grid alone reaches no camera of another, and learns nothing of it."""
    west = scope.Scope(paths=("/nowhere/",), classes=frozenset({"open"}))
    made = planned(["code", "terms_ref"], ["cam-0", "T-8"], user=west)
    (fault,) = made.faults
    (other,) = planned(["code", "terms_ref"], ["cam-99", "T-8"], user=west).faults
    assert fault.column == "code" and fault.reason.replace("cam-0", "") == other.reason.replace("cam-99", "")


# the command line


def command(file: Path, capsys, **more) -> tuple[int, dict, str]:
    given = {"file": file, "sheet": "camera-filing", "check": False, "as_user": None, **more}
    code = sheet_command.run(argparse.Namespace(**given))
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


def test_from_the_command_line(world, tmp_path, capsys):
    file = tmp_path / "terms.csv"
    file.write_bytes(bytes_of(["code", "terms_ref"], ["cam-0", "T-8"], ["cam-1", "T-1"]))
    before = state()
    code, said, _ = command(file, capsys, check=True)
    assert (code, said["changed"], said["unchanged"], said["written"]) == (
        0,
        1,
        1,
        False,
    ) and state() == before
    code, said, _ = command(file, capsys)
    assert (code, said["written"]) == (0, True)
    assert CameraTerms.objects.get(camera__code="cam-0").terms_ref == "T-8"
    code, said, _ = command(file, capsys)
    assert (code, said["changed"], said["written"]) == (0, 0, False), "the same again is nothing"


def test_a_bad_line_ends_the_command_with_one_and_writes_nothing(world, tmp_path, capsys):
    file = tmp_path / "terms.csv"
    file.write_bytes(bytes_of(["code", "terms"], ["cam-0", "traffic"], ["cam-1", "gossip"]))
    before = state()
    code, said, told = command(file, capsys)
    assert (code, said["written"], state()) == (1, False, before)
    assert said["faults"] == [
        {
            "line": 3,
            "column": "terms",
            "reason": "There is no purpose gossip",
            "hint": said["faults"][0]["hint"],
        }
    ]
    assert "line 3" in told and "gossip" in told and "Nothing was written" in told


def test_the_command_keeps_to_what_a_log_in_may(world, tmp_path, capsys):
    file = tmp_path / "terms.csv"
    file.write_bytes(bytes_of(["code", "terms_ref"], ["cam-0", "T-8"]))
    for more in (
        {"as_user": "audit"},
        {"as_user": "nobody"},
        {"sheet": "nothing"},
        {"file": tmp_path / "none.csv"},
    ):
        with pytest.raises(Refused):
            command(**{"file": file, "capsys": capsys, **more})
    assert command(file, capsys, as_user="keeper")[1]["written"] is True


def test_all_of_them_can_be_read_in_by_their_code(world):
    assert {"camera-filing", "assets", "staff"} <= set(sheet_command.sheets())


# whatever is in it

cells = st.sampled_from(
    ["", "cam-0", "cam-1", "cam-99", "traffic", "traffic+upkeep", "公共安全", "none", "无", "30", "3661", "-1", "1e9", "nan",
     "2025-06-10", "2025/13/40", "是", "no", "CN-SC-799-7", "+", "、", "=1+1", "\u202e", "x" * 130]
) | st.text(max_size=20)  # fmt: skip
heads = st.lists(
    st.sampled_from([c.name for c in SHEET.columns] + ["编码", "编码 code"]), unique=True, max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=heads, rows=st.lists(st.lists(cells, max_size=9), max_size=4))
def test_whatever_a_file_holds_it_is_read_or_refused_and_trying_writes_nothing(world, head, rows):
    before = state()
    try:
        made = planned(["code", *[name for name in head if name != "code" and "编码" not in name]], *rows)
    except Refused as refused:
        assert refused.reason
    else:
        for fault in made.faults:
            assert fault.reason and fault.number >= 2
    assert state() == before


def test_the_columns_are_those_of_the_table():
    assert openpyxl and {*SHEET.model.model_fields} == {c.name for c in SHEET.columns if not c.fixed}
