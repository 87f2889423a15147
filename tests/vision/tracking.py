"""How well tracks follow the truth: MOTA and IDF1, and tracks made up for tests."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chengyun_vision.assign import pairs
from chengyun_vision.frames import Box, Detection

Truth = dict[int, dict[int, Box]]  # picture -> person -> box


@dataclass(frozen=True)
class Marks:
    """`mota`: 1 - (missed + false + switched) / all. `idf1`: how far persons are one number each, numbers one person."""

    mota: float
    idf1: float
    switched: int
    missed: int
    false: int


def overlap(one: Box, other: Box) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one.area + other.area - wide * high)


def marks(truth: Sequence[dict[int, Box]], said: Sequence[dict[int, Box]], least: float = 0.5) -> Marks:
    """`truth`, `said`: for each picture, boxes by person and by number. Boxes meet at an overlap of `least`."""
    missed = false = switched = total = 0
    held: dict[int, int] = {}
    together: dict[tuple[int, int], int] = defaultdict(int)
    for right, given in zip(truth, said, strict=True):
        people, numbers = list(right), list(given)
        likeness = [[overlap(right[p], given[n]) for n in numbers] for p in people]
        for row, person in enumerate(people):
            for column, number in enumerate(numbers):
                if likeness[row][column] >= least:
                    together[person, number] += 1
                    if held.get(person) == number:
                        likeness[row][column] += 10.0  # who was followed goes on being followed
        met = pairs(likeness, least)
        for row, column in met:
            person, number = people[row], numbers[column]
            switched += person in held and held[person] != number
            held[person] = number
        total += len(people)
        missed += len(people) - len(met)
        false += len(numbers) - len(met)
    people, numbers = sorted({p for p, _ in together}), sorted({n for _, n in together})
    table = [[float(together.get((p, n), 0)) for n in numbers] for p in people]
    right_ids = sum(table[row][column] for row, column in pairs(table, 0.0))
    spoken = sum(len(given) for given in said)
    return Marks(
        1 - (missed + false + switched) / total, 2 * right_ids / (total + spoken), switched, missed, false
    )


def mot(path: Path, width: int = 640, height: int = 480) -> Truth:
    """A ground-truth file: picture, person, left, top, width, height in pixels, ..."""
    truth: Truth = defaultdict(dict)
    for line in path.read_text().splitlines():
        picture, person, left, top, wide, high = (float(part) for part in line.split(",")[:6])
        truth[int(picture)][int(person)] = Box(
            left / width, top / height, (left + wide) / width, (top + high) / height
        )
    return dict(truth)


def detected(
    boxes: dict[int, Box],
    chance: random.Random,
    *,
    dropped: float = 0.0,
    tremble: float = 0.0,
    false: float = 0.0,
) -> list[Detection]:
    """What a detector would make of people: some missed, edges off by `tremble` of the side, some that are not there."""
    found = []
    for box in boxes.values():
        if chance.random() < dropped:
            continue
        wide, high = (box.right - box.left) * tremble, (box.bottom - box.top) * tremble
        found.append(
            Detection(
                "person",
                Box(
                    box.left + chance.gauss(0, wide),
                    box.top + chance.gauss(0, high),
                    box.right + chance.gauss(0, wide),
                    box.bottom + chance.gauss(0, high),
                ),
                chance.uniform(0.35, 0.95),
            )
        )
    if chance.random() < false:
        x, y = chance.random() * 0.8, chance.random() * 0.6
        found.append(Detection("person", Box(x, y, x + 0.08, y + 0.3), chance.uniform(0.3, 0.6)))
    chance.shuffle(found)
    return found
