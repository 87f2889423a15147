"""The catalogue and the workflows, in versions that never change once a case may refer to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row

_CODE = T("编码", "code")
_ZH, _EN = T("中文名", "Chinese name"), T("英文名", "English name")


class CatalogueVersion(Row):
    """One state of catalogue.yaml, routing.yaml and calendar.yaml, in force from `valid_from`. `rules` holds what is not a
    kind: routing, calendar, clock policy, stage limits."""

    registry: ClassVar[str] = "cases"

    code = models.CharField(T("版本", "version"), max_length=40)
    valid_from = models.DateTimeField(T("生效时间", "valid from"), db_index=True)
    digest = models.CharField(T("内容哈希", "digest"), max_length=64, unique=True)
    rules = models.JSONField(T("规则", "rules"), default=dict)

    class Meta:
        verbose_name = T("立案目录版本", "Catalogue version")
        verbose_name_plural = T("立案目录版本", "Catalogue versions")

    def __str__(self) -> str:
        return self.code


class Kind(Row):
    """A kind of case (小类). `scheme_code` is a string of the scheme named by the catalogue; nothing is inferred from it."""

    version = models.ForeignKey(
        CatalogueVersion, models.PROTECT, related_name="kinds", verbose_name=T("版本", "version")
    )
    code = models.CharField(_CODE, max_length=40)
    scheme_code = models.CharField(T("分类编码", "scheme code"), max_length=20, blank=True)
    name_zh = models.CharField(_ZH, max_length=60)
    name_en = models.CharField(_EN, max_length=80)
    klass = models.CharField(T("密级", "class"), max_length=16, default="open")
    urgent = models.BooleanField(T("紧急（先派后立）", "urgent: dispatched first"), default=False)
    independent = models.BooleanField(T("须异单位核查", "verified by another organisation"), default=False)
    policy = models.CharField(T("时限策略", "clock policy"), max_length=40, blank=True)
    workflow = models.CharField(T("流程", "workflow"), max_length=40, default="standard")

    class Meta:
        verbose_name = T("案件类型", "Kind of case")
        verbose_name_plural = T("案件类型", "Kinds of case")
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="kind_once")]

    def __str__(self) -> str:
        return f"{self.code} {T(self.name_zh, self.name_en)}"


class Condition(Row):
    """When a kind is filed and when it is settled. The limit hangs here, not on the kind."""

    kind = models.ForeignKey(Kind, models.PROTECT, related_name="conditions", verbose_name=T("类型", "kind"))
    code = models.CharField(_CODE, max_length=40)
    number = models.SmallIntegerField(T("次序", "order"), default=0)
    filing_zh = models.CharField(T("立案条件", "filing condition (zh)"), max_length=200)
    filing_en = models.CharField(T("立案条件（英文）", "filing condition (en)"), max_length=200)
    closing_zh = models.CharField(T("结案条件", "closing condition (zh)"), max_length=200)
    closing_en = models.CharField(T("结案条件（英文）", "closing condition (en)"), max_length=200)
    amount = models.FloatField(T("时限", "limit"))
    unit = models.CharField(T("时限类型", "unit"), max_length=16)
    filing_checks = models.JSONField(T("立案要素", "filing checks"), default=list)
    evidence = models.JSONField(T("结案凭证", "evidence for settling"), default=list)

    class Meta:
        verbose_name = T("立案条件", "Filing condition")
        verbose_name_plural = T("立案条件", "Filing conditions")
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="condition_once")]


class WorkflowVersion(Row):
    """A workflow definition as it was when cases began to follow it; running cases keep theirs."""

    registry: ClassVar[str] = "cases"

    code = models.CharField(_CODE, max_length=40)
    number = models.IntegerField(T("版本", "version"))
    digest = models.CharField(T("内容哈希", "digest"), max_length=64, unique=True)
    body = models.JSONField(T("定义", "definition"))

    class Meta:
        verbose_name = T("流程版本", "Workflow version")
        verbose_name_plural = T("流程版本", "Workflow versions")
        constraints = [models.UniqueConstraint(fields=["code", "number", "digest"], name="workflow_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"
