"""What algorithms found, the masked pictures of it, and who looked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from chengyun.alerts.models import Alert
from chengyun.district.models import Asset
from chengyun.kernel.i18n import T
from chengyun.video.models.bindings import Binding
from chengyun.video.models.cameras import CAMERA, OfCamera

EVENT_STATES = [
    ("new", T("开始", "New")),
    ("update", T("持续", "Going on")),
    ("end", T("结束", "Ended")),
    ("lost", T("失去观察", "Out of sight")),
]
MASKED_HOW = [("heads", T("遮挡头部", "Heads covered")), ("whole", T("整幅模糊", "All of it coarse"))]
VIEWED = [
    ("live", T("实时画面", "Live")),
    ("playback", T("回放", "Playback")),
    ("download", T("下载", "Download")),
    ("picture", T("留存图片", "Picture")),
]


class VideoEvent(OfCamera):
    """What an algorithm found, under one id from its first word to its last. `said_at` is the latest word's own time.

    `lost`: whoever looked is gone, so nobody knows how it went on; that ends no alert.
    """

    ref = models.CharField(T("编号", "id"), max_length=60, unique=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=CAMERA)
    binding = models.ForeignKey(
        Binding, models.PROTECT, related_name="events", verbose_name=T("绑定", "binding")
    )
    version = models.IntegerField(T("绑定版本", "version"))
    zone = models.CharField(T("区域", "zone"), max_length=16)
    kind = models.CharField(T("类型", "kind"), max_length=24)
    about = models.CharField(T("关于", "about"), max_length=24, blank=True)
    state = models.CharField(T("状态", "state"), max_length=8, choices=EVENT_STATES)
    start = models.DateTimeField(T("开始", "start"))
    end = models.DateTimeField(T("结束", "end"), null=True)
    peak = models.FloatField(T("峰值", "peak"))
    unseen_s = models.FloatField(T("未分析秒数", "seconds not analysed"), default=0)
    worker = models.CharField(T("分析进程", "worker"), max_length=40)
    said_at = models.DateTimeField(T("最近消息", "latest word"))
    arrived_at = models.DateTimeField(T("到达", "arrived"))
    alert = models.ForeignKey(
        Alert, models.PROTECT, null=True, related_name="video_events", verbose_name=T("报警", "alert")
    )
    entry = models.BigIntegerField(T("日志", "entry"), null=True)

    class Meta:
        verbose_name = T("视频事件", "Event seen")
        verbose_name_plural = T("视频事件", "Events seen")
        indexes = [
            models.Index(
                fields=["binding", "zone"], name="video_event_open", condition=~Q(state__in=["end", "lost"])
            ),
            models.Index(fields=["arrived_at"], name="video_event_arrived"),
        ]


class EventAlert(OfCamera):
    """The binding behind an alert that was one event by itself, once that event's row has gone: precision counts by it."""

    scope_area = "binding__camera__area__path"

    binding = models.ForeignKey(Binding, models.PROTECT, related_name="event_alerts")
    alert = models.OneToOneField(Alert, models.PROTECT, related_name="event_alert")

    class Meta:
        verbose_name = verbose_name_plural = T("已清理事件的报警", "Alerts of events whose rows have gone")


class Picture(OfCamera):
    """A picture that was masked before it was encoded; there is no column for another. It lies under its hash, as case
    evidence does, is never removed before `keep_until`, and at the latest at `delete_by` unless an open case needs it."""

    ref = models.CharField(T("编号", "id"), max_length=60, unique=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=CAMERA)
    event = models.ForeignKey(VideoEvent, models.SET_NULL, null=True, related_name="pictures")
    # The event's own id: a picture may come before the event's first word.
    event_ref = models.CharField(T("事件", "event"), max_length=60, blank=True, db_index=True)
    at = models.DateTimeField(T("拍摄时间", "taken"))
    arrived_at = models.DateTimeField(T("到达", "arrived"))
    sha256 = models.CharField(T("哈希", "sha256"), max_length=64, db_index=True)
    size = models.IntegerField(T("大小", "size"))
    width = models.IntegerField(T("宽", "width"))
    height = models.IntegerField(T("高", "height"))
    how = models.CharField(T("遮挡方式", "masked how"), max_length=8, choices=MASKED_HOW)
    heads = models.IntegerField(T("遮挡头部数", "heads covered"))
    zones = models.IntegerField(T("遮挡区数", "privacy zones covered"))
    models_used = models.JSONField(T("所用模型", "models used"), default=list)
    worker = models.CharField(T("分析进程", "worker"), max_length=40)
    keep_until = models.DateTimeField(T("至少留存至", "kept at least until"), db_index=True)
    delete_by = models.DateTimeField(T("最迟删除", "removed at the latest"))
    erased_at = models.DateTimeField(T("删除时间", "removed"), null=True)

    class Meta:
        verbose_name = T("留存图片", "Picture")
        verbose_name_plural = T("留存图片", "Pictures")
        constraints = [
            models.CheckConstraint(
                condition=Q(how__in=["heads", "whole"], heads__gte=0, zones__gte=0), name="picture_is_masked"
            ),
            models.CheckConstraint(condition=Q(delete_by__gte=models.F("keep_until")), name="picture_floor"),
        ]


class Viewing(OfCamera):
    """调用登记: who looked through which camera, from when until when, and why. Triggers refuse to change or delete one."""

    at = models.DateTimeField(T("时间", "at"), db_index=True)
    by = models.CharField(T("调用人", "by"), max_length=64)
    post = models.CharField(T("岗位", "post"), max_length=40, blank=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=CAMERA)
    what = models.CharField(T("方式", "what"), max_length=10, choices=VIEWED)
    picture = models.CharField(T("图片", "picture"), max_length=60, blank=True)
    since = models.DateTimeField(T("起", "from"))
    until = models.DateTimeField(T("止", "until"))
    reason_kind = models.CharField(T("事由类别", "kind of reason"), max_length=12)
    reason_ref = models.CharField(T("事由编号", "which"), max_length=40, blank=True)
    reason = models.CharField(T("事由", "reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = T("调用登记", "Viewing")
        verbose_name_plural = T("调用登记", "Viewings")
