"""An uploaded file as plain texts, or a refusal that says what to do. Whatever arrives: it is from outside.

Bounds (suggested values, 建议值): 10 MB, unpacked 64 MB, 5,000 lines, 60 columns, 2,000 characters a cell. Macros,
passwords, formulas, merged cells and declarations of XML entities are refused, not worked around.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from chengyun.kernel.errors import Invalid, Refused, TooLarge
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.columns import Column, fold, plain
from chengyun.kernel.sheets.words import Fault

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 64 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS = 5_000
MAX_COLUMNS = 60
MAX_CELL = 2_000
_OLE = b"\xd0\xcf\x11\xe0"
_SAVE_AS = T("请另存为 .xlsx 或 UTF-8 编码的 .csv。", "Save it as .xlsx or as .csv in UTF-8.")


@dataclass(slots=True)
class Read:
    """`names` are the columns that the file has; `lines` row number -> texts by column; `faults` of single cells."""

    names: list[str]
    lines: list[tuple[int, dict[str, str]]]
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that cannot be taken, and why."""

    reason: str
    hint: str = ""


_FORMULA = Bad(T("单元格是公式", "the cell holds a formula"), T("请粘贴为数值。", "Paste its value instead."))
_ERROR = Bad(T("单元格是错误值", "the cell holds an error"), T("请改正后再上传。", "Mend it first."))


def read(name: str, content: bytes, columns: Sequence[Column], needed: Iterable[str]) -> Read:
    """Raises `Invalid` or `TooLarge` where the file as a whole is not taken."""
    if len(content) > MAX_BYTES:
        raise TooLarge(
            "file_too_large",
            T("文件超过 10 MB", "The file is larger than 10 MB"),
            hint=T("请分成几个文件。", "Split it into several files."),
        )
    end = name.lower().rpartition(".")[2]
    if end == "csv":
        return _table(_csv(content), columns, needed)
    if end != "xlsx":
        what = T("含宏的工作簿不予接收", "Workbooks with macros are not taken")
        other = T("只接收 .xlsx 和 .csv", "Only .xlsx and .csv are taken")
        raise Invalid(
            "kind_of_file", what if end in ("xlsm", "xltm", "xlsb", "xlam") else other, hint=_SAVE_AS
        )
    return _workbook(content, columns, needed)


