"""Channels and push limits."""

from __future__ import annotations

from django.conf import settings

from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.messages import logic
from chengyun.messages.actions.common import INBOX
from chengyun.messages.models import Channel, Limit
from chengyun.messages.pack import MessagesData


def set_channel(
    *,
    actor: Actor,
    code: str,
    kind: str,
    url: str = "",
    on: bool = True,
    post_kinds: list[str] | None = None,
    message_kinds: list[str] | None = None,
    timeout_s: int = 5,
    max_attempts: int = 8,
    cause: int | None = None,
) -> Channel:
    """Create or change a push channel. A webhook's host has to be on the operator's list (CHENGYUN_WEBHOOK_HOSTS)."""
    actor.require("message.configure")
    with write():
        if code == INBOX or not code.isidentifier():
            raise Invalid("bad_code", T("渠道编码不可用", "The channel cannot have this code"), field="code")
        if kind not in Channel.Kind.values:
            raise Invalid("bad_kind", T("没有这种渠道", "There is no such kind of channel"), field="kind")
        if kind == Channel.Kind.WEBHOOK and not logic.host_allowed(url, settings.WEBHOOK_HOSTS):
            raise Invalid(
                "host_not_allowed",
                T("该地址不在允许的主机名单内", "This address is not on the list of allowed hosts"),
                field="url",
                hint=T(
                    "请运维人员设置 CHENGYUN_WEBHOOK_HOSTS。",
                    "Ask the operator to set CHENGYUN_WEBHOOK_HOSTS.",
                ),
            )
        if not 1 <= timeout_s <= 30 or not 1 <= max_attempts <= 50:
            raise Invalid(
                "out_of_range",
                T("超时 1-30 秒，尝试 1-50 次", "Timeout is 1-30 s, attempts 1-50"),
                field="timeout_s",
            )
        wanted = {
            "kind": kind,
            "url": url if kind == Channel.Kind.WEBHOOK else "",
            "on": on,
            "post_kinds": post_kinds or [],
            "message_kinds": message_kinds or [],
            "timeout_s": timeout_s,
            "max_attempts": max_attempts,
        }
        channel = Channel.objects.filter(code=code).first()
        if channel is not None and all(getattr(channel, key) == value for key, value in wanted.items()):
            return channel
        channel, _ = Channel.objects.update_or_create(code=code, defaults=wanted)
        journal.record(
            "message.channel_set",
            subject=f"channel:{code}",
            actor=actor,
            payload={"channel": code, "kind": kind, "on": on, "digest": digest(wanted)},
            cause=cause,
        )
        return channel


def set_limit(*, actor: Actor, per_seconds: int, at_most: int, cause: int | None = None) -> Limit | None:
    """At most so many pushes per post and channel in such a window; `at_most` 0 removes the limit."""
    actor.require("message.configure")
    with write():
        if per_seconds < 1 or at_most < 0:
            raise Invalid(
                "out_of_range", T("时间窗至少 1 秒", "The window is at least one second"), field="per_seconds"
            )
        limit = Limit.objects.filter(per_seconds=per_seconds).first()
        if (limit.at_most if limit else 0) == at_most:
            return limit
        if at_most == 0:
            Limit.objects.filter(per_seconds=per_seconds).delete()
            limit = None
        else:
            limit, _ = Limit.objects.update_or_create(per_seconds=per_seconds, defaults={"at_most": at_most})
        journal.record(
            "message.limit_set",
            subject=f"limit:{per_seconds}",
            actor=actor,
            payload={"per_seconds": per_seconds, "at_most": at_most},
            cause=cause,
        )
        return limit


def load_messages(*, actor: Actor, data: MessagesData, cause: int | None = None) -> None:
    """Bring channels and limits in line with a district's folder; loading the same again changes nothing."""
    with write():
        for channel in data.channels:
            set_channel(actor=actor, **channel.model_dump(), cause=cause)
        for limit in data.limits:
            set_limit(actor=actor, per_seconds=limit.per_seconds, at_most=limit.at_most, cause=cause)
