"""What all HTTP doors share: errors as problem+json, paging by cursor, commands that may be sent twice."""

from __future__ import annotations

import base64
import functools
import gzip
import inspect
import logging
from collections.abc import Callable
from hashlib import sha256
from typing import Any, get_type_hints

import orjson
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import parse_etags
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from chengyun.kernel import clock, deadlock
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest, dumps
from chengyun.kernel.errors import Conflict, Invalid, Refused, Unavailable
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Command
from chengyun.kernel.transaction import write

MAX_PAGE = 500
_log = logging.getLogger("chengyun.http")


class Problem(Schema):
    """RFC 9457. `code` is stable, `detail` is for people in their language, `errors` names each bad place."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    hint: str | None = None
    errors: list[dict[str, Any]] | None = None


def problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    body = Problem(title=code.replace("_", " "), status=status, code=code, detail=str(detail), **more)
    return HttpResponse(
        orjson.dumps(body.model_dump(exclude_none=True)),
        status=status,
        content_type="application/problem+json",
    )


def refusal(error: Refused) -> HttpResponse:
    return problem(
        error.status,
        error.code,
        str(error.reason),
        field=error.field,
        hint=str(error.hint) if error.hint else None,
    )


def install_errors(api: Any) -> None:
    """Have an API answer every refusal as problem+json."""

    @api.exception_handler(Refused)
    def on_refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return refusal(error)

    @api.exception_handler(ValidationError)
    def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        places = [
            {"field": ".".join(str(part) for part in item["loc"]), "reason": item["msg"]}
            for item in error.errors
        ]
        return problem(422, "invalid", str(T("输入有误", "The input is not valid")), errors=places)

    @api.exception_handler(AuthenticationError)
    def on_anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, "not_logged_in", str(T("请先登录或提供令牌", "Log in, or send a token")))

    @api.exception_handler(HttpError)
    def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "http_error", str(error))

    @api.exception_handler(Http404)
    def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(
            404, "not_found", str(T("没有，或不在您的范围内", "There is no such thing, or not for you"))
        )

    @api.exception_handler(DataError)
    def on_unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
        return refusal(not_storable(error))

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def on_database(request: HttpRequest, error: Exception) -> HttpResponse:
        return refusal(storage_failure(error))


def not_storable(error: Exception) -> Invalid:
    """Something no column can hold (a NUL in a text, a number beyond its range) came as far as the database."""
    _log.warning("the database cannot hold what was sent: %s", error)
    return Invalid(
        "not_storable",
        T("含有数据库无法保存或查找的内容", "The database can neither hold nor find what was sent"),
        hint=T(
            "请检查不可见字符和过大的数。",
            "Look for invisible characters and for numbers that are too large.",
        ),
    )


def storage_failure(error: Exception) -> Unavailable:
    """The one answer for a database that cannot write: it says that nothing was taken, and what to look at."""
    text = str(error).lower()
    if "full" in text or "no space" in text:
        return Unavailable(
            "disk_full",
            T("磁盘已满，本次内容未保存", "The disk is full; nothing of this was stored"),
            hint=T("请清理磁盘后重新发送。", "Free disk space, then send it again."),
        )
    return Unavailable(
        "storage_unavailable",
        T("数据库暂不可用，本次内容未保存", "The database is not available; nothing of this was stored"),
        hint=T("请稍后重新发送。", "Send it again shortly."),
    )


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request, as the middleware found it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def page(queryset: Any, cursor: str | None, limit: int, *, key: str = "-id") -> tuple[list[Any], str | None]:
    """One page of a queryset ordered by a unique column, and the cursor of the next page (None at the end).

    A cursor is the last value seen, so that rows which appear meanwhile neither repeat nor hide others.
    """
    limit = max(1, min(limit, MAX_PAGE))
    descending, column = key.startswith("-"), key.lstrip("-")
    if cursor:
        try:
            value = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
            if "\0" in str(value):
                raise ValueError("NUL")
            queryset = queryset.filter(**{f"{column}__{'lt' if descending else 'gt'}": value})
        except (ValueError, TypeError) as error:
            raise Invalid("bad_cursor", T("游标无效", "The cursor is not valid"), field="cursor") from error
    rows = list(queryset.order_by(key)[: limit + 1])
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    last = getattr(rows[-1], column) if not isinstance(rows[-1], dict) else rows[-1][column]
    return rows, base64.urlsafe_b64encode(orjson.dumps(last)).decode()


def command(view: Callable[..., Any]) -> Callable[..., Any]:
    """A POST that may be sent twice: with an `Idempotency-Key` the second time returns what the first one answered.

    The key is stored in the transaction of the effect itself. The same key with another body is refused.
    A view returns plain data (or a Schema); it is answered as JSON.
    """

    @functools.wraps(view)
    @deadlock.again
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 80:
            raise Invalid(
                "bad_key", T("幂等键过长", "The key is longer than 80 characters"), field="Idempotency-Key"
            )
        if not key:
            with write():
                return _json(200, _plain(view(request, *args, **kwargs)))
        actor = actor_of(request).ref
        fingerprint = sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
        try:
            with write():
                earlier = Command.objects.filter(actor=actor, key=key).first()
                if earlier is None:
                    row = Command.objects.create(
                        actor=actor, key=key, request_hash=fingerprint, at=clock.now()
                    )
                    body = _plain(view(request, *args, **kwargs))
                    Command.objects.filter(pk=row.pk).update(status=200, body=body.decode())
                    return _json(200, body)
        except IntegrityError:
            earlier = Command.objects.filter(actor=actor, key=key).first()
            if earlier is None:
                raise
        if earlier.request_hash != fingerprint:
            raise Conflict(
                "key_reused",
                T("该幂等键已用于另一请求", "This Idempotency-Key was used for a different request"),
                field="Idempotency-Key",
                hint=T("请换一个新的键。", "Use a new key."),
            )
        return _json(earlier.status, earlier.body.encode())

    # The API reads the signature of what it is given; names in it belong to the view's module, not to this one.
    run.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    run.__annotations__ = get_type_hints(view)
    return run


# Suggested: below this a packed answer saves no packet.
_WORTH_PACKING = 1400


def kept_by_browser(request: HttpRequest, state: Any, build: Callable[[], bytes]) -> HttpResponse:
    """A JSON answer that the browser keeps and asks about again: 304 while it has what `state` stands for.

    `state` is plain data that differs whenever the answer would (None: nothing is promised, and no ETag sent). It must name
    the viewer's scope. The tag is weak, because the same answer may travel packed or not.
    """
    tag = None if state is None else f'W/"{digest(state)[:32]}"'
    if tag is not None and tag in parse_etags(request.headers.get("If-None-Match", "")):
        answer = HttpResponse(status=304)
    else:
        body = build()
        packed = len(body) > _WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", "")
        answer = _json(200, gzip.compress(body, 6, mtime=0) if packed else body)
        if packed:
            answer["Content-Encoding"] = "gzip"
    if tag is not None:
        answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = "Cookie, Accept-Encoding"
    return answer


def _plain(result: Any) -> bytes:
    if isinstance(result, Schema):
        result = result.model_dump(mode="json")
    return dumps(result)


def _json(status: int, body: bytes) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")
