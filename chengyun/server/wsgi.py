"""What gunicorn runs."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengyun.server.settings")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def behind_a_socket(inner: Application) -> Application:
    """A request that came over a unix socket has no address of its own: the front, or the reverse proxy that may write to
    the socket, has put the client's last into X-Forwarded-For. Over TCP nobody is asked."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("REMOTE_ADDR"):
            environ["REMOTE_ADDR"] = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        return inner(environ, start_response)

    return application


application = behind_a_socket(get_wsgi_application())
