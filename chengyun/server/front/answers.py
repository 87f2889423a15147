"""The few answers of its own, as problem+json in the language that was asked for."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web
from django.utils import translation

from chengyun.kernel.i18n import T

TEXTS = {
    "bad_request": T("请求有误", "The request is not well formed"),
    "not_logged_in": T("请先登录", "Log in first"),
    "nothing_to_see": T("这个账号现在没有可以查看的范围", "There is nothing this log-in may see at present"),
    "too_many_streams": T("打开的页面过多", "Too many streams are open"),
    "stream_unavailable": T("实时数据暂不可用", "The live stream is not available just now"),
    "platform_unavailable": T("平台正在启动或暂不可用", "The platform is starting or not available just now"),
    "platform_failed": T("平台没有完成应答", "The platform did not finish its answer"),
    "too_large": T("请求过大", "The request is too long"),
    "not_found": T("没有这个地址", "There is no such address"),
}
# Seconds after which it is worth trying again.
_AGAIN = {"too_many_streams": 10, "stream_unavailable": 2, "platform_unavailable": 2, "platform_failed": 2}


def problem(request: web.BaseRequest, status: int, code: str, **more: Any) -> web.Response:
    """RFC 9457, as the HTTP API answers (kernel/http.py)."""
    asked = request.headers.get("Accept-Language", "zh").lower()
    with translation.override("en" if asked.startswith("en") else "zh-hans"):
        detail = str(TEXTS[code])
    body = {
        "type": "about:blank",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }
    headers = {"Cache-Control": "no-store"}
    if code in _AGAIN:
        headers["Retry-After"] = str(_AGAIN[code])
    return web.Response(
        body=orjson.dumps(body | more),
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )
