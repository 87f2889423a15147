"""What must hold before a model is used: licence, hash, nothing refused in what it puts out, the golden picture answered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from chengyun_vision import refused
from chengyun_vision.frames import Box, Detection
from chengyun_vision.models import golden
from chengyun_vision.models.heads import HEADS
from chengyun_vision.models.heads.base import Misfit, Planes, Points, Votes
from chengyun_vision.models.manifest import Expected, Golden, Manifest
from chengyun_vision.models.model import WHOLE, Model
from chengyun_vision.models.regions import overlap_of
from chengyun_vision.models.session import Session
from chengyun_vision.problem import Problem

COPYLEFT = re.compile(r"\b(AGPL|GPL|SSPL)", re.IGNORECASE)
# Words of licences that no district can run under, and of none at all.
CLOSED = re.compile(
    r"\b(NC|non-?commercial|research|academic|none|noassertion|unknown|proprietary)\b", re.IGNORECASE
)

# What TensorFlow calls an output that nobody named: the operation that does nothing. It says nothing of what is put out.
OPERATION = re.compile(r"Identity(_\d+)?(:\d+)?")


def licence(spdx: str, copyleft: bool, where: str) -> None:
    """Of alternatives ("A OR B") one that may be used is enough. Raises `Problem`."""
    ways = [way.strip() for way in re.split(r"\s+OR\s+", spdx.strip("() "), flags=re.IGNORECASE)]
    open_ways = [way for way in ways if way and not CLOSED.search(way)]
    if any(copyleft or not COPYLEFT.search(way) for way in open_ways):
        return
    if open_ways:
        raise Problem(
            f"许可证 {spdx} 默认拒用。", f"its licence {spdx} is refused by default.", where=where,
            hint_zh="若接受其义务，请明确加 --accept-copyleft。", hint_en="Say --accept-copyleft if you take on its duties.",
        )  # fmt: skip
    raise Problem(
        f"许可证 {spdx!r} 不允许此用途，或未写明。",
        f"its licence {spdx!r} does not allow this use, or is not known.",
        where=where,
    )


def digest(content: bytes, wanted: str, where: str) -> None:
    """Raises `Problem` unless this is the very file that the manifest describes."""
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise Problem(
            f"文件校验值不符：应为 {wanted[:12]}…，实为 {found[:12]}…。",
            f"the file's hash differs: {wanted[:12]}… was expected, {found[:12]}… found.", where=where,
            hint_zh="文件已损坏，或不是该模型。", hint_en="The file is damaged, or another model.",
        )  # fmt: skip


def outputs(session: Session, copyleft: bool, where: str) -> None:
    """What the file says of itself: no refused output, no refused class under another name, no licence that is refused."""
    said = [name for name in session.outputs if not OPERATION.fullmatch(name)] + [
        session.texts.get("graph", "")
    ]
    for key, text in session.texts.items():
        if key.lower() in ("names", "classes", "labels"):
            said += [piece.strip() for piece in re.split(r"[,;:{}\[\]()'\"\n]+", text)]
        if key.lower() in ("license", "licence") and COPYLEFT.search(text):
            licence(text, copyleft, where)
    found = refused.first(said)
    if found is not None:
        raise Problem(
            f"模型含拒用内容 {found[1]!r}（{found[0]!r}）：不得识别身份、车牌或评判人员。",
            f"it puts out {found[0]!r}, and {found[1]!r} is refused: "
            "no model may say who somebody is, read a plate or judge people.",
            where=where, hint_zh="请导出不含该输出的模型。", hint_en="Export the model without it.",
        )  # fmt: skip


def inputs(session: Session, manifest: Manifest, where: str) -> None:
    """Raises `Problem` unless the net takes pictures of the size, layout and channels that the manifest says."""
    to = manifest.input
    channels = 1 if to.colour == "grey" else 3
    given = (1, channels, to.height, to.width) if to.layout == "nchw" else (1, to.height, to.width, channels)
    ports = session.inputs
    taken = ports[0].shape if ports else ()
    fits = len(taken) == 4 and all(side in (None, made) for side, made in zip(taken, given, strict=True))
    numbers = 2 if HEADS[manifest.head].sizes else 1
    if not fits or len(ports) != numbers:
        said = ", ".join(f"{port.name} {list(port.shape)}" for port in ports)
        raise Problem(
            f"输入不符：清单给出 {list(given)}，模型需要 {said}。",
            f"the manifest gives {list(given)} and {numbers} input(s), the net takes {said}.", where=where,
            hint_zh="请核对 input 的 width、height、layout、colour 与 head。",
            hint_en="Check input: width, height, layout, colour; and the head.",
        )  # fmt: skip


def answer(model: Model, where: str) -> None:
    """Runs the golden picture. Raises `Problem` where the head cannot read the output, or the answer is another one."""
    manifest = model.manifest
    try:
        part = model.see(golden.picture(manifest), WHOLE)
    except Misfit as error:
        raise (_embedding(error) if refused.embedding(error.shapes) else _misfit(manifest, error)).at(
            where
        ) from error
    except (TypeError, ValueError, ArithmeticError, IndexError) as error:
        raise Problem(
            f"options 的取值不能用（{error}）。", f"its options cannot be used ({error}).", where=where
        ) from error
    given, wanted = part.answer, manifest.golden
    if isinstance(given, Votes):
        faults = _votes(dict(zip(manifest.names, given.scores.tolist(), strict=True)), wanted)
    elif isinstance(given, Points):
        faults = _total(len(given.scores), wanted)
    elif isinstance(given, Planes):
        faults = _total(float(given.values.sum()), wanted)
    else:
        faults = _boxes(model.named(part), wanted)
    if faults:
        raise Problem(
            f"校验图 {wanted.picture} 的结果不符：{'; '.join(faults)}。",
            f"the golden picture {wanted.picture} is not answered as it should be: {'; '.join(faults)}.",
            where=where,
            hint_zh="多半是预处理写错：colour、mean、std、scale、resize。",
            hint_en="Most likely the preprocessing is wrong: colour, mean, std, scale, resize.",
        )


def _embedding(error: Misfit) -> Problem:
    return Problem(
        f"输出形如特征向量，拒用（{error}）。", f"it puts out what looks like an embedding, which is refused ({error}).",
        hint_zh="特征向量可用来再次认出同一个人。", hint_en="By an embedding somebody is recognised again.",
    )  # fmt: skip


def _misfit(manifest: Manifest, error: Misfit) -> Problem:
    heads = ", ".join(sorted(HEADS))
    return Problem(
        f"输出与 head {manifest.head} 不符：{error}。",
        f"its output does not fit the head {manifest.head}, which reads {error}.",
        hint_zh=f"请核对 head、names、options。可用 head：{heads}。",
        hint_en=f"Check head, names and options. Known heads: {heads}.",
    )


def _votes(scores: dict[str, float], wanted: Golden) -> list[str]:
    return [
        f"{one.name} {scores[one.name]:.2f} ≠ {one.score:.2f}"
        for one in wanted.expect
        if abs(scores[one.name] - one.score) > wanted.score
    ]


def _total(total: float, wanted: Golden) -> list[str]:
    if wanted.total is None:
        return [f"{total:.3f} ≠ total"]
    fits = abs(total - wanted.total) <= wanted.score * max(1.0, abs(wanted.total))
    return [] if fits else [f"{total:.3f} ≠ {wanted.total:.3f}"]


def _boxes(found: Iterable[Detection], wanted: Golden) -> list[str]:
    left, faults = list(found), []
    for one in wanted.expect:
        near = [seen for seen in left if _meets(seen, one, wanted.iou)]
        best = min(near, key=lambda seen: abs(seen.score - one.score), default=None)
        if best is None:
            faults.append(f"{one.name}: –")
            continue
        left.remove(best)
        if abs(best.score - one.score) > wanted.score:
            faults.append(f"{one.name} {best.score:.2f} ≠ {one.score:.2f}")
    if len(left) > wanted.extra:
        faults.append("+ " + ", ".join(sorted(seen.label for seen in left)))
    return faults


def _meets(seen: Detection, one: Expected, iou: float) -> bool:
    return seen.label == one.name and (one.box is None or overlap_of(seen.box, Box(*one.box)) >= iou)
