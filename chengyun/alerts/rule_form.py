"""The form of a rule: names, thresholds by level, whether it judges, all of it as YAML; saved after a preview."""

from __future__ import annotations

from typing import Any

import yaml
from django import forms

from chengyun.alerts import editing
from chengyun.alerts.logic.spec import RuleRefused, RuleSpec, parse, plain
from chengyun.alerts.models import Rule
from chengyun.kernel.admin import NUMERALS
from chengyun.kernel.canonical import digest
from chengyun.kernel.i18n import T

_PARTS = {
    "set": T("触发值", "set"),
    "clear": T("恢复值", "clear"),
    "for": T("持续", "for"),
    "keep": T("恢复持续", "keep"),
}
_HELP = {
    "set": T("达到即报", "raises it"),
    "clear": T("降到即恢复；空为按回差", "lowers it; empty: by the hysteresis"),
    "for": T("例如 2m；空为同规则", "such as 2m; empty: as the rule"),
    "keep": T("例如 5m；空为同规则", "such as 5m; empty: as the rule"),
}
_WHY_NOT = {
    "external": T("由外部来源提出，不能试算", "it is raised by its source and cannot be tried"),
    "unbound": T(
        "选不到启用的数据流：不会判断任何对象", "it selects no datastream in service: it would judge nothing"
    ),
    "none": T("近 24 小时没有它要判断的读数", "there are no readings for it in the last 24 hours"),
    "many": T(
        "读数过多，请用 chengyun rules test 试算", "too many readings; try it with chengyun rules test"
    ),
}
CELLS = [f"{part}_{level}" for level in NUMERALS for part in editing.PARTS]


