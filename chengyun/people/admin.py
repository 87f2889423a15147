"""Registries of people in the admin. Every form ends in an action; Django's own pages for users and groups are put away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from chengyun.kernel.admin import ActionAdmin, column
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.people import actions, login, queries, roles
from chengyun.people.models import (
    AreaLeader,
    Department,
    Duty,
    DutyPattern,
    HandOver,
    Post,
    RoleGrant,
    Shift,
    SourceToken,
    Staff,
)


class LoginForm(AdminAuthenticationForm):
    """Says how long to wait when there were too many failures."""

    def get_invalid_login_error(self) -> ValidationError:
        span = getattr(self.request, "login_wait", None)
        if span is not None:
            return ValidationError(str(login.too_many(span).reason), code="too_many_attempts")
        return super().get_invalid_login_error()


admin.site.login_form = LoginForm
admin.site.unregister(User)
admin.site.unregister(Group)


class PeopleAdmin(ActionAdmin):
    """`fixed` fields are set once, when a row is added."""

    permission = "registry.edit"
    fixed: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.readonly_fields, *(self.fixed if obj else ()))


SUBSTITUTE_REASONS = {
    "ill": T("病假", "Ill"),
    "called_away": T("临时抽调", "Called away"),
    "leave": T("请假", "On leave"),
    "double_shift": T("连班", "Double shift"),
    "erased": T("个人信息已删除", "Person erased"),
    "other": T("其他", "Other"),
}


def role_name(code: str) -> str:
    """A role in the reader's language; the code where roles.yaml does not have it (any more)."""
    role = roles.table().roles.get(code)
    return str(T(role.name_zh, role.name_en)) if role else code


def shift_name(shift: Shift) -> str:
    """A shift's name as its pattern gives it, such as 中班 / Evening."""
    for turn in shift.pattern.body.get("shifts", ()):
        if turn.get("code") == shift.code:
            return str(T(turn["name_zh"], turn["name_en"]))
    return shift.code


