"""An index over a few thousand named things, held in memory: no I/O, no Django.

All keys of one sort lie in one long text, so that a question is answered by `str.find`, at the speed of memory. How well a
thing fits: its key is the question (exact), begins with it (prefix), its initials begin with it, or it lies inside.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chengyun.live.search import spelling

Match = Literal["exact", "prefix", "initials", "inside"]
MATCHES: tuple[Match, ...] = ("exact", "prefix", "initials", "inside")
_EXACT, _PREFIX, _INITIALS, _INSIDE = range(4)
# Thing -> how well it fits, then by how many signs its key is longer, in one number: smaller is better.
Ranks = dict[int, int]
_BITS = 12
_LONGEST = (1 << _BITS) - 1
_NOTHING = 1 << 30
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_WORDS = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")
# A shortened spelling is tried only for what a person would type.
_MAX_SHORTENED = 14
_MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that can be found. `path` is where it lies, for the scope; "" for what is there for everybody."""

    kind: str
    sub: str
    sub_zh: str
    sub_en: str
    code: str
    name_zh: str
    name_en: str
    path: str
    area: str
    area_zh: str
    area_en: str
    lon: float | None
    lat: float | None


def plain(text: str) -> str:
    """Lower case, full-width letters as plain ones, without spaces: how keys and questions are compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if not sign.isspace() and unicodedata.category(sign)[0] != "C")


class _Keys:
    """Keys of one sort, each with the number of the thing it belongs to."""

    def __init__(self, keys: Sequence[tuple[str, int]]) -> None:
        self.text = "\n" + "".join(f"{key}\n" for key, _ in keys)
        self.owners = array("l", (owner for _, owner in keys))
        self.starts = array("l", [1])
        for key, _ in keys:
            self.starts.append(self.starts[-1] + len(key) + 1)

    def rank(self, ranks: Ranks, asked: str, whole: int, begins: int) -> None:
        """Note what has the question in one of its keys: as the whole key, at its beginning, or inside.

        One letter stands inside almost everything: it is looked for at the beginning alone. Every key is looked at once:
        this loop is what a question costs.
        """
        find, starts, owners, size = self.text.find, self.starts, self.owners, len(asked)
        lead = int(size == 1 and asked.isascii())
        wanted = "\n" + asked if lead else asked
        at = find(wanted)
        while at >= 0:
            n = bisect_right(starts, at + lead) - 1
            after = starts[n + 1]
            more = after - 1 - starts[n] - size
            how = (begins if more else whole) if at + lead == starts[n] else _INSIDE
            rank = how << _BITS | min(more, _LONGEST)
            owner = owners[n]
            if rank < ranks.get(owner, _NOTHING):
                ranks[owner] = rank
            at = find(wanted, after - lead)

    def matching(self, pattern: re.Pattern[str]) -> Iterator[int]:
        for hit in pattern.finditer(self.text):
            yield self.owners[bisect_right(self.starts, hit.start()) - 1]


class Index:
    """Things in the order in which they are named where nothing else tells them apart."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        self._names = [plain(thing.name_zh) for thing in things]
        words, spelt, short, pieces = [], [], [], []
        for n, (thing, name) in enumerate(zip(things, self._names, strict=True)):
            words += [
                (key, n) for key in dict.fromkeys((plain(thing.code), name, plain(thing.name_en))) if key
            ]
            if not _CHINESE.search(name):
                continue
            parts = spelling.syllables(name)
            spelt += [(key, n) for key in dict.fromkeys(spelling.full(parts))]
            short += [(key, n) for key in dict.fromkeys(spelling.initials(parts))]
            pieces.append((" ".join(choices[0] for choices in parts), n))
        self._words, self._spelt, self._short, self._pieces = map(_Keys, (words, spelt, short, pieces))

    def search(self, question: str) -> Iterator[tuple[Thing, Match]]:
        """What fits, best first, each thing once."""
        asked = plain(question)
        ranks = self._ranks(asked) if asked else {}
        words = [word for part in question.split() for word in _WORDS.findall(plain(part))]
        if not ranks and len(words) > 1:
            ranks = self._all_of(words[:_MAX_WORDS])
        for n in sorted(ranks, key=lambda n: ranks[n] * len(self.things) + n):
            yield self.things[n], MATCHES[ranks[n] >> _BITS]

    def _all_of(self, words: Iterable[str]) -> Ranks:
        found = [self._ranks(word) for word in words]
        common = set.intersection(*(set(ranks) for ranks in found))
        return {n: max(ranks[n] for ranks in found) for n in common}

    def _ranks(self, asked: str) -> Ranks:
        ranks: Ranks = {}
        self._words.rank(ranks, asked, _EXACT, _PREFIX)
        chinese = _CHINESE.findall(asked)
        if chinese and len(chinese[0]) == len(asked):
            return ranks
        if chinese:
            return ranks or self._mixed(asked, chinese)
        self._by_letters(ranks, asked)
        if not ranks and asked.isascii() and asked.isalnum() and 1 < len(asked) <= _MAX_SHORTENED:
            for n in self._pieces.matching(_shortened(asked)):
                ranks.setdefault(n, _INSIDE << _BITS | min(len(self._names[n]), _LONGEST))
        return ranks

    def _by_letters(self, ranks: Ranks, asked: str) -> None:
        if len(asked) > 1:  # the first letter of a spelling is its first initial
            self._spelt.rank(ranks, asked, _PREFIX, _PREFIX)
        self._short.rank(ranks, asked, _INITIALS, _INITIALS)

    def _mixed(self, asked: str, chinese: list[str]) -> Ranks:
        """A question in characters and letters: spelt out, and then the characters must be there as they stand."""
        parts = spelling.syllables(asked)
        ranks: Ranks = {}
        for spelt in dict.fromkeys(("".join(one[0] for one in parts), *spelling.initials(parts))):
            self._by_letters(ranks, spelt)
        there = re.compile(".*".join(map(re.escape, chinese)))
        return {n: rank for n, rank in ranks.items() if there.search(self._names[n])}


def _shortened(asked: str) -> re.Pattern[str]:
    """`qianxgc` for `qian xi guang chang`: each syllable by as many of its first letters as one likes."""
    on = "(?:[a-z0-9]* )?"
    return re.compile("(?<![a-z0-9])" + on.join(map(re.escape, asked)))
