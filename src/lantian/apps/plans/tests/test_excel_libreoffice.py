"""Export, opened and saved by LibreOffice, import: no difference."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.plans import standing
from lantian.apps.plans.actions import ReportProgress
from lantian.apps.plans.models import Plan, Task
from lantian.apps.plans.tests.excel_material import Book, checked, exported, imported, told

pytestmark = [pytest.mark.django_db, pytest.mark.office_suite]
HOUSE = Actor.system("test")

#: what makes cells difficult
NASTY = (
    "=1+1", "+86", "-附件", "@某人", "'引号", "2017.10", "007", "1e5", "1/2", "6月30日", "TRUE", "是", "#REF!", "_x0041_与_x000D_",
    "尾部空格 ", "两\n行", "制表\t符", "<b>&amp;</b>", "“引号”、《书名》", "😀 生僻字𠮷", "０１２", "a" * 300, "50%", "12345678901234567890",
)  # fmt: skip


@pytest.fixture(scope="module")
def soffice() -> str:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed on this machine")
    return program


def saved_by(soffice: str, folder: Path, content: bytes, ending: str) -> bytes:
    """The file as LibreOffice saves it."""
    source = folder / "台账.xlsx"
    source.write_bytes(content)
    profile = (folder / "profile").as_uri()
    target = folder / "saved"
    subprocess.run(
        [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", ending, "--outdir", str(target), str(source)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return (target / f"台账.{ending}").read_bytes()


@pytest.fixture
def difficult(office: Actor, plan: Plan) -> Plan:
    """The small plan with everything that a cell can hold."""
    for number, text in enumerate(NASTY, 10):
        plan.tasks.create(order=number, number=text[:40], title=f"{text}{number}"[:400], text=text, persons=[text], last_note=text)
    task = Task.objects.get(title="淘汰燃煤锅炉")
    counted = task.quantities.get(counts=True)
    ReportProgress(HOUSE, task, quantities={counted.pk: counted.value / 7}, note="=拆除\n第二行").execute()
    several = Task.objects.get(title="管好建筑工地")
    several.quantities.create(what="工地", value="30.5", unit="家", counts=True)
    several.quantities.create(what="道路", value=12, unit="公里", counts=True, order=1)
    several.deadlines.create(end=date(2024, 6, 30), text="上半年")
    several.deadlines.create(kind="period", start=date(2024, 10, 1), end=date(2025, 3, 31), text="采暖季", order=1)
    standing.refresh(several)
    return plan


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_what_libreoffice_saved_gives_no_difference(
    office: Actor, difficult: Plan, soffice: str, tmp_path: Path, ending: str
) -> None:
    content = saved_by(soffice, tmp_path, exported(office), ending)
    report = checked(office, content, f"台账.{ending}")

    assert [] == told(report)
    assert [] == [(change.before, change.after) for change in report.changes]
    assert Task.objects.count() == report.unchanged == report.rows


def test_an_edit_survives_libreoffice(office: Actor, plan: Plan, soffice: str, tmp_path: Path) -> None:
    book = Book(exported(office)).put("推进清洁取暖", "完成时限", date(2024, 12, 1)).put("推进清洁取暖", "完成量", 1600)
    content = saved_by(soffice, tmp_path, book.content(), "xlsx")
    report = imported(office, content)

    assert [{"dates": "2024-12-01", "done": "1600"}] == [change.after for change in report.changes]
    assert 50 == Task.objects.get(title="推进清洁取暖").percent
