"""The base of all admin pages: it reads freely, and writes only through actions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst

from chengyun.kernel import journal, scope
from chengyun.kernel.errors import Refused
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, JournalSeal, OutboxItem, Timer

CLASSES = {scope.OPEN: T("公开", "open"), scope.SENSITIVE: T("敏感", "sensitive")}
NUMERALS = {1: "I", 2: "II", 3: "III", 4: "IV"}
# Beside the legal colours (red, orange, yellow, blue, in admin.css): a level is never told by colour alone.
SHAPES = {1: "▲", 2: "◆", 3: "●", 4: "■"}


def level_badge(level: int | None) -> str:
    """A level of 1 to 4 as numeral, shape and colour; anything else as it is."""
    if level not in NUMERALS:
        return "–" if level is None else str(level)
    return format_html(
        '<span class="level level-{}"><span aria-hidden="true">{}</span> {}</span>',
        level,
        SHAPES[level],
        NUMERALS[level],
    )


def moment(at_ms: int | None) -> str:
    """Milliseconds since 1970 as a time in the district's zone; 0 and None are "never"."""
    if not at_ms:
        return "–"
    at = timezone.localtime(datetime.fromtimestamp(at_ms / 1000, UTC))
    return format_html('<span class="num">{}</span>', date_format(at, "DATETIME_FORMAT"))


def column(
    label: Any, show: Callable[[Any], Any], *, order: str | None = None, empty: str = "–"
) -> Callable[..., Any]:
    """A column from a function of the row, to stand in a class (where it becomes a method) or in a list."""

    @admin.display(description=label, ordering=order, empty_value=empty)
    def shown(*args: Any) -> Any:
        return show(args[-1])

    return shown


def _named(obj: Any) -> str:
    return str(T(obj.name_zh, obj.name_en) if obj.name_en else obj.name_zh)


class LevelFilter(admin.FieldListFilter):
    """By level, I to IV, whichever occur."""

    def expected_parameters(self) -> list[str | None]:
        return [self.field_path]

    def choices(self, changelist: Any) -> Any:
        given: Any = self.used_parameters.get(self.field_path)
        chosen = given[-1] if given else None
        for level, label in ((None, T("全部", "All")), *NUMERALS.items()):
            value = None if level is None else str(level)
            query = {} if value is None else {self.field_path: value}
            yield {
                "selected": value == chosen,
                "query_string": changelist.get_query_string(query, [self.field_path]),
                "display": label,
            }


_REFS = re.compile(r"^(actor|by|by_ref|leader_ref|\w+_by)$")
_PERSONS = {"people.Staff", settings.AUTH_USER_MODEL}


def _says_who(model: type[Model], path: str) -> bool:
    """Whether a column, or a lookup such as `duty__staff__name`, stands for a person outside their own registry."""
    here: Any = model
    for part in path.lstrip("-").split("__"):
        try:
            field = here._meta.get_field(part)
        except FieldDoesNotExist:
            return False
        if not field.is_relation:
            return bool(_REFS.match(part))
        here = field.related_model
        if here._meta.label in _PERSONS:
            return True
    return False


class Columns(ChangeList):
    """A list sorted by person would put one person's rows together, to be counted by eye. Django asks what may be sorted by
    only where it draws the headings, not of the address."""

    def get_ordering_field(self, field_name: Any) -> Any:
        found = super().get_ordering_field(field_name)
        return None if isinstance(found, str) and _says_who(self.model, found) else found


