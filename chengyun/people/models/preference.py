"""How somebody likes their screen."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row


class Preference(Row):
    """One row a log-in: layers, theme, language, sound. No time stands in it: when somebody last changed their screen would
    be a trace of when they were there. It goes with the log-in, and so with the erasure of the person."""

    # The key itself is the log-in, so that the database holds no second row of it.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="preference",
        verbose_name=T("账号", "log-in"),
    )
    body = models.TextField(T("内容", "content"))

    class Meta:
        verbose_name = T("界面偏好", "screen preferences")
        verbose_name_plural = T("界面偏好", "screen preferences")
