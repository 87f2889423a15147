"""Where somebody on duty is: one row a duty, overwritten by the next, and gone with what allowed it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from chengyun.kernel.i18n import T
from chengyun.kernel.models import ScopedRow
from chengyun.people.models.duty import Duty


class StaffPosition(ScopedRow):
    """The latest place of whoever serves a duty. There is no table of earlier ones, and no journal entry of any: a track
    would be a record of a person's movements, which nobody may keep here (docs/decisions/0013)."""

    scope_area: ClassVar[str] = "duty__post__area__path"
    # The key itself is the duty, so that the database holds no second place of it.
    duty = models.OneToOneField(
        Duty, models.CASCADE, primary_key=True, related_name="position", verbose_name=T("值守", "duty")
    )
    lon = models.FloatField(T("经度", "longitude"))
    lat = models.FloatField(T("纬度", "latitude"))
    at = models.DateTimeField(T("时间", "time"))
    expires_at = models.DateTimeField(T("失效", "expires"))

    class Meta:
        verbose_name = T("在岗位置", "position on duty")
        verbose_name_plural = T("在岗位置", "positions on duty")
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("at")), name="position_expires")]
