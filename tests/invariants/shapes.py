"""Strategies from an OpenAPI document: bodies as a door asks for them, almost as it asks for them, and nothing like it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

# What has broken programs before: extremes, lone surrogates, NUL, dates out of reach, what looks like something else.
NASTY = st.sampled_from([
    None, True, 0, -1, 2**31, 2**63, 2**70, -(2**70), 1e308, 1e-320, "", " ", "\x00", "\ud800", "é" * 300, "a" * 5000,
    "'; DROP TABLE kernel_timer; --", "../../etc/passwd", "%s", "{}", "2023-12-31T16:00:00+08:00", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59", "2023-12-31T16:00:00", [], {}, [[]], {"": None}, [{}], "tst", "DUTY", "CMD", "c0.people",
])  # fmt: skip
ANY = st.recursive(
    NASTY,
    lambda more: st.lists(more, max_size=3) | st.dictionaries(st.text(max_size=8), more, max_size=3),
    max_leaves=6,
)
MOMENTS = st.sampled_from(["2023-12-31T09:00:00Z", "2023-12-31T20:00:00+08:00", "2024-06-01T00:00:00Z"])
# Codes that exist in the small district, so that some bodies get past the first check.
CODES = st.sampled_from([
    "tst", "g2-0", "m-000", "d-1", "DUTY", "CMD", "c0.people", "crowded", "emergency", "normal", "true", "false", "fog",
    "orange", "maintenance", "gw", "out", "in", "duplicate", "1", "stop",
    "noise", "smoke", "plain", "person", "citizen", "leader", "DEPT-sw", "LEAD", "important", "file", "dispatch", "sign_for",
    "handle", "settle", "merge", "split", "return", "close",
])  # fmt: skip


def of(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit the schema, more or less."""
    if "$ref" in schema:
        return of(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return st.one_of([of(part, document) for part in schema[key]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _objects(schema, document)
    if kind == "array":
        return st.lists(of(schema.get("items", {}), document), max_size=4)
    if kind == "integer":
        return st.integers(-2, 6) | st.integers()
    if kind == "number":
        return st.integers(-2, 200) | st.floats(allow_nan=False, allow_infinity=False)
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    if kind == "string":
        return MOMENTS | NASTY if schema.get("format") == "date-time" else CODES | st.text(max_size=20)
    return ANY


def _objects(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[Any]:
    fields = {name: of(part, document) for name, part in schema.get("properties", {}).items()}
    if not fields:
        return st.dictionaries(st.text(max_size=8), ANY, max_size=4)
    whole = st.fixed_dictionaries(fields)
    # One field missing, or with something else in it.
    spoilt = st.builds(
        lambda good, name, bad, drop: {k: v for k, v in (good | {name: bad}).items() if not (drop and k == name)},
        whole, st.sampled_from(sorted(fields)), ANY, st.booleans(),
    )  # fmt: skip
    return whole | spoilt | ANY
