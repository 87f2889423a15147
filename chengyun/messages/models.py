"""Messages, the facts of their delivery, and the channels that carry them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow


class Channel(Row):
    """A way to push messages besides the inbox, which every post always has."""

    registry: ClassVar[str] = "message"

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", T("网络回调", "Webhook")
        LOG = "log", T("运行日志", "Process log")

    code = models.CharField(T("编码", "code"), max_length=40, unique=True)
    kind = models.CharField(T("类型", "kind"), max_length=16, choices=Kind.choices)
    url = models.CharField(T("地址", "address"), max_length=500, blank=True, default="")
    on = models.BooleanField(T("启用", "on"), default=True)
    post_kinds = models.JSONField(
        T("岗位类型", "post kinds"),
        default=list,
        blank=True,
        help_text=T("空为全部", "empty: all"),
    )
    message_kinds = models.JSONField(
        T("消息类型", "message kinds"),
        default=list,
        blank=True,
        help_text=T("可用 posture.*；空为全部", "posture.* works; empty: all"),
    )
    timeout_s = models.PositiveSmallIntegerField(T("超时（秒）", "timeout (s)"), default=5)
    max_attempts = models.PositiveSmallIntegerField(T("最多尝试", "attempts at most"), default=8)

    class Meta:
        verbose_name = T("消息渠道", "channel")
        verbose_name_plural = T("消息渠道", "channels")

    def __str__(self) -> str:
        return self.code


class Limit(Row):
    """How often a post may be pushed to over one channel; what is held back waits in the inbox meanwhile."""

    registry: ClassVar[str] = "message"
    per_seconds = models.PositiveIntegerField(T("时间窗（秒）", "window (s)"), unique=True)
    at_most = models.PositiveIntegerField(T("最多条数", "at most"))

    class Meta:
        verbose_name = T("推送限频", "push limit")
        verbose_name_plural = T("推送限频", "push limits")

    def __str__(self) -> str:
        return f"{self.at_most} / {self.per_seconds} s"


class Message(ScopedRow):
    """What a post should know. It waits until somebody on duty there has read it; while it waits, the same is counted in."""

    class State(models.TextChoices):
        WAITING = "waiting", T("待阅", "Waiting")
        READ = "read", T("已阅", "Read")
        ANSWERED = "answered", T("已应答", "Answered")

    scope_area = "post__area__path"
    scope_class = "klass"

    ref = models.CharField(T("编号", "reference"), max_length=32, unique=True)
    post = models.ForeignKey("people.Post", models.PROTECT, related_name="+", verbose_name=T("岗位", "post"))
    kind = models.CharField(T("类型", "kind"), max_length=64)
    bundle = models.CharField(T("归并", "bundle"), max_length=80)
    subject = models.CharField(T("对象", "subject"), max_length=80)
    last_subject = models.CharField(T("最近对象", "latest subject"), max_length=80)
    params = models.JSONField(T("参数", "parameters"), default=dict)
    count = models.PositiveIntegerField(T("次数", "count"), default=1)
    klass = models.CharField(T("密级", "class"), max_length=16, default="open")
    state = models.CharField(T("状态", "state"), max_length=16, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(T("产生", "created"))
    last_at = models.DateTimeField(T("最近", "latest"))

    class Meta:
        verbose_name = T("消息", "message")
        verbose_name_plural = T("消息", "messages")
        constraints = [
            models.UniqueConstraint(
                fields=["bundle", "post", "kind"], condition=Q(state="waiting"), name="message_one_waiting"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="message_counts_from_one"),
        ]
        indexes = [models.Index(fields=["post", "state", "id"], name="message_inbox")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Delivery(ScopedRow):
    """What became of a message on one channel: facts with times, never a change to the message's own state."""

    scope_area = "message__post__area__path"
    scope_class = "message__klass"

    message = models.ForeignKey(
        Message, models.PROTECT, related_name="deliveries", verbose_name=T("消息", "message")
    )
    channel = models.CharField(T("渠道", "channel"), max_length=40)
    queued_at = models.DateTimeField(T("排队", "queued"))
    held_until = models.DateTimeField(T("限频至", "held until"), null=True, blank=True)
    handed_at = models.DateTimeField(T("交出", "handed over"), null=True, blank=True)
    delivered_at = models.DateTimeField(T("送达", "delivered"), null=True, blank=True)
    failed_at = models.DateTimeField(T("失败", "failed"), null=True, blank=True)
    failure = models.CharField(T("失败原因", "failure"), max_length=40, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(T("尝试", "attempts"), default=0)
    read_at = models.DateTimeField(T("阅读", "read"), null=True, blank=True)
    answered_at = models.DateTimeField(T("应答", "answered"), null=True, blank=True)
    answer = models.CharField(T("应答内容", "answer"), max_length=16, blank=True, default="")

    class Meta:
        verbose_name = T("送达记录", "delivery")
        verbose_name_plural = T("送达记录", "deliveries")
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="delivery_once_per_channel")
        ]
        indexes = [
            models.Index(fields=["queued_at"], name="delivery_queued"),
            models.Index(fields=["held_until"], name="delivery_held", condition=Q(held_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.channel}"
