"""Registries as sheets, on the sample district: what goes out comes back unchanged; what differs is shown, then written once
through the actions, or not at all; nobody reads or touches more than they may."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from chengyun.district.models import Asset, GovernedElement
from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.sheets import pages
from chengyun.kernel.transaction import write
from chengyun.people import actions as people
from chengyun.people.models import AreaLeader, Duty, DutyPattern, Post, Staff
from chengyun.server import district_folder
from chengyun.signals.models import Datastream

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2023, 12, 31, 8, 0, tzinfo=UTC)
IMPORTED = (
    "people/staff", "people/post", "people/arealeader", "people/dutypattern", "people/duty", "district/asset",
    "district/governedelement", "signals/datastream",
)  # fmt: skip
EXPORTED = (*IMPORTED, "alerts/rule", "alerts/alert", "cases/case")
# Who keeps the roster and reads cases; all else is the administrator's.
WHO = {"people/duty": "leader", "cases/case": "leader"}


@pytest.fixture(scope="module")
def district(django_db_setup, django_db_blocker):
    """The sample district with its roster. Rolled back after the module."""
    with django_db_blocker.unblock(), transaction.atomic(), clock.use(clock.Virtual(NOW)):
        district_folder.load(ROOT / "districts" / "ruyihu")
        people.create_demo_accounts(actor=system("demo"))
        people.start_roster(system("demo"), ahead_days=2)
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def at_that_moment(district):
    with clock.use(clock.Virtual(NOW)) as virtual:
        yield virtual


def signed_in(username: str = "admin", language: str = "zh-hans") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(
        get_user_model().objects.get(username=username), backend="chengyun.people.backends.ThrottledBackend"
    )
    return client


def exported(client: Client, page: str, filters: str = "") -> bytes:
    answer = client.post(f"/admin/{page}/export/{filters}")
    assert answer.status_code == 200, (page, answer.headers.get("Location"))
    return b"".join(answer.streaming_content)


def sheet_of(content: bytes):
    return load_workbook(io.BytesIO(content)).worksheets[0]


def bytes_of(rows: list[list], book: Workbook | None = None) -> bytes:
    book = book or Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def edited(content: bytes, change) -> bytes:
    book = load_workbook(io.BytesIO(content))
    change(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def column(sheet, name: str) -> int:
    """The number of the column that files call `name`."""
    for cell in sheet[1]:
        if cell.value.endswith(f"[{name}]") or cell.value.split()[-1] == name:
            return cell.column
    raise AssertionError(f"no column {name}")


def line(sheet, name: str, value: str) -> int:
    at = column(sheet, name)
    return next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, at).value == value)


def upload(client: Client, page: str, content: bytes, name: str = "台账.xlsx"):
    file = io.BytesIO(content)
    file.name = name
    answer = client.post(f"/admin/{page}/import/", {"file": file})
    assert answer.status_code == 200
    return answer


def counted(answer) -> dict[str, int]:
    return {code: count for code, _, count in answer.context["counts"]}


def confirm(client: Client, page: str, answer):
    return client.post(f"/admin/{page}/import/", {"preview": answer.context["token"]})


def latest() -> int:
    return JournalEntry.objects.latest("id").id


def entries(after: int) -> list[str]:
    return list(JournalEntry.objects.filter(id__gt=after).order_by("id").values_list("kind", flat=True))


# What goes out comes back.


@pytest.mark.parametrize("place", IMPORTED)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_export_says_nothing_new_when_it_comes_back(place, language):
    client = signed_in(WHO.get(place, "admin"), language)
    content = exported(client, place)
    assert sheet_of(content).max_row > 5
    before = latest()
    answer = upload(client, place, content)
    assert answer.context["plan"].faults == []
    assert counted(answer) == {
        "new": 0,
        "changed": 0,
        "unchanged": sheet_of(content).max_row - 1,
        "refused": 0,
    }
    assert not answer.context["token"] and entries(before) == []


def test_the_folders_own_files_can_be_imported():
    client = signed_in()
    folder = ROOT / "districts" / "ruyihu"
    for page, file in [
        ("people/post", "posts.csv"),
        ("people/arealeader", "leaders.csv"),
        ("district/governedelement", "elements.csv"),
        ("signals/datastream", "datastreams.csv"),
        ("district/asset", "assets/cameras.csv"),
    ]:
        answer = upload(client, page, (folder / file).read_bytes(), Path(file).name)
        assert answer.context["plan"].faults == [], file
        assert counted(answer)["new"] == counted(answer)["changed"] == 0, file


def test_the_sheet_has_dates_bilingual_headings_and_a_frozen_first_line():
    sheet = sheet_of(exported(signed_in(), "people/duty"))
    assert sheet.freeze_panes == "A2"
    assert sheet.cell(1, column(sheet, "starts_at")).value == "开始 from [starts_at]"
    starts = sheet.cell(2, column(sheet, "starts_at")).value
    assert isinstance(starts, datetime) and starts.tzinfo is None
    row = Duty.objects.get(pk=sheet.cell(2, column(sheet, "id")).value)
    assert starts == (row.starts_at + timedelta(hours=8)).replace(tzinfo=None), "in the district's zone"


def test_an_export_is_what_the_list_shows():
    client = signed_in()
    all_rows = sheet_of(exported(client, "district/asset")).max_row - 1
    cameras = sheet_of(exported(client, "district/asset", "?kind__exact=camera"))
    assert all_rows == Asset.objects.count()
    assert cameras.max_row - 1 == Asset.objects.filter(kind="camera").count() < all_rows
    searched = sheet_of(exported(client, "district/asset", "?q=cam-0001"))
    assert [row[0].value for row in searched.iter_rows(min_row=2)] == ["cam-0001"]


def test_no_cell_is_taken_for_a_formula_and_it_comes_back_as_it_was():
    with write():
        Asset.objects.filter(code="cam-0001").update(name_zh='=HYPERLINK("http://x")', name_en="-1+1")
    client = signed_in()
    content = exported(client, "district/asset", "?q=cam-0001")
    sheet = sheet_of(content)
    cell = sheet.cell(2, column(sheet, "name_zh"))
    assert cell.data_type == "s" and cell.value.startswith("'=")
    assert sheet.cell(2, column(sheet, "name_en")).value == "'-1+1"
    assert counted(upload(client, "district/asset", content))["unchanged"] == 1


def test_an_export_of_too_much_is_refused_not_cut_off(monkeypatch):
    monkeypatch.setattr("chengyun.kernel.sheets.writing.MAX_ROWS", 10)
    answer = signed_in().post("/admin/district/asset/export/?kind__exact=camera", follow=True)
    assert "超过 10 行" in answer.content.decode() and "kind__exact=camera" in answer.redirect_chain[-1][0]


# What differs is shown, then written once.


def test_a_change_is_shown_and_written_through_the_action():
    client = signed_in()
    asset = Asset.objects.get(code="scr-01")

    def change(sheet):
        sheet.cell(line(sheet, "code", "scr-01"), column(sheet, "name_zh")).value = "湖滨显示屏"

    before = latest()
    content = edited(exported(client, "district/asset", "?kind__exact=screen"), change)
    answer = upload(client, "district/asset", content)
    html = answer.content.decode()
    assert counted(answer)["changed"] == 1 and counted(answer)["new"] == 0
    assert asset.name_zh in html and "湖滨显示屏" in html
    assert "不在文件中：保持原样" in html, "it says what it leaves alone"
    assert entries(before) == [], "a preview writes nothing"
    asset.refresh_from_db()
    assert asset.name_zh != "湖滨显示屏"
    assert confirm(client, "district/asset", answer).status_code == 302
    asset.refresh_from_db()
    assert asset.name_zh == "湖滨显示屏"
    assert entries(before) == ["asset.changed", "sheet.imported"]
    entry = JournalEntry.objects.get(kind="asset.changed", id__gt=before)
    assert entry.payload == {"code": "scr-01", "fields": ["name_zh"]} and entry.actor.startswith("p-")
    done = JournalEntry.objects.get(kind="sheet.imported", id__gt=before).payload
    assert (done["sheet"], done["added"], done["changed"]) == ("assets", 0, 1)
    assert Asset.objects.filter(valid_to=None).count() > 100, "what the file left out is still there"


def test_a_preview_that_is_out_of_date_is_not_carried_out():
    client = signed_in()
    rows = [["code", "name_en"], ["scr-01", "Lake screen"]]
    answer = upload(client, "district/asset", bytes_of(rows))
    assert counted(answer)["changed"] == 1
    with write():
        Asset.objects.filter(code="scr-01").update(name_en="Another name meanwhile")
    before = latest()
    again = confirm(client, "district/asset", answer)
    assert again.status_code == 200 and "预览之后台账已有变化" in again.content.decode()
    assert Asset.objects.get(code="scr-01").name_en == "Another name meanwhile" and entries(before) == []
    assert "Another name meanwhile" in again.content.decode(), "the new preview is shown at once"
    assert confirm(client, "district/asset", again).status_code == 302
    assert Asset.objects.get(code="scr-01").name_en == "Lake screen"
    assert confirm(client, "district/asset", again).status_code == 200, (
        "the same preview does not count twice"
    )


def test_a_preview_ends_and_belongs_to_one_person_and_one_registry(monkeypatch):
    client = signed_in()
    rows = [["code", "name_en"], ["scr-01", "Lake screen"]]
    answer = upload(client, "district/asset", bytes_of(rows))
    before = latest()
    user = get_user_model().objects.get(username="duty")
    people.grant_role(system("test"), user_id=user.pk, role="admin", area="ryh")
    other = signed_in("duty")
    assert confirm(other, "district/asset", answer).status_code == 403
    assert confirm(client, "signals/datastream", answer).status_code == 403
    bent = client.post("/admin/district/asset/import/", {"preview": answer.context["token"][:-2] + "xx"})
    assert "预览已失效" in bent.content.decode()
    monkeypatch.setattr(pages, "PREVIEW_MINUTES", -1)
    assert "预览已失效" in confirm(client, "district/asset", answer).content.decode()
    assert "asset.changed" not in entries(before)


def test_all_or_nothing():
    client = signed_in()
    rows = [["code", "name_en", "area"], ["scr-01", "Lake screen", "dm-001"], ["scr-02", "X", "no-such-area"]]
    answer = upload(client, "district/asset", bytes_of(rows))
    fault = answer.context["plan"].faults[0]
    assert (fault.number, fault.column) == (3, "area") and "没有区域 no-such-area" in fault.reason
    assert "核对编码" in fault.hint
    assert counted(answer) == {"new": 0, "changed": 1, "unchanged": 0, "refused": 1}
    assert not answer.context["token"], "nothing to confirm while a line is refused"


@pytest.mark.parametrize(("cells", "column", "said"), [
    ({"lon": "east"}, "lon", "应为数字"),
    ({"lon": 1.0, "lat": 2.0}, "lon", "不在辖区范围内"),
    ({"lon": 34.77, "lat": 113.72}, "lat", "不得大于 90"),
    ({"kind": "teapot"}, "kind", "未知的设施类别"),
    ({"upstream": "scr-01"}, "upstream", "依赖|循环"),
    ({"name_zh": None}, "name_zh", "不能为空"),
    ({"attrs": "no pairs"}, "attrs", "key=value"),
    ({"kind": "camera", "attrs": "place=dormitory"}, "attrs", "禁止"),
    ({"name_zh": "=1+1"}, "name_zh", "公式"),
    ({"name_en": "a\x0bb"}, "name_en", "控制字符"),
])  # fmt: skip
def test_a_bad_cell_is_named_with_row_column_and_reason(cells, column, said):
    if "name_en" in cells:  # a spreadsheet library refuses to write it; a CSV carries it
        content, name = b"code,name_en\nscr-01,a\x0bb\n", "a.csv"
    else:
        content, name = bytes_of([["code", *cells], ["scr-01", *cells.values()]]), "a.xlsx"
    answer = upload(signed_in(), "district/asset", content, name)
    faults = answer.context["plan"].faults
    assert [(fault.number, fault.column) for fault in faults] == [(2, column)]
    assert re.search(said, str(faults[0].reason))


def test_a_key_that_stands_twice_is_refused():
    rows = [["code", "name_en"], ["scr-01", "One"], ["scr-01", "Two"]]
    fault = upload(signed_in(), "district/asset", bytes_of(rows)).context["plan"].faults[0]
    assert (fault.number, fault.column) == (3, "code") and "第 2 行" in fault.reason


def test_new_assets_may_hang_on_each_other_in_any_order():
    client = signed_in()
    head = ["code", "kind", "name_zh", "name_en", "area", "lon", "lat", "upstream"]
    place = Asset.objects.get(code="scr-01")
    rest = [place.area.code, place.lon, place.lat]
    rows = [
        head,
        ["scr-98", "显示屏", "甲", "A", *rest, "cab-98"],
        ["cab-98", "网络机柜", "乙", "B", *rest, ""],
    ]
    rows[1][1] = "screen"
    rows[2][1] = "网络机柜"
    answer = upload(client, "district/asset", bytes_of(rows))
    assert answer.context["plan"].faults == [] and counted(answer)["new"] == 2
    before = latest()
    assert confirm(client, "district/asset", answer).status_code == 302
    assert Asset.objects.get(code="scr-98").upstream.code == "cab-98"
    assert entries(before).count("asset.changed") == 2


def test_staff_are_not_doubled_by_a_file_that_comes_twice():
    client = signed_in()
    rows = [["编号", "姓名", "电话", "部门"], ["", "新同事", "+86 371 0000 0000", "cyzx"]]
    answer = upload(client, "people/staff", bytes_of(rows))
    assert counted(answer)["new"] == 1
    before = latest()
    assert confirm(client, "people/staff", answer).status_code == 302
    person = Staff.objects.get(name="新同事")
    assert person.phone == "+86 371 0000 0000" and person.department.code == "cyzx"
    texts = [entry.payload_text + entry.subject for entry in JournalEntry.objects.filter(id__gt=before)]
    assert not any("新同事" in text or "0000 0000" in text for text in texts), "no name in the journal"
    faults = upload(client, "people/staff", bytes_of(rows)).context["plan"].faults
    assert [fault.column for fault in faults] == ["name"]


def test_a_roster_changes_by_substitution_and_takes_names():
    client = signed_in("leader")
    duty = Duty.objects.filter(state="planned", post__code="DUTY", starts_at__gt=NOW).order_by("id").first()
    other = Staff.objects.exclude(pk=duty.staff_id).filter(state="active").order_by("id")[40]

    def change(sheet):
        sheet.cell(line(sheet, "id", duty.pk), column(sheet, "staff")).value = other.name

    before = latest()
    answer = upload(client, "people/duty", edited(exported(client, "people/duty"), change))
    assert answer.context["plan"].faults == [] and counted(answer)["changed"] == 1
    assert confirm(client, "people/duty", answer).status_code == 302
    duty.refresh_from_db()
    assert duty.staff == other
    assert entries(before) == ["sheet.exported", "duty.substituted", "sheet.imported"]


def test_a_line_without_number_plans_a_stretch_and_never_two_people_at_once():
    client = signed_in("leader")
    ref = Staff.objects.get(pack_ref="s-030").ref
    post = Post.objects.filter(kind="grid_staff").order_by("code").first()
    rows = [["序号", "岗位", "开始", "结束", "人员"],
            ["", post.code, "2024年1月5日 8:00", datetime(2024, 1, 5, 12), "s-030"]]  # fmt: skip  # noqa: DTZ001
    answer = upload(client, "people/duty", bytes_of(rows))
    assert answer.context["plan"].faults == [] and counted(answer)["new"] == 1
    before = latest()
    assert confirm(client, "people/duty", answer).status_code == 302
    duty = Duty.objects.get(post=post)
    assert (duty.staff.ref, duty.state, duty.starts_at) == (ref, "window", datetime(2024, 1, 5, tzinfo=UTC))
    assert entries(before) == ["duty.planned", "sheet.imported"]
    fault = upload(client, "people/duty", bytes_of(rows)).context["plan"].faults[0]
    assert "已有人值守" in fault.reason
    rows[1][1] = "DUTY"
    assert "随班次交接" in upload(client, "people/duty", bytes_of(rows)).context["plan"].faults[0].reason


def test_two_people_of_a_pattern_change_places_in_one_file():
    client = signed_in()
    pattern = DutyPattern.objects.get(code="centre")
    one, two = (pattern.body["teams"][number]["DUTY"] for number in (0, 2))
    rows = [["pattern", "team", "post", "staff"], ["centre", 1, "DUTY", two], ["centre", 3, "DUTY", one]]
    before = latest()
    answer = upload(client, "people/dutypattern", bytes_of(rows))
    assert answer.context["plan"].faults == [], answer.context["plan"].faults
    confirm(client, "people/dutypattern", answer)
    pattern.refresh_from_db()
    assert [team["DUTY"] for team in pattern.body["teams"]][0] == two
    assert entries(before) == ["pattern.changed", "sheet.imported"], "one pattern, one change"


def test_leaders_elements_posts_and_datastreams_are_written_too():
    client = signed_in()
    element = GovernedElement.objects.select_related("area").first()
    leader = AreaLeader.objects.select_related("area", "post").get(area__code="g2-01", role="A")
    before = latest()
    for page, rows in [
        ("people/arealeader", [["area", "role", "post"], ["g2-01", "A 岗", "GL-g2-03"]]),
        ("district/governedelement", [["area", "code", "quantity"], [element.area.code, element.code, 999]]),
        ("people/post", [["code", "name_zh", "启用"], ["FP-01", "东门岗", "否"]]),
        ("signals/datastream", [["code", "late_s", "启用"], ["cnt-01.people", 120, "否"]]),
    ]:
        answer = upload(client, page, bytes_of(rows))
        assert answer.context["plan"].faults == [] and counted(answer)["changed"] == 1, page
        assert confirm(client, page, answer).status_code == 302
    leader.refresh_from_db()
    element.refresh_from_db()
    assert leader.post.code == "GL-g2-03" and element.quantity == 999
    post, stream = Post.objects.get(code="FP-01"), Datastream.objects.get(code="cnt-01.people")
    assert (post.name_zh, post.in_service) == ("东门岗", False)
    assert (stream.late_s, stream.in_service) == (120, False)
    kinds = [kind for kind in entries(before) if kind != "sheet.imported"]
    assert set(kinds) >= {
        "leader.changed", "element.changed", "post.changed", "datastream.changed", "datastream.service_changed",
    }  # fmt: skip


def test_a_stream_about_persons_is_refused_from_a_sheet_as_from_the_folder():
    rows = [["code", "quantity"], ["cnt-01.people", "face_id"]]
    fault = upload(signed_in(), "signals/datastream", bytes_of(rows)).context["plan"].faults[0]
    assert fault.column == "quantity" and "不涉及个人" in fault.reason


# Permission.


def test_who_may_not_edit_has_no_import():
    for username in ("auditor", "grid", "verify"):
        client = signed_in(username)
        for page in IMPORTED:
            assert client.get(f"/admin/{page}/import/").status_code in (403, 404), (username, page)
            if client.get(f"/admin/{page}/").status_code == 200:
                assert f"/admin/{page}/import/" not in client.get(f"/admin/{page}/").content.decode()
    assert Client().get("/admin/people/post/import/").status_code == 302


def test_an_export_holds_what_its_viewer_may_see_and_no_more():
    client = signed_in("grid")  # the lake
    for page, model in (("people/post", Post), ("district/asset", Asset), ("signals/datastream", Datastream)):
        seen = sheet_of(exported(client, page))
        codes = {row[0].value for row in seen.iter_rows(min_row=2)}
        visible = set(
            model.objects.visible_to(get_user_model().objects.get(username="grid")).values_list(
                "code", flat=True
            )
        )
        assert codes == visible and len(codes) < model.objects.count(), page
    assert client.post("/admin/people/staff/export/").status_code == 403
    assert client.get("/admin/people/post/export/").status_code == 403, "an export is asked for by POST"


def test_names_and_phones_leave_only_for_who_may_read_them_and_that_is_noted():
    before = latest()
    sheet = sheet_of(exported(signed_in("leader"), "people/duty"))
    names = {row[column(sheet, "staff_name") - 1].value for row in sheet.iter_rows(min_row=2)}
    assert any(name and name.startswith("示例人员") for name in names)
    assert entries(before) == ["sheet.exported"]
    without = exported(signed_in("auditor"), "people/duty")
    assert "示例人员" not in "".join(str(c.value) for row in sheet_of(without).iter_rows() for c in row)


def test_an_import_touches_only_what_its_user_may_see():
    user = get_user_model().objects.get(username="grid")
    people.grant_role(system("test"), user_id=user.pk, role="admin", area="d-06")
    client = signed_in("grid")
    before = latest()
    mine = Post.objects.filter(area__path__contains="/d-06/").first()
    theirs = Post.objects.get(code="GL-g2-01")
    for code, fine in ((mine.code, True), (theirs.code, False)):
        answer = upload(client, "people/post", bytes_of([["code", "name_zh"], [code, "新名"]]))
        assert bool(answer.context["token"]) is fine, code
    full = [
        ["code", "kind", "name_zh", "name_en", "area"],
        [theirs.code, "网格长", "新名", "New", mine.area.code],
    ]
    answer = upload(client, "people/post", bytes_of(full))
    assert "没有此权限" in answer.context["plan"].faults[0].reason
    full[1][0], full[1][4] = "NEW-1", "g2-01"
    assert "没有区域" in upload(client, "people/post", bytes_of(full)).context["plan"].faults[0].reason
    assert entries(before) == []


# Cheap.


@pytest.mark.parametrize("place", EXPORTED)
def test_the_cost_of_an_export_does_not_grow_with_its_rows(place):
    client = signed_in(WHO.get(place, "admin"))
    client.get("/admin/")
    with CaptureQueriesContext(connection) as queries:
        exported(client, place)
    assert len(queries) <= 26, [q["sql"][:90] for q in queries]
