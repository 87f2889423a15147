"""Areas, buildings, assets and what a grid governs. All of it comes from a district's folder of open files."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from chengyun.district.logic import kinds
from chengyun.district.logic.assessments import REVOKE_REASONS, TOPICS
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow

_CODE = T("编码", "code")
_ZH, _EN = T("中文名", "Chinese name"), T("英文名", "English name")
_ATTRS = T("属性", "attributes")
_ENDED = T("有效期止", "valid to")


class Settings(Row):
    """The district this database is for: one row, from district.yaml."""

    registry: ClassVar[str] = "district"
    code = models.CharField(_CODE, max_length=40, unique=True)
    name_zh = models.CharField(_ZH, max_length=100)
    name_en = models.CharField(_EN, max_length=100)
    timezone = models.CharField(T("时区", "time zone"), max_length=64)
    crs = models.CharField(T("坐标系", "reference system"), max_length=16)
    lon = models.FloatField(T("中心经度", "centre longitude"))
    lat = models.FloatField(T("中心纬度", "centre latitude"))
    bbox = models.JSONField(T("范围", "bounds: west, south, east, north"))
    schematic = models.BooleanField(T("示意", "schematic"))
    attribution = models.CharField(T("来源署名", "attribution"), max_length=500, blank=True)
    map_approval = models.CharField(
        T("审图号", "map approval number"), max_length=100, blank=True, default=""
    )
    note_zh = models.CharField(T("说明（中文）", "note (Chinese)"), max_length=500, blank=True)
    note_en = models.CharField(T("说明（英文）", "note (English)"), max_length=500, blank=True)
    pack_hash = models.CharField(T("数据包哈希", "hash of the pack"), max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = T("辖区设置", "District settings")

    def __str__(self) -> str:
        return self.code


class BaseMap(Row):
    """The drawing under the map, from base.geojson: one row with the whole file as it travels. Nothing in it is governed."""

    registry: ClassVar[str] = "district"

    body = models.TextField(T("GeoJSON", "GeoJSON"))
    features = models.IntegerField(T("要素数", "features"))

    class Meta:
        verbose_name = verbose_name_plural = T("底图", "Base map")

    def __str__(self) -> str:
        return f"{self.features}"


class Area(ScopedRow):
    """A node of the tree. `path` is `/ryh/g2-01/g3-05/m-012/`: one area contains another where its path begins the other's.

    Overlays (ring, scene, beat) lie across the grids and point at them through `OverlayGrid`. An area is never deleted:
    what the pack no longer lists gets `valid_to`, the first day on which it does not hold any more.
    """

    registry: ClassVar[str] = "district"
    scope_area: ClassVar[str] = "path"

    code = models.CharField(_CODE, max_length=40, unique=True)
    name_zh = models.CharField(_ZH, max_length=100)
    name_en = models.CharField(_EN, max_length=100)
    kind = models.CharField(T("类别", "kind"), max_length=16, choices=list(kinds.AREA_KINDS.items()))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name=T("上级", "parent")
    )
    path = models.CharField(T("路径", "path"), max_length=255, unique=True)
    level = models.SmallIntegerField(T("层级", "level"))
    geometry = models.JSONField(T("边界", "geometry"), null=True)
    valid_from = models.DateField(T("有效期起", "valid from"))
    valid_to = models.DateField(_ENDED, null=True)
    attrs = models.JSONField(_ATTRS, default=dict)

    class Meta:
        verbose_name = verbose_name_plural = T("区域", "Areas")
        indexes = [models.Index(fields=["kind", "code"], name="area_kind")]

    def __str__(self) -> str:
        return f"{self.code} {T(self.name_zh, self.name_en)}"


class OverlayGrid(ScopedRow):
    """A ring, scene or police beat covers a grid (many to many: a beat follows the police, not the grids)."""

    registry: ClassVar[str] = "district"
    scope_area: ClassVar[str] = "overlay__path"

    overlay = models.ForeignKey(
        Area, models.CASCADE, related_name="covers", verbose_name=T("覆盖层", "overlay")
    )
    grid = models.ForeignKey(Area, models.CASCADE, related_name="overlays", verbose_name=T("网格", "grid"))

    class Meta:
        verbose_name = verbose_name_plural = T("圈层与警格对应网格", "Overlay to grid")
        constraints = [models.UniqueConstraint(fields=["overlay", "grid"], name="overlay_grid_once")]


class Building(ScopedRow):
    code = models.CharField(_CODE, max_length=40, unique=True)
    name_zh = models.CharField(_ZH, max_length=100)
    name_en = models.CharField(_EN, max_length=100)
    kind = models.CharField(T("类别", "kind"), max_length=40)
    area = models.ForeignKey(Area, models.PROTECT, related_name="buildings", verbose_name=T("区域", "area"))
    geometry = models.JSONField(T("轮廓", "geometry"))
    floors = models.IntegerField(T("层数", "floors"), null=True)
    height_m = models.FloatField(T("高度（米）", "height in metres"), null=True)
    gross_area_m2 = models.BigIntegerField(T("建筑面积（平方米）", "gross area in m2"), null=True)
    attrs = models.JSONField(_ATTRS, default=dict)
    valid_to = models.DateField(_ENDED, null=True)

    class Meta:
        verbose_name = verbose_name_plural = T("楼宇", "Buildings")

    def __str__(self) -> str:
        return f"{self.code} {T(self.name_zh, self.name_en)}"


class Asset(ScopedRow):
    """A thing that stands somewhere. `upstream` is what it cannot work without: a counter's camera, a camera's cabinet.

    `in_service` belongs to the operator and is left alone when a pack is loaded again; `valid_to` to the pack.
    """

    registry: ClassVar[str] = "district"
    code = models.CharField(_CODE, max_length=40, unique=True)
    kind = models.CharField(T("类别", "kind"), max_length=16, choices=list(kinds.ASSET_KINDS.items()))
    name_zh = models.CharField(_ZH, max_length=100)
    name_en = models.CharField(_EN, max_length=100)
    area = models.ForeignKey(Area, models.PROTECT, related_name="assets", verbose_name=T("区域", "area"))
    lon = models.FloatField(T("经度", "longitude"))
    lat = models.FloatField(T("纬度", "latitude"))
    upstream = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="downstream", verbose_name=T("上游设备", "upstream")
    )
    in_service = models.BooleanField(T("在用", "in service"), default=True)
    attrs = models.JSONField(_ATTRS, default=dict)
    valid_to = models.DateField(_ENDED, null=True)

    class Meta:
        verbose_name = verbose_name_plural = T("设施设备", "Assets")
        indexes = [models.Index(fields=["kind", "code"], name="asset_kind")]

    def __str__(self) -> str:
        return f"{self.code} {T(self.name_zh, self.name_en)}"


class GovernedElement(ScopedRow):
    """A row of a grid's table of what it governs (治理要素一览表): how much of it, and which department answers."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="elements", verbose_name=T("区域", "area"))
    code = models.CharField(_CODE, max_length=40)
    name_zh = models.CharField(_ZH, max_length=100)
    name_en = models.CharField(_EN, max_length=100)
    quantity = models.BigIntegerField(T("数量", "quantity"))
    unit = models.CharField(T("单位", "unit"), max_length=20)
    department = models.CharField(T("责任部门", "responsible department"), max_length=40, blank=True)
    status = models.CharField(T("数据状态", "status of the figure"), max_length=40)
    valid_to = models.DateField(_ENDED, null=True)

    class Meta:
        verbose_name = verbose_name_plural = T("治理要素一览表", "Governed elements")
        constraints = [models.UniqueConstraint(fields=["area", "code"], name="element_once")]

    def __str__(self) -> str:
        return f"{self.code} {T(self.name_zh, self.name_en)}"


