"""The duties of one shift in one table: who serves, and who takes over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from chengyun.kernel import clock
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people import actions, queries
from chengyun.people.models import Duty, Shift, Staff

SUBSTITUTE_REASONS = {
    "ill": T("病假", "Ill"),
    "called_away": T("临时抽调", "Called away"),
    "leave": T("请假", "On leave"),
    "double_shift": T("连班", "Double shift"),
    "erased": T("个人信息已删除", "Person erased"),
    "other": T("其他", "Other"),
}
_REASONS = [(code, SUBSTITUTE_REASONS[code]) for code in actions.SUBSTITUTE_REASONS if code != "erased"]


class RosterLine(forms.Form):
    """One duty. `was` is who served when the page was made: somebody may have been put on duty since."""

    was = forms.CharField(widget=forms.HiddenInput())
    substitute = forms.ChoiceField(label=T("替班人", "substitute"), required=False)
    reason = forms.ChoiceField(label=T("原因", "reason"), choices=_REASONS, required=False, initial="other")

    def __init__(
        self, duty: Duty, people: list[tuple[str, str]], names: bool, *args: Any, **kwargs: Any
    ) -> None:
        kwargs |= {"prefix": f"duty-{duty.pk}", "initial": {"was": duty.staff.ref}}
        super().__init__(*args, **kwargs)
        self.duty = duty
        self.serves = label(duty.staff, names)
        stay: list[tuple[str, Any]] = [("", T("不变", "no change"))]
        chosen: Any = self.fields["substitute"]
        chosen.choices = stay + [(ref, text) for ref, text in people if ref != duty.staff.ref]
        for name in ("substitute", "reason"):
            self.fields[name].widget.attrs["aria-label"] = f"{duty.post} {self.fields[name].label}"


def label(person: Staff, names: bool) -> str:
    """A person as the viewer may read them: name and department, else the ref."""
    code = person.pack_ref or person.ref
    parts = [person.name, f"({code})"] if names and person.name else [code]
    return " ".join([*parts, str(person.department or "")]).strip()


def duties(shift: Shift) -> list[Duty]:
    rows = shift.duties.exclude(state="ended").select_related("post__area", "staff__department")
    return list(rows.order_by("post__code"))


def may(request: HttpRequest, shift: Shift) -> bool:
    """Whether this person may put substitutes on a shift that is not over."""
    return shift.state != "closed" and actor_of(request).may("shift.substitute", shift.area.path)


def lines(request: HttpRequest, shift: Shift) -> list[RosterLine]:
    """The table as it was sent, or as it stands."""
    names = actor_of(request).may("person.read", shift.area.path)
    active = queries.staff(request.user).filter(state="active").order_by("department__code", "id")
    people = [(person.ref, label(person, names)) for person in active]
    data = request.POST if request.method == "POST" else None
    return [RosterLine(duty, people, names, data) for duty in duties(shift)]


def save(request: HttpRequest, shift: Shift) -> int:
    """All substitutions of the table, or none; returns how many."""
    from chengyun.kernel.errors import Conflict

    wanted = lines(request, shift)
    with write():
        count = 0
        for line in wanted:
            if not line.is_valid():
                raise Conflict(
                    "stale_roster",
                    T("值守表已有变化，未保存任何内容", "The roster changed meanwhile; nothing was saved"),
                    hint=T("请重新选择。", "Choose anew."),
                )
            said = line.cleaned_data
            if not said["substitute"]:
                continue
            if said["was"] != line.duty.staff.ref:
                raise Conflict(
                    "stale_roster",
                    T(f"{line.duty.post.code} 刚被他人换过班，未保存任何内容",
                      f"Somebody changed {line.duty.post.code} meanwhile; nothing was saved"),
                )  # fmt: skip
            actions.substitute(
                actor_of(request),
                duty_id=line.duty.pk,
                staff_ref=said["substitute"],
                reason=said["reason"] or "other",
            )
            count += 1
        return count


def hours(shift: Shift) -> str:
    """When a substitution takes effect: from now on while the shift runs, else for the whole of it."""
    if shift.state in Shift.RUNNING:
        at = timezone.localtime(clock.now()).strftime("%H:%M")
        return str(
            T(
                f"进行中：替班自保存时（现在 {at}）起生效",
                f"running: a substitute serves from saving on (now {at})",
            )
        )
    return str(T("计划中：替班替整个班次", "planned: a substitute serves the whole shift"))
