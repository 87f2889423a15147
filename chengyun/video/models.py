"""Tables of video: what is on record of a camera, which algorithms look through it, who analyses it now, what they found.

The camera itself is an asset of the district. Where it looks, by what right, whose it is, its sign and how long recordings
are kept stand in the asset's attributes, which no door can change into something unlawful; the rest stands here.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chengyun.alerts.models import Alert
from chengyun.district.models import Asset
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow
from chengyun.signals.models import Datastream

_CAMERA = T("摄像机", "camera")
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


class OfCamera(ScopedRow):
    """Lies where its camera lies."""

    scope_area = "camera__area__path"

    class Meta:
        abstract = True


class CameraTerms(OfCamera):
    """What is on record of a camera beside its asset. `purposes`: what its owner allows; null where nothing is on record.

    `login` names credentials that only the worker's own environment holds; addresses never contain any. `recordings` and
    `live` are addresses of the owner's recorder and of a media server, with {camera}, {from}, {to} in them.
    """

    registry: ClassVar[str | None] = "video"

    camera = models.OneToOneField(Asset, models.PROTECT, related_name="terms", verbose_name=_CAMERA)
    purposes = models.JSONField(T("权属方允许的用途", "purposes the owner allows"), null=True)
    terms_ref = models.CharField(T("使用约定文号", "document of the terms"), max_length=120, blank=True)
    ceiling_days = models.PositiveIntegerField(
        T("图片最长留存（天）", "pictures kept at most (days)"), default=90
    )
    model = models.CharField(T("型号与类型", "type"), max_length=80, blank=True)
    sign_photo = models.CharField(T("提示标识照片编号", "photo of the sign"), max_length=80, blank=True)
    sign_on = models.DateField(T("标识设置日期", "sign put up on"), null=True)
    started_on = models.DateField(T("启用日期", "in use since"), null=True)
    filed_on = models.DateField(T("公安备案日期", "filed with the police on"), null=True)
    filing_number = models.CharField(T("备案号", "filing number"), max_length=60, blank=True)
    main = models.CharField(T("主码流地址", "main stream"), max_length=300, blank=True)
    sub = models.CharField(T("子码流地址", "sub-stream"), max_length=300, blank=True)
    login = models.CharField(T("凭据名称", "name of the credentials"), max_length=40, blank=True)
    live = models.CharField(T("媒体服务地址", "media server"), max_length=300, blank=True)
    recordings = models.CharField(T("录像地址", "recorder"), max_length=300, blank=True)
    privacy = models.JSONField(T("隐私遮挡区", "privacy zones"), default=list)
    pack_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = T("摄像机登记", "Camera on record")
        verbose_name_plural = T("摄像机登记", "Cameras on record")

    def __str__(self) -> str:
        return self.camera.code


class Binding(OfCamera):
    """An algorithm that looks through a camera. `current` is the version in force; `problem`: what the worker says of it.

    While `paused_until` lies ahead it does not run, for a stated reason; then it runs again by itself.
    """

    registry: ClassVar[str | None] = "video"

    code = models.CharField(T("编码", "code"), max_length=40, unique=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="bindings", verbose_name=_CAMERA)
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

    camera = models.OneToOneField(Asset, models.PROTECT, related_name="seat", verbose_name=_CAMERA)
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


class VideoEvent(OfCamera):
    """What an algorithm found, under one id from its first word to its last. `said_at` is the latest word's own time.

    `lost`: whoever looked is gone, so nobody knows how it went on; that ends no alert.
    """

    ref = models.CharField(T("编号", "id"), max_length=60, unique=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_CAMERA)
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


class Picture(OfCamera):
    """A picture that was masked before it was encoded; there is no column for another. It lies under its hash, as case
    evidence does, is never removed before `keep_until`, and at the latest at `delete_by` unless an open case needs it."""

    ref = models.CharField(T("编号", "id"), max_length=60, unique=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_CAMERA)
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
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_CAMERA)
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
