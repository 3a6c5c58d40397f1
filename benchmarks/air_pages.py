"""How long the pages of the air take with a year of hours of many stations, and with one more hour of them.

``python benchmarks/air_pages.py`` makes up hours as `air_lake.py` does and a register of provinces, cities and counties for
their stations, then asks for each page as a browser does, in one process: the first time after its start, again, after one
more hour has come in, and again. Seconds of the clock and of the processor; other work on the machine disturbs: the load is
printed above. ``--data FOLDER`` keeps what was made up and uses it again; ``--only WORD`` asks only for addresses that hold
a word.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import air_lake

PROVINCES, COUNTIES_OF_A_CITY = 30, 3
#: when the pages are asked for: in the last hour of the year
MOMENT = datetime(air_lake.YEAR, 12, 31, 15, 10, tzinfo=UTC)
#: cities whose targets a plan has set
WITH_TARGETS = 4


def fill(stations: int) -> None:
    """Places with their stations, and an account that sees all of them."""
    from django.utils import timezone

    from lantian.apps.air.models import Station
    from lantian.apps.core.models import Grant, Organisation, Region, Role, User

    whole = air_lake.cities(stations)
    provinces = [
        Region.objects.create(code=f"{100_001 + number}", name=f"第{number + 1}省", level="province")
        for number in range(PROVINCES)
    ]
    rows = []
    for number, codes in enumerate(whole.values()):
        city = Region.objects.create(
            code=f"{200_001 + number}",
            name=f"第{number + 1}市",
            level="prefecture",
            parent=provinces[number % PROVINCES],
        )
        counties = [
            Region.objects.create(
                code=f"{300_001 + COUNTIES_OF_A_CITY * number + n}",
                name=f"第{number + 1}市第{n + 1}区",
                level="county",
                parent=city,
            )
            for n in range(COUNTIES_OF_A_CITY)
        ]
        rows += [
            Station(
                code=code,
                name=f"站点{code}",
                region=counties[n % COUNTIES_OF_A_CITY],
                kind="city",
                control="national",
                lon=100 + number % 20 + n / 100,
                lat=25 + number // 20 + n / 100,
            )
            for n, code in enumerate(codes)
        ]
    Station.objects.bulk_create(rows, batch_size=500)
    home = Region.objects.filter(level="prefecture").order_by("code")[0]
    office = Organisation.objects.create(name="攻坚办", region=home)
    user = User.objects.create(username="bench", organisation=office, password_changed_at=timezone.now())
    Grant.objects.create(user=user, role=Role.objects.get(code="campaign_office"), scope="all")


def targets() -> list[Any]:
    """What a plan might set for some cities."""
    from lantian.apps.core.models import Region
    from lantian.apps.core.target_source import SetTarget

    found = []
    for region in Region.objects.filter(level="prefecture").order_by("code")[:WITH_TARGETS]:
        for indicator, comparator, value, unit in (
            ("PM2.5年均浓度", "<=", 46, "微克/立方米"),
            ("优良天数", ">=", 250, "天"),
            ("重污染天数", "<=", 12, "天"),
        ):
            words = f"{comparator} {value} {unit}"
            found.append(
                SetTarget(
                    len(found) + 1, indicator, region.name, region.pk, "level", comparator, Decimal(value), unit,
                    str(air_lake.YEAR), "", False, False, words, "方案", "/plans/targets/1/",
                )
            )  # fmt: skip
    return found


def pages() -> Iterator[str]:
    """The pages that are timed."""
    from lantian.apps.air.models import Station
    from lantian.apps.core.models import Region

    year = air_lake.YEAR
    city = Region.objects.filter(level="prefecture").order_by("code")[1].pk
    province = Region.objects.filter(level="province").order_by("code")[0].pk
    station = Station.objects.order_by("code")[20].pk
    some = "&".join(
        f"region={key}"
        for key in Region.objects.filter(level="prefecture").order_by("code").values_list("pk", flat=True)[:8]
    )
    yield "/"
    yield "/air/"
    yield f"/air/?region={province}"
    yield "/air/rankings/?level=prefecture"
    yield f"/air/rankings/?level=prefecture&period={year}"
    yield f"/air/rankings/?level=prefecture&period={year}-11&list=pm25"
    yield f"/air/rankings/?level=county&period={year}"
    yield f"/air/regions/{city}/"
    yield f"/air/regions/{province}/"
    yield f"/air/regions/{city}/why/composite/?period={year}"
    yield f"/air/compare/?{some}"
    yield f"/air/stations/{station}/"
    yield "/air/stations/"
    yield f"/air/quality/?year={year}"
    yield "/air/targets/"


def timed(client: Any, address: str) -> tuple[float, float, int, int]:
    """Seconds of the clock and of the processor, status and size of a page."""
    started, worked = time.perf_counter(), time.process_time()
    response = client.get(address)
    found = time.perf_counter() - started, time.process_time() - worked
    return *found, response.status_code, len(response.content)


def one_more_hour(stations: int, hour: int) -> tuple[float, float]:
    """What the delivery of an hour takes until the days are made anew."""
    from lantian.apps.air import lake
    from lantian.lake.air.refresh import days_touched, refresh
    from lantian.lake.schema import AIR_HOUR

    rows = air_lake.one_hour(stations, hour)
    started, worked = time.perf_counter(), time.process_time()
    lake().put(AIR_HOUR, rows, batch=f"hour {hour} {os.urandom(4).hex()}")
    refresh(lake(), days_touched(rows))
    return time.perf_counter() - started, time.process_time() - worked


def run(stations: int, only: str) -> None:
    """Ask for the pages and print what they took."""
    from django.test import Client
    from django.utils import timezone

    from lantian.apps.core import target_source
    from lantian.apps.core.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="bench"))
    target_source._sources.clear()
    target_source.register("bench", lambda _user: iter(targets()))
    print(f"{stations:,} stations; load of the machine {os.getloadavg()[0]:.1f}")
    addresses = [address for address in pages() if only in address]
    rounds: dict[str, dict[str, tuple[float, float, int, int]]] = {}
    with ExitStack() as stack:
        now = stack.enter_context(patch.object(timezone, "now", return_value=MOMENT))
        for name in ("first", "again", "new hour", "then"):
            if name == "new hour":
                now.return_value = MOMENT + timedelta(hours=1)
                took = one_more_hour(stations, 24)
                print(f"one more hour, days made anew: {took[0]:.2f} s ({took[1]:.2f} s of the processor)")
            rounds[name] = {address: timed(client, address) for address in addresses}
    print("".join(f"{name:>16}" for name in rounds) + "   (ms, of the processor in brackets)")
    for address in addresses:
        cells = [
            f"{round(found[address][0] * 1000):>7} ({round(found[address][1] * 1000):>6})"
            for found in rounds.values()
        ]
        status, size = rounds["again"][address][2:]
        print("".join(f"{cell:>16}" for cell in cells) + f"  {status} {size // 1024:>5} kB  {address}")
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB; load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """Make up what is missing, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--stations", type=int, default=3_000)
    parser.add_argument("--data", default="")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantian-pages-") as made:
        os.environ["LANTIAN_DATA"] = asked.data or made
        import django

        django.setup()
        from django.core.management import call_command
        from django.utils import timezone

        from lantian.apps.air import lake
        from lantian.apps.core.models import User

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if not User.objects.filter(username="bench").exists():
            fill(asked.stations)
        if not (Path(lake().root) / "air_hour").exists():
            air_lake.generate(lake().root, asked.stations, lambda name, value: print(f"  {name}: {value}"))
        started, worked = time.perf_counter(), time.process_time()
        with patch.object(timezone, "now", return_value=MOMENT):
            importlib.import_module("lantian.web.asgi")
            # The site does this while it waits for its first visitor.
            for thread in threading.enumerate():
                if thread.name == "air-warming":
                    thread.join()
        print(
            f"made ready in {time.perf_counter() - started:.2f} s ({time.process_time() - worked:.2f} s of the processor)"
        )
        run(asked.stations, asked.only)


if __name__ == "__main__":
    main()
