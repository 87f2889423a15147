"""Evidence files and the erasure of personal data."""

from __future__ import annotations

import os
from hashlib import sha256

from django.db.models import Q

from chengyun.cases import files
from chengyun.cases.actions.core import record, step, take
from chengyun.cases.logic import evidence as rules
from chengyun.cases.models import Case, CaseText, Evidence, Reporter
from chengyun.cases.models.case import PUBLIC_SOURCES
from chengyun.district import queries as district
from chengyun.kernel import ids
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, TooLarge
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write


def add_evidence(
    *,
    actor: Actor,
    case_id: int,
    kind: str,
    content: bytes,
    origin: str | None = None,
    cause: int | None = None,
) -> Evidence:
    """Keep a file as evidence: its type is found from its content, its hash stored. Invalid or TooLarge says why not.

    `origin` is who took it: staff, citizen, drone. Not said, it is staff's own; of a case that the public reported it has to
    be said. Raises `Conflict` for a citizen's or a drone's while no impact assessment covers it.
    """
    fault = rules.fault(kind, content)
    with write():
        it = take(actor, case_id, cause, "case.evidence")
        origin = _origin(actor, it.case, origin)
        if fault is not None:
            code, zh, en = fault
            error = TooLarge if code == "file_too_large" else Invalid
            raise error(
                code, T(zh, en), field="file", hint=T("请检查文件后重试。", "Check the file and try again.")
            )
        digest = sha256(content).hexdigest()
        row = Evidence(
            case_id=case_id,
            ref=ids.new("e-"),
            at=it.now,
            kind=kind,
            media_type=rules.media_type(content) or "",
            size=len(content),
            sha256=digest,
            origin=origin,
            by=actor.ref,
        )
        # The file first and flushed: a row without its file would be a promise nobody can keep. A file without a row is
        # only litter, which `chengyun verify` does not mind.
        _keep(digest, content)
        row.save(force_insert=True)
        payload = {
            "evidence": row.ref,
            "kind": kind,
            "sha256": digest,
            "size": len(content),
            "media_type": row.media_type,
            "origin": origin,
        }
        entry = record(it, "case.evidence", payload)
        it.store()
        step(it, "evidence", it.case.state, entry.id)
        return row


def _origin(actor: Actor, case: Case, stated: str | None) -> str:
    """Who took a file. What comes by a public door or a device never passes for staff's own."""
    staff = not actor.is_system and (actor.post is not None or actor.user is not None)
    if stated is None and (not staff or case.source in PUBLIC_SOURCES):
        raise Invalid(
            "origin_needed",
            T("请注明拍摄者", "Say who took it"),
            field="origin",
            hint=T("工作人员 staff、群众 citizen、无人机 drone。", "One of: staff, citizen, drone."),
        )
    origin = "staff" if stated is None else stated
    if origin not in rules.NEEDS or (origin == "staff" and not staff):
        raise Invalid(
            "bad_origin",
            T("拍摄者不正确", "That cannot be who took it"),
            field="origin",
            hint=T("工作人员 staff、群众 citizen、无人机 drone。", "One of: staff, citizen, drone."),
        )
    needs = rules.NEEDS[origin]
    if needs is not None:
        district.require_assessed(needs)
    return origin


def _keep(digest: str, content: bytes) -> None:
    path = files.path_of(digest)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    with open(partial, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(partial, 0o600)
    os.replace(partial, path)


def erase_reporter(*, actor: Actor, ref: str, cause: int | None = None) -> int:
    """Erase who reported and what they wrote. Returns how many rows; asking again changes nothing."""
    with write():
        row = Reporter.objects.filter(ref=ref).first()
        if row is None or row.erased_at is not None:
            return 0
        it = take(actor, row.case_id, cause, "person.erase")
        row.name = row.phone = row.salt = ""
        row.erased_at = it.now
        row.save()
        record(it, "case.erased", {"rows": 1, "what": f"reporter:{ref}"})
        it.store()
        return 1


def erase_texts(*, actor: Actor, case_id: int, cause: int | None = None) -> int:
    """Erase all free text, reporters and files of a case. Digests in the journal stay and prove nothing any more."""
    with write():
        it = take(actor, case_id, cause, "person.erase")
        gone = {"text": "", "salt": "", "erased_at": it.now}
        rows = CaseText.objects.filter(case_id=case_id, erased_at=None).update(**gone)
        rows += Reporter.objects.filter(case_id=case_id, erased_at=None).update(
            name="", phone="", salt="", erased_at=it.now
        )
        evidence = list(Evidence.objects.filter(case_id=case_id, erased_at=None))
        for row in evidence:
            row.erased_at = it.now
            row.save()
            shared = Evidence.objects.filter(Q(sha256=row.sha256) & Q(erased_at=None)).exists()
            if not shared:
                files.path_of(row.sha256).unlink(missing_ok=True)
        rows += len(evidence)
        if rows:
            record(it, "case.erased", {"rows": rows, "what": "all"})
            it.store()
        return rows
