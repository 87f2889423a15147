"""A scenario: a folder with a written or recorded night. docs/scenarios.md describes the files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError


class ScenarioRefused(Exception):
    """The scenario cannot be read; the text names file, place and reason."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Trigger(Model):
    """Waits for a journal entry: its kind, and values that its payload (or subject, or actor) must have."""

    kind: str
    where: dict[str, Any] = Field(default_factory=dict)


class Act(Model):
    """What a scripted person does: at a time, or some seconds after an entry appeared.

    `do` is `domain.verb`, one of the domain's actions. In `args`, `$id` is the number of the entry's subject,
    `$entry` the entry's own, `$subject` its subject, `$payload.KEY` a payload value, `$now` the time,
    `$area` the area path, `$area.CODE` an area, `$file.NAME` a file,
    `{$made: KIND, where: .., nth: N, key: ..}` what the Nth such entry of this run made,
    `$saved.NAME` the number of what an earlier act with `save: NAME` made.
    """

    id: str
    who: str
    do: str
    at: AwareDatetime | None = None
    on: Trigger | None = None
    after_s: float = 0
    every_s: float | None = None
    until: AwareDatetime | None = None
    times: int | None = None
    args: dict[str, Any] = Field(default_factory=dict)
    save: str | None = None
    may_fail: bool = False
    note: str = ""

    def model_post_init(self, context: Any) -> None:
        if (self.at is None) == (self.on is None):
            raise ValueError("an act needs either `at` or `on`")


class Meta(Model):
    code: str
    title_zh: str
    title_en: str
    district: str
    start: AwareDatetime
    end: AwareDatetime
    seed: str
    synthetic: bool = True
    opening: list[dict[str, Any]] = Field(default_factory=list)
    notes_zh: str = ""
    notes_en: str = ""


class Script(Model):
    actors: list[Act] = Field(default_factory=list)


class Input(Model):
    """One message as it arrived."""

    at: datetime
    source: str
    key: str | None = None
    form: Literal["json", "senml", "raw"] = "json"
    body: bytes


def _code_of(folder: Path) -> str | None:
    try:
        content = yaml.safe_load((folder / "district.yaml").read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return content.get("code") if isinstance(content, dict) else None


class Scenario:
    """`meta`, `acts`, and `inputs()` in the order of arrival."""

    def __init__(self, folder: Path | str, *, district: Path | None = None) -> None:
        self.folder = Path(folder)
        self._district = district
        self.meta = self._yaml("scenario.yaml", Meta)
        self.acts: list[Act] = (
            self._yaml("actors.yaml", Script).actors if (self.folder / "actors.yaml").is_file() else []
        )

    @property
    def district_folder(self) -> Path:
        """The district that the scenario plays in, by folder name or code: beside the scenarios folder, where the command
        was given, or beside the package; or the one that was named. Raises ScenarioRefused."""
        if self._district is not None:
            return self._district
        places = (self.folder.resolve().parent.parent, Path.cwd(), Path(__file__).resolve().parents[2])
        for base in dict.fromkeys(place / "districts" for place in places):
            for folder in (base / self.meta.district, *sorted(base.glob("*"))):
                if (folder / "district.yaml").is_file() and self.meta.district in (
                    folder.name,
                    _code_of(folder),
                ):
                    return folder
        raise ScenarioRefused(
            f"{self.folder / 'scenario.yaml'}: there is no district {self.meta.district} below "
            f"{', '.join(str(place / 'districts') for place in dict.fromkeys(places))}; name its folder with --district"
        )

    def _yaml(self, name: str, model: type[Any]) -> Any:
        path = self.folder / name
        if not path.is_file():
            raise ScenarioRefused(f"{path}: the file is missing; a scenario folder holds scenario.yaml")
        try:
            return model.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ScenarioRefused(f"{path}: is not YAML: {error}") from error
        except ValidationError as error:
            places = "; ".join(
                f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
                for item in error.errors(include_url=False)
            )
            raise ScenarioRefused(f"{path}: {places}") from error

    def inputs(self) -> Iterator[Input]:
        """Messages in the order of arrival. Raises ScenarioRefused with the line where one cannot be read."""
        plain, packed = self.folder / "inputs.jsonl", self.folder / "inputs.jsonl.gz"
        if not plain.is_file() and not packed.is_file():
            return
        path = plain if plain.is_file() else packed
        opener = open if path is plain else gzip.open
        latest: datetime | None = None
        with opener(path, "rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    row = orjson.loads(line)
                    at = datetime.fromisoformat(row["at"])
                    if at.tzinfo is None:
                        raise ValueError("`at` has no time zone")
                    if "raw" in row:
                        form, body = "raw", str(row["raw"]).encode()
                    elif "senml" in row:
                        form, body = "senml", orjson.dumps(row["senml"])
                    else:
                        form, body = "json", orjson.dumps({"observations": row["observations"]})
                    message = Input(at=at, source=row["source"], key=row.get("key"), form=form, body=body)  # type: ignore[arg-type]
                except (KeyError, TypeError, ValueError) as error:
                    raise ScenarioRefused(
                        f"{path}: line {number}: {type(error).__name__}: {error}"
                    ) from error
                if latest is not None and message.at < latest:
                    raise ScenarioRefused(f"{path}: line {number}: arrives before the line above it")
                latest = message.at
                yield message
