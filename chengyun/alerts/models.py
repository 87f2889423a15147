"""Rules and their versions, alerts, incidents, and the memory of the judging engine."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from chengyun.alerts.logic import lifecycle
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow

STATES = [
    ("unacknowledged", T("未确认", "Unacknowledged")),
    ("acknowledged", T("已确认", "Acknowledged")),
    ("cleared", T("已恢复未确认", "Returned, unacknowledged")),
    ("closed", T("已结束", "Closed")),
]
VERDICTS = [
    ("true", T("属实", "True")),
    ("false", T("误报", "False")),
    ("duplicate", T("重复", "Duplicate")),
    ("nothing_to_do", T("无需处置", "Nothing to do")),
]
_RULE, _SUBJECT, _AREA = T("规则", "rule"), T("判断对象", "subject"), T("区域", "area")
_LEVEL, _KLASS = T("级别", "level"), T("密级", "class")


class Rule(Row):
    """A rule by code. `current` is the version that judges; `problem`: why the latest edit does not, or judges nothing."""

    registry: ClassVar[str | None] = "alert"

    code = models.CharField(T("编码", "code"), max_length=60, unique=True)
    name_zh = models.CharField(T("中文名", "Chinese name"), max_length=120)
    name_en = models.CharField(T("英文名", "English name"), max_length=120)
    current = models.ForeignKey(
        "RuleVersion",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=T("现行版本", "current version"),
    )
    problem = models.TextField(T("问题", "problem"), blank=True, default="")
    problem_at = models.DateTimeField(T("发现时间", "problem since"), null=True)
    retired = models.BooleanField(T("停用", "retired"), default=False)
    pack_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = T("报警规则", "Rules")

    def __str__(self) -> str:
        return f"{self.code} {T(self.name_zh, self.name_en)}"


class RuleVersion(Row):
    """What a rule said from a moment on; never changed. An invalid one is kept with its reason and never judges."""

    registry: ClassVar[str | None] = "alert"

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="versions", verbose_name=_RULE)
    number = models.IntegerField(T("版本", "version"))
    body = models.JSONField(T("内容", "body"))
    digest = models.CharField(T("摘要", "digest"), max_length=64)
    valid = models.BooleanField(T("有效", "valid"))
    reason = models.TextField(T("无效原因", "why not valid"), blank=True, default="")
    at = models.DateTimeField(T("时间", "at"))
    by = models.CharField(T("提交者", "by"), max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = T("规则版本", "Rule versions")
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once")]

    def __str__(self) -> str:
        return f"{self.rule.code} v{self.number}"


class RuleSet(Row):
    """One row: `version` changes whenever the rules that judge change, `memory` whenever stored engine memory does."""

    version = models.BigIntegerField(default=0)
    memory = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = T("规则集", "Rule set")


class RuleState(Row):
    """What the engine must remember of a rule and subject: which levels are pending, on or clearing, and since when."""

    rule = models.CharField(_RULE, max_length=60)
    subject = models.CharField(_SUBJECT, max_length=80)
    data = models.JSONField(T("状态", "memory"))
    memory = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = T("规则状态", "Rule states")
        constraints = [models.UniqueConstraint(fields=["rule", "subject"], name="rule_state_once")]


class Incident(ScopedRow):
    """Alerts with one cause in one place. At most one is open per cause."""

    scope_class: ClassVar[str | None] = "klass"

    cause_key = models.CharField(T("起因", "cause"), max_length=140)
    name_zh = models.CharField(T("中文名", "Chinese name"), max_length=120)
    name_en = models.CharField(T("英文名", "English name"), max_length=120)
    area = models.ForeignKey("district.Area", models.PROTECT, related_name="+", verbose_name=_AREA)
    klass = models.CharField(_KLASS, max_length=16, default="open")
    level = models.SmallIntegerField(_LEVEL)
    peak = models.SmallIntegerField(T("最高级别", "highest level"))
    state = models.CharField(
        T("状态", "state"),
        max_length=16,
        default="open",
        choices=[("open", T("进行中", "Open")), ("closed", T("已结束", "Closed"))],
    )
    opened_at = models.DateTimeField(T("开始", "opened"))
    closed_at = models.DateTimeField(T("结束", "closed"), null=True)
    alert_count = models.IntegerField(T("报警数", "alerts"), default=0)
    entry = models.BigIntegerField(T("日志", "entry"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = T("事件", "Incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["cause_key"], condition=models.Q(state="open"), name="incident_one_open_per_cause"
            )
        ]
        indexes = [models.Index(fields=["state", "level"], name="incident_open")]

    def __str__(self) -> str:
        return f"{self.pk} {T(self.name_zh, self.name_en)}"


class Alert(ScopedRow):
    """One rule's finding about one subject, from opening until it is closed. At most one is open per (rule, subject).

    `since` is event time, `opened_at` when it was announced. `threshold` is the one of its level that held when it was
    judged. `count` counts what was folded in, `raises` how often the condition came back while it was open. `entry` is the
    journal entry that opened it, `last_entry` the latest.
    """

    scope_class: ClassVar[str | None] = "klass"

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="alerts", verbose_name=_RULE)
    version = models.ForeignKey(
        RuleVersion, models.PROTECT, related_name="+", verbose_name=T("版本", "version"), db_index=False
    )
    subject = models.CharField(_SUBJECT, max_length=80)
    area = models.ForeignKey("district.Area", models.PROTECT, related_name="+", verbose_name=_AREA)
    asset = models.ForeignKey(
        "district.Asset", models.PROTECT, null=True, related_name="+", verbose_name=T("设备", "asset")
    )
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, related_name="alerts", verbose_name=T("事件", "incident")
    )
    klass = models.CharField(_KLASS, max_length=16, default="open")
    camera = models.BooleanField(T("来自视频", "from a camera"), default=False)
    level = models.SmallIntegerField(_LEVEL)
    peak = models.SmallIntegerField(T("最高级别", "highest level"))
    state = models.CharField(T("状态", "state"), max_length=16, choices=STATES, default=lifecycle.NEW)
    since = models.DateTimeField(T("起于", "since"))
    opened_at = models.DateTimeField(T("产生", "opened"))
    last_at = models.DateTimeField(T("最近", "last seen"))
    cleared_at = models.DateTimeField(T("恢复", "cleared"), null=True)
    closed_at = models.DateTimeField(T("结束", "closed"), null=True)
    count = models.IntegerField(T("次数", "count"), default=1)
    raises = models.IntegerField(T("触发次数", "raises"), default=1)
    measure = models.FloatField(T("判断值", "measure"), null=True)
    threshold = models.FloatField(T("限值", "threshold"), null=True)
    have = models.IntegerField(T("有数", "reporting"), default=1)
    of = models.IntegerField(T("应有", "expected"), default=1)
    acknowledged_at = models.DateTimeField(T("确认", "acknowledged"), null=True)
    acknowledged_by = models.CharField(T("确认人", "acknowledged by"), max_length=64, default="", blank=True)
    verdict = models.CharField(T("研判", "verdict"), max_length=16, choices=VERDICTS, null=True)
    judged_at = models.DateTimeField(T("研判时间", "judged"), null=True)
    judged_by = models.CharField(T("研判人", "judged by"), max_length=64, default="", blank=True)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="duplicates", db_index=False
    )
    shelved_until = models.DateTimeField(T("暂停至", "shelved until"), null=True)
    shelved_level = models.SmallIntegerField(null=True)
    shelve_reason = models.CharField(
        T("暂停原因", "reason of shelving"), max_length=20, default="", blank=True
    )
    shelved_by = models.CharField(T("暂停人", "shelved by"), max_length=64, default="", blank=True)
    suppressed_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="suppresses", db_index=False
    )
    out_of_service = models.BooleanField(T("停用", "out of service"), default=False)
    batch = models.CharField(max_length=24, default="", db_default="")
    entry = models.BigIntegerField(T("日志", "entry"), null=True)
    last_entry = models.BigIntegerField(T("最近日志", "latest entry"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = T("报警", "Alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"],
                condition=~models.Q(state="closed"),
                name="alert_one_open_per_subject",
            )
        ]
        # Alerts are raised far more often than looked up: an index that few questions use covers only the rows they ask for.
        indexes = [
            models.Index(
                fields=["level", "id"], name="alert_open_by_level", condition=~models.Q(state="closed")
            ),
            models.Index(
                fields=["incident", "level"],
                name="alert_open_in_incident",
                condition=~models.Q(state="closed"),
            ),
            models.Index(
                fields=["suppressed_by"],
                name="alert_suppressed",
                condition=models.Q(suppressed_by__isnull=False),
            ),
            models.Index(fields=["opened_at"], name="alert_opened"),
        ]

    @property
    def hidden(self) -> str:
        """ "" when a person should see it, else shelved, suppressed or out_of_service."""
        return lifecycle.hidden(
            out_of_service=self.out_of_service,
            suppressed=self.suppressed_by_id is not None,
            shelved=self.shelved_until is not None,
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.rule.code} {self.subject}"


class Presence(Row):
    """One row: when the platform last left a sign that it listens."""

    seen_at = models.DateTimeField(T("最近在线", "last seen"))

    class Meta:
        verbose_name = verbose_name_plural = T("平台在线", "Presence")


class Outage(Row):
    """A time in which the platform itself did not listen: nobody knows what happened then, and no datastream was silent."""

    since = models.DateTimeField(T("起于", "since"))
    until = models.DateTimeField(T("恢复", "until"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = T("平台离线", "Platform outages")


class OutOfService(ScopedRow):
    """A rule taken out of service for one subject, by a person, for a reason; it stays in the list until it is back."""

    registry: ClassVar[str | None] = "alert"

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="+", verbose_name=_RULE)
    subject = models.CharField(_SUBJECT, max_length=80)
    area = models.ForeignKey("district.Area", models.PROTECT, related_name="+", verbose_name=_AREA)
    reason = models.CharField(T("原因", "reason"), max_length=20)
    by = models.CharField(T("操作者", "by"), max_length=64)
    since = models.DateTimeField(T("起于", "since"))
    ended_at = models.DateTimeField(T("恢复", "ended"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = T("停用的报警点", "Out of service")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"], condition=models.Q(ended_at=None), name="out_of_service_once"
            )
        ]


def open_alerts() -> Any:
    """All alerts that are not closed."""
    return Alert.objects.exclude(state="closed")
