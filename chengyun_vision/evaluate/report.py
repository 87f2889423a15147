"""What was found beside what was marked: as a document, and as a few lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from chengyun_vision.evaluate import match
from chengyun_vision.evaluate.look import Found, Seen
from chengyun_vision.evaluate.match import OVERLAPS, Tally
from chengyun_vision.evaluate.reference import Answer, Marked, Reference
from chengyun_vision.frames import Box, Detection
from chengyun_vision.rules.primitives import PRIMITIVES
from chengyun_vision.rules.spec import Spec

Document = dict[str, Any]


def report(reference: Reference, specs: Sequence[Spec], seen: Seen) -> Document:
    """By rule and pass; where there are several passes also what they say of each other (`between`)."""
    return {
        "clip": reference.clip,
        "seconds": round(seen.seconds, 3),
        "measure": reference.measure,
        "how": {
            name: {"zh": each.how.zh, "en": each.how.en} for name, each in reference.passes.items()
        },
        "looks": {
            "fps": seen.fps,
            "by_models": seen.looks,
            "ms_a_look": round(seen.ms, 2),
        },
        "rules": {spec.code: _rule(reference, spec, seen) for spec in specs},
    }  # fmt: skip


def _rule(reference: Reference, spec: Spec, seen: Seen) -> Document:
    found = seen.found[spec.code]
    answers = {
        name: _in_its_eyes(each.answers[spec.code], spec)
        for name, each in reference.passes.items()
        if spec.code in each.answers
    }
    return {
        "settings": {key: spec.values[key] for key in ("min_score", "min_height") if key in spec.values},
        "passes": {name: _held_against(answer, found, seen) for name, answer in answers.items()},
        "between": _between(answers),
    }


def _in_its_eyes(answer: Answer, spec: Spec) -> Answer:
    """What stands outside the rule's zone, or is smaller than it takes, is nothing that it has to find."""
    if answer.pictures is None or not spec.classes:
        return answer
    rule, label = PRIMITIVES[spec.primitive](spec, str), min(spec.classes)

    def seen(one: Marked) -> Marked:
        box = one.box
        inside = Box(max(0.0, box.left), max(0.0, box.top), min(1.0, box.right), min(1.0, box.bottom))
        return one if rule.takes(Detection(label, inside, 1.0)) else Marked(box, hard=True)

    return replace(
        answer, pictures={n: tuple(seen(one) for one in marks) for n, marks in answer.pictures.items()}
    )


def _held_against(answer: Answer, found: Found, seen: Seen) -> Document:
    told: Document = {}
    if answer.pictures is not None:
        told |= _pictures(answer.pictures, found, seen)
    if answer.crossings is not None:
        told["crossings"] = {
            direction: {
                "by_hand": len(moments),
                "counted": len(found.crossings[direction]),
                "error": _share(len(found.crossings[direction]) - len(moments), len(moments)),
                **_said(match.moments(moments, found.crossings[direction])),
            }
            for direction, moments in answer.crossings.items()
        }
    if answer.events is not None:
        tally, off = match.spells(answer.events, found.events)
        told["events"] = {
            "by_hand": len(answer.events), **_said(tally),
            "worst_edge_s": round(max(off), 3) if off else None,
        }  # fmt: skip
    return told


def _pictures(marked: Mapping[int, Sequence[Marked]], found: Found, seen: Seen) -> Document:
    looked = [number for number in sorted(marked) if number in found.pictures]
    errors = [match.count_error(marked[number], len(found.pictures[number])) for number in looked]
    tallies = {
        overlap: [match.boxes(marked[number], found.pictures[number], overlap) for number in looked]
        for overlap in OVERLAPS
    }
    return {
        "pictures": len(looked),
        "not_looked_at": len(marked) - len(looked),
        "marked": sum(len(marked[number]) for number in looked),
        "hard": sum(one.hard for number in looked for one in marked[number]),
        "count_error": round(fmean(free for free, _ in errors), 4) if errors else None,
        "count_error_with_hard": round(fmean(bound for _, bound in errors), 4) if errors else None,
        "overlap": {f"{overlap:g}": _said(sum(each, Tally())) for overlap, each in tallies.items()},
        "each": [
            {
                "picture": number,
                "at": round(seen.times[number], 3),
                "counted": len(found.pictures[number]),
                "false": tallies[OVERLAPS[0]][n].false,
                "missed": tallies[OVERLAPS[0]][n].missed,
            }
            for n, number in enumerate(looked)
        ],
    }


