"""Admin pages: registries of signals to look at, and the one switch an operator needs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html

from chengyun.district.filters import AreaFilter
from chengyun.kernel.admin import ActionAdmin, column, moment
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.pages import WithSheet
from chengyun.signals import actions, sheets, vocabulary
from chengyun.signals.logic import reasons
from chengyun.signals.models import (
    Balance,
    Datastream,
    InputLog,
    IntakeCount,
    Latest,
    Quarantine,
    SignalSettings,
    Source,
)

# What happened to what came in, in words. A code that is missing here shows as itself.
OUTCOMES = {
    reasons.BAD_JSON: T("不是 JSON", "Not JSON"),
    reasons.BAD_SHAPE: T("结构不对", "Wrong shape"),
    reasons.TOO_LARGE: T("消息过大", "Too large"),
    reasons.BAD_ENCODING: T("无法解压", "Cannot be unpacked"),
    reasons.TOO_MANY: T("读数过多", "Too many readings"),
    reasons.UNKNOWN_SOURCE: T("未知信号源", "Unknown source"),
    reasons.REJECTED_BY_STORE: T("未能入库", "Rejected by the database"),
    reasons.BAD_FIELD: T("字段有误", "Bad field"),
    reasons.NO_TIME: T("缺少时间", "No time"),
    reasons.BAD_TIME: T("时间无法识别", "Unreadable time"),
    reasons.FUTURE: T("时间在未来", "In the future"),
    reasons.TOO_OLD: T("过旧", "Too old"),
    reasons.UNKNOWN_STREAM: T("未知数据流", "Unknown datastream"),
    reasons.NOT_YOUR_STREAM: T("不属于此信号源", "Of another source"),
    reasons.OUT_OF_SERVICE: T("已停用", "Out of service"),
    reasons.SWITCHED_OFF: T("尚未启用", "Switched off"),
    reasons.NOT_A_NUMBER: T("不是数", "Not a number"),
    reasons.OUT_OF_RANGE: T("超出范围", "Out of range"),
    reasons.WRONG_UNIT: T("单位不符", "Wrong unit"),
    reasons.TOO_FEW_PEOPLE: T("人数过少，不予接收", "Too few people to speak of"),
    reasons.CONFLICT: T("同一时刻数值不一", "another value for the same moment"),
    reasons.ACCEPTED: T("已接收", "Accepted"),
    reasons.LATE: T("迟到", "Late"),
    reasons.DUPLICATE: T("重复", "Duplicate"),
    reasons.OVERFLOW: T("隔离区已满而移除", "Removed from a full quarantine"),
    reasons.DRIFT: T("进出平衡漂移", "Balance drifted"),
}


def quantity_name(code: str) -> str:
    found = vocabulary.quantities().get(code)
    return str(T(found.zh, found.en)) if found else code


def with_unit(value: float, quantity: str) -> str:
    """`51,830 person`; a state holds or does not."""
    found = vocabulary.quantities().get(quantity)
    if found and found.nature == "state":
        return str(T("是", "yes") if value else T("否", "no"))
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return format_html(
        '<span class="num">{} <span class="quiet">{}</span></span>', number, found.unit if found else ""
    )


class OutcomeFilter(admin.SimpleListFilter):
    """By outcome, without a walk through the table for those that occur."""

    title = T("结果", "outcome")
    parameter_name = "outcome"
    field, codes = "what", tuple(OUTCOMES)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(OUTCOMES[code])) for code in self.codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class ReasonFilter(OutcomeFilter):
    title = T("原因", "reason")
    parameter_name = "why"
    field, codes = "reason", reasons.QUARANTINED


class QuantityFilter(admin.SimpleListFilter):
    title = T("物理量", "quantity")
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        used = Datastream.objects.order_by("quantity").values_list("quantity", flat=True).distinct()
        return [(code, quantity_name(code)) for code in used]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{self._lookup(queryset): self.value()}) if self.value() else queryset

    @staticmethod
    def _lookup(queryset: QuerySet) -> str:
        return "quantity" if queryset.model is Datastream else "stream__quantity"


@admin.register(Source)
class SourceAdmin(ActionAdmin):
    subject = "source:{code}"
    list_display = ("code", "name_zh", "name_en", "in_service")
    search_fields = ("code", "name_zh", "name_en")


@admin.register(Datastream)
class DatastreamAdmin(WithSheet):
    """One by one, a datastream goes in and out of service here; the rest comes from the folder or a sheet."""

    sheet = sheets.StreamSheet()

    permission = "registry.edit"
    subject = "datastream:{code}"
    list_display = ("code", "quantity_shown", "area", "asset", "source", "every_s", "in_service")
    list_filter = ("in_service", QuantityFilter, AreaFilter, "source")
    list_select_related = ("area", "asset", "source")
    search_fields = ("code", "asset__code", "area__code")
    search_help_text = T("数据流、设备或区域的编码", "code of the datastream, its asset or area")
    quantity_shown = column(
        T("物理量", "quantity"), lambda row: quantity_name(row.quantity), order="quantity"
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Datastream._meta.fields if field.name != "in_service"]

    def action_save(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if "in_service" in form.changed_data:
            actions.set_service(
                request.actor,  # type: ignore[attr-defined]
                datastream=obj.code,
                in_service=form.cleaned_data["in_service"],
                reason="admin",
            )


_ARRIVED = T("到达", "arrived")


@admin.register(Latest)
class LatestAdmin(ActionAdmin):
    list_display = ("code", "place", "quantity_shown", "value_shown", "at", "arrived")
    list_filter = (QuantityFilter,)
    list_select_related = ("stream__area",)
    search_fields = ("stream__code",)
    ordering = ("stream__code",)
    fields = readonly_fields = ("code", "place", "quantity_shown", "value_shown", "at", "arrived")
    code = column(T("数据流", "datastream"), lambda row: row.stream.code, order="stream__code")
    place = column(T("区域", "area"), lambda row: row.stream.area, order="stream__area__code")
    quantity_shown = column(T("物理量", "quantity"), lambda row: quantity_name(row.stream.quantity))
    value_shown = column(
        T("值", "value"), lambda row: with_unit(row.value, row.stream.quantity), order="value"
    )
    at = column(T("时间", "time"), lambda row: moment(row.at_ms), order="at_ms")
    arrived = column(_ARRIVED, lambda row: moment(row.arrived_ms), order="arrived_ms")

    def journal_subject(self, obj: Any) -> str:
        return f"datastream:{obj.stream.code}"


@admin.register(Balance)
class BalanceAdmin(ActionAdmin):
    list_display = ("stream", "value_shown", "at", "baseline", "reset_at")
    list_select_related = ("stream",)
    exclude = ("at_ms", "baseline_ms", "last")
    readonly_fields = ("at", "baseline")
    value_shown = column(
        T("当前值", "value"), lambda row: with_unit(row.value, row.stream.quantity), order="value"
    )
    at = column(T("时间", "time"), lambda row: moment(row.at_ms), order="at_ms")
    baseline = column(T("归零时间", "baseline at"), lambda row: moment(row.baseline_ms), order="baseline_ms")


@admin.register(Quarantine)
class QuarantineAdmin(ActionAdmin):
    reading = "signal.quarantine"
    list_display = ("arrived", "source", "reason_shown", "stream", "idx", "field", "detail")
    list_filter = (ReasonFilter, "source")
    search_fields = ("=stream", "=digest")
    ordering = ("-id",)
    exclude = ("arrived_ms", "reason")
    readonly_fields = ("arrived", "reason_shown")
    arrived = column(_ARRIVED, lambda row: moment(row.arrived_ms), order="arrived_ms")
    reason_shown = column(
        T("原因", "reason"), lambda row: OUTCOMES.get(row.reason, row.reason), order="reason"
    )

    def journal_subject(self, obj: Any) -> str:
        return f"source:{obj.source}"


@admin.register(IntakeCount)
class IntakeCountAdmin(ActionAdmin):
    diagnostic = True
    list_display = ("at", "source_shown", "outcome", "number")
    list_filter = (OutcomeFilter,)
    ordering = ("-minute", "source", "what")
    fields = readonly_fields = ("at", "source_shown", "outcome", "number")
    at = column(T("分钟", "minute"), lambda row: moment(row.minute * 60_000), order="minute")
    source_shown = column(T("信号源", "source"), lambda row: row.source, order="source")
    outcome = column(T("结果", "outcome"), lambda row: OUTCOMES.get(row.what, row.what), order="what")
    number = column(T("读数", "readings"), lambda row: row.n, order="n")

    def journal_subject(self, obj: Any) -> str:
        return f"source:{obj.source}"


@admin.register(InputLog)
class InputLogAdmin(ActionAdmin):
    reading = "signal.quarantine"
    diagnostic = True
    list_display = ("id", "arrived", "source", "form", "key")
    ordering = ("-id",)
    search_fields = ("=source", "=key")
    exclude = ("body", "arrived_ms", "packed")
    readonly_fields = ("arrived",)
    arrived = column(_ARRIVED, lambda row: moment(row.arrived_ms), order="arrived_ms")

    def journal_subject(self, obj: Any) -> str:
        return f"source:{obj.source}"


@admin.register(SignalSettings)
class SignalSettingsAdmin(ActionAdmin):
    diagnostic = True
    list_display = ("observations_days", "minutes_days", "quarantine_days", "input_log", "input_log_days")
