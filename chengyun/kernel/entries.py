"""What the kernel itself writes into the journal: sheets that came in, and those with names that went out."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

journal.declare(
    "sheet.imported",
    T("表格导入", "Sheet imported"),
    keys={"sheet": str, "added": int, "changed": int, "unchanged": int},
)
journal.declare(
    "sheet.exported", T("导出含姓名的表格", "Sheet with names exported"), keys={"sheet": str, "rows": int}
)
