"""Tables of the organisation: departments, persons, posts, leaders.

Personal data stand in `Staff.name` and `Staff.phone` alone (and the log-in, a Django user); everything else refers to a
person by a random ref, so that erasing them leaves the rest of the district whole.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chengyun.district.models import Area
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow

POST_KINDS = [
    ("duty_officer", T("值班员", "Duty officer")),
    ("shift_leader", T("值班长", "Shift leader")),
    ("dispatcher", T("派遣员", "Dispatcher")),
    ("commander", T("指挥长", "Commander")),
    ("grid_leader", T("网格长", "Grid leader")),
    ("grid_staff", T("网格员", "Grid worker")),
    ("department_desk", T("部门席位", "Department desk")),
    ("department_handler", T("部门处置岗", "Department handler")),
    ("fixed", T("固定岗", "Fixed post")),
    ("mobile", T("流动岗", "Mobile post")),
    ("verifier", T("核查员", "Verifier")),
    ("auditor", T("审计员", "Auditor")),
]


class Department(Row):
    """An organisation that work can be given to."""

    registry: ClassVar[str] = "people"
    KINDS: ClassVar = [
        ("department", T("职能部门", "Department")),
        ("office", T("内设机构", "Office")),
        ("organisation", T("网格组织", "Organisation on a grid")),
    ]
    code = models.CharField(T("编码", "code"), max_length=32, unique=True)
    name_zh = models.CharField(T("中文名", "Chinese name"), max_length=100)
    name_en = models.CharField(T("英文名", "English name"), max_length=100)
    kind = models.CharField(T("类别", "kind"), max_length=20, choices=KINDS, default="department")

    class Meta:
        verbose_name = T("部门", "department")
        verbose_name_plural = T("部门", "departments")
        ordering = ["code"]

    def __str__(self) -> str:
        return str(T(self.name_zh, self.name_en))


class Staff(Row):
    """A person who works here. `ref` is what the journal and all other domains use; name, phone and log-in can be erased."""

    registry: ClassVar[str] = "people"
    STATES: ClassVar = [
        ("active", T("在岗", "active")),
        ("left", T("离岗", "left")),
        ("erased", T("已删除个人信息", "erased")),
    ]
    ref = models.CharField(T("编号", "ref"), max_length=32, unique=True)
    # The local code a district folder uses for the person, so that loading it again finds them. Says nothing itself.
    pack_ref = models.CharField(T("数据包编号", "code in the folder"), max_length=32, null=True, unique=True)
    name = models.CharField(T("姓名", "name"), max_length=60, blank=True)
    phone = models.CharField(T("电话", "phone"), max_length=30, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="staff",
        verbose_name=T("部门", "department"),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="staff",
        verbose_name=T("账号", "log-in"),
    )
    state = models.CharField(T("状态", "state"), max_length=10, choices=STATES, default="active")
    erased_at = models.DateTimeField(T("删除时间", "erased at"), null=True, editable=False)

    class Meta:
        verbose_name = T("人员", "staff member")
        verbose_name_plural = T("人员", "staff")
        ordering = ["id"]

    def __str__(self) -> str:
        # Never the name: Django's admin copies this text into its own log, which no erasure reaches.
        return self.ref


class Post(ScopedRow):
    """A place in the organisation that work is given to; it resolves to whoever is on duty there."""

    registry: ClassVar[str] = "people"
    code = models.CharField(T("编码", "code"), max_length=40, unique=True)
    kind = models.CharField(T("类别", "kind"), max_length=24, choices=POST_KINDS, db_index=True)
    name_zh = models.CharField(T("中文名", "Chinese name"), max_length=100)
    name_en = models.CharField(T("英文名", "English name"), max_length=100)
    area = models.ForeignKey(Area, models.PROTECT, related_name="posts", verbose_name=T("区域", "area"))
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=T("部门", "department"),
    )
    lon = models.FloatField(T("经度", "longitude"), null=True, blank=True)
    lat = models.FloatField(T("纬度", "latitude"), null=True, blank=True)
    reports_to = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reporting",
        verbose_name=T("上级岗位", "reports to"),
    )
    standing = models.ForeignKey(
        Staff,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="standing_posts",
        verbose_name=T("常任人员", "standing holder"),
        help_text=T("没有排班时由其负责", "answers for the post when no roster says otherwise"),
    )
    in_service = models.BooleanField(T("启用", "in service"), default=True)

    class Meta:
        verbose_name = T("岗位", "post")
        verbose_name_plural = T("岗位", "posts")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(reports_to=F("id")), name="post_not_its_own_superior"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {T(self.name_zh, self.name_en)}"


class PostArea(ScopedRow):
    """A further area that a post covers, beside its own."""

    registry: ClassVar[str] = "people"
    post = models.ForeignKey(
        Post, models.CASCADE, related_name="further_areas", verbose_name=T("岗位", "post")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=T("区域", "area"))

    class Meta:
        verbose_name = T("岗位覆盖区域", "area covered by a post")
        verbose_name_plural = T("岗位覆盖区域", "areas covered by posts")
        constraints = [models.UniqueConstraint(fields=["post", "area"], name="post_area_once")]


class AreaLeader(ScopedRow):
    """The A and B leaders of a grid: B answers where A cannot."""

    registry: ClassVar[str] = "people"
    ROLES: ClassVar = [("A", T("A 岗", "leader A")), ("B", T("B 岗", "leader B"))]
    area = models.ForeignKey(Area, models.PROTECT, related_name="leaders", verbose_name=T("区域", "area"))
    role = models.CharField(T("角色", "role"), max_length=1, choices=ROLES)
    post = models.ForeignKey(Post, models.PROTECT, related_name="leads", verbose_name=T("岗位", "post"))

    class Meta:
        verbose_name = T("网格长 A/B 岗", "leader of an area")
        verbose_name_plural = T("网格长 A/B 岗", "leaders of areas")
        constraints = [models.UniqueConstraint(fields=["area", "role"], name="area_leader_once")]
