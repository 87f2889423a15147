"""Tables of access: roles of log-ins, keys of sources, failed log-ins."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from chengyun.district.models import Area
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row, ScopedRow


class RoleGrant(ScopedRow):
    """A role that a log-in holds for an area and everything below it. Duty at a post adds its role while it lasts."""

    registry = "people"

    ORIGINS: ClassVar = [("pack", T("数据包", "district folder")), ("admin", T("管理员", "administrator"))]
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants", verbose_name=T("账号", "log-in")
    )
    role = models.CharField(T("角色", "role"), max_length=20)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=T("区域", "area"))
    origin = models.CharField(T("来源", "origin"), max_length=8, choices=ORIGINS, default="admin")

    class Meta:
        verbose_name = T("角色授权", "role grant")
        verbose_name_plural = T("角色授权", "role grants")
        constraints = [models.UniqueConstraint(fields=["user", "role", "area"], name="role_grant_once")]


class SourceToken(Row):
    """A key with which a source of signals may post. Only its SHA-256 is kept; the key is shown once."""

    source = models.CharField(T("信号源", "source"), max_length=60, db_index=True)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    issued_at = models.DateTimeField(T("签发时间", "issued at"))
    expires_at = models.DateTimeField(T("到期", "expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(T("吊销时间", "revoked at"), null=True)

    class Meta:
        verbose_name = T("信号源密钥", "source token")
        verbose_name_plural = T("信号源密钥", "source tokens")

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"


class LoginFailures(Row):
    """Failures of one name or one address. `key` is a keyed digest: neither names nor addresses are kept."""

    kind = models.CharField(max_length=8, choices=[("account", "account"), ("address", "address")])
    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = T("登录失败", "failed log-ins")
        verbose_name_plural = T("登录失败", "failed log-ins")
