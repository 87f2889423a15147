"""Tables of posture: policy, proposals, approvals, declarations, and the two ladders that are not ours."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow


class Mode(models.TextChoices):
    NORMAL = "normal", T("平时", "Normal")
    HOLIDAY = "holiday", T("节假日", "Holiday")
    MAJOR_EVENT = "major_event", T("重大活动", "Major event")
    EMERGENCY = "emergency", T("应急战时", "Emergency")


class Level(models.IntegerChoices):
    I = 1, T("一级", "Level I")  # noqa: E741
    II = 2, T("二级", "Level II")
    III = 3, T("三级", "Level III")
    IV = 4, T("四级", "Level IV")


_OPEN_PROPOSAL = Q(state__in=["open", "asked", "approved"])
_LEVEL = Q(level__isnull=True) | Q(level__range=(1, 4))
_EMERGENCY_HAS_LEVEL = ~Q(mode="emergency") | Q(level__isnull=False)


class Policy(Row):
    """A version of the posture policy: the text as it was written and what it means. One is in force at a time.

    A version may wait for the moment from which it is valid; a later one may then take over at its own moment.
    """

    class Origin(models.TextChoices):
        PACK = "pack", T("辖区数据包", "District folder")
        EDIT = "edit", T("后台编辑", "Edited here")

    number = models.PositiveIntegerField(T("版本", "version"), unique=True)
    digest = models.CharField(T("摘要", "digest"), max_length=64)
    text = models.TextField(T("文本", "text"))
    body = models.JSONField(T("内容", "content"))
    origin = models.CharField(T("来源", "origin"), max_length=4, choices=Origin.choices)
    valid_from = models.DateTimeField(T("生效时间", "valid from"))
    saved_at = models.DateTimeField(T("保存时间", "saved"))
    saved_by = models.CharField(T("保存人", "saved by"), max_length=64)
    active = models.BooleanField(T("生效", "active"), default=False)
    waiting = models.BooleanField(T("待生效", "waiting"), default=False)

    class Meta:
        verbose_name = T("模式策略", "posture policy")
        verbose_name_plural = T("模式策略", "posture policies")
        constraints = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="policy_one_active"),
            models.CheckConstraint(condition=Q(active=False) | Q(waiting=False), name="policy_state"),
        ]

    def __str__(self) -> str:
        return str(T(f"第 {self.number} 版", f"Version {self.number}"))


class Proposal(ScopedRow):
    """That an area should go to a mode and level: by software or a person. Repeats add evidence to the open one."""

    class State(models.TextChoices):
        OPEN = "open", T("待决", "Open")
        ASKED = "asked", T("已请示", "Asked")
        APPROVED = "approved", T("已口头批准", "Approved by word")
        DECLARED = "declared", T("已宣布", "Declared")
        DECLINED = "declined", T("不采纳", "Declined")
        SUPERSEDED = "superseded", T("已被覆盖", "Superseded")

    area = models.ForeignKey(
        "district.Area", models.PROTECT, related_name="+", verbose_name=T("区域", "area")
    )
    mode = models.CharField(T("模式", "mode"), max_length=16, choices=Mode.choices)
    level = models.PositiveSmallIntegerField(T("级别", "level"), choices=Level.choices, null=True, blank=True)
    incident = models.CharField(T("事件", "incident"), max_length=80, blank=True, default="")
    state = models.CharField(T("状态", "state"), max_length=16, choices=State.choices, default=State.OPEN)
    evidence = models.JSONField(T("依据", "evidence"), default=list)
    times = models.PositiveIntegerField(T("次数", "times proposed"), default=1)
    proposed_at = models.DateTimeField(T("提出", "proposed"))
    proposed_by = models.CharField(T("提出者", "proposed by"), max_length=64)
    asked_post = models.ForeignKey(
        "people.Post",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=T("请示对象", "leader asked"),
    )
    asked_at = models.DateTimeField(T("请示时间", "asked"), null=True, blank=True)
    alarms = models.PositiveSmallIntegerField(T("逾期提醒", "alarms"), default=0)
    closed_at = models.DateTimeField(T("了结", "closed"), null=True, blank=True)
    closed_by = models.CharField(T("了结者", "closed by"), max_length=64, blank=True, default="")
    reason = models.TextField(T("理由", "reason"), blank=True, default="")
    entry = models.BigIntegerField(T("日志", "entry"), null=True)
    latest_entry = models.BigIntegerField(T("最近日志", "latest entry"), null=True)

    class Meta:
        verbose_name = T("模式建议", "proposal")
        verbose_name_plural = T("模式建议", "proposals")
        constraints = [
            # NULL levels count as equal here, which a plain unique constraint would not see.
            models.UniqueConstraint(
                "area", "mode", Coalesce("level", 0), condition=_OPEN_PROPOSAL, name="proposal_one_open"
            ),
            models.CheckConstraint(condition=_LEVEL & _EMERGENCY_HAS_LEVEL, name="proposal_level"),
            models.CheckConstraint(condition=~Q(mode="normal"), name="proposal_not_normal"),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.level or '-'}"


class Declaration(ScopedRow):
    """A mode (and level) in force for an area, declared by a named person, or by the duty officer on a recorded approval."""

    class End(models.TextChoices):
        ENDED = "ended", T("解除", "Ended")
        RAISED = "raised", T("升级", "Raised")
        LOWERED = "lowered", T("降级", "Lowered")

    area = models.ForeignKey(
        "district.Area", models.PROTECT, related_name="+", verbose_name=T("区域", "area")
    )
    mode = models.CharField(T("模式", "mode"), max_length=16, choices=Mode.choices)
    level = models.PositiveSmallIntegerField(T("级别", "level"), choices=Level.choices, null=True, blank=True)
    incident = models.CharField(T("事件", "incident"), max_length=80, blank=True, default="")
    matter = models.TextField(T("事项", "matter"))
    matter_salt = models.CharField(max_length=32, editable=False)
    measures = models.JSONField(T("措施", "measures"))
    expected_end = models.DateTimeField(T("预计期限", "expected end"))
    since = models.DateTimeField(T("开始", "since"))
    by_ref = models.CharField(T("宣布人", "declared by"), max_length=64)
    by_post = models.CharField(T("岗位", "post"), max_length=40, blank=True, default="")
    proposal = models.ForeignKey(
        Proposal,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="declarations",
        verbose_name=T("建议", "proposal"),
    )
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=T("接续", "follows")
    )
    policy = models.CharField(T("策略", "policy"), max_length=64)
    entry = models.BigIntegerField(T("日志", "entry"), null=True)
    ended_at = models.DateTimeField(T("结束", "ended"), null=True, blank=True)
    ended_by = models.CharField(T("结束者", "ended by"), max_length=64, blank=True, default="")
    end_kind = models.CharField(
        T("结束方式", "how"), max_length=8, choices=End.choices, blank=True, default=""
    )
    end_reason = models.TextField(T("结束理由", "reason"), blank=True, default="")

    class Meta:
        verbose_name = T("模式宣布", "declaration")
        verbose_name_plural = T("模式宣布", "declarations")
        constraints = [
            models.UniqueConstraint(
                fields=["area", "mode", "incident"],
                condition=Q(ended_at=None),
                name="declaration_one_in_force",
            ),
            models.CheckConstraint(condition=_LEVEL & _EMERGENCY_HAS_LEVEL, name="declaration_level"),
            models.CheckConstraint(condition=~Q(mode="normal"), name="declaration_not_normal"),
            models.CheckConstraint(condition=~Q(by_ref__startswith="system"), name="declaration_by_a_person"),
        ]
        indexes = [models.Index(fields=["ended_at"], name="declaration_in_force")]

    def __str__(self) -> str:
        return f"{self.mode} {self.level or '-'}"


class Approval(ScopedRow):
    """A leader's spoken decision as the duty officer noted it; the leader countersigns (or denies) within a set time.

    One to declare lapses when nobody has declared on it by `expires_at`: what held an hour ago need not hold now.
    """

    class Purpose(models.TextChoices):
        DECLARE = "declare", T("宣布", "Declare")
        DECLINE = "decline", T("不采纳", "Decline")
        DOWNGRADE = "downgrade", T("降级", "Lower")
        END = "end", T("解除", "End")

    class State(models.TextChoices):
        OPEN = "open", T("待补签", "To be countersigned")
        SIGNED = "signed", T("已补签", "Countersigned")
        DENIED = "denied", T("否认", "Denied")

    area = models.ForeignKey(
        "district.Area", models.PROTECT, related_name="+", verbose_name=T("区域", "area")
    )
    purpose = models.CharField(T("用途", "purpose"), max_length=10, choices=Purpose.choices)
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, related_name="approvals", verbose_name=T("建议", "proposal")
    )
    declaration = models.ForeignKey(
        Declaration,
        models.PROTECT,
        null=True,
        related_name="approvals",
        verbose_name=T("宣布", "declaration"),
    )
    leader_post = models.ForeignKey(
        "people.Post", models.PROTECT, related_name="+", verbose_name=T("领导岗位", "leader")
    )
    leader_ref = models.CharField(T("领导", "leader on duty then"), max_length=64, blank=True, default="")
    spoken_at = models.DateTimeField(T("口头批准时间", "spoken at"))
    recorded_at = models.DateTimeField(T("记录时间", "recorded"))
    recorded_by = models.CharField(T("记录人", "recorded by"), max_length=64)
    recorded_post = models.CharField(T("记录岗位", "recording post"), max_length=40, blank=True, default="")
    expires_at = models.DateTimeField(T("有效至", "usable until"), null=True)
    expired_at = models.DateTimeField(T("失效", "lapsed unused"), null=True)
    due_at = models.DateTimeField(T("补签期限", "countersign by"))
    overdue_at = models.DateTimeField(T("逾期", "overdue since"), null=True)
    alarms = models.PositiveSmallIntegerField(T("逾期提醒", "alarms"), default=0)
    state = models.CharField(T("状态", "state"), max_length=8, choices=State.choices, default=State.OPEN)
    settled_at = models.DateTimeField(T("补签时间", "settled"), null=True)
    settled_by = models.CharField(T("补签人", "settled by"), max_length=64, blank=True, default="")
    entry = models.BigIntegerField(T("日志", "entry"), null=True)

    class Meta:
        verbose_name = T("口头批准", "spoken approval")
        verbose_name_plural = T("口头批准", "spoken approvals")
        constraints = [
            models.CheckConstraint(condition=~Q(settled_by=F("recorded_by")), name="approval_two_people"),
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(purpose="declare", expired_at=None) & ~Q(state="denied"),
                name="approval_one_per_proposal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.leader_post_id}"


class OfficialWarning(ScopedRow):
    """A weather warning signal of the meteorological authority, kept word for word with issuer and time. Never ours.

    Its colour is its own ladder: it sets no level. What it does set is a clock, by which somebody has to decide.
    """

    class Colour(models.TextChoices):
        RED = "red", T("红色", "Red")
        ORANGE = "orange", T("橙色", "Orange")
        YELLOW = "yellow", T("黄色", "Yellow")
        BLUE = "blue", T("蓝色", "Blue")

    class State(models.TextChoices):
        OPEN = "open", T("待决", "Undecided")
        DECIDED = "decided", T("已决", "Decided")
        LIFTED = "lifted", T("已解除", "Lifted by the issuer")

    area = models.ForeignKey(
        "district.Area", models.PROTECT, related_name="+", verbose_name=T("区域", "area")
    )
    issuer = models.CharField(T("发布单位", "issuer"), max_length=100)
    external_id = models.CharField(T("原编号", "issuer's number"), max_length=100)
    kind = models.CharField(T("类别", "kind"), max_length=40)
    colour = models.CharField(T("颜色", "colour"), max_length=8, choices=Colour.choices)
    text = models.TextField(T("原文", "text as issued"))
    issued_at = models.DateTimeField(T("发布时间", "issued"))
    received_at = models.DateTimeField(T("收到", "received"))
    state = models.CharField(T("状态", "state"), max_length=8, choices=State.choices, default=State.OPEN)
    alarms = models.PositiveSmallIntegerField(T("逾期提醒", "alarms"), default=0)
    decided_at = models.DateTimeField(T("决定时间", "decided"), null=True)
    decided_by = models.CharField(T("决定人", "decided by"), max_length=64, blank=True, default="")
    declaration = models.ForeignKey(
        Declaration, models.PROTECT, null=True, related_name="+", verbose_name=T("宣布", "declaration")
    )
    reason = models.TextField(T("理由", "reason"), blank=True, default="")
    lifted_at = models.DateTimeField(T("解除", "lifted"), null=True)

    class Meta:
        verbose_name = T("官方预警信号", "official warning signal")
        verbose_name_plural = T("官方预警信号", "official warning signals")
        constraints = [models.UniqueConstraint(fields=["issuer", "external_id", "area"], name="warning_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.colour}"


class DeclaredResponse(ScopedRow):
    """The government's declared emergency response (应急响应), noted by somebody with that power."""

    area = models.ForeignKey(
        "district.Area", models.PROTECT, related_name="+", verbose_name=T("区域", "area")
    )
    level = models.PositiveSmallIntegerField(T("响应级别", "response level"), choices=Level.choices)
    matter = models.TextField(T("响应事项", "matter"))
    authority = models.CharField(T("宣布机关", "declared by"), max_length=100)
    document = models.CharField(T("文号", "document number"), max_length=100, blank=True, default="")
    declared_at = models.DateTimeField(T("宣布时间", "declared"))
    recorded_at = models.DateTimeField(T("登记时间", "recorded"))
    recorded_by = models.CharField(T("登记人", "recorded by"), max_length=64)
    ended_at = models.DateTimeField(T("终止时间", "ended"), null=True, blank=True)
    ended_by = models.CharField(T("终止登记人", "end recorded by"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = T("政府应急响应", "declared response")
        verbose_name_plural = T("政府应急响应", "declared responses")
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 4)), name="response_level"),
            models.CheckConstraint(
                condition=~Q(recorded_by__startswith="system"), name="response_by_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level}"


class InForce(Row):
    """One row: the digest of everything in force (policy and declarations). Caches elsewhere are keyed by it."""

    registry: ClassVar[str] = "posture"

    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = T("当前生效", "in force")
        verbose_name_plural = T("当前生效", "in force")
