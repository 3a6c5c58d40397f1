"""Times and memory of the task ledger in Excel with 20,000 tasks: ``python benchmarks/ledger_excel.py``.

The data are those of ``benchmarks/ledger.py``. Memory is the highest that the
process has held, less what it held before.
"""

from __future__ import annotations

import argparse
import resource
import sys
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import ledger

CHANGES = 500


def resident() -> float:
    """Memory that the process holds now [MB]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


class Measured:
    """Time, highest memory and number of statements of a block."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> Measured:
        from django.db import connection

        self.before = self.peak = resident()
        self.over = threading.Event()
        self.watch = threading.Thread(target=self._look, daemon=True)
        self.watch.start()
        self.statements = 0
        self.counting = connection.execute_wrapper(self._count)
        self.counting.__enter__()
        self.started, self.computed = time.perf_counter(), time.process_time()
        return self

    def _count(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        return execute(sql, parameters, many, context)

    def _look(self) -> None:
        while not self.over.wait(0.02):
            self.peak = max(self.peak, resident())

    def __exit__(self, *_error: Any) -> None:
        spent, computed = time.perf_counter() - self.started, time.process_time() - self.computed
        self.over.set()
        self.watch.join()
        self.counting.__exit__(None, None, None)
        print(
            f"{spent:6.2f} s ({computed:.2f} s of this process)  +{self.peak - self.before:.0f} MB"
            f"  {self.statements} statements  {self.what}",
            flush=True,
        )


def changed(content: bytes, number: int) -> bytes:
    """The file with some cells changed: in turn a name, a deadline, what is done, words of progress."""
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[3]}
    step = (sheet.max_row - 3) // number
    for place in range(number):
        row = 4 + place * step
        open_still = sheet.cell(row, heads["状态"]).value in {"未开始", "进行中", "已退回"}
        kind = place % (4 if open_still else 2)
        if kind == 0:
            sheet.cell(row, heads["任务"]).value = f"改名{place}"
        elif kind == 1:
            sheet.cell(row, heads["完成时限"]).value = f"2031年12月{place % 28 + 1}日前"
        elif kind == 2:
            done = sheet.cell(row, heads["完成量"])
            done.value = 200 if done.value != 200 else 150
        else:
            sheet.cell(row, heads["最近进展"]).value = f"正在推进{place}"
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def order(number: int) -> bytes:
    """A ledger of new tasks."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["序号", "主要任务", "工作措施", "牵头部门", "责任单位", "完成时间", "任务量", "单位"])
    for row in range(1, number + 1):
        units = f"晴川市第{row % 60}局", f"晴川市第{(row + 1) % 60}局、晴川市第{(row + 2) % 60}局"
        sheet.append([row, f"新任务{row}", "淘汰燃煤锅炉，推进清洁取暖。" * 4, *units, "2024年6月30日", row % 90 + 1, "台"])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def measure(user: Any) -> None:
    """Export, import, order."""
    from django.db import transaction
    from django.test import Client

    from lantian.apps.core.actions import Actor
    from lantian.apps.plans.importers import ImportTasks
    from lantian.apps.plans.models import Plan

    actor = Actor(user)
    client = Client()
    client.force_login(user)
    with Measured("export through the page, 20,000 tasks"):
        answer = client.get("/plans/tasks/?export=xlsx")
        content = b"".join(answer.streaming_content)
    print(f"        {len(content) / 1e6:.1f} MB")
    with Measured("export of one plan, 100 tasks"):
        b"".join(client.get("/plans/tasks/?plan=7&export=xlsx").streaming_content)
    with Measured("check of the same file, nothing changed"):
        report = ImportTasks(actor, content, "台账.xlsx").examine()
    print(f"        {report.counts()} {len(report.problems)} errors")
    edited = changed(content, CHANGES)
    with Measured(f"check with {CHANGES} changes"):
        report = ImportTasks(actor, edited, "台账.xlsx").examine()
    print(f"        {report.counts()} {len(report.problems)} errors")
    with transaction.atomic(), Measured(f"import with {CHANGES} changes"):
        report = ImportTasks(actor, edited, "台账.xlsx").execute()
        transaction.set_rollback(True)
    print(f"        {report.counts()} {len(report.problems)} errors")
    fresh = order(10_000)
    plan = Plan.objects.first()
    with Measured("check of 10,000 new tasks"):
        ImportTasks(actor, fresh, "清单.xlsx", plan=plan.pk).examine()
    with transaction.atomic(), Measured("import of 10,000 new tasks"):
        report = ImportTasks(actor, fresh, "清单.xlsx", plan=plan.pk).execute()
        transaction.set_rollback(True)
    print(f"        {report.counts()} {len(report.problems)} errors")


def main() -> None:
    """Fill a database and measure; what is imported is taken back, so that a kept database stays as it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--data", default="")
    asked = parser.parse_args()
    with ledger.database(asked.postgres, asked.data):
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test.utils import setup_test_environment

        from lantian.apps.core.models import User
        from lantian.apps.plans.models import Task, TaskEvent

        setup_test_environment()
        call_command("collectstatic", interactive=False, verbosity=0)
        with ledger.filled(asked.postgres):
            print(
                f"{connection.vendor}: {Task.objects.count():,} tasks, {TaskEvent.objects.count():,} events", flush=True
            )
            measure(User.objects.get(username="bench"))


if __name__ == "__main__":
    main()
