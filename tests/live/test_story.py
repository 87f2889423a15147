"""The story of a night in people's words, in both languages."""

from unittest.mock import patch

import pytest
from django.utils import translation

from chengyun.kernel.models import JournalEntry
from chengyun.live import story

pytestmark = pytest.mark.django_db


def entry(kind: str, subject: str, payload: str) -> JournalEntry:
    return JournalEntry(kind=kind, subject=subject, payload_text=payload)


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "应急战时"), ("en", "emergency")])
def test_a_declaration_names_mode_and_level(language, words):
    with translation.override(language):
        told = story.tell(entry("posture.declared", "declaration:2", '{"mode":"emergency","level":1}'))
    assert words in told and told.endswith("I")


def test_a_verdict_is_a_word_and_an_unknown_rule_keeps_its_code():
    with translation.override("en"):
        told = story.tell(entry("alert.judged", "alert:3", '{"rule":"gone","level":2,"verdict":"false"}'))
    assert "gone" in told and "II" in told and "false alarm" in told


def test_a_move_names_verb_and_state():
    class Named:
        zh, en = "派遣", "Dispatch"

    class Flow:
        verbs = {"dispatch": Named}
        states = {"dispatched": Named}
        clocks = {}

    with patch.object(story, "_workflow", lambda: Flow), translation.override("zh-hans"):
        told = story.tell(
            entry("case.moved", "case:7", '{"verb":"dispatch","to":"dispatched","post":"DEPT-ga"}')
        )
    assert told.startswith("案件 #7") and "派遣" in told and "DEPT-ga" in told


def test_a_kind_without_a_sentence_still_tells_kind_and_number():
    assert story.tell(entry("unheard.of", "shift:1", "{}")).split() == ["unheard.of", "#1"]
