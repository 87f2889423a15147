"""Who does something: a person at a post, a source of signals, or the platform itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chengyun.kernel.errors import NotAllowed
from chengyun.kernel.i18n import T


@dataclass(frozen=True, slots=True)
class Actor:
    """`ref` is what the journal keeps: a random id, never a name.

    `grants` maps an area path to the permissions held there (and in everything below it).
    """

    ref: str
    post: str | None = None
    user: Any = None
    roles: frozenset[str] = frozenset()
    grants: tuple[tuple[str, frozenset[str]], ...] = ()
    is_system: bool = False
    organisation: str | None = field(default=None)

    def may(self, permission: str, area_path: str = "") -> bool:
        """Whether `permission` is held for the area. `x.*` and `*` in a grant cover what they look like.

        An empty path asks "anywhere at all", which suits only listings and menus.
        """
        if self.is_system:
            return True
        for granted_path, permissions in self.grants:
            if area_path and not area_path.startswith(granted_path):
                continue
            if permission in permissions or "*" in permissions:
                return True
            head = permission
            while "." in head:
                head = head.rpartition(".")[0]
                if f"{head}.*" in permissions:
                    return True
        return False

    def require(self, permission: str, area_path: str = "") -> None:
        """Raise `NotAllowed` unless the permission is held for the area."""
        if not self.may(permission, area_path):
            raise NotAllowed(
                "not_allowed",
                T(f"您没有此权限：{permission}", f"You do not hold the permission {permission} here"),
                hint=T("请联系值班长或管理员。", "Ask the shift leader or an administrator."),
            )


def system(name: str) -> Actor:
    """The platform itself: `system("worker")`. It may do what is automatic; what only a person may do asks for one."""
    return Actor(ref=f"system:{name}", is_system=True)