def _between(answers: Mapping[str, Answer]) -> Document | None:
    """The second pass held against the first, as one hand against another."""
    if len(answers) < 2:
        return None
    one, other = list(answers.values())[:2]
    told: Document = {}
    if one.pictures is not None and other.pictures is not None:
        agreed = match.agreement(
            (one.pictures[number], other.pictures[number])
            for number in sorted(one.pictures.keys() & other.pictures.keys())
        )
        told["pictures"] = agreed.pictures
        told["count_difference"] = round(agreed.count, 4)
        told["same"] = {f"{overlap:g}": round(share, 4) for overlap, share in agreed.same.items()}
        told["mean_overlap"] = round(agreed.overlap, 4)
    if one.crossings is not None and other.crossings is not None:
        told["crossings"] = {
            direction: {
                "first": len(one.crossings[direction]), "second": len(other.crossings[direction]),
                **_said(match.moments(one.crossings[direction], other.crossings[direction])),
            }
            for direction in one.crossings
        }  # fmt: skip
    if one.events is not None and other.events is not None:
        told["events"] = _said(match.spells(one.events, other.events)[0])
    return told


def _said(tally: Tally) -> Document:
    return {
        "found": tally.found, "false": tally.false, "missed": tally.missed,
        "precision": _rounded(tally.precision), "recall": _rounded(tally.recall),
    }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else (0.0 if part == 0 else None)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def lines(document: Document) -> list[str]:
    """The same for people; the pass that is the measure has a star."""
    looks = document["looks"]
    rate = f"{looks['fps']:g} looks a second" if looks["fps"] else "marked pictures alone"
    said = [f"{document['clip']}: {rate}, {looks['ms_a_look']:.1f} ms of CPU a look"]
    for code, rule in document["rules"].items():
        for name, told in rule["passes"].items():
            star = "*" if name == document["measure"] else " "
            said += [f" {star}{code}, against {name}: {part}" for part in _parts(told)]
        if rule["between"]:
            said += [f"  {code}, the two passes: {part}" for part in _hands(rule["between"])]
    return said


def _parts(told: Document) -> list[str]:
    parts = []
    if "pictures" in told:
        parts.append(
            f"{told['pictures']} pictures, {told['marked']} marked ({told['hard']} hard); mean count error"
            f" {_plain(told['count_error'])} ({_plain(told['count_error_with_hard'])} if the hard must be counted)"
        )
        for overlap, tally in told["overlap"].items():
            parts.append(
                f"overlap {overlap}: precision {_plain(tally['precision'])}, recall {_plain(tally['recall'])}"
                f" ({tally['found']} found, {tally['false']} false, {tally['missed']} missed)"
            )
    for direction, one in told.get("crossings", {}).items():
        parts.append(
            f"{direction}: {one['counted']} counted, {one['by_hand']} by hand"
            f" ({one['found']} at the same moments, {one['false']} false, {one['missed']} missed)"
        )
    if "events" in told:
        one = told["events"]
        edge = "" if one["worst_edge_s"] is None else f", worst edge {one['worst_edge_s']:.2f} s off"
        parts.append(f"events: {one['found']} of {one['by_hand']} found, {one['false']} beside{edge}")
    return parts


def _hands(between: Document) -> list[str]:
    parts = []
    if "same" in between:
        same = ", ".join(f"{100 * share:.1f} % at {overlap}" for overlap, share in between["same"].items())
        parts.append(
            f"counts {between['count_difference']:.2f} apart, same boxes {same}, mean overlap {between['mean_overlap']:.2f}"
        )
    for direction, one in between.get("crossings", {}).items():
        parts.append(f"{direction}: {one['first']} and {one['second']}, {one['found']} at the same moments")
    if "events" in between:
        parts.append(f"events: {between['events']['found']} the same")
    return parts


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
