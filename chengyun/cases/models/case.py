"""The case, what was done to it, who had it, and the alerts it came from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chengyun.cases.models.catalogue import CatalogueVersion, WorkflowVersion
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow

SOURCES = [
    ("person", T("网格或岗位上报", "grid or post")),
    ("phone", T("来电", "phone call")),
    ("radio", T("对讲机", "radio")),
    ("walk_in", T("来访", "walk-in")),
    ("citizen", T("公众上报", "citizen")),
    ("hotline", T("热线转办", "hotline")),
    ("leader", T("领导交办", "leader's assignment")),
    ("sensor", T("传感器", "sensor")),
    ("camera", T("视频", "camera")),
    ("upper", T("上级平台", "upper platform")),
    ("system", T("系统自动", "the platform")),
]
# Such reports are checked before they are filed (核实).
PUBLIC_SOURCES = frozenset({"citizen", "hotline", "phone", "walk_in"})
# What a person at a desk may enter; the others are set by what brings them.
BY_HAND = ("phone", "radio", "walk_in", "person", "citizen", "hotline", "leader", "upper")

_STATE = T("状态", "state")
_POST = T("岗位", "post")


class Case(ScopedRow):
    """Somebody's work. While it is open exactly one post answers for it: the database refuses it otherwise.

    `state` is a code of the case's workflow; `is_open` repeats its type, for the constraint and for indexes. `kind` and
    `condition` are codes of the catalogue version. `due_at` repeats the running limit; clocks themselves are rows of their
    own. Counters only ever go up, but for `reports`, of which an undone merge gives back what it took over.
    """

    scope_class: ClassVar[str | None] = "klass"

    workflow = models.ForeignKey(WorkflowVersion, models.PROTECT, related_name="+", db_index=False)
    catalogue = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(T("类型", "kind"), max_length=40)
    condition = models.CharField(T("立案条件", "condition"), max_length=40, blank=True, default="")
    area = models.ForeignKey(
        "district.Area", models.PROTECT, related_name="+", verbose_name=T("区域", "area")
    )
    lon = models.FloatField(T("经度", "longitude"), null=True, blank=True)
    lat = models.FloatField(T("纬度", "latitude"), null=True, blank=True)
    klass = models.CharField(T("密级", "class"), max_length=16, default="open")
    source = models.CharField(T("来源", "source"), max_length=16, choices=SOURCES, default="person")
    source_ref = models.CharField(
        T("来源编号", "number at the source"), max_length=80, blank=True, default=""
    )
    incident = models.BigIntegerField(T("事件", "incident"), null=True, blank=True)
    state = models.CharField(_STATE, max_length=24)
    is_open = models.BooleanField(T("未结", "open"), default=True)
    urgent = models.BooleanField(T("紧急", "urgent"), default=False)
    accountable_post = models.ForeignKey(
        "people.Post",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=T("责任岗位", "accountable post"),
    )
    lead_post = models.ForeignKey(
        "people.Post",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=T("主办岗位", "lead post"),
    )
    first_post = models.ForeignKey(
        "people.Post",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=T("首问岗位", "first asked"),
    )
    department = models.ForeignKey(
        "people.Department",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=T("责任部门", "department"),
    )
    reported_at = models.DateTimeField(T("上报时间", "reported"))
    filed_at = models.DateTimeField(T("立案时间", "filed"), null=True)
    dispatched_at = models.DateTimeField(T("派遣时间", "dispatched"), null=True)
    settled_at = models.DateTimeField(T("处置完成", "settled"), null=True)
    closed_at = models.DateTimeField(T("结案时间", "closed"), null=True)
    due_at = models.DateTimeField(T("处置截止", "due"), null=True)
    reports = models.IntegerField(T("上报次数", "reports"), default=1)
    returns = models.SmallIntegerField(T("退回次数", "returns"), default=0)
    reworks = models.SmallIntegerField(T("返工次数", "reworks"), default=0)
    reopens = models.SmallIntegerField(T("重开次数", "reopens"), default=0)
    extensions = models.SmallIntegerField(T("延期次数", "extensions"), default=0)
    suspensions = models.SmallIntegerField(T("挂账次数", "suspensions"), default=0)
    checked = models.BooleanField(T("已核实", "checked before filing"), default=False)
    described = models.BooleanField(T("有描述", "described"), default=False)
    final_owner = models.BooleanField(T("兜底", "fallback owner has it"), default=False)
    has_handler = models.BooleanField(T("已指派处置人员", "a handler is assigned"), default=False)
    self_settled = models.BooleanField(T("自行处置", "settled on the spot"), default=False)
    forced = models.BooleanField(T("强制结案", "closed by force"), default=False)
    satisfied = models.BooleanField(T("回访满意", "satisfied at the call back"), null=True)
    resume_state = models.CharField(max_length=24, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", verbose_name=T("并入", "merged into")
    )
    split_from = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="parts", verbose_name=T("拆自", "split from")
    )
    entry = models.BigIntegerField(T("日志", "journal entry"), null=True)
    last_entry = models.BigIntegerField(T("最近日志", "latest entry"), null=True)

    class Meta:
        verbose_name = T("案件", "Case")
        verbose_name_plural = T("案件", "Cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_open=False) | Q(accountable_post__isnull=False), name="open_case_has_an_owner"
            ),
            models.CheckConstraint(
                condition=Q(is_open=True) | Q(accountable_post__isnull=True), name="closed_case_has_none"
            ),
        ]
        # Open cases are few however many there ever were: what the desks ask for is indexed over those alone.
        indexes = [
            models.Index(fields=["accountable_post", "due_at"], name="case_desk", condition=Q(is_open=True)),
            models.Index(fields=["state", "id"], name="case_state", condition=Q(is_open=True)),
            models.Index(
                fields=["incident", "kind"],
                name="case_incident",
                condition=Q(is_open=True, incident__isnull=False),
            ),
            models.Index(fields=["area", "kind"], name="case_alike", condition=Q(is_open=True)),
            models.Index(fields=["department", "reported_at"], name="case_department"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}"


class Step(Row):
    """One verb done to a case. `holder` is the post that answers from here on (None once closed): the ledger of who held it
    and for how long. `actor` and `organisation` are how "who settles never verifies" is known."""

    scope_area: ClassVar[str | None] = "case__area__path"
    scope_class: ClassVar[str | None] = "case__klass"

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps", verbose_name=T("案件", "case"))
    at = models.DateTimeField(T("时间", "time"))
    verb = models.CharField(T("操作", "verb"), max_length=24)
    before = models.CharField(T("原状态", "from"), max_length=24, blank=True, default="")
    after = models.CharField(_STATE, max_length=24)
    holder = models.ForeignKey(
        "people.Post", models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_POST
    )
    actor = models.CharField(T("操作者", "actor"), max_length=64)
    actor_post = models.CharField(T("操作岗位", "actor's post"), max_length=40, blank=True, default="")
    organisation = models.CharField(T("单位", "organisation"), max_length=32, blank=True, default="")
    fixes = models.BooleanField(T("属处置", "is part of settling"), default=False)
    entry = models.BigIntegerField(T("日志", "journal entry"))

    class Meta:
        verbose_name = T("办理记录", "Step")
        verbose_name_plural = T("办理记录", "Steps")


class Assignment(Row):
    """A span in which a post had the case to handle: as lead, as co-handler, or as the lead's handler."""

    ROLES: ClassVar = [
        ("lead", T("主办", "lead")),
        ("co", T("协办", "co-handler")),
        ("handler", T("处置", "handler")),
    ]
    scope_area: ClassVar[str | None] = "case__area__path"
    scope_class: ClassVar[str | None] = "case__klass"

    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments", verbose_name=T("案件", "case"))
    post = models.ForeignKey(
        "people.Post", models.PROTECT, related_name="+", db_index=False, verbose_name=_POST
    )
    role = models.CharField(T("角色", "role"), max_length=8, choices=ROLES)
    rule = models.CharField(T("派遣规则", "routing rule"), max_length=16, blank=True, default="")
    starts_at = models.DateTimeField(T("开始", "from"))
    ends_at = models.DateTimeField(T("结束", "to"), null=True)

    class Meta:
        verbose_name = T("派遣", "Assignment")
        verbose_name_plural = T("派遣", "Assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(role="lead", ends_at__isnull=True), name="one_lead_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["case", "post"], condition=Q(role="co", ends_at__isnull=True), name="co_handler_once"
            ),
        ]


class CaseAlert(Row):
    """A case and an alert, many to many. A merge copies links and keeps the old ones, so nothing of an alert is lost."""

    scope_area: ClassVar[str | None] = "case__area__path"
    scope_class: ClassVar[str | None] = "case__klass"

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="alerts", db_index=False, verbose_name=T("案件", "case")
    )
    alert = models.ForeignKey(
        "alerts.Alert", models.PROTECT, related_name="+", verbose_name=T("报警", "alert")
    )
    via = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(T("时间", "time"))

    class Meta:
        verbose_name = T("案件报警", "Alert of a case")
        verbose_name_plural = T("案件报警", "Alerts of cases")
        constraints = [models.UniqueConstraint(fields=["case", "alert"], name="case_alert_once")]
