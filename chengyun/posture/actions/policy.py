"""Loading the policy of a district."""

from __future__ import annotations

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.transaction import write
from chengyun.posture.actions import common
from chengyun.posture.models import Policy
from chengyun.posture.pack import PostureData


def load_posture(*, actor: Actor, data: PostureData, cause: int | None = None) -> Policy:
    """Make `data` the active policy. The same content again changes nothing; a former version becomes active again.

    What is in force stays in force, and is read by the new policy from now on.
    """
    actor.require("posture.load")
    with write():
        body = data.body()
        fingerprint = digest(body)
        active = Policy.objects.filter(active=True).first()
        if active is not None and active.digest == fingerprint:
            return active
        Policy.objects.filter(active=True).update(active=False)
        row, _ = Policy.objects.update_or_create(
            digest=fingerprint, defaults={"body": body, "loaded_at": clock.now(), "active": True}
        )
        common.put_in_force()
        journal.record(
            "posture.policy_loaded",
            subject=f"policy:{fingerprint[:12]}",
            actor=actor,
            payload={"policy": fingerprint, "previous": active.digest if active else None},
            cause=cause,
        )
        return row
