"""HTTP of posture."""

from ninja import Router

from chengyun.posture.api import commands, reads

router = Router(tags=["posture"])
router.add_router("", reads.router)
router.add_router("", commands.router)