class RuleForm(forms.ModelForm):
    """Saved in two steps: the first shows what would change. `preview` is what the page then shows."""

    name_zh = forms.CharField(label=T("中文名", "Chinese name"), max_length=120, required=False)
    name_en = forms.CharField(label=T("英文名", "English name"), max_length=120, required=False)
    enabled = forms.BooleanField(
        label=T("启用", "enabled"),
        required=False,
        initial=True,
        help_text=T(
            "停用后不再判断；未结束的报警保留。", "Disabled, it judges no more; its open alerts stay."
        ),
    )
    text = forms.CharField(
        label=T("全部内容（YAML）", "all of it (YAML)"),
        widget=forms.Textarea(attrs={"rows": 28, "cols": 100, "spellcheck": "false"}),
        help_text=T("改表格或改这里，一次只改一处。", "Change the table or this, one at a time."),
    )

    class Meta:
        model = Rule
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preview: dict[str, Any] | None = None
        latest = self.instance.versions.order_by("-number").first() if self.instance.pk else None
        self.before: dict[str, Any] = latest.body if latest is not None else {}
        self.base = latest.digest if latest is not None else ""
        self.table = editing.table(self.before)
        for name, language in (("name_zh", "zh"), ("name_en", "en")):
            names = self.before.get("name")
            self.initial[name] = names.get(language, "") if isinstance(names, dict) else ""
        self.initial["enabled"] = not self.instance.retired if self.instance.pk else True
        self.initial["text"] = (
            yaml.safe_dump(self.before, allow_unicode=True, sort_keys=False) if self.before else ""
        )
        for cell in CELLS if self.with_table else ():
            part, _, level = cell.rpartition("_")
            self.fields[cell] = forms.CharField(
                label=T(*(f"{NUMERALS[int(level)]}{gap}{word}" for gap, word in _both(_PARTS[part]))),
                required=False,
                max_length=20,
                widget=forms.TextInput(attrs={"size": 9, "title": _HELP[part]}),
            )
            self.initial[cell] = self.table.get((int(level), part), "")

    @property
    def with_table(self) -> bool:
        return bool(self.table)

    def clean_text(self) -> str:
        """The text as written, once it is YAML."""
        text: str = self.cleaned_data["text"]
        try:
            body = yaml.safe_load(text)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            where = (mark.line + 1, mark.column + 1) if mark else ("?", "?")
            raise forms.ValidationError(
                T(
                    f"第 {where[0]} 行第 {where[1]} 列：不是 YAML",
                    f"line {where[0]}, column {where[1]}: this is not YAML",
                )
            ) from error
        if not isinstance(body, dict) or not isinstance(body.get("code"), str):
            raise forms.ValidationError(T("规则须有 code", "A rule needs a code"))
        if self.instance.pk and body["code"] != self.instance.code:
            raise forms.ValidationError(T("编码不能更改；请新建规则", "A code cannot change; add a new rule"))
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        by_text = _same(cleaned["text"]) != _same(self.initial["text"])
        if by_text and self._touched and self.instance.pk:
            raise forms.ValidationError(
                T(
                    "表格和 YAML 同时改了；请只改一处。",
                    "Both the table and the YAML were changed; change one of them.",
                )
            )
        body = plain(yaml.safe_load(cleaned["text"])) if by_text else self._from_table(cleaned)
        cleaned["body"] = body
        spec = self._sound(body, by_text)
        if spec is not None:
            self._looked_at(cleaned, body, spec)
        return cleaned

    @property
    def _touched(self) -> set[str]:
        """The cells of the table that were sent and differ."""
        return {
            name for name in self.changed_data if name in ("name_zh", "name_en", *CELLS) and name in self.data
        }

    def _from_table(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        body = dict(self.before)
        if {"name_zh", "name_en"} & self._touched:
            body["name"] = {"zh": cleaned["name_zh"], "en": cleaned["name_en"]}
        if self._touched & set(CELLS):
            given = {
                (level, part): cleaned.get(f"{part}_{level}", "")
                for level in NUMERALS
                for part in editing.PARTS
            }
            body = editing.with_table(body, given)
        return body

    def _sound(self, body: dict[str, Any], by_text: bool) -> RuleSpec | None:
        """The rule, or each fault at its place: the cell of the table, or the line of the YAML."""
        try:
            return parse(body)
        except RuleRefused as refused:
            for field, reason in refused.faults:
                line = editing.line_of(self.cleaned_data["text"], field) if by_text else None
                place = T(f"第 {line} 行 ", f"line {line} ") if line else ""
                self.add_error("text" if by_text else self._cell(field), f"{place}{field}: {reason}")
            return None

    def _cell(self, field: str) -> str | None:
        """The cell of `levels.1.set` or `name.zh`."""
        parts = field.split(".")
        if parts[0] == "name" and len(parts) > 1:
            return f"name_{parts[1]}"
        if parts[0] == "levels" and len(parts) > 1 and self.with_table:
            cell = f"{parts[2] if len(parts) > 2 and parts[2] in editing.PARTS else 'set'}_{parts[1]}"
            return cell if cell in self.fields else None
        return None

    def _looked_at(self, cleaned: dict[str, Any], body: dict[str, Any], spec: RuleSpec) -> None:
        """Let it through where exactly this was shown and confirmed; else show it."""
        if self.instance.pk and self.data.get("base", self.base) != self.base:
            raise forms.ValidationError(
                T(
                    "这条规则刚被他人改过；请重新打开再改。",
                    "Somebody changed this rule meanwhile; open it anew.",
                )
            )
        print_ = digest({"body": body, "enabled": cleaned["enabled"], "base": self.base})
        if "_confirm" in self.data and self.data.get("seen") == print_:
            return
        changes = editing.differences(self.before, body)
        if cleaned["enabled"] != self.initial["enabled"]:
            changes.append(
                (str(T("启用", "enabled")), _yes_no(self.initial["enabled"]), _yes_no(cleaned["enabled"]))
            )
        if not changes:
            return
        self.preview = {
            "says": T(
                "尚未保存：请核对变化，再按“确认保存”。", "Not saved yet: look at the changes, then confirm."
            ),
            "digest": print_,
            "changes": changes,
            "tried": [
                (label, self._says(editing.would_have(tried)))
                for label, tried in (
                    (T("现行规则", "as it is"), _spec(self.before)),
                    (T("修改后", "as changed"), spec),
                )
                if tried is not None
            ],
        }
        # Not an error to the eye: the page shows `preview` in its place.
        raise forms.ValidationError(str(self.preview["says"]), code="preview")

    @staticmethod
    def _says(tried: editing.Tried) -> str:
        if tried.why_not:
            return str(_WHY_NOT[tried.why_not])
        levels = ", ".join(f"{NUMERALS[level]}: {count}" for level, count in tried.levels)
        more = f" ({levels})" if levels else ""
        zh = f"{tried.alerts} 次报警{more}，读数 {tried.readings:,} 条"
        return str(T(zh, f"{tried.alerts} alerts{more}, {tried.readings:,} readings"))


def _both(label: str) -> list[tuple[str, str]]:
    from chengyun.kernel.sheets.columns import both

    zh, en = both(label)
    return [(" 级", zh), (" ", en)]


def _same(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _yes_no(value: bool) -> str:
    return str(T("是", "yes") if value else T("否", "no"))


def _spec(body: dict[str, Any]) -> RuleSpec | None:
    try:
        return parse(body) if body else None
    except RuleRefused:
        return None