def _csv(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    text = _decoded(content)
    if "\0" in text:
        raise Invalid("nul", T("文件含有 NUL 字符", "The file holds NUL characters"), hint=_SAVE_AS)
    head = text.partition("\n")[0]
    mark = max((",", "\t", ";", "，"), key=head.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        for cells in reader:
            yield reader.line_num, list(cells)
    except csv.Error as error:
        raise Invalid(
            "not_csv", T(f"不是 CSV：{error}", f"This is not CSV: {error}"), hint=_SAVE_AS
        ) from error


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or what spreadsheet programs write on Chinese systems."""
    codings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for coding in codings:
        try:
            return content.decode(coding)
        except UnicodeDecodeError:
            continue
    raise Invalid("encoding", T("文件编码无法识别", "The file's encoding is not known"), hint=_SAVE_AS)


def _workbook(content: bytes, columns: Sequence[Column], needed: Iterable[str]) -> Read:
    # Looked at before anything unpacks it.
    if content.startswith(_OLE):
        what = T("文件有密码或是旧版 .xls", "The file has a password or is an old .xls")
        raise Invalid("locked", what, hint=_SAVE_AS)
    unreadable = Invalid("not_xlsx", T("不是完好的 .xlsx 文件", "This is no sound .xlsx file"), hint=_SAVE_AS)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _sound(parts)
            return _sheet(content, parts, columns, tuple(needed))
    except Refused:
        raise
    except Exception as error:  # The library raises whatever a malformed part leads to.
        raise unreadable from error


def _sound(parts: zipfile.ZipFile) -> None:
    infos = parts.infolist()
    # Python's reader never unpacks more of a part than its directory says, so the sum is a bound.
    if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise TooLarge(
            "unpacked_too_large",
            T("文件解压后过大", "The file is too large once unpacked"),
            hint=T("只保留需要导入的工作表。", "Keep only the sheet to import."),
        )
    for info in infos:
        if "vbaproject" in info.filename.lower() or info.filename.lower().startswith("xl/macrosheets"):
            raise Invalid("macros", T("文件含宏", "The file holds macros"), hint=_SAVE_AS)
        if info.filename.endswith((".xml", ".rels")):
            body = parts.read(info)
            if any(mark in body for mark in _DECLARES):
                raise Invalid(
                    "entities", T("文件含有不允许的内容", "The file holds what is not allowed"), hint=_SAVE_AS
                )


_DECLARES = tuple(
    word.encode(coding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for coding in ("utf-8", "utf-16-le", "utf-16-be")
)


def _sheet(
    content: bytes, parts: zipfile.ZipFile, columns: Sequence[Column], needed: tuple[str, ...]
) -> Read:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    problem: Refused | None = None
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        first = next(iter(sheet.iter_rows(max_row=1, max_col=MAX_COLUMNS + 1)), ())
        try:
            _names([_value(cell) for cell in first], columns, needed)
        except Refused as refused:
            problem = problem or refused
            continue
        path = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
        body = parts.read(path)
        merged = re.search(rb'<(?:\w{1,9}:)?mergeCell\s[^<>]{0,200}ref="([^"]{1,30})"', body)
        if merged:
            where = merged.group(1).decode("ascii", "replace")
            raise Invalid(
                "merged",
                T(f"工作表有合并单元格（{where}）", f"The sheet has merged cells ({where})"),
                hint=T("请取消合并，每行填全。", "Unmerge them and fill in every line."),
            )
        _within(body)
        return _table(_cells(sheet), columns, needed)
    names = "、".join(book.sheetnames[:10])
    if problem is None:
        raise Invalid("no_sheet", T("文件中没有工作表", "The file has no sheet"), hint=_SAVE_AS)
    more = T(f"（工作表：{names}）", f" (sheets: {names})") if len(book.sheetnames) > 1 else ""
    raise Invalid(problem.code, T(*(f"{_in(problem.reason, 'zh-hans')}{_in(more, 'zh-hans')}",
                                    f"{_in(problem.reason, 'en')}{_in(more, 'en')}")), hint=problem.hint)  # fmt: skip


def _within(body: bytes) -> None:
    """Refuse a sheet with values beyond the bounds: they would be left out without a word."""
    unnumbered = len(re.findall(rb"<(?:\w{1,9}:)?row(?![^<>]{0,300}\sr=)[\s>/]", body))
    if unnumbered > MAX_ROWS + 1:
        raise _too_many_rows()
    for cell in _VALUE.finditer(body):
        if int(cell[2]) > MAX_ROWS + 2:
            raise _too_many_rows()
        if len(cell[1]) > 2 or (len(cell[1]) == 2 and cell[1] > _LAST):
            raise _too_many_columns()


# Never across another tag: what stands there need not be XML at all.
_VALUE = re.compile(
    rb'<(?:\w{1,9}:)?c\s(?=[^<>]{0,300}\br="([A-Z]{1,9})(\d{1,18})")[^<>]{0,300}[^<>/]>\s{0,9}<'
)
_LAST = b"BI"  # the sixty-first: one more than may be used, which the headings are asked about


def _too_many_rows() -> TooLarge:
    return TooLarge(
        "too_many_rows",
        T(f"超过 {MAX_ROWS} 行", f"More than {MAX_ROWS} lines"),
        hint=T("请分成几个文件，删去空行。", "Split it into several files; remove empty lines."),
    )


def _too_many_columns() -> TooLarge:
    return TooLarge("too_many_columns", T(f"超过 {MAX_COLUMNS} 列", f"More than {MAX_COLUMNS} columns"))


def _in(text: str, language: str) -> str:
    from django.utils import translation

    with translation.override(language):
        return str(text)


def _cells(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    # Two lines beyond the bound are enough to know that there are more.
    for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 3, max_col=MAX_COLUMNS + 1), start=1):
        yield number, [_value(cell) for cell in row]


def _value(cell: Any) -> Any:
    kind = getattr(cell, "data_type", None)
    if kind == "f" or type(cell.value).__name__ in ("ArrayFormula", "DataTableFormula"):
        return _FORMULA
    return _ERROR if kind == "e" else cell.value


def _table(rows: Iterable[tuple[int, list[Any]]], columns: Sequence[Column], needed: Iterable[str]) -> Read:
    source = iter(rows)
    head = next(source, (1, []))[1]
    names = _names(head, columns, tuple(needed))
    known = {column.name: column for column in columns}
    found = Read([name for name in names if name], [])
    for number, cells in source:
        if not any(_filled(cell) for cell in cells):
            continue
        if len(found.lines) >= MAX_ROWS:
            raise _too_many_rows()
        line: dict[str, str] = {}
        for name, cell in zip(names, [*cells, *[None] * len(names)], strict=False):
            text = _text(cell)
            if isinstance(text, Bad):
                found.faults.append(Fault(number, name or "", str(text.reason), str(text.hint)))
            elif name:
                line[name] = known[name].understand(text) if text else ""
        if any(_filled(cell) for cell in cells[len(names) :]):
            found.faults.append(Fault(number, "", str(T("数据超出表头的列", "cells beyond the headings"))))
        found.lines.append((number, line))
    return found


def _names(head: list[Any], columns: Sequence[Column], needed: tuple[str, ...]) -> list[str | None]:
    """The column that each heading means. Headings that mean nothing are refused: a misspelt one would be lost quietly."""
    while head and not _filled(head[-1]):
        head = head[:-1]
    if len(head) > MAX_COLUMNS:
        raise _too_many_columns()
    meant: dict[str, str] = {text: column.name for column in columns for text in column.headings}
    names: list[str | None] = []
    unknown: list[str] = []
    for cell in head:
        text = "" if isinstance(cell, Bad) else plain(cell).strip()
        name = meant.get(fold(text)) if text else None
        names.append(name)
        if name is None:
            unknown.append(text[:40] or "–")
    by_name = {column.name: str(column.heading) for column in columns}
    absent = [by_name.get(name, name) for name in needed if name not in names]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if absent:
        what = "、".join(absent)
        raise Invalid(
            "missing_columns",
            T(f"第一行缺少列：{what}", f"The first line lacks: {what}"),
            hint=T("请以导出的表格为模板。", "Take an exported sheet as the template."),
        )
    if unknown or twice:
        what = "、".join([*unknown, *twice])[:200]
        raise Invalid(
            "columns",
            T(f"无法识别或重复的列：{what}", f"Columns that are not known, or stand there twice: {what}"),
            hint=T(
                "请以导出的表格为模板，删去多余的列。",
                "Take an exported sheet as the template; remove what is not in it.",
            ),
        )
    return names


def _filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _text(cell: Any) -> str | Bad:
    """A cell as text; the sign that keeps a text from being a formula is taken off again."""
    if isinstance(cell, Bad):
        return cell
    if isinstance(cell, time):
        return cell.strftime("%H:%M:%S")
    if isinstance(cell, timedelta):
        return str(cell)
    if isinstance(cell, datetime):
        # A spreadsheet keeps moments as days since 1900: the last digits are noise.
        cell = (cell + timedelta(milliseconds=500)).replace(microsecond=0)
    text = plain(cell).strip() if not isinstance(cell, date) or isinstance(cell, datetime) else plain(cell)
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r'":
        text = text[1:]
    if len(text) > MAX_CELL:
        return Bad(T(f"超过 {MAX_CELL} 个字符", f"longer than {MAX_CELL} characters"))
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        return Bad(
            T("含有换行或不可见的控制字符", "holds line breaks or invisible control characters"),
            T("请重新输入该单元格。", "Type the cell anew."),
        )
    return text


def texts(lines: Iterable[tuple[int, Mapping[str, str]]], names: Sequence[str]) -> list[list[Any]]:
    """The lines as plain data, to travel in a signed field."""
    return [[number, *(line.get(name, "") for name in names)] for number, line in lines]
