"""A filter of lists by second-level grid: a whole district has too many areas to choose from."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chengyun.district.logic import kinds
from chengyun.district.models import Area
from chengyun.kernel import registry, scope
from chengyun.kernel.i18n import T


def _grids() -> list[tuple[str, str, str, str]]:
    rows = Area.objects.filter(kind=kinds.GRID2, valid_to=None).order_by("code")
    return list(rows.values_list("code", "path", "name_zh", "name_en"))


class AreaFilter(admin.SimpleListFilter):
    """Those that the viewer may see, each with everything below it. Subclasses say which lookup leads to the path."""

    title = T("区域", "area")
    parameter_name = "within"
    path: ClassVar[str] = "area__path"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = getattr(request, "admin_scope", None) or scope.of(request.user)
        grids = registry.cached(("district",), "grids of filters", _grids)
        # Also where one sees only a part of it.
        mine = [row for row in grids if any(row[1].startswith(p) or p.startswith(row[1]) for p in seen.paths)]
        return [(code, str(T(zh, en))) for code, _, zh, en in mine]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        code = self.value()
        path = next(
            (row[1] for row in registry.cached(("district",), "grids of filters", _grids) if row[0] == code),
            "",
        )
        if not code:
            return queryset
        return queryset.filter(**{f"{self.path}__startswith": path}) if path else queryset.none()


class PostAreaFilter(AreaFilter):
    path = "post__area__path"
