"""How long a workbook of enterprises and their lines takes into the lists: reading, applying, memory.

::

    python benchmarks/source_import.py --enterprises 100000 --lines 3 --data /tmp/source-import

The bar: 100,000 enterprises with 300,000 lines in under 3 minutes on 2 cores and under 1.5 GB.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import time
from pathlib import Path

TRADES = ("C3011", "C3021", "C2110", "C2611", "C3120", "D4411", "C3352", "C2239")
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc(number: int) -> str:
    """A credit code with a right check sign, another for each number."""
    organisation = f"{number:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(sign) * weight for sign, weight in zip(organisation, weights, strict=True)) % 11
    check = {10: "X", 11: "0"}.get(rest, str(rest))
    if check == "X":
        check = "X"
    body = f"91410108{organisation}{check}"
    total = sum(SIGNS.index(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True))
    return body + SIGNS[(31 - total % 31) % 31]


def write_workbook(path: Path, enterprises: int, lines: int) -> None:
    """Two sheets, as an office would send them."""
    from lantian.office.ledger import Table, write_tables
    from lantian.rules.sources.lists import list_book

    chance = random.Random(1)
    book = list_book().lists
    codes = [uscc(10_000_000 + number) for number in range(enterprises)]
    head = ["统一社会信用代码", "名称", "行业代码", "行政区划代码", "街道（乡镇）", "地址", "经度", "纬度", "坐标系", "责任人", "联系电话",
            "监管部门", "状态", "主要产品", "年产量", "产量单位"]  # fmt: skip

    def rows():  # type: ignore[no-untyped-def]
        for number, code in enumerate(codes):
            yield [code, f"晴川第{number}号示例制造有限公司", TRADES[number % 8], "990102", "石桥街道",
                   f"石桥路{number}号", f"{113.6 + chance.random() / 5:.6f}", f"{34.7 + chance.random() / 5:.6f}", "WGS-84",
                   "李工", "0371-66666666", "晴川市生态环境局", "在产", "示例产品", 1000 + number % 977, "t"]  # fmt: skip

    line_head = ["统一社会信用代码", "名称", "生产线编号", "生产线名称", "设计生产能力", "能力单位", "年运行小时数", "原辅材料"]

    def line_rows():  # type: ignore[no-untyped-def]
        for number, code in enumerate(codes):
            for line in range(lines):
                yield [code, f"晴川第{number}号示例制造有限公司", f"L{line + 1}", f"{line + 1}号生产线",
                       100 + line, "t/d", 7200, "示例原料"]  # fmt: skip

    write_tables(
        [
            Table(book["enterprises"].name, book["enterprises"].name, head, rows()),
            Table(book["lines"].name, book["lines"].name, line_head, line_rows()),
        ],
        path,
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=3)
    parser.add_argument("--data", type=Path, required=True, help="empty folder")
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    os.environ["LANTIAN_DATA"] = str(arguments.data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
    os.environ.setdefault("LANTIAN_SECRET_KEY", "for measuring only, not a secret of anybody 0123456789")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from lantian.apps.core.actions import Actor
    from lantian.apps.core.models import Organisation, Region
    from lantian.apps.sources.bulk import applying, undoing
    from lantian.apps.sources.bulk.staging import Staging
    from lantian.apps.sources.models import ListEntry, Source, SourceList, StagedImport, Unit

    place = Region.objects.get_or_create(code="990102", name="云山区", level="county")[0]
    Organisation.objects.get_or_create(name="晴川市生态环境局", region=place)
    for kind in ("enterprises", "lines"):
        SourceList.objects.get_or_create(type=kind, name=kind, region=place)
    path = arguments.data / "lists.xlsx"
    if not path.exists():
        began = time.perf_counter()
        write_workbook(path, arguments.enterprises, arguments.lines)
        print(f"workbook written in {time.perf_counter() - began:.1f} s, {path.stat().st_size / 1e6:.1f} MB")
    actor = Actor.system("bench", via="cli")
    staged = StagedImport.objects.create(name=path.name)
    steps = []
    for name, step in (
        ("read and check", lambda: Staging(actor, staged).run(path, lambda _done, _total: None)),
        ("apply", lambda: applying.apply(actor, staged, lambda _done, _total: None)),
    ):
        began, cpu = time.perf_counter(), time.process_time()
        step()
        steps.append((name, time.perf_counter() - began, time.process_time() - cpu))
        print(f"{name}: {steps[-1][1]:.1f} s, {steps[-1][2]:.1f} s of processor time")
    for sheet in staged.sheets.all():
        print(sheet.name, sheet.rows, sheet.counts, sheet.problems[:2])
    print(f"sources {Source.objects.count()}, units {Unit.objects.count()}, entries {ListEntry.objects.count()}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"together {sum(step[1] for step in steps):.1f} s; peak {own:.0f} MB and {child:.0f} MB in the reading process")
    print(f"load average {os.getloadavg()[0]:.1f}")
    if "--undo" in sys.argv:
        undoing.undo(actor, staged, lambda _done, _total: None)


if __name__ == "__main__":
    main()
