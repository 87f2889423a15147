"""Tables of signals: sources, datastreams, observations, and what did not become one.

The hot path writes with plain SQL in `store.py`; these classes are what the rest of the product reads. Times of single
observations are whole milliseconds since 1970 UTC, as they are compared and added up by the thousand.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from chengyun.district.models import Area, Asset
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow


class SignalSettings(Row):
    """How long what is kept, and whether what came in is: one row, from `keep` in sources.yaml."""

    registry = "signal settings"

    observations_days = models.IntegerField(T("观测保存天数", "days observations are kept"), default=30)
    minutes_days = models.IntegerField(T("分钟汇总保存天数", "days minute figures are kept"), default=400)
    quarantine_days = models.IntegerField(T("隔离区保存天数", "days quarantine is kept"), default=30)
    counts_days = models.IntegerField(T("接收计数保存天数", "days intake counts are kept"), default=400)
    input_log = models.BooleanField(T("保存原始输入", "keep what came in"), default=True)
    input_log_days = models.IntegerField(T("原始输入保存天数", "days what came in is kept"), default=7)

    class Meta:
        verbose_name = verbose_name_plural = T("信号设置", "Signal settings")


class Source(Row):
    """Who sends: a gateway, a system, a hand. Tokens are issued for its code."""

    code = models.CharField(T("编码", "code"), max_length=60, unique=True)
    name_zh = models.CharField(T("中文名", "Chinese name"), max_length=100)
    name_en = models.CharField(T("英文名", "English name"), max_length=100)
    in_service = models.BooleanField(T("启用", "in service"), default=True)

    class Meta:
        verbose_name = T("信号源", "source")
        verbose_name_plural = T("信号源", "sources")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Datastream(ScopedRow):
    """One quantity at one place from one source. `every_s` 0: sent only on change, so silence says nothing."""

    scope_class: ClassVar[str | None] = "klass"

    code = models.CharField(T("编码", "code"), max_length=80, unique=True)
    quantity = models.CharField(T("物理量", "quantity"), max_length=40, db_index=True)
    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="datastreams",
        verbose_name=T("设备", "asset"),
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="datastreams", verbose_name=T("区域", "area"))
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="datastreams", verbose_name=T("信号源", "source")
    )
    every_s = models.PositiveIntegerField(T("间隔（秒）", "interval (s)"), default=60)
    late_s = models.PositiveIntegerField(T("允许迟到（秒）", "may be late by (s)"), default=300)
    min = models.FloatField(T("下限", "lower bound"), null=True, blank=True)
    max = models.FloatField(T("上限", "upper bound"), null=True, blank=True)
    in_service = models.BooleanField(T("启用", "in service"), default=True)
    # What the district folder said last: loading it again leaves alone what an operator has changed since.
    pack_in_service = models.BooleanField(default=True, editable=False)
    klass = models.CharField(T("密级", "class"), max_length=16, default="open")

    class Meta:
        verbose_name = T("数据流", "datastream")
        verbose_name_plural = T("数据流", "datastreams")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Observation(Row):
    """One value. The key begins with the minute of the event, so that what arrives together is written together, a
    minute is one stretch for the roll-up, and one stream over an hour is sixty short look-ups. Partitioned by day of
    `minute` on PostgreSQL. `(message, idx)` is the reading's place in the message that brought it."""

    pk = models.CompositePrimaryKey("minute", "stream", "at_ms", "message", "idx")
    minute = models.IntegerField()
    stream = models.ForeignKey(
        Datastream, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at_ms = models.BigIntegerField()
    message = models.BigIntegerField()
    idx = models.IntegerField()
    value = models.FloatField()
    arrived_ms = models.BigIntegerField()
    late = models.SmallIntegerField(default=0)

    scope_area: ClassVar[str | None] = "stream__area__path"
    scope_class: ClassVar[str | None] = "stream__klass"

    class Meta:
        verbose_name = T("观测", "observation")
        verbose_name_plural = T("观测", "observations")


class Latest(ScopedRow):
    """The newest value of a stream by event time, and when anything last arrived (absence is judged by arrival)."""

    scope_area = "stream__area__path"
    scope_class: ClassVar[str | None] = "stream__klass"

    stream = models.OneToOneField(
        Datastream, models.CASCADE, primary_key=True, db_constraint=False, related_name="latest"
    )
    at_ms = models.BigIntegerField()
    value = models.FloatField()
    message = models.BigIntegerField()
    arrived_ms = models.BigIntegerField()

    class Meta:
        verbose_name = T("最新值", "latest value")
        verbose_name_plural = T("最新值", "latest values")


class MinuteFigure(Row):
    """The roll-up: one row per stream and minute of the event."""

    pk = models.CompositePrimaryKey("stream", "minute")
    stream = models.ForeignKey(
        Datastream, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    minute = models.IntegerField()
    n = models.IntegerField()
    min = models.FloatField()
    max = models.FloatField()
    sum = models.FloatField()
    last = models.FloatField()

    scope_area: ClassVar[str | None] = "stream__area__path"
    scope_class: ClassVar[str | None] = "stream__klass"

    class Meta:
        verbose_name = T("分钟汇总", "minute figure")
        verbose_name_plural = T("分钟汇总", "minute figures")


class RollupDue(Row):
    """Minutes that have observations the roll-up has not seen; late ones bring a minute back."""

    minute = models.IntegerField(primary_key=True)

    class Meta:
        verbose_name = verbose_name_plural = T("待汇总分钟", "Minutes to roll up")


class Ingested(Row):
    """Messages taken in, kept 7 days: the same key from the same source is the same message."""

    source = models.ForeignKey(
        Source, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    key = models.BinaryField()
    arrived_ms = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = T("已接收消息", "message taken in")
        verbose_name_plural = T("已接收消息", "messages taken in")
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="ingested_once")]


class InputLog(Row):
    """What came in, in the order of arrival, so that a stretch of it can be replayed. `packed`: the body is zlib."""

    arrived_ms = models.BigIntegerField(T("到达", "arrived"), db_index=True)
    source = models.CharField(T("信号源", "source"), max_length=60)
    form = models.CharField(T("格式", "form"), max_length=8)
    key = models.CharField(T("消息编号", "message id"), max_length=200, null=True)
    packed = models.SmallIntegerField(default=0)
    body = models.BinaryField()

    class Meta:
        verbose_name = verbose_name_plural = T("原始输入", "Input log")


class Quarantine(Row):
    """What was not taken, with the place and the reason; of a bounded size, see `store.put_quarantine`."""

    arrived_ms = models.BigIntegerField(T("到达", "arrived"), db_index=True)
    source = models.CharField(T("信号源", "source"), max_length=60)
    reason = models.CharField(T("原因", "reason"), max_length=32)
    stream = models.CharField(T("数据流", "datastream"), max_length=80, blank=True)
    idx = models.IntegerField(T("第几条", "index"), null=True)
    field = models.CharField(T("字段", "field"), max_length=40, blank=True)
    detail = models.CharField(T("说明", "detail"), max_length=300)
    digest = models.CharField(T("消息哈希", "digest of the message"), max_length=64)
    excerpt = models.CharField(T("摘录", "excerpt"), max_length=300, blank=True)

    class Meta:
        verbose_name = T("隔离", "quarantined item")
        verbose_name_plural = T("隔离区", "quarantine")
        indexes = [models.Index(fields=["source", "reason", "id"], name="quarantine_kind")]


class IntakeCount(Row):
    """How many readings (or messages that could not be read) met with what, per source and minute of arrival."""

    minute = models.IntegerField()
    source = models.CharField(max_length=60)
    what = models.CharField(max_length=32)
    n = models.BigIntegerField()

    class Meta:
        verbose_name = T("接收计数", "intake count")
        verbose_name_plural = T("接收计数", "intake counts")
        constraints = [models.UniqueConstraint(fields=["minute", "source", "what"], name="intake_once")]


class SharedState(Row):
    """One row that ties the caches of all processes to what is committed; see registry.py and judging.py."""

    registry = models.CharField(max_length=80, default="")
    judge = models.CharField(max_length=80, default="")

    class Meta:
        verbose_name = verbose_name_plural = T("共享状态", "Shared state")


class Balance(ScopedRow):
    """How many are present, from what goes in and out: feeds the derived datastream `stream`."""

    scope_area = "stream__area__path"
    scope_class: ClassVar[str | None] = "stream__klass"

    stream = models.OneToOneField(
        Datastream, models.PROTECT, related_name="balance", verbose_name=T("数据流", "datastream")
    )
    inputs = models.JSONField(T("输入", "inputs"), default=list)
    reset_at = models.CharField(T("每日归零时刻", "daily baseline at"), max_length=5, blank=True)
    reset_value = models.FloatField(T("基准值", "baseline"), default=0)
    value = models.FloatField(T("当前值", "value"), default=0)
    at_ms = models.BigIntegerField(default=0)
    baseline_ms = models.BigIntegerField(default=0)
    last = models.JSONField(default=dict)

    class Meta:
        verbose_name = T("进出平衡", "in-out balance")
        verbose_name_plural = T("进出平衡", "in-out balances")
