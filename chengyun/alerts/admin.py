"""Admin pages: rules to edit as YAML, alerts and incidents to read."""

from __future__ import annotations

from typing import Any

import yaml
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from chengyun.alerts import actions, sheets
from chengyun.alerts.models import Alert, Incident, Outage, OutOfService, Rule, RuleVersion
from chengyun.kernel.admin import ActionAdmin, column
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet


class RuleForm(forms.ModelForm):
    """A rule is edited as the YAML it is written in. What is not valid is stored too, and says so; it does not judge."""

    text = forms.CharField(
        label=T("规则（YAML）", "rule (YAML)"),
        widget=forms.Textarea(attrs={"rows": 32, "cols": 100, "spellcheck": "false"}),
    )

    class Meta:
        model = Rule
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = self.instance.versions.order_by("-number").first() if self.instance.pk else None
        if latest is not None:
            self.fields["text"].initial = yaml.safe_dump(latest.body, allow_unicode=True, sort_keys=False)

    def clean_text(self) -> dict[str, Any]:
        try:
            body = yaml.safe_load(self.cleaned_data["text"])
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f" {mark.line + 1}" if mark else ""
            raise forms.ValidationError(
                str(T(f"不是 YAML，行{line}", f"This is not YAML, line{line}"))
            ) from error
        if not isinstance(body, dict) or not isinstance(body.get("code"), str):
            raise forms.ValidationError(str(T("规则须有 code", "A rule needs a code")))
        if self.instance.pk and body["code"] != self.instance.code:
            raise forms.ValidationError(
                str(T("编码不能更改；请新建规则", "A code cannot change; add a new rule"))
            )
        return body


@admin.register(Rule)
class RuleAdmin(WithSheet):
    sheet = sheets.RuleSheet()
    permission = "rule.edit"
    form = RuleForm
    list_display = ("code", "name_zh", "name_en", "current", "problem", "retired")
    list_filter = ("retired",)
    search_fields = ("code", "name_zh", "name_en")
    list_select_related = ("current__rule",)
    readonly_fields = ("problem", "problem_at", "current")

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        rule = actions.set_rule(actor=request.actor, body=form.cleaned_data["text"])  # type: ignore[attr-defined]
        obj.pk = rule.pk
        obj.refresh_from_db()
        if rule.problem:
            self.message_user(request, rule.problem, messages.WARNING)


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
    list_filter = ("state", "level", "verdict", "camera")
    list_select_related = ("rule", "area")
    search_fields = ("=subject", "=rule__code")
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
    list_filter = ("state", "level")
    list_select_related = ("area",)


@admin.register(Outage)
class OutageAdmin(ActionAdmin):
    diagnostic = True
    list_display = ("since", "until")
    ordering = ("-until",)


@admin.register(OutOfService)
class OutOfServiceAdmin(ActionAdmin):
    list_display = ("rule", "subject", "area", "reason", "since", "ended_at")
    list_select_related = ("rule", "area")
