"""What judging costs each minute, half hour and hour, and how long the pages of monitored points take, by number of points.

    PYTHONPATH=src python benchmarks/monitoring_judging.py                # 3,000 points, two days of hours
    PYTHONPATH=src python benchmarks/monitoring_judging.py --points 6000  # twice as many: how cost grows

Points of cement kilns, coal boilers, glass furnaces and power stations, in 10 counties, three at each enterprise; each sends
dust, SO2, NOx, oxygen and flow, folded or not, and every fiftieth is above its limit for some hours. Everything is made up.
Printed is the processor's time of each judge, the first time and again, with its questions to the database and the most memory
of the process so far; then the pages, at the median.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

COUNTIES, POINTS_OF_A_WORKS = 10, 3
KINDS = ("cement_kiln", "boiler_coal", "glass_furnace", "power_coal")
HOURS = 48
HOUR = timedelta(hours=1)
#: code, usual value and limit [mg/m³; %; m³/s]
FACTORS = (("a34013", 4, 10), ("a21026", 20, 35), ("a21002", 35, 50), ("a19001", 9, None), ("a00000", 33, None))
ROUNDS = 5
PART = 500


def fill(points: int, now: datetime) -> None:
    """Works with their points, limits, two days of hours in the lake, and the newest values."""
    import numpy as np
    import pyarrow as pa

    from lantian.apps.core.models import Grant, Organisation, Region, Role, User
    from lantian.apps.monitoring import readings
    from lantian.apps.monitoring.models import Device, LatestValue, OutletLimit
    from lantian.apps.sources.models import Source
    from lantian.lake.stacks.tables import STACK_VALUE

    place = Region.objects.create(code="9901", name="晴川市", level="prefecture")
    counties = [
        Region.objects.create(code=f"9901{n + 2:02d}", name=f"第{n + 1}区", level="county", parent=place)
        for n in range(COUNTIES)
    ]
    office = Organisation.objects.create(name="晴川市攻坚办", region=place, kind="department")
    works = Source.objects.bulk_create(
        [
            Source(
                kind="enterprise",
                name=f"晴川第{n}厂",
                name_key=f"晴川第{n}厂",
                region=counties[n % COUNTIES],
                department=office,
                lon=112 + n % 97 / 100,
                lat=34 + n % 89 / 100,
            )
            for n in range(points // POINTS_OF_A_WORKS)
        ],
        batch_size=1000,
    )
    devices = Device.objects.bulk_create(
        [
            Device(
                mn=f"99010000000000{n:010d}",
                name=f"{n % POINTS_OF_A_WORKS + 1}号排口",
                kind="cems",
                st="31",
                source=works[n // POINTS_OF_A_WORKS % len(works)],
                options={"outlet_kind": KINDS[n % len(KINDS)]},
                seen_at=now,
            )
            for n in range(points)
        ],
        batch_size=1000,
    )
    OutletLimit.objects.bulk_create(
        [
            OutletLimit(
                device=device,
                factor=code,
                limit_mg_m3=Decimal(limit),
                basis="许可证",
                reference_oxygen_percent=Decimal(10),
                valid_from=date(2020, 1, 1),
            )
            for device in devices
            for code, _usual, limit in FACTORS
            if limit is not None
        ],
        batch_size=2000,
    )
    chance = np.random.default_rng(1)
    last = now.replace(minute=0, second=0, microsecond=0) - HOUR
    starts = [last - HOUR * (HOURS - 1 - n) for n in range(HOURS)]
    for at in range(0, len(devices), PART):
        part = devices[at : at + PART]
        columns: dict[str, list[Any]] = {name: [] for name in ("mn", "factor", "start", "avg", "zs_avg")}
        newest = []
        for n, device in enumerate(part, at):
            for code, usual, limit in FACTORS:
                values = np.clip(usual * (1 + 0.15 * chance.standard_normal(HOURS)), 0, None)
                if limit is not None and n % 50 == 0:
                    values[-4:] = limit * 1.2
                sent = [Decimal(f"{value:.2f}") for value in values]
                folded = sent if limit is not None and n % 3 else [None] * HOURS
                columns["mn"] += [device.mn] * HOURS
                columns["factor"] += [code] * HOURS
                columns["start"] += starts
                columns["avg"] += sent
                columns["zs_avg"] += folded
                newest.append(
                    LatestValue(
                        device=device,
                        factor=code,
                        period="hour",
                        time=last,
                        received=now,
                        value=sent[-1],
                        folded=folded[-1],
                        flag="N",
                    )
                )
        size = len(columns["mn"])
        rows = columns | {
            "st": ["31"] * size,
            "cn": ["2061"] * size,
            "off": [False] * size,
            "clock": ["data"] * size,
            "end": [start + HOUR for start in columns["start"]],
            "flag": ["N"] * size,
            "received": [start + HOUR for start in columns["start"]],
            "frame": [f"{at}-{n}" for n in range(size)],
        }
        schema = pa.schema([STACK_VALUE.schema.field(name) for name in rows])
        readings.lake().put(STACK_VALUE, pa.table(rows, schema=schema), batch=f"bench-{at}")
        LatestValue.objects.bulk_create(newest, batch_size=2000)
    user = User.objects.create(username="bench", organisation=office, password_changed_at=now)
    Grant.objects.create(user=user, role=Role.objects.get(code="campaign_office"), scope="all")


def memory() -> int:
    """The most memory of this process so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def timed(name: str, call: Callable[[], Any]) -> None:
    """Print what a call costs, the first time and again."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    told = []
    found: Any = None
    for _round in range(2):
        with CaptureQueriesContext(connection) as captured:
            wall, worked = time.perf_counter(), time.process_time()
            found = call()
            told.append((time.process_time() - worked, time.perf_counter() - wall, len(captured)))
    (first, first_wall, asked), (again, again_wall, asked_again) = told
    print(
        f"{name:22} first {first:7.2f} s cpu {first_wall:7.2f} s {asked:5,} queries | again {again:7.2f} s cpu {again_wall:7.2f} s "
        f"{asked_again:5,} queries | {memory():6,} MB | {found}",
        flush=True,
    )


def judged(now: datetime) -> None:
    """Each judge, and raising what it found."""
    from lantian.apps.monitoring import daily, judges
    from lantian.apps.monitoring.models import Alarm, Device
    from lantian.apps.monitoring.silence import judge_silence

    timed("silence", lambda: judge_silence(now) and "")
    for name, (call, every) in judges.registered().items():
        timed(f"{name} /{every} min", lambda call=call: f"{len(list(call(now)))} findings")
    timed("raising all of them", lambda: judges.judge(now.replace(minute=0)) and f"{Alarm.objects.count()} alarms")
    devices = list(Device.objects.select_related("source__region", "unit"))
    timed("report of nine o'clock", lambda: f"{len(daily.report(devices, now.date()))} enterprises")


def asked() -> None:
    """Pages, at the median of the clock."""
    from django.test import Client

    from lantian.apps.core.models import User
    from lantian.apps.monitoring.exceedances import hours_above
    from lantian.apps.monitoring.models import Alarm, Device

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="bench"))
    # As the worker does each minute.
    hours_above(datetime.now(UTC))
    point = Device.objects.order_by("pk").first()
    assert point is not None
    addresses = [
        "points/", "points/?standing=exceeding", "points/?page=40", "points/map/", "points/geo/", "rates/", "devices/",
        "alarms/", "alarms/groups/", "alarms/figures/", "marks/", "daily/", f"points/{point.pk}/?period=hour",
        f"enterprises/{point.source_id}/",
    ]  # fmt: skip
    addresses += [f"alarms/{one.pk}/" for one in Alarm.objects.order_by("pk")[:1]]
    for address in addresses:
        spent = []
        for _round in range(ROUNDS):
            began = time.perf_counter()
            response = client.get(f"/monitoring/{address}")
            spent.append((time.perf_counter() - began) * 1000)
        size = len(response.content if not response.streaming else b"".join(response.streaming_content)) // 1024
        print(
            f"{min(spent):7.0f} {statistics.median(spent):7.0f} {max(spent):7.0f} ms {size:6,} kB "
            f"{response.status_code} /monitoring/{address}",
            flush=True,
        )


def main() -> None:
    """Make points up, judge them, and ask for their pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=3_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantian-judging-") as made:
        os.environ["LANTIAN_DATA"] = made
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        now = datetime.now(UTC)
        began = time.perf_counter()
        fill(arguments.points, now)
        print(
            f"{arguments.points:,} points, {arguments.points * len(FACTORS) * HOURS:,} hourly values, made up in "
            f"{time.perf_counter() - began:.0f} s; load {os.getloadavg()[0]:.1f}; {memory():,} MB",
            flush=True,
        )
        judged(now)
        asked()


if __name__ == "__main__":
    main()
