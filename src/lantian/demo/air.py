"""The air of the demo city: outlines, stations, two years of simulated hours up to now, a sand event that is excluded."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pyarrow.compute as pc

from lantian.apps.air import actions
from lantian.apps.air import lake as lake_of_office
from lantian.apps.air.actions.keys import MakeKey
from lantian.apps.air.choices import ControlLevel, ExclusionKind, StationKind
from lantian.apps.air.doors import push
from lantian.apps.core.actions import Actor
from lantian.apps.core.importers.boundaries import ImportBoundaries
from lantian.apps.core.models import Region, User
from lantian.apps.core.models.regions import RegionBoundary
from lantian.demo import air_map, city
from lantian.demo.air_hours import SAND_DAY, Point, table_of_hours
from lantian.lake.air.days import station_days_of_hours
from lantian.lake.air.refresh import days_touched, refresh
from lantian.lake.engines import duck
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY
from lantian.rules.air.labels import BEIJING

#: code, name, place, kind, who runs it, longitude, latitude, and how it lies beside the city: particles, traffic, O3
STATIONS: tuple[tuple[str, str, str, str, str, float, float, float, float, float], ...] = (
    ("9901A", "望江", "云山区", "city", "national", 112.455, 33.795, 1.00, 1.05, 0.98),
    ("9902A", "南湖公园", "云山区", "city", "national", 112.500, 33.870, 0.93, 0.85, 1.06),
    ("9903A", "东关小学", "河东区", "city", "national", 112.550, 33.735, 1.04, 1.12, 0.95),
    ("9904A", "新城", "河东区", "city", "national", 112.595, 33.690, 1.08, 1.18, 0.93),
    ("9905A", "工农路", "青原区", "city", "national", 112.400, 33.665, 1.16, 1.10, 0.94),
    ("9906A", "经开区管委会", city.ZONE[1], "city", "national", 112.440, 33.505, 1.12, 0.98, 0.97),
    ("9907A", "云台山（对照点）", "云山区", "background", "national", 112.420, 33.950, 0.62, 0.45, 1.14),
    ("990121001", "临川县城关镇", "临川县", "city", "provincial", 112.140, 33.690, 0.98, 0.78, 1.03),
    ("990121002", "临川县马头镇", "临川县", "city", "county", 112.080, 33.860, 0.90, 0.62, 1.08),
    ("990122001", "泽阳县泽阳镇", "泽阳县", "city", "provincial", 112.800, 33.760, 1.05, 0.82, 1.02),
    ("990103901", "晴川大道交通站", "河东区", "traffic", "city", 112.575, 33.760, 1.15, 1.65, 0.80),
)
#: the deliveries of the demo in the record of the lake
BATCH = "demo"


def points() -> list[Point]:
    """The stations as the simulation sees them."""
    return [Point(row[0], *row[7:]) for row in STATIONS]


def load_outlines(actor: Actor) -> None:
    """Bring in the outlines of the places, which the grid of the inventory needs, too."""
    ImportBoundaries(
        actor, air_map.outlines(), "demo.geojson", crs="wgs84", source="示意边界，非真实区划"
    ).execute()


def load(actor: Actor, regions: dict[str, Region], now: datetime) -> None:
    """Bring in outlines, stations, hours from the start of last year to the last full hour, and an exclusion."""
    if not RegionBoundary.objects.exists():
        load_outlines(actor)
    for code, name, place, kind, control, lon, lat, *_levels in STATIONS:
        actions.AddStation(
            actor,
            code=code,
            name=name,
            region=regions[place],
            kind=StationKind(kind),
            control=ControlLevel(control),
            lon=lon,
            lat=lat,
            opened=date(2018, 1, 1),
        ).execute()
    load_hours(now)
    send_doubtful(actor, regions["临川县"], now)
    exclude_sand(regions[city.CITY], now)


def load_hours(now: datetime) -> int:
    """Write the hours into the lake, and the days that follow from them; doing it twice changes nothing.

    Returns
    -------
    int
        How many hours of stations there are.
    """
    lake = lake_of_office()
    first_year = now.astimezone(BEIJING).year - 1
    hours = table_of_hours(points(), first_year, now)
    lake.put(AIR_HOUR, hours, batch=f"{BATCH}-{now:%Y%m%d%H}", reason="simulated")
    first, last = date(first_year, 1, 1), now.astimezone(BEIJING).date()
    # All days at once: the month-by-month way of a running office would take three times as long.
    with duck(lake) as engine:
        rows = station_days_of_hours(engine, first, last).to_pyarrow()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    lake.replace(AIR_STATION_DAY, rows, where={"day": days})
    return hours.num_rows


def send_doubtful(actor: Actor, county: Region, now: datetime) -> None:
    """A county's own stations send hours of which some values are held for review."""
    made = MakeKey(actor, name="临川县自建站网关", region=county, reason="演示").execute()
    hour = now.astimezone(BEIJING).replace(minute=0, second=0, microsecond=0)
    sent = [
        {"station": "990121002", "time": _label(hour - timedelta(hours=1)), "o3": "-6", "co": "1130"},
        {"station": "990121001", "time": _label(hour - timedelta(hours=2)), "pm25": "3205"},
        {"station": "9901A", "time": _label(hour), "pm25": "38"},
    ]
    body = json.dumps({"delivery": f"{BATCH}-{hour:%Y%m%d%H}", "rows": sent}).encode()
    push.ReceiveHours(made.key, push.read_message(body), lake_of_office(), ip=None, now=now).execute()


def _label(hour: datetime) -> str:
    return f"{hour:%Y-%m-%d %H:%M}"


def top_up(now: datetime) -> int:
    """Add the hours since the last ones, for a demo that is started again on a later day.

    Returns
    -------
    int
        How many hours of stations were added.
    """
    lake = lake_of_office()
    months = lake.months(AIR_HOUR)
    if not months:
        return 0
    known = lake.read(AIR_HOUR, columns=["end"], months=months[-1:])["end"]
    last = pc.max(known).as_py()
    hours = table_of_hours(points(), last.astimezone(BEIJING).year, now, since=last)
    if not hours.num_rows:
        return 0
    put = lake.put(AIR_HOUR, hours, batch=f"{BATCH}-{now:%Y%m%d%H}", reason="simulated")
    refresh(lake, days_touched(hours))
    return put.added


def exclude_sand(region: Region, now: datetime) -> None:
    """The sand of each April does not count, as the province has confirmed."""
    office = User.objects.filter(username="gongjian").first()
    actor = Actor(user=office, via="web") if office is not None else Actor.system("demo", via="cli")
    local = now.astimezone(BEIJING)
    for year in (local.year - 1, local.year):
        begin = datetime(year, *SAND_DAY, 22, tzinfo=BEIJING)
        end = datetime(year, *SAND_DAY, tzinfo=BEIJING) + timedelta(days=2)
        if end > local:
            continue
        actions.AddExclusion(
            actor,
            region=region,
            station=None,
            start=begin.astimezone(UTC),
            end=end.astimezone(UTC),
            pollutants=["pm25", "pm10"],
            kind=ExclusionKind.SAND,
            source=f"云岭省环境监测中心〔{year}〕沙尘天气影响确认函（模拟）",
            reason="上游沙尘传输影响，全市 PM10 小时浓度同步急升，经省级确认剔除。",
        ).execute()
