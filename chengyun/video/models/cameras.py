"""What is on record of a camera, and each change of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from chengyun.district.models import Asset
from chengyun.kernel.i18n import T
from chengyun.kernel.models import ScopedRow

CAMERA = T("摄像机", "camera")


class OfCamera(ScopedRow):
    """Lies where its camera lies."""

    scope_area = "camera__area__path"

    class Meta:
        abstract = True


class CameraTerms(OfCamera):
    """What is on record of a camera beside its asset. `purposes`: what its owner allows; null where nothing is on record.

    `login` names credentials that only the worker's own environment holds; addresses never contain any. `recordings` and
    `live` are addresses of the owner's recorder and of a media server, with {camera}, {from}, {to} in them.
    """

    registry: ClassVar[str | None] = "video"

    camera = models.OneToOneField(Asset, models.PROTECT, related_name="terms", verbose_name=CAMERA)
    purposes = models.JSONField(T("权属方允许的用途", "purposes the owner allows"), null=True)
    terms_ref = models.CharField(T("使用约定文号", "document of the terms"), max_length=120, blank=True)
    ceiling_days = models.PositiveIntegerField(
        T("图片最长留存（天）", "pictures kept at most (days)"), default=90
    )
    model = models.CharField(T("型号与类型", "type"), max_length=80, blank=True)
    sign_photo = models.CharField(T("提示标识照片编号", "photo of the sign"), max_length=80, blank=True)
    sign_on = models.DateField(T("标识设置日期", "sign put up on"), null=True)
    started_on = models.DateField(T("启用日期", "in use since"), null=True)
    filed_on = models.DateField(T("公安备案日期", "filed with the police on"), null=True)
    filing_number = models.CharField(T("备案号", "filing number"), max_length=60, blank=True)
    main = models.CharField(T("主码流地址", "main stream"), max_length=300, blank=True)
    sub = models.CharField(T("子码流地址", "sub-stream"), max_length=300, blank=True)
    login = models.CharField(T("凭据名称", "name of the credentials"), max_length=40, blank=True)
    live = models.CharField(T("媒体服务地址", "media server"), max_length=300, blank=True)
    recordings = models.CharField(T("录像地址", "recorder"), max_length=300, blank=True)
    privacy = models.JSONField(T("隐私遮挡区", "privacy zones"), default=list)
    pack_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = T("摄像机登记", "Camera on record")
        verbose_name_plural = T("摄像机登记", "Cameras on record")

    def __str__(self) -> str:
        return self.camera.code


class TermsChange(OfCamera):
    """What was changed in the record of a camera, by whom and why. Triggers refuse to change or delete one.

    `changed`: field -> [before, after]; of an address scheme and host alone.
    """

    at = models.DateTimeField(T("时间", "at"))
    by = models.CharField(T("提交者", "by"), max_length=64)
    post = models.CharField(T("岗位", "post"), max_length=40, blank=True)
    camera = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=CAMERA)
    changed = models.JSONField(T("变更内容", "what was changed"))
    reason = models.CharField(T("事由", "reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = T("摄像机登记变更", "Change of a camera's record")
        verbose_name_plural = T("摄像机登记变更", "Changes of cameras' records")
