"""Admin pages: cases, catalogue and clocks to read. Work is done in the console and through the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from chengyun.cases import queries, sheets
from chengyun.cases.models import (
    Appeal,
    Assignment,
    Case,
    CatalogueVersion,
    Clock,
    Condition,
    Evidence,
    Kind,
    Step,
    Supervision,
    WorkflowVersion,
)
from chengyun.cases.queries import labels
from chengyun.district.filters import AreaFilter
from chengyun.kernel.admin import ActionAdmin, column
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet


class Lines(admin.TabularInline):
    """Rows of a case, to read."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Whoever may see the case may see its rows.
        return bool(request.user.is_active and request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _seen(request: HttpRequest) -> Any:
    """The cases that a person may see: what that depends on is looked up once for the several queries of a page."""
    found = getattr(request, "admin_cases", None)
    if found is None:
        found = request.admin_cases = queries.cases(request.user)  # type: ignore[attr-defined]
    return found.all()


class OfCaseLines(Lines):
    def get_queryset(self, request: HttpRequest) -> Any:
        # What names the codes of a row is the workflow of its case; its body is kept in memory.
        return super().get_queryset(request).select_related("case__workflow").defer("case__workflow__body")


class StepLines(OfCaseLines):
    model = Step
    ordering = ("id",)
    verb_shown = column(T("操作", "verb"), lambda row: labels.verb(row.case, row.verb))
    before_shown = column(T("原状态", "from"), lambda row: labels.state(row.case, row.before))
    after_shown = column(T("状态", "state"), lambda row: labels.state(row.case, row.after))
    fields = readonly_fields = (
        "at",
        "verb_shown",
        "before_shown",
        "after_shown",
        "holder",
        "actor",
        "actor_post",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("holder")


class ClockLines(OfCaseLines):
    model = Clock
    ordering = ("id",)
    name_shown = column(T("时钟", "clock"), lambda row: labels.clock(row.case, row.name))
    fields = readonly_fields = (
        "name_shown",
        "started_at",
        "due_at",
        "stopped_at",
        "breached_at",
        "exempt",
        "provisional",
    )


class AssignmentLines(OfCaseLines):
    model = Assignment
    ordering = ("id",)
    rule_shown = column(T("派遣规则", "routing rule"), lambda row: labels.RULES.get(row.rule, row.rule))
    fields = readonly_fields = ("post", "role", "rule_shown", "starts_at", "ends_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("post")


class KindFilter(admin.SimpleListFilter):
    """The kinds of the catalogue in force: never a walk through all cases there ever were."""

    title = T("类型", "kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.code, str(T(*kind.name))) for kind in queries.kinds()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ClockFilter(admin.SimpleListFilter):
    """The clocks that the workflows know."""

    title = T("时钟", "clock")
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(clock.code, str(T(clock.zh, clock.en))) for clock in queries.clocks()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(name=self.value()) if self.value() else queryset


@admin.register(Case)
class CaseAdmin(WithSheet):
    sheet = sheets.CaseSheet()
    reading = "case.read"
    kind_shown = column(T("类型", "kind"), labels.kind, order="kind")
    state_shown = column(T("状态", "state"), queries.state_label, order="state")
    condition_shown = column(T("立案条件", "condition"), labels.condition)
    klass_shown = column(T("密级", "class"), lambda case: labels.KLASSES.get(case.klass, case.klass))
    list_display = (
        "id",
        "kind_shown",
        "area",
        "state_shown",
        "accountable_post",
        "due_at",
        "reported_at",
    )
    list_filter = ("is_open", "urgent", KindFilter, AreaFilter, "department", "source", "reported_at")
    search_fields = ("=id", "kind", "source_ref", "=area__code")
    search_help_text = T(
        "案件编号、类型编码、来源编号或区域编码", "number, kind, number at the source, code of the area"
    )
    readonly_fields = ("kind_shown", "state_shown", "condition_shown", "klass_shown")
    fields = (
        "kind_shown",
        "condition_shown",
        "state_shown",
        "area",
        "klass_shown",
        "urgent",
        "source",
        "source_ref",
        "incident",
        "accountable_post",
        "lead_post",
        "first_post",
        "department",
        "reported_at",
        "filed_at",
        "dispatched_at",
        "settled_at",
        "closed_at",
        "due_at",
        "reports",
        "returns",
        "reworks",
        "reopens",
        "extensions",
        "suspensions",
        "checked",
        "self_settled",
        "forced",
        "satisfied",
        "merged_into",
        "split_from",
        "entry",
        "last_entry",
    )
    inlines: ClassVar = [StepLines, ClockLines, AssignmentLines]

    def get_queryset(self, request: HttpRequest) -> Any:
        return _seen(request)


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(ActionAdmin):
    subject = "catalogue:{pk}"
    diagnostic = True
    list_display = ("code", "valid_from", "digest")


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ActionAdmin):
    subject = "workflow:{code}"
    diagnostic = True
    list_display = ("code", "number", "digest")


class ConditionLines(Lines):
    model = Condition
    ordering = ("number",)
    fields = readonly_fields = (
        "code",
        "filing_zh",
        "closing_zh",
        "amount",
        "unit",
        "filing_checks",
        "evidence",
    )


@admin.register(Kind)
class KindAdmin(ActionAdmin):
    list_display = ("version", "code", "name_zh", "name_en", "klass", "urgent", "independent", "policy")
    list_filter = ("version", "urgent", "klass")
    search_fields = ("code", "name_zh", "name_en")
    inlines: ClassVar = [ConditionLines]


class _OfCase(ActionAdmin):
    reading = "case.read"
    subject = "case:{case_id}"

    def get_queryset(self, request: HttpRequest) -> Any:
        seen = _seen(request).order_by().values("pk")
        rows = self.model.objects.filter(case_id__in=seen).order_by("-id")
        return rows.select_related("case__workflow").defer("case__workflow__body")


@admin.register(Clock)
class ClockAdmin(_OfCase):
    name_shown = column(T("时钟", "clock"), lambda row: labels.clock(row.case, row.name), order="name")
    list_display = ("case", "name_shown", "started_at", "due_at", "stopped_at", "breached_at", "exempt")
    list_filter = (ClockFilter, "provisional", "exempt")


@admin.register(Supervision)
class SupervisionAdmin(_OfCase):
    levels: ClassVar[tuple[str, ...]] = ()
    level_shown = column(
        T("级别", "level"), lambda row: labels.LEVELS.get(row.level, row.level), order="level"
    )
    list_display = ("case", "level_shown", "state", "at", "reply_by", "late_at")
    list_filter = ("state",)


@admin.register(Appeal)
class AppealAdmin(_OfCase):
    list_display = ("case", "organisation", "state", "at")
    list_filter = ("state",)


@admin.register(Evidence)
class EvidenceAdmin(_OfCase):
    kind_shown = column(T("类别", "kind"), lambda row: labels.FILES.get(row.kind, row.kind), order="kind")
    list_display = ("case", "ref", "kind_shown", "media_type", "size", "sha256", "at")
