"""The built pages of web/: console, field, public. Their own files come from /static/web/."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from chengyun.kernel.i18n import T

NOT_BUILT = {
    "title": T("页面尚未构建", "This page is not built yet"),
    "what": T(
        "服务器正常，但页面文件还没有生成。请在项目目录运行：",
        "The server is well, but the files of this page have not been made. In the project's folder, run:",
    ),
    "then": T("然后刷新本页。", "Then load this page again."),
    "admin": T("管理后台不受影响", "The administration works meanwhile"),
}


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/console/")


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest, name: str, rest: str = "") -> HttpResponse:
    """A built page; the address below it is the page's own business. Always asked for anew: it names its files by hash."""
    try:
        content = (settings.WEB_DIST / f"{name}.html").read_bytes()
    except FileNotFoundError:
        response = render(request, "not_built.html", {"words": NOT_BUILT}, status=503)
    else:
        response = HttpResponse(content, content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