class Assessment(Row):
    """The record of an impact assessment (个人信息保护影响评估). While one holds, what it covers is switched on.

    `valid_to` is the first day on which it does not hold any more. `signed_by` is the code of a post. A record is kept as
    it was signed: triggers refuse to change or delete it; revoking it is all that can still be done, once.
    """

    registry: ClassVar[str] = "district"

    code = models.CharField(_CODE, max_length=40, unique=True)
    topic = models.CharField(T("事项", "topic"), max_length=20, choices=list(TOPICS.items()))
    title = models.CharField(T("评估名称", "title"), max_length=200)
    document = models.CharField(T("文件编号或位置", "where the document is kept"), max_length=200)
    sha256 = models.CharField(T("文件 SHA-256", "SHA-256 of the document"), max_length=64)
    signed_by = models.CharField(T("签署岗位", "signed by (post)"), max_length=40)
    valid_from = models.DateField(T("有效期起", "valid from"))
    valid_to = models.DateField(T("失效日期", "no longer valid on"))
    from_pack = models.BooleanField(T("来自数据包", "from the district folder"), default=False)
    revoked_at = models.DateTimeField(T("撤销时间", "revoked at"), null=True)
    revoked_reason = models.CharField(
        T("撤销原因", "reason"), max_length=20, blank=True, default="", choices=list(REVOKE_REASONS.items())
    )

    class Meta:
        verbose_name = verbose_name_plural = T("个人信息保护影响评估", "Impact assessments")
        constraints = [
            models.CheckConstraint(condition=Q(topic__in=list(TOPICS)), name="assessment_topic"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="assessment_lasts"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="assessment_revoked_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
