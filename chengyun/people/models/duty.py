"""Tables of duty: patterns, shifts, duties and the hand-over between two shifts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from chengyun.district.models import Area
from chengyun.kernel.i18n import T
from chengyun.kernel.models import ScopedRow
from chengyun.people.models.registry import Post, Staff


class DutyPattern(ScopedRow):
    """How duty goes round. `body` is data: {starts_on, weekdays, shifts: [{code, name_zh, name_en, from, to}],
    teams: [{post code: staff ref}], early_minutes, draft_minutes, remind_minutes}."""

    code = models.CharField(T("编码", "code"), max_length=40, unique=True)
    name_zh = models.CharField(T("中文名", "Chinese name"), max_length=100)
    name_en = models.CharField(T("英文名", "English name"), max_length=100)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=T("区域", "area"))
    handover = models.BooleanField(
        T("须交接", "needs a hand-over"),
        help_text=T("班次只以双方签字的交接结束", "its shifts end only by a hand-over signed by both"),
    )
    body = models.JSONField(T("内容", "content"))
    in_service = models.BooleanField(T("启用", "in service"), default=True)

    class Meta:
        verbose_name = T("排班规则", "duty pattern")
        verbose_name_plural = T("排班规则", "duty patterns")
        ordering = ["code"]

    def __str__(self) -> str:
        return str(T(self.name_zh, self.name_en))


class Shift(ScopedRow):
    """One turn of a pattern that needs a hand-over. `starts_at` and `ends_at` are the plan; what happened is beside it."""

    STATES: ClassVar = [
        ("planned", T("计划", "planned")),
        ("open", T("进行中", "open")),
        ("handing_over", T("交接中", "handing over")),
        ("closed", T("已交接", "handed over")),
    ]
    RUNNING: ClassVar = ("open", "handing_over")
    pattern = models.ForeignKey(
        DutyPattern, models.PROTECT, related_name="shifts", verbose_name=T("规则", "pattern")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="shifts", verbose_name=T("区域", "area"))
    code = models.CharField(T("班次", "shift"), max_length=20)
    starts_at = models.DateTimeField(T("计划开始", "planned start"))
    ends_at = models.DateTimeField(T("计划结束", "planned end"))
    state = models.CharField(T("状态", "state"), max_length=14, choices=STATES, default="planned")
    opened_at = models.DateTimeField(T("实际开始", "opened at"), null=True)
    closed_at = models.DateTimeField(T("实际结束", "closed at"), null=True)
    overdue_since = models.DateTimeField(T("逾期未交接", "overdue since"), null=True)

    class Meta:
        verbose_name = T("班次", "shift")
        verbose_name_plural = T("班次", "shifts")
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "starts_at"], name="shift_once"),
            models.UniqueConstraint(
                fields=["pattern"], condition=Q(state__in=["open", "handing_over"]), name="shift_one_running"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_lasts"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="shift_closed_with_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id}/{self.code} {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"


class Duty(ScopedRow):
    """Somebody at a post for a stretch of time, `starts_at` inclusive to `ends_at` exclusive.

    A `window` counts by itself. The duties of a shift are `planned` until the hand-over begins them, then `serving` with
    an open end until the next hand-over ends them: an unsigned shift leaves nobody's post empty.
    """

    STATES: ClassVar = [
        ("window", T("按时段", "by the clock")),
        ("planned", T("计划", "planned")),
        ("serving", T("在岗", "serving")),
        ("ended", T("已结束", "ended")),
    ]
    scope_area = "post__area__path"
    post = models.ForeignKey(Post, models.PROTECT, related_name="duties", verbose_name=T("岗位", "post"))
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="duties", verbose_name=T("人员", "staff"))
    shift = models.ForeignKey(
        Shift, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name=T("班次", "shift")
    )
    state = models.CharField(T("状态", "state"), max_length=8, choices=STATES)
    starts_at = models.DateTimeField(T("开始", "from"))
    ends_at = models.DateTimeField(T("结束", "to"), null=True)

    class Meta:
        verbose_name = T("值守", "duty")
        verbose_name_plural = T("值守", "duties")
        ordering = ["starts_at", "id"]
        constraints = [
            # Exactly one person serves at a post: the database says so, not a check before an insert.
            models.UniqueConstraint(fields=["post"], condition=Q(state="serving"), name="duty_one_serving"),
            models.UniqueConstraint(
                fields=["post", "shift"], condition=Q(state="planned"), name="duty_planned_once"
            ),
            models.CheckConstraint(
                condition=Q(state="serving", ends_at=None)
                | (~Q(state="serving") & Q(ends_at__gte=F("starts_at"))),
                name="duty_open_end_while_serving",
            ),
            models.CheckConstraint(
                condition=Q(state="window", shift=None) | (~Q(state="window") & Q(shift__isnull=False)),
                name="duty_window_has_no_shift",
            ),
        ]
        indexes = [
            models.Index(fields=["post", "starts_at"], name="duty_post"),
            models.Index(fields=["staff", "starts_at"], name="duty_staff"),
        ]


class HandOver(ScopedRow):
    """The record between two shifts and the two signatures under it. `record` holds ids and counts alone."""

    STATES: ClassVar = [
        ("drafted", T("待签字", "to be signed")),
        ("done", T("已交接", "done")),
    ]
    scope_area = "shift_out__area__path"
    shift_out = models.OneToOneField(
        Shift, models.PROTECT, related_name="hand_over", verbose_name=T("交班", "outgoing")
    )
    shift_in = models.ForeignKey(Shift, models.PROTECT, related_name="+", verbose_name=T("接班", "incoming"))
    state = models.CharField(T("状态", "state"), max_length=8, choices=STATES, default="drafted")
    drafted_at = models.DateTimeField(T("起草时间", "drafted at"))
    record = models.JSONField(T("交接记录", "record"))
    digest = models.CharField(T("记录摘要", "digest of the record"), max_length=64)
    remarks = models.TextField(T("备注", "remarks"), blank=True)
    remarks_salt = models.CharField(max_length=32, blank=True, editable=False)
    signed_out_at = models.DateTimeField(T("交班签字时间", "signed out at"), null=True)
    signed_out_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name=T("交班人", "signed out by")
    )
    signed_in_at = models.DateTimeField(T("接班签字时间", "signed in at"), null=True)
    signed_in_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name=T("接班人", "signed in by")
    )
    done_at = models.DateTimeField(T("生效时间", "took effect at"), null=True)
    # What became different between drafting and taking effect, per section: {key: {"new": [...], "gone": [...]}}.
    since_draft = models.JSONField(T("起草后的变化", "changes since the draft"), default=dict)

    class Meta:
        verbose_name = T("交接班", "hand-over")
        verbose_name_plural = T("交接班", "hand-overs")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(signed_out_by__isnull=False, signed_in_by__isnull=False, done_at__isnull=False),
                name="hand_over_signed_by_both",
            ),
            models.CheckConstraint(
                condition=Q(signed_out_by=None) | Q(signed_in_by=None) | ~Q(signed_out_by=F("signed_in_by")),
                name="hand_over_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shift_out} → {self.shift_in}"
