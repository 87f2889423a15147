"""Admin pages: cases, catalogue and clocks to read. Work is done in the console and through the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from chengyun.cases import queries
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
from chengyun.kernel.admin import ActionAdmin, column
from chengyun.kernel.i18n import T


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


class StepLines(Lines):
    model = Step
    ordering = ("id",)
    fields = readonly_fields = ("at", "verb", "before", "after", "holder", "actor", "actor_post")


class ClockLines(Lines):
    model = Clock
    ordering = ("id",)
    fields = readonly_fields = (
        "name",
        "started_at",
        "due_at",
        "stopped_at",
        "breached_at",
        "exempt",
        "provisional",
    )


class AssignmentLines(Lines):
    model = Assignment
    ordering = ("id",)
    fields = readonly_fields = ("post", "role", "rule", "starts_at", "ends_at")


@admin.register(Case)
class CaseAdmin(ActionAdmin):
    reading = "case.read"
    list_display = (
        "id",
        column(T("类型", "kind"), lambda case: T(*queries.kind_of(case).name), order="kind"),
        "area",
        column(T("状态", "state"), lambda case: queries.state_label(case), order="state"),
        "accountable_post",
        "due_at",
        "reported_at",
    )
    list_filter = ("is_open", "urgent", "source", "kind")
    search_fields = ("=id", "kind", "source_ref")
    date_hierarchy = "reported_at"
    inlines: ClassVar = [StepLines, ClockLines, AssignmentLines]

    def get_queryset(self, request: HttpRequest) -> Any:
        return queries.cases(request.user)


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(ActionAdmin):
    subject = "catalogue:{pk}"
    list_display = ("code", "valid_from", "digest")


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ActionAdmin):
    subject = "workflow:{code}"
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
    list_select_related = ("case",)

    def get_queryset(self, request: HttpRequest) -> Any:
        seen = queries.cases(request.user).values("pk")
        return super().get_queryset(request).model.objects.filter(case_id__in=seen).order_by("-id")


@admin.register(Clock)
class ClockAdmin(_OfCase):
    list_display = ("case", "name", "started_at", "due_at", "stopped_at", "breached_at", "exempt")
    list_filter = ("name", "provisional", "exempt")


@admin.register(Supervision)
class SupervisionAdmin(_OfCase):
    levels: ClassVar[tuple[str, ...]] = ()
    list_display = ("case", "level", "state", "at", "reply_by", "late_at")
    list_filter = ("state", "level")


@admin.register(Appeal)
class AppealAdmin(_OfCase):
    list_display = ("case", "organisation", "state", "at")
    list_filter = ("state",)


@admin.register(Evidence)
class EvidenceAdmin(_OfCase):
    list_display = ("case", "ref", "kind", "origin", "media_type", "size", "sha256", "at")
    list_filter = ("kind", "origin")
