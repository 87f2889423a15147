"""Admin pages: registries of signals to look at, and the one switch an operator needs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from chengyun.kernel.admin import ActionAdmin
from chengyun.signals import actions
from chengyun.signals.models import (
    Balance,
    Datastream,
    InputLog,
    IntakeCount,
    Latest,
    Quarantine,
    SignalSettings,
    Source,
)


@admin.register(Source)
class SourceAdmin(ActionAdmin):
    list_display = ("code", "name_zh", "name_en", "in_service")
    search_fields = ("code", "name_zh", "name_en")


@admin.register(Datastream)
class DatastreamAdmin(ActionAdmin):
    """Everything comes from the district's folder; in or out of service is the operator's."""

    permission = "registry.edit"
    list_display = ("code", "quantity", "area", "asset", "source", "every_s", "in_service")
    list_filter = ("in_service", "quantity", "source")
    list_select_related = ("area", "asset", "source")
    search_fields = ("code",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Datastream._meta.fields if field.name != "in_service"]

    def action_save(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if "in_service" in form.changed_data:
            actions.set_service(
                request.actor,  # type: ignore[attr-defined]
                datastream=obj.code,
                in_service=form.cleaned_data["in_service"],
                reason="admin",
            )


@admin.register(Latest)
class LatestAdmin(ActionAdmin):
    list_display = ("stream", "value", "at_ms", "arrived_ms")
    list_select_related = ("stream",)
    search_fields = ("stream__code",)


@admin.register(Balance)
class BalanceAdmin(ActionAdmin):
    list_display = ("stream", "value", "at_ms", "baseline_ms", "reset_at")
    list_select_related = ("stream",)


@admin.register(Quarantine)
class QuarantineAdmin(ActionAdmin):
    list_display = ("id", "arrived_ms", "source", "reason", "stream", "idx", "field", "detail")
    list_filter = ("reason", "source")
    search_fields = ("=stream", "=digest")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        actor = getattr(request, "actor", None)
        return (
            super().has_view_permission(request, obj) and actor is not None and actor.may("signal.quarantine")
        )


@admin.register(IntakeCount)
class IntakeCountAdmin(ActionAdmin):
    list_display = ("minute", "source", "what", "n")
    list_filter = ("what", "source")


@admin.register(InputLog)
class InputLogAdmin(ActionAdmin):
    list_display = ("id", "arrived_ms", "source", "form", "key")
    list_filter = ("source",)
    exclude = ("body",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        actor = getattr(request, "actor", None)
        return (
            super().has_view_permission(request, obj) and actor is not None and actor.may("signal.quarantine")
        )


@admin.register(SignalSettings)
class SignalSettingsAdmin(ActionAdmin):
    list_display = ("observations_days", "minutes_days", "quarantine_days", "input_log", "input_log_days")
