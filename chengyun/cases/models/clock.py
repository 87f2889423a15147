"""Clocks: spans and facts, never "remaining seconds"."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chengyun.cases.models.case import Case
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row


class Clock(Row):
    """A limit that runs from `started_at`. `policy` is what it was started with and never changes afterwards.

    `due_at` follows from start, policy, extension and pauses, and is None while a pause is open. `breached_at` is the raw
    fact that it ran out: once set, a trigger in the database refuses to unset it; an appeal that is granted sets `exempt`
    beside it. `next_at` is when the next warning or escalation is due; the self-audit looks for those that passed.
    """

    scope_area: ClassVar[str | None] = "case__area__path"
    scope_class: ClassVar[str | None] = "case__klass"

    case = models.ForeignKey(Case, models.PROTECT, related_name="clocks", verbose_name=T("案件", "case"))
    name = models.CharField(T("时钟", "clock"), max_length=24)
    overall = models.BooleanField(T("处置时限", "limit of the case"), default=False)
    policy = models.JSONField(T("启动时策略", "policy at the start"))
    extra = models.SmallIntegerField(T("延期", "times extended"), default=0)
    started_at = models.DateTimeField(T("开始", "started"))
    due_at = models.DateTimeField(T("截止", "due"), null=True)
    provisional = models.BooleanField(T("暂定", "provisional"), default=False)
    stopped_at = models.DateTimeField(T("停止", "stopped"), null=True)
    warned_at = models.DateTimeField(T("已预警", "warned"), null=True)
    breached_at = models.DateTimeField(T("超时", "ran out"), null=True)
    breached_by = models.ForeignKey(
        "people.Post",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=T("超时责任岗位", "who held it then"),
    )
    exempt = models.BooleanField(T("申诉免责", "exempt after appeal"), default=False)
    rungs = models.SmallIntegerField(T("已升级级数", "last rung told"), default=0)
    told = models.SmallIntegerField(T("升级次数", "times escalated"), default=0)
    next_at = models.DateTimeField(T("下一事件", "next event"), null=True)

    class Meta:
        verbose_name = T("时钟", "Clock")
        verbose_name_plural = T("时钟", "Clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "name"],
                condition=Q(stopped_at__isnull=True),
                name="one_running_clock_of_a_name",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="clock_next",
                condition=Q(stopped_at__isnull=True, next_at__isnull=False),
            ),
            models.Index(fields=["due_at"], name="clock_overall", condition=Q(overall=True)),
            # Most clocks never ran out: what a night's report counts is found without walking through the others.
            models.Index(fields=["told"], name="clock_told", condition=Q(told__gt=0)),
        ]


class ClockPause(Row):
    """A span in which a clock stood still, and why."""

    REASONS: ClassVar = [
        ("suspended", T("挂账", "suspended")),
        ("in_check", T("待核查期间", "settled, being checked")),
        ("closed", T("结案期间", "closed")),
        ("merged", T("并案期间", "merged into another case")),
    ]
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="pauses", verbose_name=T("时钟", "clock"))
    starts_at = models.DateTimeField(T("开始", "from"))
    ends_at = models.DateTimeField(T("结束", "to"), null=True)
    reason = models.CharField(T("原因", "reason"), max_length=16, choices=REASONS)

    class Meta:
        verbose_name = T("暂停", "Pause")
        verbose_name_plural = T("暂停", "Pauses")


class Extension(Row):
    """A request for more time (延期) or for suspension (挂账): asked, reviewed, decided by different persons."""

    STATES: ClassVar = [
        ("asked", T("已申请", "asked")),
        ("reviewed", T("已预审", "reviewed")),
        ("granted", T("已批准", "granted")),
        ("refused", T("不同意", "refused")),
    ]
    case = models.ForeignKey(Case, models.PROTECT, related_name="requests", verbose_name=T("案件", "case"))
    what = models.CharField(
        T("事项", "what"),
        max_length=10,
        choices=[("extension", T("延期", "extension")), ("suspension", T("挂账", "suspension"))],
    )
    state = models.CharField(T("状态", "state"), max_length=10, choices=STATES, default="asked")
    asked_at = models.DateTimeField(T("申请时间", "asked"))
    asked_by = models.CharField(T("申请人", "asked by"), max_length=64)
    reviewed_by = models.CharField(T("预审人", "reviewed by"), max_length=64, blank=True, default="")
    decided_by = models.CharField(T("审批人", "decided by"), max_length=64, blank=True, default="")
    decided_at = models.DateTimeField(T("审批时间", "decided"), null=True)
    until = models.DateTimeField(T("至", "until"), null=True)

    class Meta:
        verbose_name = T("延期与挂账", "Extension or suspension")
        verbose_name_plural = T("延期与挂账", "Extensions and suspensions")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "what"],
                condition=Q(state__in=["asked", "reviewed"]),
                name="one_request_at_a_time",
            )
        ]
