"""Admin pages of video: records to look at, the filing table to take away, the log of viewings for auditors."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from chengyun.district.filters import AreaFilter
from chengyun.kernel.admin import ActionAdmin, column
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet
from chengyun.video import lawful, sheets
from chengyun.video.models import (
    Binding,
    CameraTerms,
    Picture,
    Seat,
    TermsChange,
    VideoEvent,
    Viewing,
    Worker,
)


@admin.register(CameraTerms)
class CameraTermsAdmin(WithSheet):
    """What is on record of cameras. Addresses of streams are not shown: whoever needs them writes them anew."""

    sheet = sheets.FilingSheet()
    reading = "camera.read"
    subject = "camera:{camera}"
    list_display = ("camera", "place", "owner", "filed_on", "filing_number", "missing")
    list_filter = (AreaFilter,)
    list_select_related = ("camera__area",)
    search_fields = ("camera__code", "filing_number")
    ordering = ("camera__code",)
    exclude = ("main", "sub", "live", "recordings", "pack_digest")
    place = column(T("安装部位", "place"), lambda row: lawful.attr(row.camera, "place"))
    owner = column(T("权属方", "owner"), lambda row: lawful.attr(row.camera, "owner"))
    missing = column(T("待补", "missing"), lambda row: "、".join(map(str, sheets.gaps(row, row.camera))))

    def journal_subject(self, obj: Any) -> str:
        return f"camera:{obj.camera.code}"


@admin.register(TermsChange)
class TermsChangeAdmin(ActionAdmin):
    reading = "camera.read"
    list_display = ("at", "camera", "post", "reason", "changed")
    list_select_related = ("camera",)
    search_fields = ("=camera__code",)
    ordering = ("-id",)

    def journal_subject(self, obj: Any) -> str:
        return f"camera:{obj.camera.code}"


@admin.register(Binding)
class BindingAdmin(ActionAdmin):
    reading = "camera.read"
    subject = "binding:{code}"
    list_display = ("code", "camera", "preset", "enabled", "paused_until", "problem")
    list_filter = ("enabled", "preset")
    list_select_related = ("camera",)
    search_fields = ("code", "camera__code")
    exclude = ("pack_digest",)


@admin.register(Worker)
class WorkerAdmin(ActionAdmin):
    reading = "camera.read"
    diagnostic = True
    list_display = ("name", "cores", "room", "version", "seen_at", "until")
    exclude = ("key", "session")


@admin.register(Seat)
class SeatAdmin(ActionAdmin):
    reading = "camera.read"
    diagnostic = True
    list_display = ("camera", "worker", "until", "seen_at", "fps", "unseen", "degraded")
    list_filter = ("degraded",)
    list_select_related = ("camera", "worker")
    search_fields = ("camera__code",)


@admin.register(VideoEvent)
class VideoEventAdmin(ActionAdmin):
    reading = "camera.read"
    subject = "event:{ref}"
    list_display = ("ref", "camera", "binding", "kind", "state", "start", "end", "alert")
    list_filter = ("state", "kind")
    list_select_related = ("camera", "binding", "alert__rule")
    search_fields = ("=ref", "=camera__code", "=binding__code")
    ordering = ("-id",)


@admin.register(Picture)
class PictureAdmin(ActionAdmin):
    """The record of a picture; the picture itself is looked at in the console, for a reason."""

    reading = "camera.read"
    subject = "picture:{ref}"
    list_display = ("ref", "camera", "at", "how", "heads", "zones", "keep_until", "delete_by", "erased_at")
    list_filter = ("how",)
    list_select_related = ("camera",)
    search_fields = ("=ref", "=camera__code")
    ordering = ("-id",)


@admin.register(Viewing)
class ViewingAdmin(ActionAdmin):
    reading = "camera.audit"
    list_display = ("at", "camera", "what", "post", "reason_kind", "reason_ref", "reason")
    list_filter = ("what",)
    list_select_related = ("camera",)
    search_fields = ("=camera__code",)
    ordering = ("-id",)

    def journal_subject(self, obj: Any) -> str:
        return f"camera:{obj.camera.code}"
