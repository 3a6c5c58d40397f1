"""``air import`` and ``air watch`` as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.databases import put_ledger
from tests.house.conftest import lantian

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with two stations."""
    data = tmp_path_factory.mktemp("air") / "office"
    if not put_ledger(data):
        done = lantian(data, "manage", "migrate", "-v0")
        assert 0 == done.returncode, done.stderr
    made = lantian(
        data, "manage", "shell", "-v0", "-c",
        "from lantian.apps.air.models import Station\n"
        "for code in ('9901A', '9902A'): Station.objects.create(code=code, name=code)",
    )  # fmt: skip
    assert 0 == made.returncode, made.stderr
    return data


def table(path: Path, co: float = 1.0, count: int = 30) -> Path:
    lines = ["时间,站点编号,PM2.5,PM10,CO"]
    for code in ("9901A", "9902A", "7777A"):
        for hour in range(count):
            at = datetime(2026, 3, 1, 1) + timedelta(hours=hour)
            lines.append(f"{at:%Y-%m-%d %H:%M},{code},{20 + hour % 7},{60 + hour % 9},{co * (5 + hour % 5) / 10:g}")
    path.write_text("\n".join(lines), "gb18030")
    return path


def test_a_look_stores_nothing_and_an_import_stores_once(office: Path, tmp_path: Path) -> None:
    file = table(tmp_path / "hours.csv")

    look = lantian(office, "air", "import", str(file), "--dry-run", "--json", LANTIAN_LANGUAGE="en")
    first = lantian(office, "air", "import", str(file), "--json", LANTIAN_LANGUAGE="en")
    again = lantian(office, "air", "import", str(file), "--json", LANTIAN_LANGUAGE="en")

    assert [0, 0, 0] == [run.returncode for run in (look, first, again)], first.stderr
    [looked], [stored], [repeated] = (json.loads(run.stdout) for run in (look, first, again))
    assert "delivery" not in looked
    assert (180, 1, 90) == (looked["preview"]["stored"], looked["preview"]["unknown_count"], looked["preview"]["counts"]["unknown_station"])
    assert (60, 0, 90) == (stored["added"], stored["corrected"], stored["held"])
    assert repeated["repeated"]
    assert "7777A" in look.stderr


def test_a_question_is_answered_on_the_command_line(office: Path, tmp_path: Path) -> None:
    file = table(tmp_path / "micro.csv", co=1000)

    asked = lantian(office, "air", "import", str(file), LANTIAN_LANGUAGE="en")
    answered = lantian(office, "air", "import", str(file), "--unit", "co=ug", "--skip-unknown", "--json", LANTIAN_LANGUAGE="en")

    assert 1 == asked.returncode
    assert "--unit co=ug" in asked.stderr
    assert 0 == answered.returncode, answered.stderr
    [report] = json.loads(answered.stdout)
    # The same hours as the table in mg/m³, which may be there already.
    assert (60, 0) == (report["added"] + report["same"], report["held"])


def test_a_file_that_cannot_be_read_does_not_keep_the_others_out(office: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("hello,world\n1,2\n", "utf-8")
    good = table(tmp_path / "good.csv", count=31)

    done = lantian(office, "air", "import", str(bad), str(good), str(tmp_path / "none.csv"), "--skip-unknown", "--json")

    assert 1 == done.returncode
    reports = json.loads(done.stdout)
    assert [True, False, True] == ["error" in report for report in reports]


@pytest.mark.parametrize("arguments", [["--unit", "co=kg"], ["--label", "middle"]])
def test_a_wrong_choice_is_refused(office: Path, tmp_path: Path, arguments: list[str]) -> None:
    done = lantian(office, "air", "import", str(table(tmp_path / "a.csv")), *arguments, LANTIAN_LANGUAGE="en")

    assert 1 == done.returncode
    assert arguments[1] in done.stderr or "end or start" in done.stderr


def test_a_folder_is_emptied_once(office: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    table(inbox / "hours.csv", count=32)

    done = lantian(office, "air", "watch", str(inbox), "--once", "--every", "0.1", "--skip-unknown")

    assert 0 == done.returncode, done.stderr
    assert ["done"] == [found.name for found in inbox.iterdir() if not found.name.startswith(".")]
    report = json.loads((inbox / "done" / "hours.csv.report.json").read_text("utf-8"))
    assert 64 == report["added"] + report["same"]
