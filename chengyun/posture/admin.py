"""Admin pages of posture: to read, and the policy to edit as the text it is written in.

Deciding has more steps than a form; it goes through the console and the API.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.http import HttpRequest

from chengyun.kernel import clock
from chengyun.kernel.admin import ActionAdmin
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.posture import actions, queries
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Policy, Proposal


class PolicyForm(forms.ModelForm):
    """Every fault is shown with its line and field, and the text stays in the form; nothing is saved until there is none."""

    text = forms.CharField(
        label=T("策略（YAML）", "policy (YAML)"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 40, "cols": 110, "spellcheck": "false"}),
        help_text=T(
            "保存即产生新版本，旧版本保留。有误则不保存，原版本继续有效。",
            "Saving makes a new version and keeps the old. One with faults is not saved; the standing version goes on.",
        ),
    )
    from_when = forms.SplitDateTimeField(
        label=T("何时生效", "valid from"),
        required=False,
        widget=AdminSplitDateTime(),
        help_text=T("空为立即生效", "empty: at once"),
    )
    withdraw = forms.BooleanField(
        label=T("撤回此待生效版本", "withdraw this waiting version"), required=False
    )

    class Meta:
        model = Policy
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = self.instance if self.instance.pk else queries.active_policy()
        self.fields["text"].initial = shown.text if shown else ""
        if not self.instance.waiting:
            del self.fields["withdraw"]

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        faults = queries.read_policy(text)[1]
        if faults:
            raise forms.ValidationError([str(fault) for fault in faults])
        return text

    def clean_from_when(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["from_when"]
        if moment is not None and moment <= clock.now():
            raise forms.ValidationError(str(T("须在将来", "It has to lie ahead")))
        return moment


@admin.register(Policy)
class PolicyAdmin(ActionAdmin):
    permission = "posture.load"
    subject = "policy:{number}"
    form = PolicyForm
    list_display = ("number", "active", "waiting", "valid_from", "origin", "saved_at", "saved_by")
    readonly_fields = (
        "number",
        "active",
        "waiting",
        "valid_from",
        "origin",
        "saved_at",
        "saved_by",
        "digest",
    )
    ordering = ("-number",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if not self.has_change_permission(request, obj):
            return [*self.readonly_fields, "text"]
        writing = ["text", "from_when"] + (["withdraw"] if obj is not None and obj.waiting else [])
        return [*self.readonly_fields, *writing] if obj is not None else writing

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        values = form.cleaned_data
        actor = actor_of(request)
        if values.get("withdraw"):
            row = actions.withdraw_policy(actor=actor, number=obj.number)
        else:
            row = actions.set_policy(actor=actor, text=values["text"], valid_from=values["from_when"])
            said = T(f"第 {row.number} 版已保存", f"Version {row.number} was saved")
            self.message_user(request, str(said), messages.INFO)
        obj.pk = row.pk
        obj.refresh_from_db()


@admin.register(Proposal)
class ProposalAdmin(ActionAdmin):
    list_display = ("proposed_at", "area", "mode", "level", "state", "times", "alarms", "asked_post")
    list_filter = ("state", "mode", "level")
    list_select_related = ("area", "asked_post")


@admin.register(Declaration)
class DeclarationAdmin(ActionAdmin):
    list_display = ("since", "area", "mode", "level", "by_post", "expected_end", "ended_at", "end_kind")
    list_filter = ("mode", "level", "end_kind")
    list_select_related = ("area",)


@admin.register(Approval)
class ApprovalAdmin(ActionAdmin):
    list_display = (
        "recorded_at",
        "area",
        "purpose",
        "leader_post",
        "spoken_at",
        "due_at",
        "overdue_at",
        "expires_at",
        "expired_at",
        "state",
    )
    list_filter = ("state", "purpose")
    list_select_related = ("area", "leader_post")


@admin.register(OfficialWarning)
class OfficialWarningAdmin(ActionAdmin):
    subject = "warning:{pk}"
    list_display = ("issued_at", "area", "kind", "colour", "issuer", "state", "alarms", "lifted_at")
    list_filter = ("state", "colour")
    list_select_related = ("area",)


@admin.register(DeclaredResponse)
class DeclaredResponseAdmin(ActionAdmin):
    subject = "response:{pk}"
    list_display = ("declared_at", "area", "level", "authority", "document", "ended_at")
    list_filter = ("level",)
    list_select_related = ("area",)
