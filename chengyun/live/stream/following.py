"""Sealed entries after a number, each told once for all viewers: its words in both languages and the rows it changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.utils import translation

from chengyun.alerts.models import Alert
from chengyun.cases.models import Assignment, Step
from chengyun.kernel import journal, registry
from chengyun.kernel.models import JournalEntry, JournalSeal
from chengyun.live import rows
from chengyun.live.rows.cases import posts
from chengyun.live.story import tell
from chengyun.live.stream import frames
from chengyun.live.stream.sight import Sight

# After such an entry many rows read otherwise (other names, other deadlines) that it does not name: all begin anew.
RENAMING = frozenset(
    {
        "case.catalogue",
        "case.workflow",
        "department.changed",
        "district.loaded",
        "people.loaded",
        "post.changed",
        "rule.changed",
        "rule.retired",
    }
)
# Entries of these families may change what somebody may see.
_RIGHTS = (
    "account.", "district.", "duty.", "leader.", "pattern.", "people.", "person.", "post.", "role.", "shift.", "staff.",
)  # fmt: skip
# How far back, and at most how many of the latest, alerts are looked for that repeats were folded into (suggested values).
_REPEATS_WITHIN, _REPEATS = timedelta(minutes=10), 200


@dataclass(frozen=True, slots=True)
class Changed:
    """A row an entry changed. `had` are the posts that have or had the case: who loses sight of it is told so."""

    subject: str
    row: rows.Row
    body: bytes
    had: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """A sealed entry. `body` is its JSON without the rows and without the closing brace."""

    seq: int
    kind: str
    subject: str
    area: str
    klass: str
    body: bytes
    changed: tuple[Changed, ...]
    renames: bool
    rights: bool

    def frame(self, sight: Sight, gen: str) -> bytes | None:
        """What a viewer gets of it; None for nothing."""
        shown: dict[str, Any] = {}
        own = False
        for it in self.changed:
            if sight.sees(it.row):
                shown[it.subject] = orjson.Fragment(it.body)
                own = own or (it.subject == self.subject and sight.has(it.row))
            elif not sight.posts.isdisjoint(it.had):
                shown[it.subject] = None
        where = frames.mark(gen, self.seq)
        if own or self._readable(sight):
            return frames.event("entry", self.body + b',"rows":' + orjson.dumps(shown) + b"}", where)
        if shown:
            return frames.event("rows", orjson.dumps({"seq": self.seq, "rows": shown}), where)
        return None

    def _readable(self, sight: Sight) -> bool:
        """Whoever sees the place of an entry that changed rows reads it; any other needs leave to read the journal."""
        if self.changed:
            return sight.scope.covers(self.area, self.klass)
        return sight.reads(self.area, self.klass)


@registry.steady()
def after(seq: int, limit: int = 200) -> list[Told]:
    """The next sealed entries after a number, oldest first."""
    seals = JournalSeal.objects.filter(seq__gt=seq).select_related("entry").order_by("seq")[:limit]
    sealed = [(seal.seq, seal.entry) for seal in seals]
    entries = [entry for _, entry in sealed]
    changed = _changed(entries)
    words = [_words(entries, language) for language in ("zh-hans", "en")]
    return [
        _told(number, entry, changed[entry.pk], zh, en)
        for (number, entry), zh, en in zip(sealed, *words, strict=True)
    ]


def _told(
    seq: int, entry: JournalEntry, changed: tuple[Changed, ...], zh: tuple[str, str], en: tuple[str, str]
) -> Told:
    said = {
        "seq": seq,
        "id": entry.pk,
        "at": entry.at,
        "kind": entry.kind,
        "subject": entry.subject,
        "area": entry.area,
        "actor": entry.actor,
        "payload": orjson.Fragment(entry.payload_text),
        "cause": entry.cause_id,
        "label_zh": zh[0],
        "label_en": en[0],
        "text_zh": zh[1],
        "text_en": en[1],
    }
    return Told(
        seq=seq,
        kind=entry.kind,
        subject=entry.subject,
        area=entry.area,
        klass=entry.klass,
        body=frames.json(said)[:-1],
        changed=changed,
        renames=entry.kind in RENAMING
        or (entry.kind == "case.audited" and bool(entry.payload["provisional"])),
        rights=entry.kind.startswith(_RIGHTS),
    )


def _words(entries: Sequence[JournalEntry], language: str) -> list[tuple[str, str]]:
    """Label and sentence of each."""
    with translation.override(language):
        return [
            (str(journal.kinds[entry.kind].label) if entry.kind in journal.kinds else entry.kind, tell(entry))
            for entry in entries
        ]


def _changed(entries: Sequence[JournalEntry]) -> dict[int, tuple[Changed, ...]]:
    """Entry id -> the rows it changed, as they are now, in a fixed number of queries for all of them."""
    named = {entry.pk: rows.touched(entry) | _repeated(entry) for entry in entries}
    found = rows.of(set().union(*named.values()))
    # An alert counts in the incident it is in, which its entry does not always name.
    counted = {
        subject: f"incident:{row.incident}"
        for subject, row in found.items()
        if isinstance(row, rows.AlertRow) and row.incident is not None
    }
    found |= rows.of(set(counted.values()) - set(found))
    had = _had(row.id for row in found.values() if isinstance(row, rows.CaseRow))
    ready = {
        subject: Changed(subject, row, frames.json(row.model_dump()), had.get(subject, frozenset()))
        for subject, row in found.items()
    }
    result: dict[int, tuple[Changed, ...]] = {}
    for pk, subjects in named.items():
        subjects |= {counted[subject] for subject in subjects if subject in counted}
        result[pk] = tuple(ready[subject] for subject in sorted(subjects) if subject in ready)
    return result


def _repeated(entry: JournalEntry) -> set[str]:
    """`alert.repeated` names a rule and says how often; the alerts it was folded into are those seen last."""
    if entry.kind != "alert.repeated":
        return set()
    last = Alert.objects.filter(rule__code=entry.payload["rule"], last_at__gte=entry.at - _REPEATS_WITHIN)
    numbers = last.exclude(state="closed").order_by("-last_at", "-id").values_list("pk", flat=True)
    return {f"alert:{number}" for number in numbers[:_REPEATS]}


def _had(numbers: Iterable[int]) -> dict[str, frozenset[str]]:
    """Of each case, the posts that answered for it or worked on it at any time."""
    wanted = list(numbers)
    if not wanted:
        return {}
    found: dict[str, set[str]] = {}
    names = posts()
    held = Step.objects.filter(case_id__in=wanted, holder__isnull=False).values_list("case_id", "holder_id")
    given = Assignment.objects.filter(case_id__in=wanted).values_list("case_id", "post_id")
    for case, post in [*held.order_by().distinct(), *given.order_by().distinct()]:
        found.setdefault(f"case:{case}", set()).add(names[post][0])
    return {subject: frozenset(codes) for subject, codes in found.items()}
