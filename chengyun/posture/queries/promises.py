"""What `chengyun verify` asks of posture."""

from __future__ import annotations

from chengyun.kernel.models import JournalEntry, Timer
from chengyun.posture import logic
from chengyun.posture.models import Approval, Policy, Proposal
from chengyun.posture.queries.ruling import compute_version, in_force, version
from chengyun.posture.queries.ruling import policy as current_policy


def faults() -> list[str]:
    """Broken promises of posture, one sentence each; empty when all is well. For `chengyun verify`."""
    found: list[str] = []
    if version() not in ("", compute_version()):
        found.append(
            "what caches take for in force differs from the declarations; declare or end one to renew it"
        )
    for row in in_force():
        entry = JournalEntry.objects.filter(pk=row.entry).first() if row.entry else None
        said = entry.payload if entry else {}
        if said.get("declaration") != row.pk or (said.get("mode"), said.get("level")) != (
            row.mode,
            row.level,
        ):
            found.append(f"declaration {row.pk} is in force without a journal entry that says so")
    armed = set(Timer.objects.filter(kind__startswith="posture.").values_list("kind", "subject"))
    for approval in Approval.objects.filter(state="open", expired_at=None):
        if ("posture.countersign", f"approval:{approval.pk}") not in armed:
            found.append(f"approval {approval.pk} waits for a signature without a clock")
    for policy in Policy.objects.filter(waiting=True):
        if ("posture.policy", f"policy:{policy.number}") not in armed:
            found.append(f"version {policy.number} of the policy waits for its moment without a clock")
    repeats = int(current_policy().get("waits", {}).get("repeats", 0))
    for proposal in Proposal.objects.filter(state__in=logic.OPEN, alarms__lte=repeats):
        if ("posture.undecided", f"proposal:{proposal.pk}") not in armed and current_policy():
            found.append(f"proposal {proposal.pk} waits for a decision without a clock")
    return found
