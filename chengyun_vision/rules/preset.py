"""Algorithms as files: the shipped presets, and lists of rules over them. Refusals name file, key and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chengyun_vision import refused, vocabulary
from chengyun_vision.geometry import WHOLE
from chengyun_vision.problem import Problem
from chengyun_vision.rules import params, reading, schedule
from chengyun_vision.rules.binding import purposes
from chengyun_vision.rules.primitives import PRIMITIVES
from chengyun_vision.rules.reading import Words
from chengyun_vision.rules.spec import Spec

FOLDER = Path(__file__).resolve().parents[1] / "presets"
# What a model puts out that a primitive may need.
MODELS = ("none", "detector", "density", "points", "mask", "classify")
_NATURES = {
    "level": "gauge",
    "state": "state",
    "in": "flow",
    "out": "flow",
    "up": "state",
    "tampered": "state",
}
_PRESET = {"code", "zh", "en", "primitive", "purpose", "classes", "quantities", "settings"} | {
    "status", "model", "measured", "data", "needs"
}  # fmt: skip
_RULE = {"code", "zh", "en", "primitive", "preset", "purpose", "classes", "quantities", "settings"} | {
    "zone", "line", "schedule"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preset:
    """An algorithm over a primitive. `on`: it works with weights that may be had; otherwise `data` says what would make it.

    `settings` are suggested (建议值). `needs`: what each camera has to give: line, square_metres, zone. `model`: its kind,
    `model_words`: which. `measured`: what is known of how well it works.
    """

    code: str
    zh: str
    en: str
    primitive: str
    purpose: str
    classes: frozenset[str]
    settings: Mapping[str, Any]
    quantities: Mapping[str, str]
    on: bool
    model: str
    model_words: Words
    measured: Words
    data: Words | None = None
    needs: tuple[str, ...] = ()
    where: str = field(default="", compare=False)


@cache
def shipped() -> Mapping[str, Preset]:
    """All presets of the folder, by code."""
    found = [load(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return MappingProxyType({preset.code: preset for preset in found})


def named(text: str) -> Preset:
    """A preset by its code, a primitive by its name (with nothing but its suggested values), or a file. Raises `Problem`."""
    if text in shipped():
        return shipped()[text]
    if text in PRIMITIVES:
        return _bare(text)
    if text.endswith((".yaml", ".yml")):
        return load(Path(text))
    raise Problem(
        f"没有名为 {text!r} 的预设。",
        f"there is no preset {text!r}.",
        hint_zh=f"可用: {'、'.join([*PRIMITIVES, *shipped()])}。",
        hint_en=f"Known: {', '.join([*PRIMITIVES, *shipped()])}; or give a .yaml file.",
    )


def load(path: Path) -> Preset:
    """One preset file. Raises `Problem` naming file and key."""
    where = path.name
    body = reading.keys(reading.document(path), _PRESET, where)
    for key in ("code", "zh", "en", "primitive", "purpose", "status", "model", "measured"):
        if key not in body:
            raise Problem(f"缺少 {key}。", f"{key} is missing.", where=where)
    model = reading.mapping(body["model"], f"{where}: model")
    if model.get("kind") not in MODELS:
        raise Problem(
            f"kind 应为 {'、'.join(MODELS)} 之一。", f"one of {', '.join(MODELS)} is wanted.", where=f"{where}: model: kind"
        )  # fmt: skip
    status = body["status"]
    if isinstance(status, bool):  # YAML reads on and off as truths
        status = "on" if status else "off"
    if status not in ("on", "off"):
        raise Problem("status 应为 on 或 off。", "on or off is wanted.", where=f"{where}: status")
    if status == "off" and "data" not in body:
        raise Problem(
            "关闭的预设要说明需要哪些数据与标注。",
            "a preset that is off says which data and labels would make it.",
            where=f"{where}: data",
        )
    preset = Preset(
        code=reading.text(body["code"], f"{where}: code"),
        zh=reading.text(body["zh"], f"{where}: zh"),
        en=reading.text(body["en"], f"{where}: en"),
        primitive=reading.text(body["primitive"], f"{where}: primitive"),
        purpose=reading.text(body["purpose"], f"{where}: purpose"),
        classes=_classes(body.get("classes", []), f"{where}: classes"),
        settings=reading.mapping(body.get("settings", {}), f"{where}: settings"),
        quantities=_quantities(body.get("quantities", {}), f"{where}: quantities"),
        on=status == "on",
        model=model["kind"],
        model_words=reading.words(model, f"{where}: model"),
        measured=reading.words(body["measured"], f"{where}: measured"),
        data=reading.words(body["data"], f"{where}: data") if "data" in body else None,
        needs=tuple(reading.texts(body.get("needs", []), f"{where}: needs")),
        where=where,
    )
    _check(preset.primitive, preset.purpose, (preset.code, preset.zh, preset.en), where)
    params.read(PRIMITIVES[preset.primitive].params, preset.settings, f"{where}: settings")
    return preset


def load_rules(path: Path) -> list[Spec]:
    """`rules:`, a list; each over a preset or a primitive. Raises `Problem` naming file, rule and key."""
    body = reading.keys(reading.document(path), {"rules"}, path.name)
    return read_rules(body.get("rules"), path.name)


def read_rules(rules: Any, where: str) -> list[Spec]:
    """The same from data, as a worker gets it over the network."""
    if not isinstance(rules, list) or not rules:
        raise Problem("rules 应为非空列表。", "a list of rules is wanted.", where=f"{where}: rules")
    specs = [
        rule_of(reading.keys(body, _RULE, f"{where}: rules[{n}]"), f"{where}: rules[{n}]")
        for n, body in enumerate(rules)
    ]
    seen: set[str] = set()
    for n, spec in enumerate(specs):
        if spec.code in seen:
            raise Problem(f"编码 {spec.code} 重复。", f"the code {spec.code} is there twice.",
                          where=f"{where}: rules[{n}]: code")  # fmt: skip
        seen.add(spec.code)
    return specs


def rule_of(body: Mapping[str, Any], where: str) -> Spec:
    """One rule over a preset or a primitive; what the rule says goes before what the preset suggests."""
    if ("preset" in body) == ("primitive" in body):
        raise Problem(
            "preset 与 primitive 要且只要一个。", "either preset or primitive is wanted.", where=where
        )
    if "preset" in body:
        key = "preset"
        base = shipped().get(reading.text(body[key], f"{where}: {key}"))
    else:
        key = "primitive"
        name = reading.text(body[key], f"{where}: {key}")
        base = _bare(name) if name in PRIMITIVES else None
    if base is None:
        known = shipped() if key == "preset" else PRIMITIVES
        raise Problem(f"没有 {body[key]!r}。", f"there is no {body[key]!r}; known: {', '.join(known)}.",
                      where=f"{where}: {key}")  # fmt: skip
    return spec_of(base, body, where)


def spec_of(preset: Preset, body: Mapping[str, Any] | None = None, where: str = "") -> Spec:
    """A preset with what one camera adds: `body` as a rule of a file. Raises `Problem`."""
    body, where = body or {}, where or preset.code
    code = reading.text(body.get("code", preset.code), f"{where}: code")
    zh, en = (reading.text(body.get(key, getattr(preset, key)), f"{where}: {key}") for key in ("zh", "en"))
    purpose = reading.text(body.get("purpose", preset.purpose), f"{where}: purpose")
    _check(preset.primitive, purpose, (code, zh, en), where)
    given = {**preset.settings, **reading.mapping(body.get("settings", {}), f"{where}: settings")}
    values = params.read(PRIMITIVES[preset.primitive].params, given, f"{where}: settings")
    spec = Spec(
        code=code,
        primitive=preset.primitive,
        zh=zh,
        en=en,
        purpose=purpose,
        values=values,
        classes=_classes(body["classes"], f"{where}: classes") if "classes" in body else preset.classes,
        zone=reading.zone(body["zone"], where) if "zone" in body else WHOLE,
        line=reading.line(body["line"], values, where) if "line" in body else None,
        schedule=schedule.read(body["schedule"], f"{where}: schedule")
        if "schedule" in body
        else schedule.ALWAYS,
        quantities=_quantities(body["quantities"], f"{where}: quantities")
        if "quantities" in body
        else preset.quantities,
        preset=preset.code if preset.where else "",
    )
    _complete(spec, where)
    return spec


def _complete(spec: Spec, where: str) -> None:
    if spec.primitive == "line_crossing" and spec.line is None:
        raise Problem("这条规则需要一条线。", "this rule wants a line: {code, points: [[x, y], [x, y]]}.",
                      where=f"{where}: line")  # fmt: skip
    if spec.primitive == "density" and spec.word("unit") == "per_m2" and spec.zone.square_metres is None:
        raise Problem(
            "按平方米计算密度需要区域的实际面积。",
            "density per square metre wants the zone's square_metres (or settings: {unit: share}).",
            where=f"{where}: zone: square_metres",
        )
    if spec.primitive == "label_vote" and spec.number("k") > spec.number("n"):
        raise Problem("k 不能大于 n。", "k is not above n.", where=f"{where}: settings: k")
    if spec.primitive not in ("camera_health", "left_object") and not spec.classes:
        raise Problem("没有说明看哪几类物体。", "no classes are named.", where=f"{where}: classes")


def _bare(primitive: str) -> Preset:
    # People where a model looks; without one whatever moves or newly stands there.
    classes = (
        frozenset() if primitive in ("camera_health", "left_object") else frozenset({"person", "object"})
    )
    none = Words("", "")
    purpose = "upkeep" if primitive == "camera_health" else "public_safety"
    return Preset(
        primitive, primitive, primitive.replace("_", " "), primitive, purpose, classes, {}, {}, True,
        "detector" if classes else "none", none, none,
    )  # fmt: skip


def _check(primitive: str, purpose: str, names: Sequence[str], where: str) -> None:
    if primitive not in PRIMITIVES:
        raise Problem(f"没有原语 {primitive!r}。", f"there is no primitive {primitive!r}; known: {', '.join(PRIMITIVES)}.",
                      where=f"{where}: primitive")  # fmt: skip
    if purpose not in purposes():
        raise Problem(f"没有用途 {purpose!r}。", f"there is no purpose {purpose!r}; known: {', '.join(purposes())}.",
                      where=f"{where}: purpose")  # fmt: skip
    wrong = refused.first((*names, purpose))
    if wrong:
        raise Problem(
            f"{wrong[0]!r} 含有不允许的用语 {wrong[1]!r}:本系统不识别任何人。",
            f"{wrong[0]!r} contains {wrong[1]!r}, which no rule may ask for: nobody is identified here.",
            where=where,
        )


def _classes(given: Any, where: str) -> frozenset[str]:
    texts = reading.texts(given, where)
    for text in texts:
        wrong = refused.why(text)
        if wrong:
            raise Problem(
                f"{text!r} 不允许:本系统不识别任何人。", f"{text!r} is refused: nobody is identified here.", where=where
            )  # fmt: skip
        if text not in vocabulary.kinds():
            raise Problem(f"词表中没有 {text!r}。",
                          f"the vocabulary has no object {text!r}; known: {', '.join(vocabulary.kinds())}.",
                          where=where)  # fmt: skip
    return frozenset(texts)


def _quantities(given: Any, where: str) -> Mapping[str, str]:
    known = vocabulary.document()["quantities"]
    for role, code in reading.mapping(given, where).items():
        nature = _NATURES.get(role)
        code = reading.text(code, f"{where}: {role}")
        if nature is None:
            raise Problem(f"没有 {role!r} 这一项。", f"there is no role {role!r}; known: {', '.join(_NATURES)}.",
                          where=where)  # fmt: skip
        if code not in known or known[code]["nature"] != nature:
            raise Problem(f"{code!r} 不是词表中的 {nature} 量。",
                          f"{code!r} is no quantity of nature {nature} in the vocabulary.",
                          where=f"{where}: {role}")  # fmt: skip
    return dict(given)
