"""What a model's manifest says, read strictly: an unknown field or a wrong value is a problem that names its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

import yaml

from chengyun_vision import refused, vocabulary
from chengyun_vision.models.heads import HEADS
from chengyun_vision.problem import Problem

SHIPPED = Path(__file__).with_name("manifests")


@dataclass(frozen=True, slots=True)
class Input:
    """How a picture becomes the net's input: (pixel * scale - mean) / std per channel, in the order that `colour` names.

    `resize`: "stretch" ignores the picture's proportions, "letterbox" keeps them and pads with `pad` (0-255); `centre` pads
    on both sides instead of right and below.
    """

    width: int
    height: int
    layout: Literal["nchw", "nhwc"] = "nchw"
    colour: Literal["rgb", "bgr", "grey"] = "rgb"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    resize: Literal["stretch", "letterbox"] = "letterbox"
    pad: int = 114
    centre: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that the net must see in its golden picture, by the net's own name of its class. `box`: 0-1."""

    name: str
    score: float
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Golden:
    """`picture`: one that the project draws itself (see golden.py), or a file beside the manifest.

    `iou`: a box must meet the expected one at least so far. `score`: how far a score may be off. `extra`: how many other
    things may be seen above the threshold. `total`: what the heat, the share of a mask or the number of points comes to.
    """

    picture: str
    expect: tuple[Expected, ...] = ()
    iou: float = 0.85
    score: float = 0.08
    extra: int = 0
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model as its manifest describes it.

    `names`: the net's classes in its own order; `classes`: those that map onto kinds of the vocabulary, all others are
    dropped. `options`: of the head. `ms`: measured for one picture on one thread. `place`: the manifest's own file.
    """

    id: str
    file: str
    sha256: str
    licence: str
    source: str
    head: str
    input: Input
    names: tuple[str, ...]
    classes: Mapping[str, str]
    golden: Golden
    score: float = 0.35
    scores: Mapping[str, float] = field(default_factory=dict)
    nms: float = 0.5
    options: Mapping[str, Any] = field(default_factory=dict)
    ms: float | None = None
    note: str = ""
    place: Path | None = None

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(self.classes.values())

    @property
    def least(self) -> float:
        """The lowest score that any class is taken at."""
        return min((self.score, *self.scores.values()))

    def taken_at(self, kind: str) -> float:
        """The score from which a kind is taken."""
        return self.scores.get(kind, self.score)


def read(place: Path) -> Manifest:
    """The manifest in a YAML file. Raises `Problem`."""
    try:
        content = yaml.safe_load(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Problem(
            "清单无法读取。", f"the manifest cannot be read ({type(error).__name__}).", where=str(place)
        ) from error
    return parse(content, place)


def known(folder: Path | None = None) -> list[Path]:
    """The shipped manifests and those of a folder of weights, by name."""
    places = sorted(SHIPPED.glob("*.yaml"))
    return places + (sorted(folder.glob("*.yaml")) if folder and folder.is_dir() else [])


def parse(content: object, place: Path | None = None) -> Manifest:
    """Checks everything that can be told without the weights: fields, licence text, classes, what is refused."""
    where = str(place) if place else "manifest"
    raw = _mapping(content, where)
    _only(raw, Manifest.__slots__, where)
    missing = [
        key for key in ("id", "file", "sha256", "licence", "source", "head", "input", "names", "classes", "golden")
        if not raw.get(key)
    ]  # fmt: skip
    if missing:
        _wrong(where, f"缺少 {', '.join(missing)}。", f"{', '.join(missing)} missing.")
    digest = str(raw["sha256"]).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        _wrong(where, "sha256 须为 64 位十六进制。", "sha256 must be 64 hexadecimal digits.")
    if Path(str(raw["file"])).name != str(raw["file"]):
        _wrong(where, "file 须为文件名，不含目录。", "file must be a plain file name.")
    if raw["head"] not in HEADS:
        _wrong(
            where,
            f"未知 head {raw['head']!r}。",
            f"head {raw['head']!r} is none of {', '.join(sorted(HEADS))}.",
        )
    names = _names(raw["names"], where)
    classes = {str(name): str(kind) for name, kind in _mapping(raw["classes"], f"{where}: classes").items()}
    _classes(classes, names, where)
    found = refused.first((str(raw["id"]), *names))
    if found is not None:
        _wrong(
            where,
            f"{found[0]!r} 含拒用内容 {found[1]!r}：模型不得识别身份、车牌或评判人员。",
            f"{found[0]!r} contains {found[1]!r}, which is refused: "
            "no model may say who somebody is, read a plate or judge people.",
            "请导出不含该类别的模型。",
            "Export the model without it.",
        )
    scores = {
        str(kind): _share(value, f"{where}: scores") for kind, value in (raw.get("scores") or {}).items()
    }
    if unknown := set(scores) - set(classes.values()):
        _wrong(
            where,
            f"scores 含未映射的类别 {sorted(unknown)}。",
            f"scores names {sorted(unknown)}, which no class maps onto.",
        )
    options = _mapping(raw.get("options") or {}, f"{where}: options")
    _only(options, tuple(HEADS[raw["head"]].options), f"{where}: options")
    return Manifest(
        id=str(raw["id"]), file=str(raw["file"]), sha256=digest, licence=str(raw["licence"]), source=str(raw["source"]),
        head=str(raw["head"]), input=_input(raw["input"], f"{where}: input"), names=names, classes=classes,
        golden=_golden(raw["golden"], names, f"{where}: golden"), score=_share(raw.get("score", 0.35), f"{where}: score"),
        scores=scores, nms=_share(raw.get("nms", 0.5), f"{where}: nms"),
        options=options,
        ms=None if raw.get("ms") is None else _number(raw["ms"], f"{where}: ms"),
        note=str(raw.get("note") or ""), place=place,
    )  # fmt: skip


def _classes(classes: Mapping[str, str], names: tuple[str, ...], where: str) -> None:
    if unknown := set(classes) - set(names):
        _wrong(
            where,
            f"classes 含模型没有的类别 {sorted(unknown)}。",
            f"classes names {sorted(unknown)}, which are not in names.",
        )
    kinds = vocabulary.kinds()
    if foreign := set(classes.values()) - set(kinds):
        _wrong(
            where,
            f"classes 映射到词表之外 {sorted(foreign)}。",
            f"classes maps onto {sorted(foreign)}, outside the vocabulary.",
            f"可用：{', '.join(kinds)}。不需要的类别不写即可。",
            f"Known kinds: {', '.join(kinds)}. Leave out classes that have no place there.",
        )


def _names(value: object, where: str) -> tuple[str, ...]:
    """A list, or the name of a list that ships with the manifests."""
    if isinstance(value, str):
        place = SHIPPED / "names" / f"{Path(value).name}.yaml"
        if not place.is_file():
            _wrong(
                where, f"没有类别表 {value!r}。", f"there is no list of names {value!r}; write the names out."
            )
        value = yaml.safe_load(place.read_text("utf-8"))
    if not isinstance(value, list) or not value:
        _wrong(where, "names 须为类别名列表。", "names must be the list of the net's classes.")
    names = tuple(str(name) for name in value)
    if len(set(names)) != len(names):
        _wrong(where, "names 有重复。", "names has the same name twice.")
    return names


def _input(value: object, where: str) -> Input:
    raw = dict(_mapping(value, where))
    _only(raw, Input.__slots__, where)
    for key in ("width", "height"):
        if not isinstance(raw.get(key), int) or not 16 <= raw[key] <= 4096:
            _wrong(where, f"{key} 须为 16 至 4096 的整数。", f"{key} must be a whole number from 16 to 4096.")
    for key, known_values in {
        "layout": ("nchw", "nhwc"),
        "colour": ("rgb", "bgr", "grey"),
        "resize": ("stretch", "letterbox"),
    }.items():
        if key in raw and raw[key] not in known_values:
            _wrong(
                where,
                f"{key} 须为 {'/'.join(known_values)}。",
                f"{key} must be one of {', '.join(known_values)}.",
            )
    channels = 1 if raw.get("colour") == "grey" else 3
    for key, default in {"mean": 0.0, "std": 1.0}.items():
        numbers = raw.get(key, [default] * channels)
        if not isinstance(numbers, list) or len(numbers) != channels:
            _wrong(where, f"{key} 须为 {channels} 个数。", f"{key} must be {channels} numbers.")
        raw[key] = tuple(_number(number, f"{where}: {key}") for number in numbers)
    if 0.0 in raw["std"]:
        _wrong(where, "std 不得为零。", "std must not be zero.")
    raw["scale"] = _number(raw.get("scale", 1 / 255), f"{where}: scale")
    raw["pad"] = int(_number(raw.get("pad", 114), f"{where}: pad"))
    raw["centre"] = bool(raw.get("centre", False))
    return Input(**raw)


def _golden(value: object, names: tuple[str, ...], where: str) -> Golden:
    raw = _mapping(value, where)
    _only(raw, Golden.__slots__, where)
    expect: list[Expected] = []
    for one in raw.get("expect") or []:
        item = _mapping(one, where)
        _only(item, Expected.__slots__, where)
        if item.get("name") not in names:
            _wrong(where, f"{item.get('name')!r} 不在 names 中。", f"{item.get('name')!r} is not in names.")
        box = item.get("box")
        if box is not None and (not isinstance(box, list) or len(box) != 4):
            _wrong(where, "box 须为 4 个 0–1 的数。", "box must be 4 numbers of 0-1.")
        corners = None if box is None else tuple(_number(number, where) for number in box)
        expect.append(Expected(str(item["name"]), _share(item.get("score"), where), corners))  # type: ignore[arg-type]
    total = raw.get("total")
    if not raw.get("picture") or not (expect or total is not None):
        _wrong(where, "须有 picture，以及 expect 或 total。", "needs a picture, and expect or total.")
    return Golden(
        str(raw["picture"]), tuple(expect), _share(raw.get("iou", 0.85), where), _share(raw.get("score", 0.08), where),
        int(_number(raw.get("extra", 0), where)), None if total is None else _number(total, where),
    )  # fmt: skip


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _wrong(where, "须为键值表。", "must be a table of keys and values.")
    return value


def _only(raw: Mapping[str, Any], known_keys: tuple[str, ...], where: str) -> None:
    if unknown := sorted(set(map(str, raw)) - (set(known_keys) - {"place"})):
        _wrong(where, f"未知字段 {', '.join(unknown)}。", f"unknown: {', '.join(unknown)}.")


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _wrong(where, f"{value!r} 不是数。", f"{value!r} is not a number.")
    return float(value)


def _share(value: object, where: str) -> float:
    number = _number(value, where)
    if not 0.0 <= number <= 1.0:
        _wrong(where, f"{number} 不在 0–1。", f"{number} is not within 0-1.")
    return number


def _wrong(where: str, zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> NoReturn:
    raise Problem(zh, en, where=where, hint_zh=hint_zh, hint_en=hint_en)
