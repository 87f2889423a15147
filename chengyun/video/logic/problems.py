"""What a worker says it cannot carry out: one line, in English and then in Chinese."""

from __future__ import annotations

_BETWEEN = " / "


def both(text: str) -> tuple[str, str]:
    """The Chinese and the English half; a line that is not made so stands for both."""
    en, between, zh = text.rpartition(_BETWEEN)
    return (zh, en) if between and en and zh else (text, text)
