"""Registries in the admin. A district is its folder: only what an operator decides can be edited here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from chengyun.district import actions, sheets
from chengyun.district.filters import AreaFilter
from chengyun.district.logic.assessments import REVOKE_REASONS
from chengyun.district.models import Area, Assessment, Asset, Building, GovernedElement, OverlayGrid, Settings
from chengyun.kernel.admin import ActionAdmin
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet


@admin.register(Settings)
class SettingsAdmin(ActionAdmin):
    list_display = ("code", "name_zh", "name_en", "timezone", "schematic", "pack_hash")


@admin.register(Area)
class AreaAdmin(ActionAdmin):
    levels = ()  # its "level" is a layer of the tree
    list_display = ("code", "name_zh", "name_en", "kind", "parent", "valid_from", "valid_to")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("code", "name_zh", "name_en")
    ordering = ("path",)
    exclude = ("geometry",)


@admin.register(OverlayGrid)
class OverlayGridAdmin(ActionAdmin):
    list_display = ("overlay", "grid")
    list_select_related = ("overlay", "grid")
    search_fields = ("overlay__code", "grid__code")
    ordering = ("overlay__path", "grid__path")


@admin.register(Building)
class BuildingAdmin(ActionAdmin):
    list_display = ("code", "name_zh", "name_en", "kind", "area", "floors", "gross_area_m2", "valid_to")
    list_filter = ("kind",)
    list_select_related = ("area",)
    search_fields = ("code", "name_zh", "name_en")
    ordering = ("code",)
    exclude = ("geometry",)


class ServiceForm(forms.ModelForm):
    reason = forms.ChoiceField(label=T("原因", "reason"), choices=list(actions.SERVICE_REASONS.items()))

    class Meta:
        model = Asset
        fields = ("in_service",)


@admin.register(Asset)
class AssetAdmin(WithSheet):
    """One by one, an asset goes in and out of service here; the rest comes from the folder or a sheet."""

    sheet = sheets.AssetSheet()

    permission = "registry.edit"
    form = ServiceForm
    list_display = ("code", "kind", "name_zh", "name_en", "area", "upstream", "in_service", "valid_to")
    list_filter = ("kind", AreaFilter, "in_service")
    list_select_related = ("area", "upstream")
    search_fields = ("code", "name_zh", "name_en", "area__code")
    search_help_text = T("设备编码、名称或区域编码", "code or name of the asset, code of the area")
    ordering = ("code",)
    readonly_fields = (
        "code",
        "kind",
        "name_zh",
        "name_en",
        "area",
        "lon",
        "lat",
        "upstream",
        "attrs",
        "valid_to",
    )
    fields = (*readonly_fields, "in_service", "reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            self.fields if self.has_change_permission(request, obj) else (*self.readonly_fields, "in_service")
        )

    def action_save(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        actions.set_in_service(
            actor=actor_of(request),
            code=obj.code,  # type: ignore[attr-defined]
            in_service=form.cleaned_data["in_service"],
            reason=form.cleaned_data["reason"],
        )


@admin.register(GovernedElement)
class GovernedElementAdmin(WithSheet):
    sheet = sheets.ElementSheet()
    list_display = ("area", "code", "name_zh", "name_en", "quantity", "unit", "department", "valid_to")
    list_filter = (AreaFilter, "department")
    list_select_related = ("area",)
    search_fields = ("code", "name_zh", "area__code")
    search_help_text = T("要素编码、名称或区域编码", "code or name of the element, code of the area")
    ordering = ("area__path", "pk")


class RevokeForm(forms.ModelForm):
    """Of a record that stands, revoking it is all that can be done."""

    revoked_reason = forms.ChoiceField(label=T("撤销原因", "reason"), choices=list(REVOKE_REASONS.items()))


@admin.register(Assessment)
class AssessmentAdmin(ActionAdmin):
    permission = "assessment.record"
    subject = "assessment:{code}"
    list_display = ("code", "topic", "title", "signed_by", "valid_from", "valid_to", "revoked_at")
    list_filter = ("topic",)
    search_fields = ("code", "title", "document")
    ordering = ("-valid_to", "code")
    signed = ("code", "topic", "title", "document", "sha256", "signed_by", "valid_from", "valid_to")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = RevokeForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.signed
        return (*self.signed, "from_pack", "revoked_at", "revoked_reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else (*self.signed, "from_pack", "revoked_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.revoked_at is None)

    def action_save(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        actor, said = actor_of(request), form.cleaned_data
        if change:
            actions.revoke_assessment(actor=actor, code=obj.code, reason=said["revoked_reason"])
            return
        row = actions.record_assessment(actor=actor, **{name: said[name] for name in self.signed})
        obj.pk = row.pk
