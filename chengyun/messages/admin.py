"""Admin pages: messages and deliveries to read, channels and limits to set."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import get_language

from chengyun.district.models import Area
from chengyun.kernel.admin import ActionAdmin, column
from chengyun.kernel.i18n import T
from chengyun.messages import actions, logic, queries, texts
from chengyun.messages.models import Channel, Delivery, Limit, Message
from chengyun.people.models import Post

_PLACE = re.compile(r"\{\w+\}")


class KindFilter(admin.SimpleListFilter):
    title = T("类型", "kind")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        zh = (get_language() or "zh").startswith("zh")
        found = {kind: texts.template(kind) for kind in sorted(texts.kinds())}
        return [(kind, _PLACE.sub("…", t.title_zh if zh else t.title_en)) for kind, t in found.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


def _titles() -> Callable[[Message], str]:
    names: dict[str, Any] = {}

    def title(message: Message) -> str:
        if not names:
            names.update(texts.words())
            names["area"] = {
                row[0]: row[1:] for row in Area.objects.values_list("code", "name_zh", "name_en")
            }
            names["post"] = {
                row[0]: row[1:] for row in Post.objects.values_list("code", "name_zh", "name_en")
            }
        params = {"kind": message.kind, "about": message.last_subject, **message.params}
        zh = (get_language() or "zh").startswith("zh")
        return logic.render(texts.template(message.kind), params, message.count, zh=zh, words=names).title

    return title


@admin.register(Message)
class MessageAdmin(ActionAdmin):
    subject = "message:{ref}"
    list_display = ("created_at", "post", "title", "last_subject", "count", "state")
    list_filter = ("state", KindFilter)
    list_select_related = ("post",)
    search_fields = ("=ref", "=subject", "=bundle")
    ordering = ("-id",)
    readonly_fields = ("title",)

    @admin.display(description=T("内容", "says"))
    def title(self, obj: Message) -> str:
        return queries.text(obj).title

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        # On a list the names of areas and posts are read once, not once a row.
        title = column(T("内容", "says"), _titles(), order="kind")
        return [title if name == "title" else name for name in super().get_list_display(request)]


@admin.register(Delivery)
class DeliveryAdmin(ActionAdmin):
    diagnostic = True
    ordering = ("-queued_at",)
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
    subject = "channel:{code}"
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
    subject = "limit:{per_seconds}"
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
