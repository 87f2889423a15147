"""The policy of a district: loaded from its folder, or edited here. Each change is a version; a bad one is refused whole.

What is in force stays in force, and is read by the version that is valid from now on.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.posture import queries
from chengyun.posture.actions import common
from chengyun.posture.document import PostureData
from chengyun.posture.models import Policy
from chengyun.posture.pack import PolicyFile


def load_posture(*, actor: Actor, data: PolicyFile, cause: int | None = None) -> Policy:
    """Make the folder's policy the one in force. The same content again changes nothing, also not what was edited since."""
    with write():
        actor.require("posture.load")
        latest = Policy.objects.filter(origin=Policy.Origin.PACK).order_by("-number").first()
        if latest is not None and latest.digest == digest(data.data.body()):
            return Policy.objects.filter(active=True).first() or latest
        row = _save(actor, data.data, data.text, Policy.Origin.PACK, clock.now())
        _take_over(actor, row, cause)
        return row


def set_policy(
    *, actor: Actor, text: str, valid_from: datetime | None = None, cause: int | None = None
) -> Policy:
    """Store an edited policy as the next version, valid at once or from a moment that lies ahead.

    Raises `Invalid` with every fault by line and field; nothing is stored then and the standing version goes on.
    """
    with write():
        actor.require("posture.load")
        data, faults = queries.read_policy(text)
        if data is None or faults:
            listed = "; ".join(map(str, faults))
            raise Invalid(
                "bad_policy",
                T(f"策略有误，未保存：{listed}", f"The policy has faults and was not saved: {listed}"),
                field="text",
                hint=T("原版本继续有效。", "The standing version goes on."),
            )
        now = clock.now()
        if valid_from is not None:
            common.future(valid_from, "valid_from")
            row = _save(actor, data, text, Policy.Origin.EDIT, valid_from)
            row.waiting = True
            row.save(update_fields=["waiting"])
            entry = journal.record(
                "posture.policy_saved",
                subject=f"policy:{row.number}",
                actor=actor,
                payload={
                    "version": row.number,
                    "policy": row.digest,
                    "valid_from": row.valid_from.isoformat(),
                },
                cause=cause,
            )
            timers.arm("posture.policy", due_at=valid_from, subject=f"policy:{row.number}", cause=entry.id)
            return row
        standing = Policy.objects.filter(active=True).first()
        if standing is not None and standing.text == text:
            return standing
        row = _save(actor, data, text, Policy.Origin.EDIT, now)
        _take_over(actor, row, cause)
        return row


def withdraw_policy(*, actor: Actor, number: int, cause: int | None = None) -> Policy:
    """Take back a version that waits for its moment. What is in force already is replaced by a new version instead."""
    with write():
        actor.require("posture.load")
        row = Policy.objects.select_for_update().filter(number=number).first()
        if row is None:
            raise NotFound("no_policy", T("没有这一版策略", "There is no such version"))
        if not row.waiting:
            raise Conflict(
                "not_waiting", T("该版策略并非待生效", "This version does not wait for its moment")
            )
        row.waiting = False
        row.save(update_fields=["waiting"])
        timers.cancel("posture.policy", subject=f"policy:{row.number}")
        journal.record(
            "posture.policy_withdrawn",
            subject=f"policy:{row.number}",
            actor=actor,
            payload={"version": row.number},
            cause=cause,
        )
        return row


def policy_due(*, actor: Actor, number: int, cause: int | None = None) -> None:
    """The moment of a waiting version has come."""
    with write():
        row = Policy.objects.select_for_update().get(number=number)
        if row.waiting:
            _take_over(actor, row, cause)


def renew() -> None:
    """What a policy rests on may have changed (the ground of a ring): say so to those who keep what is in force."""
    with write():
        common.put_in_force()


def _save(actor: Actor, data: PostureData, text: str, origin: str, valid_from: datetime) -> Policy:
    body = data.body()
    return Policy.objects.create(
        number=(Policy.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        digest=digest(body),
        text=text,
        body=body,
        origin=origin,
        valid_from=valid_from,
        saved_at=clock.now(),
        saved_by=actor.ref,
    )


def _take_over(actor: Actor, row: Policy, cause: int | None) -> None:
    before = Policy.objects.filter(active=True).first()
    Policy.objects.filter(active=True).update(active=False)
    row.active, row.waiting = True, False
    row.save(update_fields=["active", "waiting"])
    common.put_in_force()
    journal.record(
        "posture.policy_loaded",
        subject=f"policy:{row.number}",
        actor=actor,
        payload={
            "version": row.number,
            "policy": row.digest,
            "origin": row.origin,
            "previous": before.number if before else None,
        },
        cause=cause,
    )
