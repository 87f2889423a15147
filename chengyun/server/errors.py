"""What is answered where no door of ours did: addresses that do not exist, bodies that are too large, a database away.

The API's own errors are kernel/http.py's. These handlers also see what goes wrong before a view is reached.
"""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from chengyun.kernel.http import not_storable, problem, refusal, storage_failure
from chengyun.kernel.i18n import T


def _for_programs(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        text = T("内容过大，未采用", "More was sent than is taken at once; nothing of it was stored")
        return problem(413, "too_large", text)
    if _for_programs(request):
        return problem(400, "bad_request", T("请求有误", "The request is not well formed"))
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _for_programs(request):
        return problem(404, "not_found", T("没有这个地址", "There is no such address"))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the exception. A database that is away is nobody's mistake: 503."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return refusal(storage_failure(error))
    if isinstance(error, DataError):
        return refusal(not_storable(error))
    if _for_programs(request):
        text = T("平台内部错误，已记录", "The platform made a mistake; it is in its log")
        return problem(500, "internal", text)
    return defaults.server_error(request)
