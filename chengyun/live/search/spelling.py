"""How a Chinese name is typed in Latin letters: pinyin in full, its initials, with every reading of a character.

如意湖 -> ruyihu, ryh          银行 -> yinhang (as a word), also yinxing; yh, yx
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from itertools import product
from math import prod

from pypinyin import Style, lazy_pinyin, pinyin

# Suggested: names with more spellings than this (many characters of several readings) get one for each character instead.
MAX_SPELLINGS = 32
_PIECES = re.compile(r"[\u3400-\u9fff]+|[0-9a-z]+")


@functools.lru_cache(maxsize=8192)
def readings(character: str) -> tuple[str, ...]:
    """All readings of a character without tones (ü as v)."""
    return tuple(dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True)[0]))


@functools.lru_cache(maxsize=8192)
def _run(characters: str) -> tuple[tuple[str, ...], ...]:
    """For each character its readings, the one it has in this word first."""
    words = lazy_pinyin(characters, style=Style.NORMAL)
    if len(words) != len(characters):  # a character nobody has a reading for
        words = [readings(one)[0] for one in characters]
    return tuple(
        tuple(dict.fromkeys((word, *readings(one)))) for word, one in zip(words, characters, strict=True)
    )


def syllables(name: str) -> tuple[tuple[str, ...], ...]:
    """A plain (lower case) name in pieces, each with all its readings: a character, or letters and digits as they are."""
    found: list[tuple[str, ...]] = []
    for piece in _PIECES.findall(name):
        found += [(piece,)] if piece[0] < "\u3400" else _run(piece)
    return tuple(found)


def full(pieces: tuple[tuple[str, ...], ...]) -> list[str]:
    """The spellings in full; the likeliest first."""
    return ["".join(one) for one in _spellings(pieces)]


def initials(pieces: tuple[tuple[str, ...], ...]) -> list[str]:
    """The first letters; runs of digits and letters stand there whole."""
    short = tuple(
        tuple(dict.fromkeys(one[:1] if one.isalpha() else one for one in choices)) for choices in pieces
    )
    return ["".join(one) for one in _spellings(short)]


def _spellings(pieces: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
    if prod(len(choices) for choices in pieces) <= MAX_SPELLINGS:
        yield from product(*pieces)
        return
    first = tuple(choices[0] for choices in pieces)
    yield first
    for n, choices in enumerate(pieces):
        for other in choices[1:]:
            yield (*first[:n], other, *first[n + 1 :])
