"""HTTP of signals: the door for devices, and what people read."""

from ninja import Router

from chengyun.signals.api import door, reading

router = Router(tags=["signals"])
router.add_router("", door.router)
router.add_router("", reading.router)

__all__ = ["router"]
