"""The command line as people type it: each command is a process of its own, on the files of a small real district."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "chengyun" / "live" / "verify.schema.json").read_text())


def call(home: Path, *words: str, lang: str = "en_GB.UTF-8") -> subprocess.CompletedProcess[str]:
    """Run a module of this repository on a data folder, in a language."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CHENGYUN_", "LC_"))}
    environment |= {
        "CHENGYUN_DATA_DIR": str(home),
        "LANG": lang,
        "DJANGO_SETTINGS_MODULE": "chengyun.server.settings",
    }
    command = [sys.executable, "-m", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@dataclass
class Installed:
    """A data folder of one's own to spoil."""

    home: Path
    case: int
    alert: int

    def chengyun(self, *words: str, lang: str = "en_GB.UTF-8") -> subprocess.CompletedProcess[str]:
        return call(self.home, "chengyun.server.cli", *words, lang=lang)

    def sql(self, *statements: str) -> None:
        """As somebody with the file would: no action, no foreign keys, and the triggers taken away first."""
        with sqlite3.connect(self.home / "chengyun.sqlite3") as database:
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                database.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                assert database.execute(statement).rowcount, f"{statement} changed nothing"
        database.close()

    def verify(self) -> tuple[int, dict[str, Any]]:
        done = self.chengyun("verify", "--json", "--at-rest")
        report = json.loads(done.stdout)
        jsonschema.validate(report, SCHEMA)
        return done.returncode, report


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    home = tmp_path_factory.mktemp("installed")
    done = call(home, "tests.server.installed", str(home / "district"))
    assert done.returncode == 0, done.stderr[-3000:]
    return home, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def installed(original, tmp_path):
    home, numbers = original
    return Installed(Path(shutil.copytree(home, tmp_path / "home")), **numbers)


# ---- init ----


def test_after_init_everything_waits_for_its_seal_and_cannot_be_altered_unseen(original, tmp_path):
    home, folder = tmp_path / "data", original[0] / "district"
    done = call(home, "chengyun.server.cli", "init", "--district", str(folder))
    assert done.returncode == 0, done.stderr
    fresh = Installed(home, 0, 0)
    code, report = fresh.verify()
    assert (code, report["ok"], report["faults"]) == (0, True, [])
    assert report["sealed"] == 0 < report["waiting"] == report["entries"]
    assert 0 <= report["waiting_oldest_s"] < 3600
    assert report["workers"] == 0 and "no worker runs" in report["warnings"][0]
    fresh.sql("UPDATE kernel_journalentry SET actor = 'p-other' WHERE kind = 'district.loaded'")
    told = fresh.chengyun("verify", "--at-rest", lang="zh_CN.UTF-8")
    assert told.returncode == 1 and "本机没有运行 worker" in told.stdout and "1 项故障" in told.stdout
    assert "(not sealed yet) was altered" in told.stdout


def test_a_broken_district_is_refused_with_file_and_reason(original, tmp_path):
    folder = shutil.copytree(original[0] / "district", tmp_path / "district")
    (folder / "posts.csv").write_text("code,kind\nDUTY,nonsense\n")
    done = call(tmp_path / "data", "chengyun.server.cli", "init", "--district", str(folder))
    assert done.returncode == 2 and "posts.csv" in done.stderr and "refused as a whole" in done.stderr
    assert not (tmp_path / "data" / "chengyun.sqlite3").exists(), (
        "a refused district leaves no database behind"
    )


# ---- verify ----


def test_verify_finds_nothing_on_a_sound_district(installed):
    code, report = installed.verify()
    assert code == 0 and report["faults"] == []
    assert report["entries"] == report["sealed"] > 10 and report["waiting"] == 0
    assert report["waiting_oldest_s"] is None


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE kernel_journalentry SET actor = 'p-other' WHERE kind = 'case.reported'", "was altered"),
        ("UPDATE people_staff SET state = 'left'", "cases:"),
        ("DELETE FROM kernel_timer WHERE kind LIKE 'case.%'", "cases:"),
    ],
    ids=["altered", "orphan", "lost-timer"],
)
def test_verify_names_what_was_damaged_by_hand(installed, damage, said):
    installed.sql(damage)
    code, report = installed.verify()
    assert code == 1 and not report["ok"]
    assert [fault for fault in report["faults"] if said in fault], report["faults"]


# ---- why ----


@pytest.mark.parametrize(
    ("lang", "words"), [("zh_CN.UTF-8", ("案件上报", "由")), ("en_GB.UTF-8", ("Case reported", "by"))]
)
def test_why_tells_the_chain_of_a_case_in_the_readers_language(installed, lang, words):
    done = installed.chengyun("why", "case", str(installed.case), lang=lang)
    assert done.returncode == 0 and all(word in done.stdout for word in words), done.stdout + done.stderr
    assert (
        "张三丰" not in done.stdout and "13900000000" not in done.stdout and "loudspeakers" not in done.stdout
    )


def test_why_leads_an_alert_back_to_what_was_measured(installed):
    done = installed.chengyun("why", "alert", str(installed.alert), "--json")
    steps = json.loads(done.stdout)
    assert [step["kind"] for step in steps if step["depth"] == 0][:2] == [
        "alert.opened",
        "alert.acknowledged",
    ]
    opened = next(step for step in steps if step["kind"] == "alert.opened")
    assert opened["payload"]["observed"][-1]["ds"] == "c0.people" and opened["payload"]["measure"] >= 100


@pytest.mark.parametrize(
    ("lang", "words", "asked"),
    [
        ("zh_CN.UTF-8", "日志中没有", ("case", "九")),
        ("en_GB.UTF-8", "holds nothing about", ("case", "999999")),
        ("en_GB.UTF-8", "holds nothing about", ("dragon", "1")),
    ],
)
def test_why_of_something_unknown_says_so(installed, lang, words, asked):
    done = installed.chengyun("why", *asked, lang=lang)
    assert done.returncode == 2 and words in done.stderr and not done.stdout
    assert "Traceback" not in done.stderr


# ---- export-scenario ----


def test_export_scenario_refuses_to_overwrite_and_names_what_it_wrote(installed, tmp_path):
    folder = tmp_path / "night"
    words = ("export-scenario", str(folder), "--from", "2023-12-31T08:30Z", "--to", "2023-12-31T09:00Z")
    done = installed.chengyun(*words)
    assert done.returncode == 0 and "5 messages" in done.stderr, done.stderr
    again = installed.chengyun(*words, lang="zh_CN.UTF-8")
    assert again.returncode == 2 and "已存在" in again.stderr
    wrong = installed.chengyun("export-scenario", str(tmp_path / "x"), "--from", "yesterday", "--to", "now")
    assert wrong.returncode == 2 and "yesterday" in wrong.stderr and "Traceback" not in wrong.stderr
