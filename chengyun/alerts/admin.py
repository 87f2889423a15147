"""Admin pages: rules to edit as YAML, alerts and incidents to read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from chengyun.alerts import actions, editing, sheets
from chengyun.alerts.models import Alert, Incident, Outage, OutOfService, Rule, RuleVersion
from chengyun.alerts.rule_form import RuleForm
from chengyun.district.filters import AreaFilter
from chengyun.kernel.admin import NUMERALS, ActionAdmin, column, level_badge
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet
from chengyun.kernel.transaction import write


class ProblemFilter(admin.SimpleListFilter):
    """Rules that judge nothing, or not what was written last."""

    title, parameter_name = T("问题", "problem"), "faulty"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", str(T("有问题", "With a problem")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.exclude(problem="") if self.value() else queryset


@admin.register(Rule)
class RuleAdmin(WithSheet):
    """Thresholds in a table, everything else as YAML; each edit is a new version and is shown before it judges."""

    sheet = sheets.RuleSheet()
    permission = "rule.edit"
    form = RuleForm
    change_form_template = "admin/rule_form.html"
    list_display = ("code", "name_zh", "name_en", "when", "thresholds", "current_number", "state", "problem")
    list_filter = ("retired", ProblemFilter)
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = T("编码或名称", "code or name")
    list_select_related = ("current",)
    ordering = ("code",)
    readonly_fields = ("problem", "problem_at", "current")
    when = column(T("判断方式", "when"), lambda rule: sheets.WHEN.get(str(_body(rule).get("when")), "–"))
    current_number = column(
        T("版本", "version"),
        lambda rule: rule.current.number if rule.current else "–",
        order="current__number",
    )
    state = column(
        T("启用", "enabled"),
        lambda rule: T("停用", "disabled") if rule.retired else T("启用", "enabled"),
        order="retired",
    )

    @admin.display(description=T("触发值", "thresholds"))
    def thresholds(self, rule: Rule) -> str:
        table = editing.table(_body(rule)).items()
        found = sorted((level, text) for (level, part), text in table if part == "set")
        shown = ((level_badge(level), text) for level, text in found)
        return format_html_join(" ", '<span class="num">{} {}</span>', shown) or "–"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("text",)})]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": ("code", "name_zh", "name_en", "current", "problem", "problem_at")})]
        rows = [tuple(f"{part}_{level}" for part in editing.PARTS) for level in NUMERALS]
        table = [(T("各级阈值", "Thresholds by level"), {"fields": rows, "classes": ("thresholds",)})]
        return [
            (None, {"fields": (("name_zh", "name_en"), "enabled", "current", "problem")}),
            *(table if editing.table(_latest(obj)) else []),
            (T("全部内容", "All of it"), {"fields": ("text",), "classes": ("collapse",)}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The form makes the cells of the table itself, for the rule that it is about.
        kwargs["fields"] = ()
        if obj is not None and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        actor, said = actor_of(request), form.cleaned_data
        with write():
            rule = actions.set_rule(actor=actor, body=said["body"]) if _to_set(obj, said, change) else obj
            if not said["enabled"]:
                rule = actions.retire_rule(actor=actor, code=rule.code)
        obj.pk = rule.pk
        obj.refresh_from_db()
        if obj.problem:
            self.message_user(request, obj.problem, messages.WARNING)


def _to_set(rule: Any, said: dict[str, Any], change: bool) -> bool:
    """Whether there is a new version to store, or a disabled rule to put back into force."""
    return not change or said["body"] != _latest(rule) or (rule.retired and said["enabled"])


def _body(rule: Any) -> dict[str, Any]:
    return rule.current.body if rule.current else {}


def _latest(rule: Any) -> dict[str, Any]:
    found = rule.versions.order_by("-number").first()
    return found.body if found is not None else {}


@admin.register(RuleVersion)
class RuleVersionAdmin(ActionAdmin):
    diagnostic = True
    list_display = ("rule", "number", "valid", "reason", "at", "by")
    list_filter = ("valid",)
    list_select_related = ("rule",)


@admin.register(Alert)
class AlertAdmin(WithSheet):
    sheet = sheets.AlertSheet()
    list_display = (
        "id",
        "level",
        "rule",
        "subject",
        "area",
        "state",
        "hidden_as",
        "verdict",
        "opened_at",
        "count",
    )
    list_filter = ("state", "level", AreaFilter, "verdict", "camera")
    list_select_related = ("rule", "area")
    date_hierarchy = "opened_at"
    search_fields = ("=subject", "=rule__code", "rule__name_zh", "=area__code")
    search_help_text = T(
        "对象（如 datastream:cnt-01.people）、规则编码或名称、区域编码",
        "a subject (such as datastream:cnt-01.people), code or name of a rule, code of an area",
    )
    hidden_as = column(T("未显示", "not shown"), lambda row: sheets.HIDDEN.get(row.hidden, "–"))


@admin.register(Incident)
class IncidentAdmin(ActionAdmin):
    list_display = (
        "id",
        "level",
        "name_zh",
        "name_en",
        "area",
        "state",
        "alert_count",
        "opened_at",
        "closed_at",
    )
    list_filter = ("state", "level", AreaFilter)
    list_select_related = ("area",)
    date_hierarchy = "opened_at"
    search_fields = ("=id", "name_zh", "name_en", "=area__code")
    search_help_text = T("事件编号、名称或区域编码", "number or name of the incident, code of the area")


@admin.register(Outage)
class OutageAdmin(ActionAdmin):
    diagnostic = True
    list_display = ("since", "until")
    ordering = ("-until",)


@admin.register(OutOfService)
class OutOfServiceAdmin(ActionAdmin):
    list_display = ("rule", "subject", "area", "reason", "since", "ended_at")
    list_select_related = ("rule", "area")
