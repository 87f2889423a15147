"""Who analyses which camera now."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from chengyun.district.models import Asset
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row
from chengyun.signals.models import Datastream
from chengyun.video.models.cameras import CAMERA, OfCamera


class Worker(Row):
    """A process that analyses cameras. Two of one name would be two holders: the second is refused while the first lives."""

    name = models.CharField(T("名称", "name"), max_length=40, unique=True)
    session = models.CharField(max_length=40)
    address = models.CharField(T("画面地址", "address of its pictures"), max_length=200, blank=True)
    key = models.CharField(max_length=64, blank=True)
    version = models.CharField(T("版本", "version"), max_length=40, blank=True)
    cores = models.FloatField(T("核数", "cores"), default=1)
    room = models.IntegerField(T("还能承担", "room for"), default=0)
    load = models.FloatField(T("负载", "load"), null=True)
    models_ready = models.JSONField(T("可用模型", "models it has"), default=list)
    started_at = models.DateTimeField(T("启动", "started"))
    seen_at = models.DateTimeField(T("最近心跳", "last heard of"))
    until = models.DateTimeField(T("租约至", "holds until"), db_index=True)

    class Meta:
        verbose_name = T("分析进程", "Worker")
        verbose_name_plural = T("分析进程", "Workers")

    def __str__(self) -> str:
        return self.name


class Seat(OfCamera):
    """Who analyses a camera now: one row a camera, so that nobody shares one; and the latest that was said of it.

    `worker` holds it until `until`; afterwards anybody may take it. `unseen_s` of `over_s` seconds have not been told as a
    reading yet.
    """

    camera = models.OneToOneField(Asset, models.PROTECT, related_name="seat", verbose_name=CAMERA)
    worker = models.ForeignKey(
        Worker, models.PROTECT, null=True, related_name="seats", verbose_name=T("分析进程", "worker")
    )
    since = models.DateTimeField(T("起于", "since"), null=True)
    until = models.DateTimeField(T("租约至", "until"), null=True)
    started = models.BooleanField(T("曾被分析", "was analysed before"), default=False)
    stream = models.OneToOneField(Datastream, models.PROTECT, related_name="seat")
    seen_at = models.DateTimeField(T("最近画面", "last picture"), null=True)
    fps = models.FloatField(T("每秒画面数", "pictures a second"), null=True)
    unseen = models.FloatField(T("每分钟未分析秒数", "seconds of a minute not analysed"), null=True)
    degraded = models.BooleanField(T("降级", "degraded"), default=False)
    mode = models.CharField(T("方式", "mode"), max_length=12, blank=True, default="")
    health = models.CharField(T("状态", "health"), max_length=20, blank=True, default="")
    unseen_s = models.FloatField(default=0)
    over_s = models.FloatField(default=0)

    class Meta:
        verbose_name = T("分析租约", "Lease")
        verbose_name_plural = T("分析租约", "Leases")
        constraints = [
            models.CheckConstraint(
                condition=Q(worker=None, until=None) | Q(worker__isnull=False, until__isnull=False),
                name="seat_held_until",
            )
        ]
        indexes = [models.Index(fields=["worker", "until"], name="seat_holder")]
