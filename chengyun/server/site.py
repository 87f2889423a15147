"""The admin site: the district's registries, in the order in which work flows through them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from chengyun.kernel.i18n import T

# From the signal to the closed case, then who does it, where, and what was written down. What is not named comes after.
_APPS = ("signals", "alerts", "cases", "posture", "message", "people", "district", "auth", "kernel")
_MODELS = (
    ("signals", ("Latest", "Datastream", "Source", "Balance", "Quarantine")),
    ("alerts", ("Alert", "Incident", "Rule", "OutOfService")),
    ("cases", ("Case", "Supervision", "Appeal", "Evidence", "Clock", "Kind")),
    ("posture", ("Proposal", "Approval", "Declaration", "OfficialWarning", "DeclaredResponse")),
    ("message", ("Message", "Channel", "Limit")),
    ("people", ("Shift", "HandOver", "Duty", "DutyPattern", "Post", "AreaLeader", "Staff", "Department")),
    ("district", ("Area", "OverlayGrid", "Building", "Asset", "GovernedElement", "Assessment", "Settings")),
)
_RANK = {(app, name): rank for app, names in _MODELS for rank, name in enumerate(names)}

WORDS = {
    "home": T("回到首页", "Start page"),
    "language": T("语言", "Language"),
    "history": T("日志记录", "In the journal"),
    "nothing_here": T("这里还没有记录。", "There is nothing here yet."),
    "nothing_found": T("没有符合条件的记录。", "Nothing matches."),
    "clear": T("清除条件", "Clear the conditions"),
    "flow": T(
        "感知 → 报警 → 案件 → 处置 → 核查结案", "Signal → alert → case → settled → verified and closed"
    ),
    "roster": T("本班值守", "Duties of this shift"),
    "post": T("岗位", "Post"),
    "serves": T("值守人", "Serves"),
    "substitute": T("替班人", "Substitute"),
    "reason": T("原因", "Reason"),
    "field": T("字段", "Field"),
    "before": T("原来", "Before"),
    "after": T("改为", "After"),
    "tried": T(
        "按近 24 小时的读数试算（不含运行模式的阈值）",
        "Tried on the readings of the last 24 hours (without the posture's thresholds)",
    ),
    "look": T("预览变化", "Preview the change"),
    "confirm": T("确认保存", "Confirm and save"),
    "no_rights": T(
        "这个账号现在没有可以查看的登记。请联系管理员授予角色。",
        "There is nothing this log-in may see at present. Ask an administrator for a role.",
    ),
}


class Site(admin.AdminSite):
    site_header = T("城运 · 管理", "Chengyun administration")
    site_title = T("城运", "Chengyun")
    index_title = T("登记与目录", "Registries and catalogues")
    site_url = None
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"words": WORDS, "languages": settings.LANGUAGES}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The groups in working order; what only tells about the machine stands in a group of its own at the end."""
        apps = super().get_app_list(request, app_label)
        if app_label is None:
            apps = [*self._without_diagnostics(apps), *self._diagnostics(apps)]
        for app in apps:
            app["models"].sort(key=lambda row: _RANK.get((app["app_label"], row["object_name"]), 99))
        return sorted(apps, key=lambda app: _place(app["app_label"]))

    def _is_diagnostic(self, row: dict[str, Any]) -> bool:
        return bool(getattr(self.get_model_admin(row["model"]), "diagnostic", False))

    def _without_diagnostics(self, apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = [
            app | {"models": [row for row in app["models"] if not self._is_diagnostic(row)]} for app in apps
        ]
        return [app for app in kept if app["models"]]

    def _diagnostics(self, apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [row for app in apps for row in app["models"] if self._is_diagnostic(row)]
        if not rows:
            return []
        return [
            {
                "name": T("运行诊断", "Diagnostics"),
                "app_label": "diagnostics",
                "app_url": reverse("admin:index", current_app=self.name) + "#diagnostics",
                "has_module_perms": True,
                "models": rows,
            }
        ]


def _place(app_label: str) -> int:
    return _APPS.index(app_label) if app_label in _APPS else len(_APPS)
