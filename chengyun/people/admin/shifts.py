"""Duty patterns, shifts, duties, and the hand-over from one shift to the next."""

from __future__ import annotations

from typing import Any, Literal

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from chengyun.district.filters import PostAreaFilter
from chengyun.kernel.admin import column
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet
from chengyun.people import actions, queries, record_text, sheets
from chengyun.people.admin import roster
from chengyun.people.admin.base import PeopleAdmin, changed
from chengyun.people.admin.roster import SUBSTITUTE_REASONS
from chengyun.people.models import Duty, DutyPattern, HandOver, Shift


def shift_name(shift: Shift) -> str:
    """A shift's name as its pattern gives it, such as 中班 / Evening."""
    for turn in shift.pattern.body.get("shifts", ()):
        if turn.get("code") == shift.code:
            return str(T(turn["name_zh"], turn["name_en"]))
    return shift.code


@admin.register(DutyPattern)
class DutyPatternAdmin(WithSheet, PeopleAdmin):
    sheet = sheets.PatternSheet()
    subject = "pattern:{code}"
    list_display = ("code", "name_zh", "name_en", "area", "handover", "teams", "in_service")
    list_filter = ("handover", "in_service")
    list_select_related = ("area",)
    search_fields = ("code", "name_zh", "name_en")
    teams = column(T("班组数", "teams"), lambda row: len(row.body.get("teams", ())))
    autocomplete_fields = ("area",)
    fixed = ("code",)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj.pk = actions.save_pattern(actor_of(request), code=obj.code, **changed(form, but=("code",))).pk


