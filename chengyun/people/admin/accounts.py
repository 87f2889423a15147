"""Log-ins, roles, keys of sources."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from chengyun.kernel.admin import column
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.people import actions, login, roles
from chengyun.people.admin.base import PeopleAdmin
from chengyun.people.models import RoleGrant, SourceToken


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


def role_name(code: str) -> str:
    """A role in the reader's language; the code where roles.yaml does not have it (any more)."""
    role = roles.table().roles.get(code)
    return str(T(role.name_zh, role.name_en)) if role else code


class RoleFilter(admin.SimpleListFilter):
    title = T("角色", "role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, role_name(code)) for code in roles.table().roles]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(role=self.value()) if self.value() else queryset


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
