"""Whatever has a name, a code or a number is found as people type it, best first, and nothing outside one's own areas."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.cases import actions as cases
from chengyun.district import actions as district
from chengyun.kernel import scope
from chengyun.kernel.actor import system
from chengyun.live import search
from chengyun.live.search import spelling
from chengyun.live.search.index import Index, Thing, plain
from chengyun.people import actions as people
from tests.invariants.conftest import Full


def thing(code: str, zh: str, en: str, path: str = "/r/") -> Thing:
    return Thing("area", "grid2", "网格", "Grid", code, zh, en, path, "r", "辖区", "District", None, None)


THINGS = [
    thing("ryh", "如意湖办事处", "Ruyi Lake Sub-district Office"),
    thing("d-06", "如意湖", "Ruyi Lake"),
    thing("d-02", "千玺广场", "Qianxi Plaza"),
    thing("d-01", "国际会展中心", "International Convention Centre"),
    thing("cam-0001", "广场摄像机 0001", "Camera 0001 (square)"),
    thing("cam-0012", "广场摄像机 0012", "Camera 0012 (square)"),
    thing("b-01", "商务内环 01 号楼", "Tower 01 (inner ring)"),
    thing("bank", "长安银行", "Chang'an Bank"),
    thing("park-01", "重庆路停车场", "Chongqing Road car park"),
]
INDEX = Index(THINGS)


def found(question: str) -> list[str]:
    return [thing.code for thing, _ in INDEX.search(question)]


@pytest.mark.parametrize(("question", "codes"), [
    ("如意湖", ["d-06", "ryh"]),  # the whole name before its beginning
    ("意湖", ["d-06", "ryh"]),
    ("湖办", ["ryh"]),
    ("ruyi lake", ["d-06", "ryh"]),
    ("RUYI", ["d-06", "ryh"]),
    ("plaza", ["d-02"]),
    ("d-02", ["d-02"]),
    ("D-02", ["d-02"]),
    ("ｄ－０２", ["d-02"]),  # as a Chinese keyboard may send it
    ("ryh", ["ryh", "d-06"]),  # a code before initials
    ("qxgc", ["d-02"]),
    ("qianxi", ["d-02"]),
    ("qian xi", ["d-02"]),
    ("qianxiguangchang", ["d-02"]),
    ("xiguang", ["d-02"]),
    ("qianxgc", ["d-02"]),
    ("qxguangc", ["d-02"]),
    ("千玺gc", ["d-02"]),
    ("千xi广场", ["d-02"]),
    ("如意h", ["d-06", "ryh"]),
    ("gjhz", ["d-01"]),
    ("gjkz", ["d-01"]),  # 会 is also kuai
    ("cayh", ["bank"]),
    ("zhanganyinhang", ["bank"]),  # 长 is also zhang
    ("yinxing", ["bank"]),  # 行 is also xing
    ("cql", ["park-01"]),
    ("zql", ["park-01"]),
    ("chongqing", ["park-01"]),  # as a word it is not zhong
    ("chongqltc", ["park-01"]),  # shortened, too
    ("cam-00", ["cam-0001", "cam-0012"]),
    ("0012", ["cam-0012"]),
    ("广场 0012", ["cam-0012"]),
    ("广场0012", ["cam-0012"]),
    ("camera 0012", ["cam-0012"]),
    ("0012 camera", ["cam-0012"]),  # words in any order
    ("gcsxj0012", ["cam-0012"]),
    ("内环01", ["b-01"]),
    ("01号楼", ["b-01"]),
    ("千广", []),
    ("千lake", []),
    ("qq", []),
    ("", []),
    (" \t", []),
])  # fmt: skip
def test_as_people_type_it(question: str, codes: list[str]) -> None:
    assert found(question) == codes


def test_characters_are_never_taken_for_others_that_sound_alike() -> None:
    assert found("千玺") == ["d-02"] and found("迁徙") == [] and found("迁徙gc") == []


def test_one_letter_finds_what_begins_with_it() -> None:
    assert set(found("q")) == {"d-02"}
    assert found("c")[0] == "cam-0001" and "d-01" not in found("x")


def test_how_it_was_found_goes_with_it() -> None:
    assert [match for _, match in INDEX.search("如意湖")] == ["exact", "prefix"]
    assert [match for _, match in INDEX.search("ryh")] == ["exact", "initials"]
    assert [match for _, match in INDEX.search("湖")] == ["inside", "inside"]


def test_a_name_of_many_readings_stays_small() -> None:
    parts = spelling.syllables("重长行会和着了得都还没" * 9)
    assert len(spelling.full(parts)) < 500 and len(spelling.initials(parts)) < 500


NAMES = st.text(alphabet="如意湖千玺广场重庆银行会abcXYZ019 -·（", min_size=1, max_size=12)


@given(names=st.lists(NAMES, min_size=1, max_size=8), data=st.data())
@settings(max_examples=150, deadline=None)
def test_every_piece_of_a_name_finds_it(names: list[str], data: st.DataObject) -> None:
    index = Index([thing(f"t-{n}", name, f"Thing {n}") for n, name in enumerate(names)])
    n = data.draw(st.integers(0, len(names) - 1))
    a = data.draw(st.integers(0, len(names[n]) - 1))
    piece = names[n][a : data.draw(st.integers(a + 1, len(names[n])))]
    asked = plain(piece)
    if not asked or (len(asked) == 1 and asked.isascii() and not plain(names[n]).startswith(asked)):
        return
    assert f"t-{n}" in [hit.code for hit, _ in index.search(piece)]


@given(st.text(max_size=60) | st.text(alphabet="ryhqxgc如意湖 01#\n\x00-", max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_question_breaks_it_and_nothing_comes_twice(question: str) -> None:
    codes = found(question)
    assert len(codes) == len(set(codes))


# In a district that runs.


def ask(city: Full, who: str, question: str, limit: int = 20) -> list[dict[str, Any]]:
    answer = city.client(who).get("/api/live/search", {"q": question, "limit": limit})
    assert answer.status_code == 200, answer.content
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def codes_of(items: list[dict[str, Any]]) -> set[str]:
    return {item["code"] for item in items}


def report(city: Full, place: str, kind: str = "noise") -> int:
    who = city.at("GS-1" if place == "m-100" else "GS-0")
    case = cases.report(actor=who, kind=kind, condition="plain", area=place, description="x")
    return int(case.pk)


def test_everything_is_in_it(city: Full) -> None:
    for question, kind, code in (
        ("ring-1", "area", "ring-1"),
        ("b-1", "building", "b-1"),
        ("cam-0", "asset", "cam-0"),
        ("FP-1", "post", "FP-1"),
        ("gdg", "post", "FP-1"),
        ("黄河路", "place", "r-huanghe"),
        ("ruyihu", "place", "w-lake"),
    ):
        first = ask(city, "duty", question)[0]
        assert (first["kind"], first["code"]) == (kind, code), question
        assert first["lon"] and first["lat"] and first["sub_zh"] and first["sub_en"] and first["area_zh"]


def test_a_case_by_its_number_comes_first(city: Full) -> None:
    number = report(city, "m-000")
    for question in (
        f"#{number}",
        f"{number}",
        f"案件{number}",
        f"案件 #{number}",
        f"case {number}",
        f"＃0{number}",
    ):
        first = ask(city, "duty", question)[0]
        assert (first["kind"], first["code"], first["match"]) == ("case", str(number), "exact"), question
        assert first["name_zh"] == f"#{number} 噪声 · 区域m-000" and first["lon"]
    assert not [hit for hit in ask(city, "duty", "#99999999999999999") if hit["kind"] == "case"]


def test_somebody_of_one_grid_finds_nothing_of_another(city: Full) -> None:
    here, there = report(city, "m-000"), report(city, "m-100")
    assert {"m-000", "cam-0"} <= codes_of(ask(city, "duty", "cam-0") + ask(city, "duty", "m-000"))
    for question in (
        "m-100",
        "cam-3",
        "g2-1",
        "cnt-b",
        "东门",
        "dongmen",
        "dmrld",
        "GS-1",
        f"#{there}",
        "tst",
    ):
        assert ask(city, "duty", question), question
        outside = [hit for hit in ask(city, "west", question, 100) if not inside(hit)]
        assert not outside, (question, outside)
    assert codes_of(ask(city, "west", f"#{here}")) == {str(here)}
    assert not ask(city, "west", f"#{there}")
    assert ask(city, "west", "黄河路"), "a road is there for everybody"


def inside(hit: dict[str, Any]) -> bool:
    ours = {"g2-0", "g3-00", "g3-01", "m-000", "m-001", "m-010", "m-011", "d-1", "dm-1"}
    return hit["kind"] == "place" or hit["area"] in ours or hit["code"] in ours


def test_a_case_only_some_may_see_is_found_by_them_alone(city: Full) -> None:
    number = report(city, "m-000", kind="missing-person")
    seen = {who: bool(ask(city, who, f"#{number}")) for who in ("duty", "audit", "west")}
    for who, found_it in seen.items():
        cleared = "sensitive" in scope.of(city.user(who)).classes
        assert found_it == cleared, who


def test_who_has_no_area_finds_nothing(city: Full) -> None:
    report(city, "m-000")
    for question in ("m-000", "黄河路", "1"):
        assert search.find(scope.NOTHING, question, 20)["items"] == []


def test_limit_and_more(city: Full) -> None:
    client = city.client("duty")
    answer = client.get("/api/live/search", {"q": "cam", "limit": 2}).json()
    assert len(answer["items"]) == 2 and answer["more"]
    answer = client.get("/api/live/search", {"q": "cam", "limit": 100}).json()
    assert len(answer["items"]) == 6 and not answer["more"]
    assert client.get("/api/live/search", {"q": "cam", "limit": 101}).status_code == 422
    assert client.get("/api/live/search", {"q": "x" * 101}).status_code == 422


def test_what_changes_is_found_by_its_new_name(city: Full) -> None:
    assert not ask(city, "duty", "临时岗")
    people.save_post(system("test"), code="FP-1", name_zh="临时岗", name_en="Temporary post")
    assert codes_of(ask(city, "duty", "lsg")) == {"FP-1"}
    district.set_in_service(actor=system("test"), code="cam-0", in_service=False, reason="fault")
    assert ask(city, "duty", "cam-0")[0]["code"] == "cam-0"


def test_no_person_can_be_found(city: Full) -> None:
    for question in ("示例人员21", "示例", "slry", "00000000002", "n-21", "duty-officer"):
        assert not ask(city, "keeper", question, 100), question


@pytest.mark.parametrize(("question", "most"), [("cam", 1), ("如意湖", 1), ("1", 7)])
def test_the_number_of_queries_is_fixed(
    city: Full, question: str, most: int, django_assert_max_num_queries: Any
) -> None:
    from chengyun.kernel import registry

    report(city, "m-000")
    user = city.user("duty")
    search.find(user, question, 20)
    seen = scope.of(user)
    with django_assert_max_num_queries(most), registry.steady():
        search.find(seen, question, 20)


@given(question=st.text(max_size=40) | st.text(alphabet="ryh如意湖m-01#案件\x00\n ", max_size=20))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_address_breaks_the_door(city: Full, question: str) -> None:
    encoded = question.encode("utf-8", "ignore").decode()
    answer = city.client("west").get("/api/live/search", {"q": encoded})
    assert answer.status_code == 200, answer.content
    assert all(inside(hit) or hit["kind"] == "case" for hit in answer.json()["items"])
