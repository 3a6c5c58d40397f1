"""Time the pages of lists and sources in a filled database.

    PYTHONPATH=src python benchmarks/source_lists.py                 # a file of its own (SQLite), thrown away afterwards
    PYTHONPATH=src python benchmarks/source_lists.py --data /tmp/x   # keeps the file, and uses it again the next time
    PYTHONPATH=src python benchmarks/source_lists.py --sources 10000 # smaller
    PYTHONPATH=src python benchmarks/source_lists.py --queries       # the slowest questions to the database below each page

By default 100,000 sources, 300,000 units and 400,000 entries: three units of each source, the sources on the list of
enterprises, and the units on three lists. Every page is asked for by the test client, as the campaign office and as a
department that answers for a tenth of the sources.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

DISTRICTS, TOWNS, DEPARTMENTS = 10, 10, 10
ROUNDS = 7
UNITS = (("lines", "line"), ("kilns", "kiln"), ("boilers", "boiler"))
TRADES = ("C3011", "C3391", "C2110", "C3071", "C2614", "D4411", "C2221", "C3130")
KIND_OF_KILN = ("melting", "calcining", "drying", "coking")
PART = 5000


def fill(sources: int) -> None:
    """Places, offices, sources with three units each, and their entries in four lists."""
    from django.utils import timezone

    from lantian.apps.core.models import Grant, Organisation, Region, Role, User
    from lantian.apps.sources.models import ListEntry, Source, SourceKey, SourceList, Unit
    from lantian.rules.names import normalised

    place = Region.objects.create(code="9901", name="晴川市", level="prefecture")
    districts = [
        Region.objects.create(code=f"9901{n + 2:02d}", name=f"第{n + 1}区", level="county", parent=place)
        for n in range(DISTRICTS)
    ]
    departments = [
        Organisation.objects.create(name=f"晴川市第{n + 1}局", region=place, kind="department")
        for n in range(DEPARTMENTS)
    ]
    towns = [
        Organisation.objects.create(name=f"第{n + 1}街道办事处", region=districts[n % DISTRICTS], kind="town")
        for n in range(DISTRICTS * TOWNS)
    ]
    lists = {
        code: SourceList.objects.create(type=code, name=code, region=place)
        for code in ("enterprises", *(code for code, _kind in UNITS))
    }
    kinds = [row.code for row in _option("kiln_type")] or list(KIND_OF_KILN)
    fuels = [row.code for row in _option("unit_fuel")]
    levels = [row.code for row in _option("permit_level")]
    states = ("listed",) * 8 + ("checked", "proposed")
    for start in range(0, sources, PART):
        made = [
            Source(
                kind="enterprise",
                name=f"晴川{'宏盛鑫源永泰恒达'[n % 8]}{'水泥铸造家具陶瓷化工建材'[n % 6 * 2 : n % 6 * 2 + 2]}有限公司{n}",
                uscc=f"91990102MA{n:08d}",
                trade=TRADES[n % len(TRADES)],
                region=districts[n % DISTRICTS],
                town=towns[n % len(towns)],
                department=departments[n // 7 % DEPARTMENTS],
                address=f"工业大道{n}号",
                lon=112.8 + (n * 7919 % 100_003) / 100_003,
                lat=34.2 + (n * 104_729 % 100_019) / 100_019 * 0.8,
                status="stopped" if n % 9 == 0 else "running",
                person="李工",
                phone="0371-60000000",
                values={
                    "site_number": "001",
                    "permit_level": levels[n % len(levels)],
                    "has_cems": n % 11 == 0,
                    "fuels": [fuels[n % len(fuels)]],
                    "coal_use": str(n % 5000),
                    "power_use": str(n * 13 % 900_000),
                    "products": "水泥熟料、水泥",
                    "street": f"第{n % len(towns) + 1}街道",
                },
            )
            for n in range(start, min(start + PART, sources))
        ]
        for row in made:
            row.name_key = normalised(row.name)[:160]
        Source.objects.bulk_create(made, batch_size=1000)
        SourceKey.objects.bulk_create(
            [SourceKey(source=row, kind="uscc", value=row.uscc) for row in made], batch_size=2000
        )
        units = [
            Unit(
                source=row,
                kind=kind,
                number=f"MF{k + 1:04d}",
                name=f"{k + 1}#",
                values={
                    f"{kind}_number": f"MF{k + 1:04d}",
                    "kiln_type": kinds[(row.pk + k) % len(kinds)],
                    "unit_fuel": fuels[row.pk % len(fuels)],
                    "hours": "7200",
                    "boiler_capacity": str(row.pk % 65 + 1),
                    "line_name": f"{k + 1}号线",
                    "pm_limit": "10",
                    "meets_limits": row.pk % 5 != 0,
                },
            )
            for row in made
            for k, (_code, kind) in enumerate(UNITS)
        ]
        Unit.objects.bulk_create(units, batch_size=1000)
        entries = []
        for n, row in enumerate(made):
            for code, unit in [
                ("enterprises", None),
                *((one[0], units[n * 3 + k]) for k, one in enumerate(UNITS)),
            ]:
                entries.append(
                    ListEntry(
                        list=lists[code],
                        source=row,
                        unit=unit,
                        number=str(start + n + 1),
                        state=states[(start + n) % 10],
                        key=f"k|{row.pk}|{unit.number if unit is not None else ''}",
                        name=row.name,
                        unit_name=unit.name if unit is not None else "",
                        trade=row.trade,
                        status=row.status,
                        region_id=row.region_id,
                        department_id=row.department_id,
                        town_id=row.town_id,
                        values={"first_seen": "2026-03-01", "entry_note": "按要求建立台账"},
                    )
                )
        ListEntry.objects.bulk_create(entries, batch_size=1000)
    now = timezone.now()
    for name, unit, role, scope in (
        ("bench", departments[0], "campaign_office", "all"),
        ("bureau", departments[5], "department_officer", "department"),
    ):
        user = User.objects.create(username=name, organisation=unit, password_changed_at=now)
        Grant.objects.create(user=user, role=Role.objects.get(code=role), scope=scope)


def _option(key: str) -> Any:
    from lantian.rules.sources.lists import list_book

    return list_book().fields[key].options


def pages() -> Iterator[str]:
    """Addresses of everything that is timed."""
    from lantian.apps.core.models import Organisation, Region
    from lantian.apps.sources.models import ListEntry, Source, SourceList

    lists = dict(SourceList.objects.values_list("type", "pk"))
    district = Region.objects.get(name="第3区").pk
    town = Organisation.objects.get(name="第14街道办事处").pk
    first, kilns = f"/sources/lists/{lists['enterprises']}/", f"/sources/lists/{lists['kilns']}/"
    fuel = _option("unit_fuel")[0].code
    yield "/sources/lists/"
    for query in (
        "",
        "?page=2500",
        "?sort=-name&page=2500",
        "?sort=number&page=300",
        "?sort=region",
        "?sort=-region&page=2000",
        "?sort=trade&page=1500",
        "?sort=town&size=100",
        "?sort=status&page=1000",
        "?sort=state",
        "?sort=-changed_at&size=100",
        "?state=proposed&size=100",
        "?status=stopped&sort=name",
        f"?region={district}",
        f"?region={district}&state=listed&sort=trade",
        f"?town={town}",
        "?trade=C30&page=500",
        "?search=陶瓷&size=100",
        "?search=有限公司777",
        "?since=2026-01-01",
        "?field=has_cems&value=yes",
        "?field=permit_level&value=none",
    ):
        yield first + query
    for query in (
        "",
        "?sort=unit_name&page=900",
        f"?field=unit_fuel&value={fuel}",
        "?field=meets_limits&value=no",
    ):
        yield kilns + query
    for query in (
        "",
        "?page=4000",
        "?sort=name&page=2000",
        "?sort=uscc&page=2000",
        "?sort=-changed_at",
        "?kind=enterprise",
        f"?region={district}",
        "?search=陶瓷",
        "?search=91990102MA00055555",
        "?status=stopped",
        "?trade=C30",
        "?on=none",
        f"?on={lists['kilns']}",
    ):
        yield "/sources/" + query
    whole, near = "box=112,34,114.5,35.5&zoom=9", "box=113.30,34.50,113.42,34.58&zoom=13"
    for query in (
        whole,
        near,
        f"{whole}&region={district}",
        f"{whole}&status=stopped",
        f"{whole}&search=陶瓷",
    ):
        yield f"/sources/points/?{query}"
    for query in (whole, near, f"{whole}&region={district}", f"{whole}&field=has_cems&value=yes"):
        yield f"{first}points/?{query}"
    yield "/sources/map/"
    yield first + "map/"
    entry = ListEntry.objects.filter(list=lists["kilns"]).order_by("pk").values_list("pk", flat=True)[1005]
    source = Source.objects.order_by("pk").values_list("pk", flat=True)[1005]
    yield f"/sources/entries/{entry}/"
    yield f"/sources/{source}/"
    yield f"{first}entries/new/"
    yield f"{first}versions/"


def measure(client: Any, who: str, address: str, show_queries: bool) -> float:
    """Time one page and print it; gives the median in milliseconds."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    spent, busy = [], []
    for _round in range(ROUNDS):
        started, worked = time.perf_counter(), time.process_time()
        response = client.get(address)
        spent.append((time.perf_counter() - started) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    middle = statistics.median(spent)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    size = len(response.content) // 1024
    print(
        f"{min(spent):6.0f} {middle:6.0f} {max(spent):6.0f} ms {statistics.median(busy):6.0f} ms cpu {len(captured):4d} queries "
        f"{size:6,d} kB  {response.status_code}  {who:6} {address}",
        flush=True,
    )
    if show_queries:
        for query in sorted(captured, key=lambda query: -float(query["time"]))[:3]:
            print(f"         {float(query['time']) * 1000:6.0f} ms  {query['sql'][:1500]}")
    return middle


def main() -> None:
    """Fill a database and print the time of each page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=100_000)
    parser.add_argument("--data", default="")
    parser.add_argument("--queries", action="store_true")
    parser.add_argument("--only", default="", help="only addresses with this in them")
    parser.add_argument("--who", default="", help="only this account: bench or bureau")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantian-sources-") as made:
        os.environ["LANTIAN_DATA"] = asked.data or made
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        from lantian.apps.core.models import User
        from lantian.apps.sources.models import ListEntry, Source, Unit

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if not User.objects.filter(username="bench").exists():
            started = time.perf_counter()
            fill(asked.sources)
            print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
        counts = ", ".join(
            f"{model.objects.count():,} {model.__name__}" for model in (Source, Unit, ListEntry)
        )
        print(counts, flush=True)
        slow = []
        for name in ("bench", "bureau"):
            if asked.who and asked.who != name:
                continue
            client = Client(SERVER_NAME="localhost")
            client.force_login(User.objects.get(username=name))
            for address in pages():
                if asked.only in address:
                    took = measure(client, name, address, asked.queries)
                    if took > 300:
                        slow.append((took, name, address))
        print(f"{len(slow)} above 300 ms")
        for took, name, address in sorted(slow, reverse=True):
            print(f"{took:6.0f} ms  {name:6} {address}")


if __name__ == "__main__":
    main()
