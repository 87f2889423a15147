"""The HTTP API: one NinjaAPI with a router per domain, cookie session with CSRF, OpenAPI at /api/openapi.json."""

from importlib import import_module
from importlib.util import find_spec

from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.security import SessionAuth

from chengyun.kernel.http import install_errors

DOMAINS = ("district", "people", "messages", "posture", "signals", "alerts", "video", "cases", "live")


class Doors(NinjaAPI):
    """Operations are named as their views are, which is what generated clients call them by."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Doors(
    title="Chengyun",
    version="1",
    description="From signal to solved. Errors are problem+json; POSTs take an Idempotency-Key.",
    auth=SessionAuth(csrf=True),
    docs_url="/docs",
    openapi_url="/openapi.json",
)
install_errors(api)
for domain in DOMAINS:
    if find_spec(f"chengyun.{domain}.api"):
        api.add_router(f"/{domain}", import_module(f"chengyun.{domain}.api").router)
