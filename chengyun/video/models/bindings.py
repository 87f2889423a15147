"""Which algorithms look through which cameras, and what they speak through."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from chengyun.district.models import Asset
from chengyun.kernel.i18n import T
from chengyun.signals.models import Datastream
from chengyun.video.models.cameras import CAMERA, OfCamera


class Binding(OfCamera):
    """An algorithm that looks through a camera. `current` is the version in force; `problem`: what the worker says of it.

    While `paused_until` lies ahead it does not run, for a stated reason; then it runs again by itself.
    """

    registry: ClassVar[str | None] = "video"

    code = models.CharField(T("编码", "code"), max_length=40, unique=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="bindings", verbose_name=CAMERA)
    preset = models.CharField(T("算法", "algorithm"), max_length=40)
    current = models.ForeignKey(
        "BindingVersion", models.PROTECT, null=True, related_name="+", verbose_name=T("现行版本", "version")
    )
    enabled = models.BooleanField(T("启用", "enabled"), default=True)
    paused_until = models.DateTimeField(T("暂停至", "paused until"), null=True)
    pause_reason = models.CharField(T("暂停原因", "reason"), max_length=20, blank=True, default="")
    problem = models.CharField(T("问题", "problem"), max_length=300, blank=True, default="")
    problem_at = models.DateTimeField(T("发现时间", "problem since"), null=True)
    created_at = models.DateTimeField(T("建立时间", "made"))
    pack_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = T("算法绑定", "Binding")
        verbose_name_plural = T("算法绑定", "Bindings")

    def __str__(self) -> str:
        return self.code


class BindingVersion(OfCamera):
    """What a binding said from a moment on; never changed."""

    scope_area = "binding__camera__area__path"
    registry: ClassVar[str | None] = "video"

    binding = models.ForeignKey(Binding, models.PROTECT, related_name="versions")
    number = models.IntegerField(T("版本", "version"))
    body = models.JSONField(T("内容", "body"))
    digest = models.CharField(T("摘要", "digest"), max_length=64)
    at = models.DateTimeField(T("时间", "at"))
    by = models.CharField(T("提交者", "by"), max_length=64)

    class Meta:
        verbose_name = T("绑定版本", "Binding version")
        verbose_name_plural = T("绑定版本", "Binding versions")
        constraints = [models.UniqueConstraint(fields=["binding", "number"], name="binding_version_once")]


class BindingStream(OfCamera):
    """The datastream that a binding speaks through, for each zone and role (state, level, in, out ...)."""

    scope_area = "binding__camera__area__path"
    registry: ClassVar[str | None] = "video"

    binding = models.ForeignKey(Binding, models.PROTECT, related_name="streams")
    zone = models.CharField(T("区域", "zone"), max_length=16)
    role = models.CharField(T("含义", "role"), max_length=12)
    stream = models.OneToOneField(Datastream, models.PROTECT, related_name="binding")

    class Meta:
        verbose_name = verbose_name_plural = T("绑定数据流", "Datastreams of bindings")
        constraints = [
            models.UniqueConstraint(fields=["binding", "zone", "role"], name="binding_stream_once")
        ]
