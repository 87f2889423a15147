"""The admin's pages of a sheet: a button that exports the list as it is filtered, and an import in two steps."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from chengyun.kernel import clock
from chengyun.kernel.admin import ActionAdmin
from chengyun.kernel.errors import Refused, TooLarge
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import reading
from chengyun.kernel.sheets.columns import Sheet, Viewer, both

# Suggested value (建议值): long enough to read a preview, short enough that nothing lies about.
PREVIEW_MINUTES = 15
# What one page shows; the counts are of everything.
SHOWN = 300
_SALT = "chengyun.sheets.preview"

WORDS = {
    "export": T("导出 XLSX", "Export XLSX"),
    "import": T("导入 XLSX / CSV", "Import XLSX / CSV"),
    "export_hint": T("按当前筛选导出您可见的内容", "exports what you may see, as filtered now"),
    "choose": T("选择文件（.xlsx 或 .csv）", "File (.xlsx or .csv)"),
    "look": T("上传并预览", "Upload and preview"),
    "confirm": T("确认导入", "Import this"),
    "again": T("换一个文件", "Another file"),
    "line": T("行", "line"),
    "key": T("键", "key"),
    "column": T("列", "column"),
    "reason": T("原因", "reason"),
    "change": T("变化", "change"),
    "whole": T("整行", "whole line"),
    "new": T("新增", "New"),
    "changed": T("变更", "Changed"),
    "unchanged": T("不变", "Unchanged"),
    "refused": T("不能导入", "Refused"),
    "columns": T("可用的列", "Columns"),
    "needed": T("必填", "needed"),
    "fixed": T("只读，导入时忽略", "to read only, ignored on import"),
    "nothing": T("文件与台账一致，没有需要导入的内容。", "The file says what the registry says: nothing to import."),
    "mend": T("有行不能导入：请改正后重新上传。在此之前不会写入任何内容。",
              "Some lines are refused: mend the file and upload it again. Nothing is written before."),
    "and": T("、", ", "),
    "empty": T("（空）", "(empty)"),
}  # fmt: skip


def _rules() -> list[str]:
    return [
        str(said)
        for said in (
            T("上传后先预览，确认后一次全部写入；任何一行不行，就都不写。",
              "A preview comes first. After you confirm, everything is written at once, or nothing."),
            T("文件中没有的行保持原样，从不删除。", "What the file leaves out stays as it is; nothing is ever deleted."),
            T("文件中没有的列保持原样；列在而单元格为空，则清空。",
              "A column that is not in the file stays as it is; an empty cell in a column that is, empties it."),
            T(f"最多 {reading.MAX_ROWS:,} 行、10 MB；不接收宏、公式、合并单元格。",
              f"At most {reading.MAX_ROWS:,} lines and 10 MB; no macros, formulas or merged cells."),
            T(f"文件不保存；预览内容签名后只在本页停留，{PREVIEW_MINUTES} 分钟后失效。",
              f"The file is not kept; the signed preview stays in this page and ends after {PREVIEW_MINUTES} minutes."),
            T("导入和导出都只涉及您可见的范围。", "Import and export touch only what you may see."),
        )
    ]  # fmt: skip


class WithSheet(ActionAdmin):
    """An admin page whose registry is a `sheet`."""

    sheet: ClassVar[Sheet]

    def get_urls(self) -> list[Any]:
        return [
            path("export/", self.admin_site.admin_view(self.export_view), name=self._name("export")),
            path("import/", self.admin_site.admin_view(self.import_view), name=self._name("import")),
            *super().get_urls(),
        ]

    def _name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def has_import_permission(self, request: HttpRequest) -> bool:
        if self.sheet.model is None or not self.has_view_permission(request):
            return False
        return self._holds(request, self.sheet.permission)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        from chengyun.kernel.sheets.writing import MAX_ROWS

        more = {
            "sheet_words": WORDS,
            "sheet_export": reverse(f"admin:{self._name('export')}"),
            "sheet_import": reverse(f"admin:{self._name('import')}") if self.has_import_permission(request) else "",
            "sheet_hint": T(f"按当前筛选导出您可见的内容，最多 {MAX_ROWS:,} 行",
                            f"exports what you may see, as filtered now, {MAX_ROWS:,} lines at most"),
        }  # fmt: skip
        return super().changelist_view(request, more | (extra_context or {}))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """By POST, because an export of names is noted in the journal; the filters stand in the address."""
        if not self.has_view_permission(request) or request.method != "POST":
            raise PermissionDenied
        from chengyun.kernel.sheets import plan, writing

        back = reverse(f"admin:{self._name('changelist')}")
        viewer = Viewer(request.user, actor_of(request))
        found: Any = self.get_changelist_instance(request)
        try:
            file, count = writing.write(self.sheet, viewer, found.queryset)
        except TooLarge as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(f"{back}?{request.GET.urlencode()}")
        if self.sheet.personal:
            plan.exported(self.sheet, viewer, count)
        at = timezone.localtime(clock.now())
        name = f"{both(self.sheet.title)[0]}-{at:%Y%m%d-%H%M}.xlsx"
        answer = FileResponse(
            file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
        answer["Content-Disposition"] = (
            f"attachment; filename=\"{self.sheet.code}.xlsx\"; filename*=UTF-8''{quote(name)}"
        )
        answer["Cache-Control"] = "no-store"
        return answer  # type: ignore[return-value]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        viewer = Viewer(request.user, actor_of(request))
        if request.method == "POST" and "preview" in request.POST:
            return self._confirm(request, viewer)
        if request.method == "POST":
            return self._upload(request, viewer)
        return self._page(request, viewer)

    def _upload(self, request: HttpRequest, viewer: Viewer) -> HttpResponse:
        file = request.FILES.get("file")
        if file is None:
            return self._page(request, viewer, problem=str(T("请选择文件。", "Choose a file.")))
        try:
            content = file.read(reading.MAX_BYTES + 1)
            read = reading.read(str(file.name), content, self.sheet.reading(viewer), self._needed())
        except Refused as refused:
            return self._page(request, viewer, problem=_words(refused))
        return self._preview(request, viewer, read.names, read.lines, read.faults)

    def _needed(self) -> tuple[str, ...]:
        return self.sheet.key

    def _preview(
        self,
        request: HttpRequest,
        viewer: Viewer,
        names: Any,
        lines: Any,
        faults: Any = (),
        problem: str = "",
    ) -> HttpResponse:
        from chengyun.kernel.sheets import plan as planning

        bad = {fault.number for fault in faults}
        plan = planning.make(self.sheet, viewer, names, [line for line in lines if line[0] not in bad])
        plan.faults = [*faults, *plan.faults]
        planning.try_out(self.sheet, viewer, plan)
        token = ""
        if plan.changes and not plan.faults:
            kept = {
                "sheet": self.sheet.code,
                "user": request.user.pk,
                "names": plan.names,
                "lines": reading.texts(lines, plan.names),
                "digest": plan.digest,
            }
            token = signing.dumps(kept, salt=_SALT, compress=True)
        return self._page(request, viewer, plan=plan, token=token, problem=problem)

    def _confirm(self, request: HttpRequest, viewer: Viewer) -> HttpResponse:
        from chengyun.kernel.sheets import plan as planning

        try:
            kept = signing.loads(request.POST["preview"], salt=_SALT, max_age=PREVIEW_MINUTES * 60)
        except signing.BadSignature:
            said = T(
                "预览已失效，请重新上传。未导入任何内容。",
                "The preview has ended; upload the file again. Nothing was imported.",
            )
            return self._page(request, viewer, problem=str(said))
        if (kept["sheet"], kept["user"]) != (self.sheet.code, request.user.pk):
            raise PermissionDenied
        names = kept["names"]
        lines = [(number, dict(zip(names, cells, strict=True))) for number, *cells in kept["lines"]]
        try:
            plan = planning.carry_out(self.sheet, viewer, names, lines, kept["digest"])
        except Refused as refused:
            return self._preview(request, viewer, names, lines, problem=_words(refused))
        added = sum(1 for change in plan.changes if change.new)
        changed = len(plan.changes) - added
        done = T(f"已导入：新增 {added}，变更 {changed}。", f"Imported: {added} new, {changed} changed.")
        self.message_user(request, str(done), messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:{self._name('changelist')}"))

    def _page(
        self, request: HttpRequest, viewer: Viewer, *, plan: Any = None, token: str = "", problem: str = ""
    ) -> HttpResponse:
        columns = {column.name: column for column in self.sheet.reading(viewer)}
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": T(
                *(
                    f"{word}{name}"
                    for word, name in zip(("导入：", "Import: "), both(self.sheet.title), strict=True)
                )
            ),
            "words_": WORDS,
            "rules": [*_rules(), *map(str, self.sheet.notes)],
            "columns": [
                (
                    column,
                    column.name in self.sheet.key,
                    [str(label) for label in list(column.words.values())[:30]],
                )
                for column in columns.values()
            ],
            "plan": plan,
            "token": token,
            "problem": problem,
            "list_url": reverse(f"admin:{self._name('changelist')}"),
            "shown": SHOWN,
        }
        if plan is not None:
            context |= _counts(plan) | {
                "faults": [
                    (fault, columns[fault.column].heading if fault.column in columns else WORDS["whole"])
                    for fault in plan.faults[:SHOWN]
                ],
                "changes": [_shown(change, columns, self.sheet) for change in plan.changes[:SHOWN]],
            }
        return TemplateResponse(request, "admin/sheet_import.html", context)


def _counts(plan: Any) -> dict[str, Any]:
    bad = {fault.number for fault in plan.faults}
    fine = [change for change in plan.changes if change.number not in bad]
    added = sum(1 for change in fine if change.new)
    return {
        "counts": [
            ("new", WORDS["new"], added),
            ("changed", WORDS["changed"], len(fine) - added),
            ("unchanged", WORDS["unchanged"], plan.unchanged),
            ("refused", WORDS["refused"], plan.refused),
        ],
        "left_alone": T(
            f"台账中另有 {plan.not_named} 行不在文件中：保持原样。",
            f"{plan.not_named} more lines of the registry are not in the file: they stay as they are.",
        )
        if plan.not_named
        else "",
    }


def _shown(change: Any, columns: Any, sheet: Sheet) -> dict[str, Any]:
    """A line of the preview: its key, and each differing cell before and after."""
    cells = []
    for name in change.fields:
        column = columns.get(name)
        if column is not None:
            before, after = (column.show(texts.get(name, "")) for texts in (change.before, change.after))
            cells.append((column.label, before, after))
    return {
        "number": change.number,
        "key": " / ".join(part for part in change.key if part)
        or str(T("（自动编号）", "(numbered by itself)")),
        "new": change.new,
        "cells": cells,
    }


def _words(refused: Refused) -> str:
    return " ".join(str(part) for part in (refused.reason, refused.hint) if part)
