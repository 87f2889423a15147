"""The router that the topics of this folder put their operations on, and how they read a list of kinds."""

from ninja import Router

from chengyun.district.logic import kinds
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T

router = Router(tags=["district"])


def kinds_of(given: list[str]) -> list[str] | None:
    """Kinds of areas, repeated or after commas (`kind=ring,grid2`); None for all. Raises `Invalid`."""
    named = [kind for text in given for kind in text.split(",") if kind]
    for kind in named:
        if kind not in kinds.AREA_KINDS:
            raise Invalid(
                "unknown_kind",
                T(f"没有类别 {kind}", f"There is no kind {kind}"),
                field="kind",
                hint=", ".join(kinds.AREA_KINDS),
            )
    return named or None