class ActionAdmin(admin.ModelAdmin):
    """No delete, no bulk delete. Editing is possible only where a subclass defines `action_save`, which calls an action.

    `permission` is what a person needs to edit, as the action itself checks it again; seeing follows `visible_to`, and
    where `reading` is set, needs that permission too. `diagnostic` pages stand apart on the index: they are for finding
    out what the machine did.

    Names in both languages become one column in the reader's language; the columns of `levels` show as badges.
    """

    permission: str | None = None
    reading: str | None = None
    subject: str | None = None
    diagnostic: ClassVar[bool] = False
    levels: ClassVar[tuple[str, ...]] = ("level", "peak")
    actions = None
    list_per_page = 50
    show_full_result_count = False
    empty_value_display = "–"

    def action_save(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        """Carry out an edit through the domain's actions. Raise `Refused` to show the reason in the form's page."""
        raise NotImplementedError

    def journal_subject(self, obj: Model) -> str:
        """What the journal calls this row, in `subject`'s words: "alert:{pk}", "datastream:{code}"."""
        return (self.subject or f"{obj._meta.model_name}:{{pk}}").format(pk=obj.pk, **vars(obj))

    @property
    def _editable(self) -> bool:
        return type(self).action_save is not ActionAdmin.action_save

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows.visible_to(self._scope(request)) if hasattr(rows, "visible_to") else rows

    @staticmethod
    def _scope(request: HttpRequest) -> scope.Scope:
        """What the person may see, found once for the several queries of one page."""
        found: scope.Scope | None = getattr(request, "admin_scope", None)
        if found is None:
            found = scope.of(request.user)
            request.admin_scope = found  # type: ignore[attr-defined]
        return found

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns: list[Any] = []
        for name in super().get_list_display(request):
            if name == "name_zh":
                columns.append(column(T("名称", "name"), _named, order="name_zh"))
            elif name in self.levels:
                columns.append(self._level_column(str(name)))
            elif name != "name_en":
                columns.append(name)
        return columns

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Columns

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        def order_of(name: Any) -> str:
            shown = name if callable(name) else getattr(self, str(name), None)
            return str(getattr(shown, "admin_order_field", None) or name)

        return [name for name in self.get_list_display(request) if not _says_who(self.model, order_of(name))]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        chosen = super().get_list_filter(request)
        return [(name, LevelFilter) if name in self.levels else name for name in chosen]

    def _level_column(self, name: str) -> Callable[..., Any]:
        label = self.model._meta.get_field(name).verbose_name
        return column(label, lambda obj: level_badge(getattr(obj, name)), order=name)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what the list offers. Django takes any column of the table from the address: `?staff=7` on a list of duties
        would be the figure of one person, which nobody keeps here."""
        if request is None:
            return False
        offered = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        names = [str(getattr(item, "parameter_name", item)) for item in offered] + [self.date_hierarchy or ""]
        within = any(name and (lookup == name or lookup.startswith(f"{name}__")) for name in names)
        return within and super().lookup_allowed(lookup, value, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not (request.user.is_active and request.user.is_staff):
            return False
        return self.reading is None or self._holds(request, self.reading)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._editable and self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._editable and self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _may(self, request: HttpRequest) -> bool:
        return self.permission is not None and self._holds(request, self.permission)

    @staticmethod
    def _holds(request: HttpRequest, permission: str) -> bool:
        actor = getattr(request, "actor", None)
        return bool(actor is not None and actor.may(permission))

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        self.action_save(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The journal is the log."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The journal is the log."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A row's history is what the journal says of it."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        query = urlencode({"q": self.journal_subject(row)})
        return HttpResponseRedirect(f"{reverse('admin:kernel_journalentry_changelist')}?{query}")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        # "Select a row to change" says what to click; the name of the list says where one is.
        title = {"title": capfirst(str(self.opts.verbose_name_plural))}
        return super().changelist_view(request, title | (extra_context or {}))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refused:
            if request.method != "POST" or hasattr(request, "refused"):
                self.message_user(request, str(refused), messages.ERROR)
                return HttpResponseRedirect(request.get_full_path())
            # Nothing was written. The same page again, with what was typed, and the reason at its place.
            request.refused = refused  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        refused: Refused | None = getattr(request, "refused", None)
        if refused is None:
            return form

        def clean(self: Any) -> Any:
            cleaned = form.clean(self)
            words = " ".join(str(part) for part in (refused.reason, refused.hint) if part)
            self.add_error(refused.field if refused.field in self.fields else None, words)
            return cleaned

        return type(form.__name__, (form,), {"clean": clean})


def kind_label(code: str) -> str:
    """The name of a journal kind; the code itself where no domain declares it (any more)."""
    kind = journal.kinds.get(code)
    return str(kind.label) if kind else code


class DomainFilter(admin.SimpleListFilter):
    """By the first part of the kind, from what is declared: never a walk through the journal itself."""

    title = T("领域", "domain")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (code, str(_DOMAINS.get(code, code))) for code in sorted({k.split(".")[0] for k in journal.kinds})
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind__startswith=f"{self.value()}.") if self.value() else queryset


_DOMAINS = {
    "account": T("账号", "accounts"),
    "alert": T("报警", "alerts"),
    "assessment": T("影响评估", "impact assessments"),
    "asset": T("设施设备", "assets"),
    "balance": T("进出平衡", "balances"),
    "binding": T("算法绑定", "bindings of algorithms"),
    "camera": T("摄像机", "cameras"),
    "case": T("案件", "cases"),
    "catalogue": T("立案目录", "catalogue"),
    "datastream": T("数据流", "datastreams"),
    "department": T("部门", "departments"),
    "district": T("辖区", "district"),
    "duty": T("值守", "duties"),
    "incident": T("事件", "incidents"),
    "leader": T("网格长 A/B 岗", "leaders of areas"),
    "message": T("消息", "messages"),
    "pattern": T("排班规则", "duty patterns"),
    "people": T("人员台账", "registry of people"),
    "person": T("人员", "persons"),
    "post": T("岗位", "posts"),
    "posture": T("运行模式", "posture"),
    "response": T("政府应急响应", "declared responses"),
    "role": T("角色", "roles"),
    "rule": T("报警规则", "rules"),
    "shift": T("班次", "shifts"),
    "source": T("信号源", "sources"),
    "signals": T("感知台账", "registry of signals"),
    "staff": T("人员", "staff"),
    "token": T("信号源密钥", "source tokens"),
    "video": T("视频台账", "registry of video"),
    "warning": T("预警信号", "warnings"),
}


def _entry_link(entry_id: int | None) -> str:
    if entry_id is None:
        return "–"
    url = reverse("admin:kernel_journalentry_change", args=[entry_id])
    return format_html('<a href="{}">{}</a>', url, entry_id)


@admin.register(JournalEntry)
class JournalAdmin(ActionAdmin):
    reading = "journal.read"
    list_display = ("id", "at", "kind_shown", "subject", "area_shown", "actor", "cause_shown")
    list_filter = (DomainFilter,)
    search_fields = ("=subject", "=actor", "=kind")
    search_help_text = T(
        "对象（如 alert:12）、操作者或类型代码，须完整",
        "a subject (such as alert:12), an actor or a kind, in full",
    )
    fields = (
        "at",
        "kind_shown",
        "subject",
        "area",
        "klass_shown",
        "actor",
        "payload_shown",
        "cause_shown",
        "effects_shown",
        "content_hash",
        "seal_shown",
    )
    klass_shown = column(T("密级", "class"), lambda entry: CLASSES.get(entry.klass, entry.klass))
    readonly_fields = (
        "kind_shown",
        "klass_shown",
        "payload_shown",
        "cause_shown",
        "effects_shown",
        "seal_shown",
    )

    @admin.display(description=T("类型", "kind"), ordering="kind")
    def kind_shown(self, obj: JournalEntry) -> str:
        return format_html('<span title="{}">{}</span>', obj.kind, kind_label(obj.kind))

    @admin.display(description=T("区域", "area"), ordering="area")
    def area_shown(self, obj: JournalEntry) -> str:
        return obj.area.rstrip("/").rpartition("/")[2] or "–"

    @admin.display(description=T("起因", "cause"))
    def cause_shown(self, obj: JournalEntry) -> str:
        return _entry_link(obj.cause_id)

    @admin.display(description=T("引起", "led to"))
    def effects_shown(self, obj: JournalEntry) -> str:
        found = obj.effects.order_by("id").values_list("id", "kind")[:20]
        links = [format_html("{} {}", _entry_link(pk), kind_label(kind)) for pk, kind in found]
        return format_html("{}" + "<br>{}" * (len(links) - 1), *links) if links else "–"

    @admin.display(description=T("内容", "payload"))
    def payload_shown(self, obj: JournalEntry) -> str:
        return format_html("<pre>{}</pre>", json.dumps(obj.payload, ensure_ascii=False, indent=2))

    @admin.display(description=T("封存序号", "number in the chain"))
    def seal_shown(self, obj: JournalEntry) -> str:
        seal = JournalSeal.objects.filter(entry=obj).first()
        return str(seal.seq) if seal else "–"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:kernel_journalentry_change", args=[object_id]))


@admin.register(JournalSeal)
class SealAdmin(ActionAdmin):
    reading = "journal.read"
    diagnostic = True
    list_display = ("seq", "entry_shown", "chain_hash")
    ordering = ("-seq",)

    @admin.display(description=T("日志", "entry"))
    def entry_shown(self, obj: JournalSeal) -> str:
        return _entry_link(obj.entry_id)


@admin.register(Timer)
class TimerAdmin(ActionAdmin):
    reading = "journal.read"
    diagnostic = True
    list_display = ("due_at", "kind", "subject", "key", "attempts", "last_error")
    list_filter = ("kind",)
    search_fields = ("=subject", "=kind")
    ordering = ("due_at", "priority", "id")


@admin.register(OutboxItem)
class OutboxAdmin(ActionAdmin):
    reading = "journal.read"
    diagnostic = True
    list_display = ("at", "topic", "subject", "handed_at", "attempts", "last_error")
    list_filter = ("topic",)
    search_fields = ("=subject",)