class RoleFilter(admin.SimpleListFilter):
    title = T("角色", "role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, role_name(code)) for code in roles.table().roles]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(role=self.value()) if self.value() else queryset


def changed(form: forms.ModelForm, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name not in but}


@admin.register(Department)
class DepartmentAdmin(PeopleAdmin):
    subject = "department:{code}"
    list_display = ("code", "name_zh", "name_en", "kind")
    fixed = ("code",)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        row = actions.save_department(actor_of(request), code=obj.code, **changed(form, but=("code",)))
        obj.pk = row.pk


class StaffForm(forms.ModelForm):
    erase = forms.BooleanField(
        label=T("删除个人信息（不可恢复）", "erase personal data (cannot be undone)"), required=False
    )
    substitute = forms.ModelChoiceField(
        label=T("接替人", "who takes over"), queryset=Staff.objects.filter(state="active"), required=False
    )

    class Meta:
        model = Staff
        fields = ("name", "phone", "department", "state")


@admin.register(Staff)
class StaffAdmin(PeopleAdmin):
    subject = "staff:{ref}"
    form = StaffForm
    reading = "person.read"
    list_display = ("ref", "name", "phone", "department", "state")
    list_filter = ("state", "department")
    list_select_related = ("department",)
    search_fields = ("=ref", "name", "=pack_ref")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return queries.staff(request.user)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        values = changed(form)
        other, erase = values.pop("substitute"), values.pop("erase")
        if change and erase:
            actions.erase_person(actor_of(request), obj.ref, substitute_ref=other.ref if other else None)
            return
        row = actions.save_staff(actor_of(request), ref=obj.ref if change else None, **values)
        obj.pk, obj.ref = row.pk, row.ref


@admin.register(Post)
class PostAdmin(PeopleAdmin):
    subject = "post:{code}"
    list_display = ("code", "kind", "name_zh", "name_en", "area", "department", "reports_to", "in_service")
    list_filter = ("kind", "in_service")
    list_select_related = ("area", "department", "reports_to")
    search_fields = ("code", "name_zh", "name_en")
    autocomplete_fields = ("area", "reports_to", "standing")
    fixed = ("code",)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj.pk = actions.save_post(actor_of(request), code=obj.code, **changed(form, but=("code",))).pk


@admin.register(AreaLeader)
class AreaLeaderAdmin(PeopleAdmin):
    list_display = ("area", "role", "post")
    list_select_related = ("area", "post")
    autocomplete_fields = ("area", "post")
    fixed = ("area", "role")

    def journal_subject(self, obj: Any) -> str:
        return f"area:{obj.area.code}"

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj.pk = actions.set_leader(actor_of(request), area=obj.area, role=obj.role, post=obj.post).pk


@admin.register(DutyPattern)
class DutyPatternAdmin(PeopleAdmin):
    subject = "pattern:{code}"
    list_display = ("code", "name_zh", "name_en", "area", "handover", "in_service")
    autocomplete_fields = ("area",)
    fixed = ("code",)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj.pk = actions.save_pattern(actor_of(request), code=obj.code, **changed(form, but=("code",))).pk


@admin.register(Shift)
class ShiftAdmin(PeopleAdmin):
    list_display = ("starts_at", "ends_at", "pattern", "turn", "state", "opened_at", "closed_at")
    list_filter = ("state", "pattern")
    list_select_related = ("pattern",)
    ordering = ("-starts_at",)
    turn = column(T("班次", "shift"), shift_name, order="code")


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
class DutyAdmin(PeopleAdmin):
    """Changing the person here is a substitution, from now on."""

    form = DutyForm
    permission = "shift.substitute"
    list_display = ("post", "staff", "state", "starts_at", "ends_at", "turn")
    list_filter = ("state", "post__kind")
    list_select_related = ("post", "staff", "shift__pattern")
    search_fields = ("=post__code", "=staff__ref")
    ordering = ("-starts_at", "post__code")
    turn = column(T("班次", "shift"), lambda duty: shift_name(duty.shift) if duty.shift else "–")
    autocomplete_fields = ("staff",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if "staff" in form.changed_data:
            reason = form.cleaned_data["reason"]
            actions.substitute(actor_of(request), duty_id=obj.pk, staff_ref=obj.staff.ref, reason=reason)


@admin.register(HandOver)
class HandOverAdmin(PeopleAdmin):
    list_display = (
        "drafted_at",
        "out",
        "into",
        "state",
        "signed_out_by",
        "signed_in_by",
        "done_at",
    )
    list_filter = ("state",)
    list_select_related = ("shift_out__pattern", "shift_in__pattern", "signed_out_by", "signed_in_by")
    ordering = ("-drafted_at",)
    out = column(T("交班", "outgoing"), lambda row: shift_name(row.shift_out))
    into = column(T("接班", "incoming"), lambda row: shift_name(row.shift_in))

    def journal_subject(self, obj: Any) -> str:
        return f"shift:{obj.shift_out_id}"


class GrantForm(forms.ModelForm):
    role = forms.ChoiceField(
        label=T("角色", "role"),
        choices=lambda: [(code, T(row.name_zh, row.name_en)) for code, row in roles.table().roles.items()],
    )
    revoke = forms.BooleanField(label=T("收回", "take it back"), required=False)

    class Meta:
        model = RoleGrant
        fields = ("user", "role", "area")


@admin.register(RoleGrant)
class RoleGrantAdmin(PeopleAdmin):
    form = GrantForm
    reading = permission = "role.grant"
    list_display = ("user", "role_shown", "area", "origin")
    list_filter = (RoleFilter,)
    role_shown = column(T("角色", "role"), lambda grant: role_name(grant.role), order="role")
    list_select_related = ("user", "area")
    autocomplete_fields = ("area", "user")
    fixed = ("user", "area")

    def action_save(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        if change:
            if form.cleaned_data["revoke"]:
                actions.revoke_role(actor_of(request), grant_id=obj.pk)
            return
        values = form.cleaned_data
        row = actions.grant_role(
            actor_of(request), user_id=values["user"].pk, role=values["role"], area=values["area"].code
        )
        obj.pk = row.pk


class TokenForm(forms.ModelForm):
    revoke = forms.BooleanField(label=T("吊销", "revoke"), required=False)

    class Meta:
        model = SourceToken
        fields = ("source", "expires_at")


@admin.register(SourceToken)
class SourceTokenAdmin(PeopleAdmin):
    subject = "token:{pk}"
    form = TokenForm
    reading = permission = "token.issue"
    list_display = ("source", "issued_at", "expires_at", "revoked_at")
    fixed = ("source", "expires_at")

    def action_save(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        if change:
            if form.cleaned_data["revoke"]:
                actions.revoke_token(actor_of(request), token_id=obj.pk)
            return
        values = form.cleaned_data
        token = actions.issue_token(
            actor_of(request), source=values["source"], expires_at=values["expires_at"]
        )
        obj.pk = SourceToken.objects.filter(source=values["source"]).latest("id").pk
        shown_once = T("密钥只显示这一次", "This key is shown once, now")
        self.message_user(request, f"{shown_once}: {token}", messages.WARNING)


class AccountForm(forms.ModelForm):
    new_password = forms.CharField(
        label=T("新密码", "new password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False),
    )

    class Meta:
        model = User
        fields = ("is_active",)


@admin.register(User)
class AccountAdmin(PeopleAdmin):
    """Log-ins: closed, opened, given a password. Roles are granted on their own page."""

    form = AccountForm
    reading = permission = "role.grant"
    list_display = ("username", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username",)
    ordering = ("username",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def action_save(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        if "is_active" in form.changed_data:
            actions.set_active(actor_of(request), user_id=obj.pk, is_active=form.cleaned_data["is_active"])
        if form.cleaned_data["new_password"]:
            actions.set_password(
                actor_of(request), user_id=obj.pk, password=form.cleaned_data["new_password"]
            )
