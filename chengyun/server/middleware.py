"""Per request: who acts, whose time is shown, and what a page may load."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from chengyun.district import queries as district
from chengyun.kernel.errors import NotFound
from chengyun.people import actors

Handler = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Puts `request.actor`; it is looked up only when somebody asks."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actors.of_user(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)


class DistrictTime:
    """Pages show times in the district's zone, wherever server and reader are. The API gives offsets and needs none."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        try:
            zone = ZoneInfo(district.settings().timezone)
        except NotFound:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


class ContentSecurityPolicy:
    """Nothing is loaded from elsewhere. The admin's own scripts and styles come from this origin."""

    POLICY = (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
        "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
        return response
