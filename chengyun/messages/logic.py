"""Pure parts of messaging: texts from templates, and how many pushes a post may get in a stretch of time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

WAITING, READ, ANSWERED = "waiting", "read", "answered"

_PLACE = re.compile(r"\{([a-z_]+)\}")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Template:
    """Both languages of one kind of message; `{name}` in a text is replaced by the parameter of that name."""

    title_zh: str
    title_en: str
    body_zh: str = ""
    body_en: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str


Words = Mapping[str, Mapping[str, tuple[str, str]]]


def places(text: str) -> frozenset[str]:
    """Names of the parameters that a template text uses."""
    return frozenset(_PLACE.findall(text))


def render(template: Template, params: Mapping[str, object], count: int, *, zh: bool, words: Words) -> Text:
    """The text in one language. `words` gives display names for codes: parameter -> code -> (中文, English).

    A parameter that is missing shows as a dash: a message with a gap is better than none. `count` above 1 is appended.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "count":
            return str(count)
        raw = params.get(name)
        if raw is None or raw == "":
            return "—"
        known = words.get(name, {}).get(str(raw))
        return str(raw) if known is None else known[0 if zh else 1]

    title = _PLACE.sub(value, template.title_zh if zh else template.title_en)
    body = _PLACE.sub(value, template.body_zh if zh else template.body_en)
    if count > 1:
        title += f"（共 {count} 次）" if zh else f" ({count} times)"
    return Text(title, body)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `at_most` pushes to one post over one channel in any `per_seconds` seconds."""

    per_seconds: int
    at_most: int


def free_at(now: datetime, pushed: Sequence[datetime], limits: Iterable[Limit]) -> datetime | None:
    """When the next push may go; None means now. `pushed` are the moments of earlier pushes, planned ones included."""
    earliest = now
    moments = sorted(pushed)
    for limit in limits:
        if limit.at_most < 1 or len(moments) < limit.at_most:
            continue
        # The next push may go once the at_most-th newest has left the window.
        earliest = max(earliest, moments[-limit.at_most] + timedelta(seconds=limit.per_seconds))
    return earliest if earliest > now else None


def matches(kind: str, patterns: Iterable[str]) -> bool:
    """Whether a kind is named by one of the patterns (`posture.*`)."""
    return any(fnmatchcase(kind, pattern) for pattern in patterns)


def host_allowed(url: str, hosts: Iterable[str]) -> bool:
    """Whether a webhook address is on the operator's list.

    An entry is `host` (the scheme's own port only) or `host:port`. Addresses with a user part are never allowed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = _PORTS[parts.scheme]
    wanted = {f"{host}:{port or usual}"}
    if port in (None, usual):
        wanted.add(host)
    return not wanted.isdisjoint(entry.strip().lower() for entry in hosts)
