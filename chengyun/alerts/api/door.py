"""The one router: routers within it would change the address of the list."""

from ninja import Router

router = Router(tags=["alerts"])
