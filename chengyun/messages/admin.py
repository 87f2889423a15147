"""Admin pages: messages and deliveries to read, channels and limits to set."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from chengyun.kernel.admin import ActionAdmin
from chengyun.messages import actions
from chengyun.messages.models import Channel, Delivery, Limit, Message


@admin.register(Message)
class MessageAdmin(ActionAdmin):
    list_display = ("created_at", "post", "kind", "last_subject", "count", "state")
    list_filter = ("state", "kind")
    list_select_related = ("post",)
    search_fields = ("=ref", "=subject", "=bundle")


@admin.register(Delivery)
class DeliveryAdmin(ActionAdmin):
    list_display = (
        "queued_at",
        "message",
        "channel",
        "held_until",
        "handed_at",
        "failed_at",
        "failure",
        "read_at",
        "answered_at",
    )
    list_filter = ("channel", "failure")
    list_select_related = ("message",)


@admin.register(Channel)
class ChannelAdmin(ActionAdmin):
    permission = "message.configure"
    list_display = ("code", "kind", "url", "on")

    def action_save(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        saved = actions.set_channel(
            actor=request.actor,  # type: ignore[attr-defined]
            code=obj.code,
            kind=obj.kind,
            url=obj.url,
            on=obj.on,
            post_kinds=obj.post_kinds,
            message_kinds=obj.message_kinds,
            timeout_s=obj.timeout_s,
            max_attempts=obj.max_attempts,
        )
        obj.pk = saved.pk

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


@admin.register(Limit)
class LimitAdmin(ActionAdmin):
    permission = "message.configure"
    list_display = ("per_seconds", "at_most")

    def action_save(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        saved = actions.set_limit(
            actor=request.actor,  # type: ignore[attr-defined]
            per_seconds=obj.per_seconds,
            at_most=obj.at_most,
        )
        obj.pk = saved.pk if saved else None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("per_seconds",) if obj else ()
