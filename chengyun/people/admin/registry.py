"""Departments, staff, posts, leaders of areas."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chengyun.district.filters import AreaFilter
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet
from chengyun.people import actions, queries, sheets
from chengyun.people.admin.base import PeopleAdmin, changed
from chengyun.people.models import AreaLeader, Department, Post, Staff


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
class StaffAdmin(WithSheet, PeopleAdmin):
    sheet = sheets.StaffSheet()
    subject = "staff:{ref}"
    form = StaffForm
    reading = "person.read"
    list_display = ("ref", "name", "phone", "department", "state")
    list_filter = ("state", "department")
    list_select_related = ("department",)
    search_fields = ("=ref", "name", "=pack_ref")
    search_help_text = T("姓名，或完整的编号", "a name, or a ref in full")

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
class PostAdmin(WithSheet, PeopleAdmin):
    sheet = sheets.PostSheet()
    subject = "post:{code}"
    list_display = ("code", "kind", "name_zh", "name_en", "area", "department", "reports_to", "in_service")
    list_filter = ("kind", AreaFilter, "department", "in_service")
    list_select_related = ("area", "department", "reports_to")
    search_fields = ("code", "name_zh", "name_en", "area__code")
    search_help_text = T("岗位编码、名称或区域编码", "code or name of the post, code of the area")
    autocomplete_fields = ("area", "reports_to", "standing")
    fixed = ("code",)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj.pk = actions.save_post(actor_of(request), code=obj.code, **changed(form, but=("code",))).pk


@admin.register(AreaLeader)
class AreaLeaderAdmin(WithSheet, PeopleAdmin):
    sheet = sheets.LeaderSheet()
    list_display = ("area", "role", "post")
    list_filter = ("role", AreaFilter)
    list_select_related = ("area", "post")
    search_fields = ("area__code", "area__name_zh", "post__code")
    search_help_text = T("区域编码、名称或岗位编码", "code or name of the area, code of the post")
    ordering = ("area__code", "role")
    autocomplete_fields = ("area", "post")
    fixed = ("area", "role")

    def journal_subject(self, obj: Any) -> str:
        return f"area:{obj.area.code}"

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj.pk = actions.set_leader(actor_of(request), area=obj.area, role=obj.role, post=obj.post).pk
