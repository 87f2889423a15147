"""What can be erased: free text, who reported, files. The journal holds only their salted digests."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from chengyun.cases.models.case import Case
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row

# Who took a picture; logic/evidence.py says which of them an impact assessment must cover.
ORIGINS = [
    ("staff", T("工作人员", "staff")),
    ("citizen", T("群众", "a citizen")),
    ("drone", T("无人机", "a drone")),
]


class OfCase(Row):
    scope_area: ClassVar[str | None] = "case__area__path"
    scope_class: ClassVar[str | None] = "case__klass"

    class Meta:
        abstract = True


class CaseText(OfCase):
    """A description, a reason, a note. Erasing empties text and salt; the digest in the journal then proves nothing."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="texts", verbose_name=T("案件", "case"))
    at = models.DateTimeField(T("时间", "time"))
    what = models.CharField(T("类别", "what"), max_length=24)
    text = models.TextField(T("内容", "text"), blank=True)
    salt = models.CharField(max_length=64, blank=True)
    digest = models.CharField(T("摘要", "digest"), max_length=64)
    by = models.CharField(T("填写人", "by"), max_length=64)
    erased_at = models.DateTimeField(T("删除时间", "erased"), null=True)

    class Meta:
        verbose_name = T("文字", "Text")
        verbose_name_plural = T("文字", "Texts")


class Reporter(OfCase):
    """Who reported, to be told the outcome. One row per report, also for those that joined a case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="reporters", verbose_name=T("案件", "case"))
    ref = models.CharField(T("编号", "ref"), max_length=32, unique=True)
    at = models.DateTimeField(T("时间", "time"))
    name = models.CharField(T("姓名", "name"), max_length=60, blank=True)
    phone = models.CharField(T("电话", "phone"), max_length=30, blank=True)
    salt = models.CharField(max_length=64, blank=True)
    digest = models.CharField(T("摘要", "digest"), max_length=64, blank=True)
    told_at = models.DateTimeField(T("回访时间", "told the outcome"), null=True)
    erased_at = models.DateTimeField(T("删除时间", "erased"), null=True)

    class Meta:
        verbose_name = T("上报人", "Reporter")
        verbose_name_plural = T("上报人", "Reporters")


class Evidence(OfCase):
    """A file that proves something. It lies outside the web root under `name`, and leaves only through visible_to."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence", verbose_name=T("案件", "case"))
    ref = models.CharField(T("编号", "ref"), max_length=32, unique=True)
    at = models.DateTimeField(T("时间", "time"))
    kind = models.CharField(T("类别", "kind"), max_length=16)
    media_type = models.CharField(T("文件类型", "media type"), max_length=40)
    size = models.IntegerField(T("大小", "size"))
    sha256 = models.CharField(T("哈希", "sha256"), max_length=64)
    origin = models.CharField(T("拍摄者", "taken by"), max_length=8, choices=ORIGINS, default="staff")
    by = models.CharField(T("提交人", "by"), max_length=64)
    erased_at = models.DateTimeField(T("删除时间", "erased"), null=True)

    class Meta:
        verbose_name = T("凭证", "Evidence")
        verbose_name_plural = T("凭证", "Evidence")
