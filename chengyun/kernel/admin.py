"""The base of all admin pages: it reads freely, and writes only through actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponseRedirect

from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry, JournalSeal, OutboxItem, Timer


class ActionAdmin(admin.ModelAdmin):
    """No delete, no bulk delete. Editing is possible only where a subclass defines `action_save`, which calls an action.

    `permission` is what a person needs to edit, as the action itself checks it again; seeing follows `visible_to`.
    """

    permission: str | None = None
    actions = None
    list_per_page = 50
    show_full_result_count = False

    def action_save(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        """Carry out an edit through the domain's actions. Raise `Refused` to show the reason in the form's page."""
        raise NotImplementedError

    @property
    def _editable(self) -> bool:
        return type(self).action_save is not ActionAdmin.action_save

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._editable and self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._editable and self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _may(self, request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        return bool(self.permission and actor is not None and actor.may(self.permission))

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        self.action_save(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The journal is the log."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The journal is the log."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


@admin.register(JournalEntry)
class JournalAdmin(ActionAdmin):
    list_display = ("id", "at", "kind", "subject", "area", "actor", "cause_id")
    list_filter = ("kind",)
    search_fields = ("=subject", "=actor")
    date_hierarchy = "at"


@admin.register(JournalSeal)
class SealAdmin(ActionAdmin):
    list_display = ("seq", "entry_id", "chain_hash")


@admin.register(Timer)
class TimerAdmin(ActionAdmin):
    list_display = ("due_at", "kind", "subject", "key", "attempts", "last_error")
    list_filter = ("kind",)


@admin.register(OutboxItem)
class OutboxAdmin(ActionAdmin):
    list_display = ("at", "topic", "subject", "handed_at", "attempts", "last_error")
    list_filter = ("topic",)
