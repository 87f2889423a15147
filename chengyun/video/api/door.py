"""The router of this folder, and who may knock: people by session, workers by the token of the source `vision`."""

from django.http import HttpRequest
from ninja import Router
from ninja.security import HttpBearer

from chengyun.kernel.http import actor_of
from chengyun.signals import queries as signals

router = Router(tags=["video"])
SOURCE = "vision"


class WorkerKey(HttpBearer):
    """`Authorization: Bearer cy_...`, issued with `chengyun token vision`."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        source = signals.source_of_token(token)
        return source if source == SOURCE else None


READ = "camera.read"


def may_read(request: HttpRequest) -> None:
    actor_of(request).require(READ)
