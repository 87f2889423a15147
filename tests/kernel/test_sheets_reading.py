"""Whatever file is uploaded: it is read, or refused with a reason and what to do; nothing else ever happens."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from chengyun.kernel.errors import Refused
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import reading
from chengyun.kernel.sheets.columns import Column, moment_text, plain
from chengyun.kernel.sheets.writing import harmless

COLUMNS = (
    Column("code", T("编码", "code"), lambda row: row),
    Column("name", T("名称", "name"), lambda row: row),
    Column("on", T("启用", "in service"), lambda row: row, yes_no=True),
    Column("at", T("时间", "time"), lambda row: row, moment=True),
    Column(
        "kind",
        T("类别", "kind"),
        lambda row: row,
        choices={"a": T("甲类", "First"), "b": T("乙类", "Second")},
    ),
)


def wall(*parts) -> datetime:
    """A moment as a spreadsheet has it: without a zone."""
    return datetime(*parts)  # noqa: DTZ001


def book(*rows, change=None) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(list(row))
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(content: bytes, name: str = "a.xlsx") -> reading.Read:
    return reading.read(name, content, COLUMNS, ("code",))


def repacked(content: bytes, **parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info, parts.pop(info.filename.replace("/", "__"), None) or old.read(info))
        for name, body in parts.items():
            new.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def test_headings_in_either_language_and_choices_by_name():
    for head in (
        ["编码", "类别", "启用"],
        ["Code", " kind ", "in service"],
        [c.heading for c in (COLUMNS[0], COLUMNS[4], COLUMNS[2])],
    ):
        found = read(book(head, ["x", "甲类", "是"], [], ["y", "Second", False], ["z", "b", "√"]))
        assert found.names == ["code", "kind", "on"] and found.faults == []
        assert [line for _, line in found.lines] == [
            {"code": "x", "kind": "a", "on": "yes"},
            {"code": "y", "kind": "b", "on": "no"},
            {"code": "z", "kind": "b", "on": "yes"},
        ]
        assert [number for number, _ in found.lines] == [2, 4, 5], "numbers as the file shows them"


def test_dates_numbers_and_texts_that_look_like_them():
    found = read(book(["code", "at", "name"],
                      [13800000000, wall(2024, 1, 5, 8, 0, 0, 400), 0.5],
                      ["2", date(2024, 1, 5), 7.0], ["3", "2024年1月5日 8:00", True],
                      ["4", "2024/1/5 08:00", "'=x"], ["5", "5th of May", "'quoted'"]))  # fmt: skip
    assert [line["at"] for _, line in found.lines] == [
        "2024-01-05 08:00:00", "2024-01-05 00:00:00", "2024-01-05 08:00:00", "2024-01-05 08:00:00", "5th of May",
    ]  # fmt: skip
    assert [line["code"] for _, line in found.lines][0] == "13800000000"
    assert [line["name"] for _, line in found.lines] == ["0.5", "7", "yes", "=x", "'quoted'"]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_that_offices_write(coding):
    for mark in (",", "\t", ";"):
        text = f"编码{mark}名称\r\nx{mark}湖边 “东门”\r\n"
        assert read(text.encode(coding), "表.CSV").lines == [(2, {"code": "x", "name": "湖边 “东门”"})]


BOMB = b"0" * (reading.MAX_UNPACKED + 1)


@pytest.mark.parametrize(("name", "content", "code"), [
    ("a.xlsm", b"PK", "kind_of_file"),
    ("a.xls", b"x", "kind_of_file"),
    ("a.pdf", b"x", "kind_of_file"),
    ("a", b"x", "kind_of_file"),
    ("a.xlsx", b"", "not_xlsx"),
    ("a.xlsx", b"code,name\nx,y\n", "not_xlsx"),
    ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "locked"),
    ("a.xlsx", b"0" * (reading.MAX_BYTES + 1), "file_too_large"),
    ("a.xlsx", repacked(book(["code"]), xl__bomb="".join(["x"]).encode() + BOMB), "unpacked_too_large"),
    ("a.xlsx", repacked(book(["code"]), xl__vbaProject=b"x"), "macros"),
    ("a.xlsx", repacked(book(["code"], ["x"]), xl__workbook=b"x"), None),
    ("a.xlsx", repacked(book(["code"]), **{"xl__extra.xml": b'<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>'}), "entities"),
    ("a.xlsx", repacked(book(["code"]), **{"xl__extra.xml": "<!DOCTYPE x>".encode("utf-16")}), "entities"),
    ("a.xlsx", book(["name"], ["x"]), "missing_columns"),
    ("a.xlsx", book(["code", "colour"], ["x", "red"]), "columns"),
    ("a.xlsx", book(["code", "code"], ["x", "y"]), "columns"),
    ("a.xlsx", book(["code", None, "name"], ["x", "?", "y"]), "columns"),
    ("a.xlsx", book(), "missing_columns"),
    ("a.xlsx", book(["code"] * 80), "too_many_columns"),
    ("a.xlsx", book(["code"], *([n] for n in range(reading.MAX_ROWS + 1))), "too_many_rows"),
    ("a.xlsx", book(["code", "name"], ["x", "y"], change=lambda b: b.active.merge_cells("A2:B2")), "merged"),
    ("a.csv", b"", "missing_columns"),
    ("a.csv", b"code\nx\0y\n", "nul"),
    ("a.csv", b"code,name\n\"x,y\n", "not_csv"),
    ("a.csv", b"\xff\xfe\x00", "encoding"),
    ("a.csv", b"code\n\x81\x20\xff\xff\n", "encoding"),
], ids=lambda value: "content" if isinstance(value, bytes) else str(value))  # fmt: skip
def test_what_is_not_taken_says_why_and_what_to_do(name, content, code):
    if code is None:
        assert read(content, name).lines  # a stray part harms nobody
        return
    with pytest.raises(Refused) as refused:
        read(content, name)
    assert refused.value.code == code
    for language in ("zh-hans", "en"):
        with translation.override(language):
            assert str(refused.value.reason)


def test_the_sheet_is_found_among_others_and_hidden_ones_are_left_out():
    def more(made):
        made.active.title = "说明"
        made.create_sheet("数据").append(["编码"])
        made["数据"].append(["x"])
        hidden = made.create_sheet("旧")
        hidden.append(["编码"])
        hidden.sheet_state = "hidden"

    assert read(book(["请看下一页"], change=more)).lines == [(2, {"code": "x"})]
    with pytest.raises(Refused) as refused:
        read(book(["请看"], change=lambda made: made.create_sheet("另一页")))
    assert "另一页" in str(refused.value.reason), "it names the sheets it looked at"


def test_formulas_errors_and_control_characters_are_faults_of_their_cell():
    content = book(["code", "name"], ["x", "=1+1"], ["y", "#REF!"], ["z", "a\tb"], ["w", "x" * 3000])
    found = read(content)
    assert [(fault.number, fault.column) for fault in found.faults] == [
        (2, "name"),
        (3, "name"),
        (4, "name"),
        (5, "name"),
    ]
    assert len({str(fault.reason) for fault in found.faults}) == 4
    beyond = read(b"code\nx,y\n", "a.csv")
    assert [fault.number for fault in beyond.faults] == [2]


@pytest.mark.parametrize(("cell", "code"), [
    ("A1048576", "too_many_rows"), ("A5004", "too_many_rows"), ("XFD2", "too_many_columns"), ("BJ2", "too_many_columns"),
])  # fmt: skip
def test_a_value_beyond_the_bounds_is_not_left_out_without_a_word(cell, code):
    def far(made):
        made.active[cell] = "x"

    with pytest.raises(Refused) as refused:
        read(book(["code"], ["a"], change=far))
    assert refused.value.code == code


def test_a_line_far_down_that_is_only_coloured_does_not_matter():
    def coloured(made):
        made.active["A1048576"].font = Font(bold=True)

    assert len(read(book(["code"], ["a"], change=coloured)).lines) == 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx", "a.xlsm", "", "a.csv.xlsx"]))
def test_any_bytes_are_read_or_refused(content, name):
    try:
        read(content, name)
    except Refused:
        pass


SOUND = book(["code", "name", "at"], ["x", "y", wall(2024, 1, 1)], [1, 2.5, "z"])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused(where, damage):
    try:
        read(SOUND[:where] + damage + SOUND[where + len(damage) :])
    except Refused:
        pass


PARTS = [
    "xl__worksheets__sheet1.xml",
    "xl__workbook.xml",
    "[Content_Types].xml",
    "xl__styles.xml",
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PARTS), st.integers(0, 2000), st.text(max_size=20))
def test_a_workbook_with_a_bent_part_is_read_or_refused(part, where, text):
    with zipfile.ZipFile(io.BytesIO(SOUND)) as parts:
        body = parts.read(part.replace("__", "/"))
    bent = body[:where] + text.encode("utf-8", "surrogatepass") + body[where + len(text) :]
    try:
        read(repacked(SOUND, **{part: bent}))
    except Refused:
        pass


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-(10.0**15), 10.0**15),  # a spreadsheet keeps fifteen digits
    st.datetimes(wall(1990, 1, 1), wall(2090, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=30),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(cells, min_size=1, max_size=6))
def test_what_is_written_is_read_back_as_the_same_text(values):
    from chengyun.kernel.sheets.writing import _cell

    rows = [["code", "name"]]
    made = Workbook(write_only=True)
    page = made.create_sheet()
    page.append(rows[0])
    with translation.override("zh-hans"):
        from django.utils import timezone

        for value in values:
            aware = timezone.make_aware(value) if isinstance(value, datetime) else value
            page.append(["x", _cell(page, {}, aware)])
        out = io.BytesIO()
        made.save(out)
        expected = [" ".join(plain(value).split(" ")).strip() for value in values]
    found = read(out.getvalue())
    assert [line["name"] for _, line in found.lines] == expected
    for row in load_workbook(io.BytesIO(out.getvalue())).worksheets[0].iter_rows(min_row=2):
        assert row[1].data_type != "f", "never a formula"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "'x", "", "x", "="])
def test_no_text_begins_like_a_formula(text):
    made = harmless(text)
    assert not made[:1] or made[0] not in "=+-@\t\r" and made.lstrip("'") == text.lstrip("'")


def test_moments_in_words():
    assert moment_text("2024-01-05T08:00") == "2024-01-05 08:00:00"
    assert moment_text("tomorrow") == "tomorrow"
    assert plain(timedelta(0)) == "0:00:00"
