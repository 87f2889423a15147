"""The description of the API, from which the console's types are made: exact, and no name twice."""

from collections import Counter

import pytest
from ninja import Schema

from chengyun.server.api import api

# Files and GeoJSON, whose shape is not ours.
FILES = {"get_evidence_file", "get_picture_file"}


@pytest.fixture(scope="module")
def description():
    return api.get_openapi_schema()


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_each_operation_has_a_name_of_its_own(description):
    names = Counter(operation["operationId"] for _, operation in operations(description))
    assert [name for name, times in names.items() if times > 1] == []


def test_each_answer_has_a_shape(description):
    bare = []
    for where, operation in operations(description):
        if operation["operationId"] in FILES or where.endswith(".geojson"):
            continue
        body = operation["responses"].get(200, {}).get("content", {}).get("application/json", {})
        shape = body.get("schema", {})
        if "$ref" not in str(shape):
            bare.append(where)
    assert bare == [], "give these a response= with precise fields"


def test_no_two_shapes_share_a_name(description):
    """The description keeps one shape per name: the second of two would silently stand for both."""
    found = Counter()
    waiting = list(Schema.__subclasses__())
    while waiting:
        shape = waiting.pop()
        waiting += shape.__subclasses__()
        if shape.__module__.startswith("chengyun."):
            found[shape.__name__] += 1
    assert [name for name, times in found.items() if times > 1] == []


def test_every_field_says_what_it_holds(description):
    """`{}` is "anything": a console cannot be checked against it. What is free by nature is named here."""
    free = {"JournalOut.payload", "TapeEntryOut.payload", "ChainStep.payload", "RuleOut.body", "RuleIn.rule"}
    loose = set()
    for name, shape in description["components"]["schemas"].items():
        for field, value in shape.get("properties", {}).items():
            kept = {key: one for key, one in value.items() if key not in ("title", "description", "default")}
            if not kept or kept == {"type": "object"} or kept.get("additionalProperties") is True:
                loose.add(f"{name}.{field}")
    assert sorted(loose - free) == []
