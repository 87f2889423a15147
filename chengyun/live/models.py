"""What people did, beside the input log of what devices sent: together they can be played again."""

from __future__ import annotations

from typing import Any

import orjson
from django.db import models

from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row


class CommandLog(Row):
    """One action that a person took and that went through. It holds codes, numbers and times; free text is left out.

    Kept as long as the input log. `post` is where the person stood (`CODE@next`: who comes on in the following shift), empty
    where they stood nowhere; `last_entry` the journal's newest entry before it, which the numbers in `args` belong to.
    """

    at = models.DateTimeField(T("时间", "time"), db_index=True)
    post = models.CharField(T("岗位", "post"), max_length=60)
    do = models.CharField(T("操作", "action"), max_length=80)
    args_text = models.TextField(T("参数", "arguments"))
    last_entry = models.BigIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = T("人员操作", "Commands")

    @property
    def args(self) -> dict[str, Any]:
        value: dict[str, Any] = orjson.loads(self.args_text)
        return value
