"""The log stays readable when one fault repeats a thousand times."""

import logging

import pytest

from chengyun.server.logs import PASS, WINDOW_S, Sparing


@pytest.fixture
def told():
    moment = [0.0]
    lines: list[str] = []
    handler = logging.Handler()
    handler.addFilter(Sparing(lambda: moment[0]))
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.Logger("chengyun.test")
    logger.addHandler(handler)
    return logger, lines, moment


def test_what_repeats_is_said_a_few_times_and_then_how_often_it_was_left_out(told):
    logger, lines, moment = told
    for number in range(1000):
        logger.error("Service Unavailable: %s", f"/api/{number}")
    assert lines == [f"Service Unavailable: /api/{n}" for n in range(PASS)]
    moment[0] = WINDOW_S
    logger.error("Service Unavailable: %s", "/api/last")
    logger.error("Service Unavailable: %s", "/api/after")
    assert lines[PASS:] == [
        "Service Unavailable: /api/last (995 more like it were not logged)",
        "Service Unavailable: /api/after",
    ]


def test_another_fault_is_heard_at_once(told):
    logger, lines, _ = told
    for _ in range(50):
        logger.error("one %s", 1)
    logger.error("two")
    logger.warning("one %s", 1)
    try:
        raise ValueError
    except ValueError:
        logger.exception("one %s", 1)
    assert lines[PASS:] == ["two", "one 1", "one 1"]


def test_what_is_merely_told_is_never_left_out(told):
    logger, lines, _ = told
    for number in range(50):
        logger.info("round %s", number)
    assert len(lines) == 50
