"""What the worker says when it will not or cannot go on: in Chinese and in English, and what to do about it."""

from __future__ import annotations


class Problem(Exception):
    """`where` names the place (a file, a field, a camera), `zh` and `en` the reason; `hint_zh`, `hint_en` what to do.

    The text of the exception is all of it in English, then in Chinese.
    """

    def __init__(self, zh: str, en: str, *, where: str = "", hint_zh: str = "", hint_en: str = "") -> None:
        super().__init__(zh, en)
        self.zh, self.en, self.where = zh, en, where
        self.hint_zh, self.hint_en = hint_zh, hint_en

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{' '.join(filter(None, (self.en, self.hint_en)))} / {self.zh}{self.hint_zh}"

    def at(self, where: str) -> Problem:
        """The same problem, said of a place."""
        return Problem(self.zh, self.en, where=where, hint_zh=self.hint_zh, hint_en=self.hint_en)