class ShiftForm(forms.ModelForm):
    remarks = forms.CharField(
        label=T("交班备注", "remarks for the next shift"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
    )

    class Meta:
        model = Shift
        fields: tuple[str, ...] = ()


class Doing(PeopleAdmin):
    """A page whose buttons are the things one may do now with the row it shows; each has a log-in and a right of its own."""

    change_form_template = "admin/doings.html"
    editing: tuple[str, ...] = ()

    def doings(self, request: HttpRequest, row: Any) -> list[tuple[str, Any]]:
        """(name of the button, its label) for what this person may do now."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and bool(self.doings(request, obj))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*self.readonly_fields, *(self.editing if self.has_change_permission(request, obj) else ())]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        return super().render_change_form(
            request, context | {"doings": self.doings(request, row) if row else []}, *args, **kwargs
        )


@admin.register(Shift)
class ShiftAdmin(Doing):
    """A shift with its roster in one table: substitutes are put on duty here, and the hand-over is drafted."""

    form = ShiftForm
    change_form_template = "admin/shift_form.html"
    editing = ("remarks",)
    list_display = ("starts_at", "ends_at", "pattern", "turn", "state", "opened_at", "closed_at")
    readonly_fields = ("pattern", "turn", "state", "starts_at", "ends_at", "opened_at", "closed_at", "record")
    list_filter = ("state", "pattern")
    list_select_related = ("pattern",)
    date_hierarchy = "starts_at"
    ordering = ("-starts_at",)
    turn = column(T("班次", "shift"), shift_name, order="code")

    @admin.display(description=T("交接记录", "hand-over"))
    def record(self, shift: Shift) -> str:
        row = HandOver.objects.filter(shift_out=shift).first()
        return format_html('<a href="{}">{}</a>', _page(row), row.get_state_display()) if row else "–"

    def doings(self, request: HttpRequest, row: Any) -> list[tuple[str, Any]]:
        found = [("_roster", T("保存替班", "Save the substitutes"))] if roster.may(request, row) else []
        return found + (
            [("_draft", T("起草交接记录", "Draft the hand-over"))] if may_draft(request, row) else []
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*self.readonly_fields, *(self.editing if obj is not None and may_draft(request, obj) else ())]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context |= {
                "roster": roster.lines(request, row),
                "roster_edit": roster.may(request, row),
                "roster_hours": roster.hours(row),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if "_roster" in request.POST:
            count = roster.save(request, obj)
            self.message_user(
                request, str(T(f"已安排替班 {count} 人。", f"{count} substitutes put on duty."))
            )
        elif "_draft" in request.POST or may_draft(request, obj):
            remarks = form.cleaned_data.get("remarks", "")
            actions.draft_hand_over(actor_of(request), shift_id=obj.pk, remarks=remarks)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        drafted = None if "_roster" in request.POST else HandOver.objects.filter(shift_out=obj).first()
        return HttpResponseRedirect(_page(drafted) if drafted else request.get_full_path())


def may_draft(request: HttpRequest, shift: Shift) -> bool:
    """As the action has it: who may hand over there, and who takes over."""
    if shift.state not in Shift.RUNNING:
        return False
    actor, incoming = actor_of(request), queries.next_shift(shift)
    if incoming is not None and actor.ref in queries.signers(incoming):
        return True
    return actor.may("shift.hand_over", shift.area.path)


def _page(row: HandOver) -> str:
    return reverse("admin:people_handover_change", args=[row.pk])


class DutyForm(forms.ModelForm):
    reason = forms.ChoiceField(
        label=T("原因", "reason"),
        choices=[(code, SUBSTITUTE_REASONS.get(code, code)) for code in actions.SUBSTITUTE_REASONS],
        initial="other",
    )

    class Meta:
        model = Duty
        fields = ("staff",)


@admin.register(Duty)
class DutyAdmin(WithSheet, PeopleAdmin):
    """Changing the person here is a substitution, from now on."""

    sheet = sheets.DutySheet()

    form = DutyForm
    permission = "shift.substitute"
    list_display = ("post", "staff", "state", "starts_at", "ends_at", "turn")
    list_filter = ("state", "post__kind", PostAreaFilter)
    list_select_related = ("post__area", "staff", "shift__pattern")
    date_hierarchy = "starts_at"
    # By post alone: the rows of one person would be a figure about them.
    search_fields = ("=post__code", "post__name_zh")
    search_help_text = T("岗位编码或名称", "code or name of the post")
    ordering = ("-starts_at", "post__code")
    turn = column(T("班次", "shift"), lambda duty: shift_name(duty.shift) if duty.shift else "–")
    autocomplete_fields = ("staff",)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """People by name where the viewer may read it, else by ref."""
        actor = actor_of(request)

        def who(duty: Duty) -> str:
            named = duty.staff.name and actor.may("person.read", duty.post.area.path)
            return duty.staff.name if named else (duty.staff.pack_ref or duty.staff.ref)

        shown = super().get_list_display(request)
        return [column(T("人员", "staff"), who) if name == "staff" else name for name in shown]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if "staff" in form.changed_data:
            reason = form.cleaned_data["reason"]
            actions.substitute(actor_of(request), duty_id=obj.pk, staff_ref=obj.staff.ref, reason=reason)


class HandOverForm(forms.ModelForm):
    """`read` is the digest of the record as it was shown: a draft made anew meanwhile cannot be signed unread."""

    read = forms.CharField(widget=forms.HiddenInput(), required=False)
    remarks = forms.CharField(
        label=T("备注（重新起草时）", "remarks (for a new draft)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
    )

    class Meta:
        model = HandOver
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["read"].initial = self.instance.digest
        self.fields["remarks"].initial = self.instance.remarks


@admin.register(HandOver)
class HandOverAdmin(Doing):
    """The record to read, and under it what this person may do: sign for one side, or draft it anew."""

    form = HandOverForm
    editing = ("remarks", "read")
    list_display = (
        "drafted_at",
        "out",
        "into",
        "state",
        "signed_out_by",
        "signed_in_by",
        "done_at",
    )
    readonly_fields = (
        "out",
        "into",
        "state",
        "drafted_at",
        "sections",
        "words",
        "signed_out_by",
        "signed_out_at",
        "signed_in_by",
        "signed_in_at",
        "done_at",
        "since",
        "digest",
    )
    list_filter = ("state",)
    list_select_related = ("shift_out__pattern", "shift_in__pattern", "signed_out_by", "signed_in_by")
    ordering = ("-drafted_at",)
    out = column(T("交班", "outgoing"), lambda row: shift_name(row.shift_out))
    into = column(T("接班", "incoming"), lambda row: shift_name(row.shift_in))
    words = column(T("备注", "remarks"), lambda row: row.remarks)

    @admin.display(description=T("交接内容", "what is handed over"))
    def sections(self, row: HandOver) -> str:
        return _listed(record_text.readable(row.record))

    @admin.display(description=T("起草后的变化", "changes since the draft"))
    def since(self, row: HandOver) -> str:
        return _listed(record_text.readable_changes(row.record, row.since_draft)) if row.since_draft else "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return queries.hand_overs(request.user)

    def journal_subject(self, obj: Any) -> str:
        return f"shift:{obj.shift_out_id}"

    def doings(self, request: HttpRequest, row: Any) -> list[tuple[str, Any]]:
        if row.state != "drafted":
            return []
        ref, found = actor_of(request).ref, []
        if row.signed_out_by is None and ref in queries.signers(row.shift_out):
            found.append(("_out", T("签字交班", "Sign: I hand over")))
        if row.signed_in_by is None and ref in queries.signers(row.shift_in):
            found.append(("_in", T("签字接班", "Sign: I take over")))
        if may_draft(request, row.shift_out):
            found.append(("_draft", T("重新起草（原签字作废）", "Draft anew (voids signatures)")))
        return found

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        actor, values = actor_of(request), form.cleaned_data
        if "_draft" in request.POST:
            actions.draft_hand_over(actor, shift_id=obj.shift_out_id, remarks=values["remarks"])
        elif "_out" in request.POST or "_in" in request.POST:
            side: Literal["out", "in"] = "out" if "_out" in request.POST else "in"
            actions.sign_hand_over(actor, hand_over_id=obj.pk, side=side, digest=values["read"])

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponseRedirect(_page(obj))


def _listed(sections: list[record_text.Shown]) -> str:
    return format_html_join(
        "",
        "<h4>{}</h4><ul>{}</ul>",
        (
            (part.title, format_html_join("", "<li>{}</li>", ((line,) for line in part.lines)))
            for part in sections
        ),
    )
