"""What heads take and give. A head is a pure function from a net's raw output to boxes, points, planes or votes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float32]
Outputs = Mapping[str, Array]  # by the net's own names, in its order


class Misfit(ValueError):
    """The output is not what this head reads; the text says what it reads and what came, `shapes` the shapes that came."""

    def __init__(self, wanted: str, outputs: Outputs | None = None) -> None:
        came = f", but it has {described(outputs)}" if outputs is not None else ""
        super().__init__(f"{wanted}{came}")
        self.shapes = [array.shape for array in (outputs or {}).values()]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a head must know of the net: its input in pixels, how many classes, the least score, its options."""

    width: int
    height: int
    classes: int
    least: float
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Boxes:
    """`corners`: N x 4 (left, top, right, bottom) in pixels of the net's input; `scores`: N; `classes`: N indices."""

    corners: Floats
    scores: Floats
    classes: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Points:
    """`places`: N x 2 (x, y) in pixels of the net's input; `scores`: N."""

    places: Floats
    scores: Floats


@dataclass(frozen=True, slots=True)
class Planes:
    """`values`: C x h x w over the whole input: people per cell for a density, 0-1 per class for masks."""

    values: Floats


@dataclass(frozen=True, slots=True)
class Votes:
    """`scores`: one of 0-1 for each class."""

    scores: Floats


Decode = Callable[[Outputs, Spec], Boxes | Points | Planes | Votes]


@dataclass(frozen=True, slots=True)
class Head:
    """`gives`: the field of a Look. `overlapping`: whether one thing may come as several boxes, which are then merged.

    `options`: what a manifest may set, with what holds otherwise. `sizes`: the net wants the picture's size too.
    """

    decode: Decode
    gives: Literal["detections", "heat", "points", "masks", "votes"]
    overlapping: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    sizes: bool = False


def only(outputs: Outputs, wanted: str) -> Array:
    """The one output of a net. Raises `Misfit` where there are more: what no head reads must not be put out."""
    if len(outputs) != 1:
        raise Misfit(f"one output {wanted}", outputs)
    return next(iter(outputs.values()))


def named(outputs: Outputs, *names: str) -> tuple[Array, ...]:
    """These outputs and no others. Raises `Misfit`."""
    if set(outputs) != set(names):
        raise Misfit(f"outputs {', '.join(names)}", outputs)
    return tuple(outputs[name] for name in names)


def expect(array: Array, shape: tuple[int | None, ...], outputs: Outputs, wanted: str) -> None:
    """Raises `Misfit` unless the array has this shape (None: any size)."""
    fits = array.ndim == len(shape) and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise Misfit(wanted, outputs)


def described(outputs: Outputs) -> str:
    return ", ".join(f"{name} {list(array.shape)}" for name, array in outputs.items()) or "no output"


def sigmoid(values: Array) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0))), np.float32)


def softmax(values: Array, axis: int) -> Floats:
    raised = np.exp(values - values.max(axis=axis, keepdims=True))
    return np.asarray(raised / raised.sum(axis=axis, keepdims=True), np.float32)


def activate(values: Array, how: str, axis: int) -> Floats:
    """`how`: softmax, sigmoid or none (they are 0-1 already). Raises `Misfit` for anything else."""
    if how == "softmax":
        return softmax(values, axis)
    if how == "sigmoid":
        return sigmoid(values)
    if how == "none":
        return np.asarray(values, np.float32)
    raise Misfit(f"activation softmax, sigmoid or none, not {how!r}")


def centred(centres: Array, sizes: Array) -> Floats:
    """Corners of boxes given by centre and size."""
    return np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=-1, dtype=np.float32)


def best(scores: Array, least: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Of N x C scores: the rows whose best class reaches `least`, that class, and its score."""
    classes = scores.argmax(axis=1)
    top = scores[np.arange(len(scores)), classes]
    rows = np.flatnonzero(top >= least)
    return rows, classes[rows], np.asarray(top[rows], np.float32)


def grid(width: int, height: int, strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    """The cells of each stride, row by row, one stride after the other: N x 2 (column, row) and N x 1 strides."""
    cells, sides = [], []
    for stride in strides:
        rows, columns = np.mgrid[: -(-height // stride), : -(-width // stride)]
        cells.append(np.stack([columns, rows], axis=-1).reshape(-1, 2))
        sides.append(np.full((len(cells[-1]), 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(sides).astype(np.float32)
