"""How a Chinese name is typed: its pinyin, and the initials of it."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=2048)
def _spelled(text: str) -> tuple[str, str]:
    # Its dictionary takes a moment to load: only a reader who wants it waits for it.
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text)), "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))


def spelled(text: str) -> dict[str, str]:
    """`pinyin` ("daolupoxu") and `initials` ("dlpx") of a name, in lower case."""
    pinyin, initials = _spelled(text)
    return {"pinyin": pinyin.lower(), "initials": initials.lower()}
