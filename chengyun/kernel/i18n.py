"""Two languages without catalogues: each text stands beside its translation, where it is used."""

from typing import cast

from django.utils.functional import lazystr
from django.utils.translation import get_language, override


class Bilingual:
    """Picks Chinese or English when it is shown, not when it is written."""

    __slots__ = ("en", "zh")

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return self.zh if (get_language() or "en").startswith("zh") else self.en


def T(zh: str, en: str) -> str:
    """A lazy string: `zh` where the active language is Chinese, else `en`.

    With translations switched off (as while migrations are written) it is English, so that migrations are stable.
    """
    return cast(str, lazystr(Bilingual(zh, en)))


def both(text: str) -> tuple[str, str]:
    """A text of `T` in Chinese and in English, for an answer that carries both."""
    with override("zh-hans"):
        zh = str(text)
    with override("en"):
        return zh, str(text)
