"""The vocabulary file, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from chengyun.signals.logic.vocabulary import Quantity, RefusedTerms, parse

FILE = Path(__file__).with_name("vocabulary.yaml")


@cache
def _read() -> tuple[dict[str, Quantity], RefusedTerms]:
    return parse(yaml.safe_load(FILE.read_text("utf-8")))


def quantities() -> MappingProxyType[str, Quantity]:
    """All quantities by code."""
    return MappingProxyType(_read()[0])


def quantity(code: str) -> Quantity:
    """One quantity. Raises KeyError for a code outside the vocabulary."""
    return _read()[0][code]


def refused_terms() -> RefusedTerms:
    """What no code, name or attribute of a signal may contain."""
    return _read()[1]
