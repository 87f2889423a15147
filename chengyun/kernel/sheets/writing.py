"""XLSX out, a row at a time."""

from __future__ import annotations

import re
import tempfile
from datetime import datetime
from typing import IO, Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from chengyun.kernel.errors import TooLarge
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.columns import Sheet, Viewer, both, plain

# Suggested value (建议值): what a spreadsheet program still opens at once, and what one request may take to write.
MAX_ROWS = 20_000
_DANGEROUS = "=+-@\t\r'"


def write(sheet: Sheet, viewer: Viewer, rows: Any) -> tuple[IO[bytes], int]:
    """The rows of a query set as a workbook in an open temporary file, gone when it is closed, and how many lines it has.

    More than `MAX_ROWS` rows are refused with `TooLarge`: a sheet that was cut off would pass for the whole.
    """
    if rows.count() > MAX_ROWS:
        raise TooLarge(
            "too_many_rows",
            T(f"超过 {MAX_ROWS} 行", f"More than {MAX_ROWS} lines"),
            hint=T("请用筛选条件缩小范围。", "Narrow it down with the filters."),
        )
    book = Workbook(write_only=True)
    page = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", both(sheet.title)[0])[:31])
    columns = sheet.reading(viewer)
    for index, column in enumerate(columns):
        page.column_dimensions[_letter(index)].width = column.width
    page.freeze_panes = "A2"
    head = []
    for column in columns:
        cell = WriteOnlyCell(page, column.heading)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E6EDF3")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        head.append(cell)
    page.append(head)
    count = 0
    for row in sheet.prepare(rows):
        for line in sheet.lines(row):
            count += 1
            more = sheet.cells(viewer, line)
            page.append(
                [
                    _cell(page, column.words, more[column.name] if column.name in more else column.read(line))
                    for column in columns
                ]
            )
    page.auto_filter.ref = f"A1:{_letter(len(columns) - 1)}{count + 1}"
    # Never in memory as a whole; the file has no name.
    out = tempfile.TemporaryFile()
    book.save(out)
    out.seek(0)
    return out, count


def _cell(page: Any, words: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(page, timezone.make_naive(value).replace(microsecond=0))
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return cell
    if isinstance(value, float):
        return float(f"{value:.15g}")
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    text = plain(value)
    if text in words:
        return str(words[text])
    return harmless(text)


def harmless(text: str) -> str:
    """A text that no spreadsheet program takes for a formula, also when it is saved as CSV and opened again."""
    text = "".join(sign for sign in text if sign >= " " or sign in "\t\n")
    return f"'{text}" if text[:1] and text[0] in _DANGEROUS else text


def _letter(index: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(index + 1))
