"""What a signal may say: a closed list of quantities, each with its unit, nature and physical bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chengyun.district.logic.assessments import TOPICS

NATURES = ("gauge", "flow", "cumulative", "state")


class VocabularyRefused(ValueError):
    """The vocabulary names something it must not, or a quantity is incomplete; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """`factors` maps every accepted unit to what a value is multiplied by to be in `unit`.

    `at_least` is the smallest group an aggregate may speak of (0 itself is allowed); `needs_assessment` the topic that an
    impact assessment must cover before readings of this quantity are taken at all.
    """

    code: str
    zh: str
    en: str
    unit: str
    nature: str
    min: float
    max: float
    factors: Mapping[str, float] = field(default_factory=dict)
    at_least: float = 0.0
    needs_assessment: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedTerms:
    """Terms that would identify or judge people. `why(text)` gives the one that a text contains, or None."""

    words: frozenset[str]
    phrases: tuple[str, ...]
    chinese: tuple[str, ...]

    def why(self, text: str) -> str | None:
        parts = _words(text)
        joined = f"_{'_'.join(parts)}_"
        for part in parts:
            if part in self.words or part.rstrip("s") in self.words:
                return part
        for phrase in self.phrases:
            if f"_{phrase}_" in joined or phrase.replace("_", "") in parts:
                return phrase
        return next((term for term in self.chinese if term in text), None)


def parse(document: Mapping[str, Any]) -> tuple[dict[str, Quantity], RefusedTerms]:
    """The quantities by code, and the refused terms. Raises `VocabularyRefused` for the first thing that is wrong."""
    refused = document.get("refused") or {}
    terms = RefusedTerms(
        frozenset(str(word) for word in refused.get("words", ())),
        tuple(str(phrase) for phrase in refused.get("phrases", ())),
        tuple(str(term) for term in refused.get("chinese", ())),
    )
    if not (terms.words and terms.phrases and terms.chinese):
        raise VocabularyRefused("refused: the list of words, phrases and Chinese terms must not be empty")
    quantities = {
        str(code): _quantity(str(code), body, terms)
        for code, body in (document.get("quantities") or {}).items()
    }
    return quantities, terms


def _quantity(code: str, body: Mapping[str, Any], terms: RefusedTerms) -> Quantity:
    missing = [key for key in ("zh", "en", "unit", "nature") if not body.get(key)]
    if missing:
        raise VocabularyRefused(f"{code}: {', '.join(missing)} missing")
    for text in (code, body["zh"], body["en"], body["unit"]):
        term = terms.why(str(text))
        if term is not None:
            raise VocabularyRefused(
                f"{code}: {term!r} identifies or judges people; a signal speaks of places and things"
            )
    nature = body["nature"]
    if nature not in NATURES:
        raise VocabularyRefused(f"{code}: nature {nature!r} is none of {', '.join(NATURES)}")
    low, high = (0.0, 1.0) if nature == "state" else (body.get("min"), body.get("max"))
    if low is None or high is None or not float(low) < float(high):
        raise VocabularyRefused(f"{code}: min and max are needed, min below max")
    topic = body.get("needs_assessment")
    if topic is not None and topic not in TOPICS:
        raise VocabularyRefused(f"{code}: needs_assessment {topic!r} is none of {', '.join(TOPICS)}")
    factors = {str(body["unit"]): 1.0} | {
        str(unit): float(factor) for unit, factor in (body.get("also") or {}).items()
    }
    return Quantity(
        code, str(body["zh"]), str(body["en"]), str(body["unit"]), nature, float(low), float(high), factors,
        float(body.get("at_least", 0)), topic,
    )  # fmt: skip


def _words(text: str) -> list[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]
