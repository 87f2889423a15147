"""The role table as a value, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Who disposes of a case must not be able to confirm or close it, whatever a district writes into its table.
DISPOSING_ROLES = frozenset({"department", "grid_staff"})
CONFIRMING_VERBS = frozenset(
    {
        "case.move.verify",
        "case.move.fail_verification",
        "case.move.post_fix_check",
        "case.move.close",
        "case.move.archive",
        "case.move.evaluate",
    }
)


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    name_zh: str
    name_en: str
    permissions: frozenset[str]
    clearance: frozenset[str]


@dataclass(frozen=True, slots=True)
class RoleTable:
    """`labels` are the declared permissions (Chinese, English); `by_post_kind` gives the role of a post's kind."""

    roles: Mapping[str, Role]
    by_post_kind: Mapping[str, str]
    labels: Mapping[str, tuple[str, str]]

    def permissions(self, roles: Iterable[str]) -> frozenset[str]:
        """The union of what the roles may do; an unknown role gives nothing."""
        found: frozenset[str] = frozenset()
        for code in roles:
            if code in self.roles:
                found |= self.roles[code].permissions
        return found

    def clearance(self, roles: Iterable[str]) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for code in roles:
            if code in self.roles:
                found |= self.roles[code].clearance
        return found


def covers(held: str, asked: str) -> bool:
    """Whether a held permission, perhaps a wildcard such as `case.move.*`, includes the one asked for."""
    return held in (asked, "*") or (held.endswith(".*") and asked.startswith(held[:-1]))


def faults(table: RoleTable) -> list[str]:
    """What must not be: undeclared permissions, unknown roles of posts, disposers who confirm. Empty when sound."""
    found = []
    for role in table.roles.values():
        for permission in sorted(role.permissions):
            declared = permission in table.labels or permission.startswith("case.move.")
            wild = permission.endswith(".*") and any(covers(permission, label) for label in table.labels)
            if not declared and not wild:
                found.append(f"{role.code}: permission {permission} is not declared")
            if role.code in DISPOSING_ROLES:
                taken = sorted(verb for verb in CONFIRMING_VERBS if covers(permission, verb))
                found += [
                    f"{role.code}: who disposes never confirms or closes, but {permission} allows {v}"
                    for v in taken
                ]
        if not role.clearance <= {"open", "sensitive"}:
            found.append(f"{role.code}: unknown class in clearance")
    found += [
        f"post kind {kind}: no role {role}"
        for kind, role in table.by_post_kind.items()
        if role not in table.roles
    ]
    return found
