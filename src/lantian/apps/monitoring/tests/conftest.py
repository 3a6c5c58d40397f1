"""A works with a stack in a small city, a logger at it, and a lake that a test fills by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Organisation, User
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.actions.devices import AddDevice
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.tests.power_city import mill, quarters, running  # noqa: F401
from lantian.apps.sources.models import Source, Unit
from lantian.lake.stacks.tables import STACK_VALUE
from lantian.lake.store import Lake
from tests.fixtures.accounts import City, make_account

SYSTEM = Actor.system("test")
MN = "010000A8900016F000169DC0"
OTHER_MN = "010000A8900016F000169DC1"


@dataclass
class Works:
    """A works that an enterprise runs, and one in the other district."""

    source: Source
    outlet: Unit
    elsewhere: Source
    enterprise: Organisation
    owner: User


@pytest.fixture
def actors(staff: dict[str, User]) -> dict[str, Actor]:
    """Who acts, by role."""
    return {code: Actor(user) for code, user in staff.items()}


@pytest.fixture
def works(small_city: City) -> Works:
    """One works in each district; the first is run by an enterprise with an account."""
    here, there = small_city.districts
    enterprise = Organisation.objects.create(name="晴川示例水泥有限公司", kind="enterprise", region=here)
    source = Source.objects.create(
        kind="enterprise",
        name="晴川示例水泥有限公司",
        name_key="晴川示例水泥有限公司",
        uscc="91130200699229617X",
        region=here,
        department=small_city.branches[0],
        operator=enterprise,
        lon=112.4,
        lat=33.9,
    )
    outlet = Unit.objects.create(source=source, kind="outlet", number="DA001", name="窑尾排口")
    elsewhere = Source.objects.create(
        kind="enterprise",
        name="河东玻璃厂",
        name_key="河东玻璃厂",
        region=there,
        department=small_city.branches[1],
    )
    owner = make_account("qiye", enterprise, "enterprise", "self")
    return Works(source, outlet, elsewhere, enterprise, owner)


@pytest.fixture
def device(works: Works) -> Device:
    """The logger at the stack."""
    return AddDevice(
        SYSTEM, mn=MN, name="窑尾", kind="cems", st="31", source=works.source, unit=works.outlet
    ).execute()


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """An empty lake that the pages read."""
    made = Lake(str(tmp_path / "lake"))
    monkeypatch.setattr(readings, "lake", lambda: made)
    return made


Put = Callable[..., None]


@pytest.fixture
def put(lake: Lake) -> Put:
    """Write periods of a device into the lake: factor → values from a start on; None leaves one out."""

    def write(
        mn: str,
        start: datetime,
        values: Mapping[str, list[Any]],
        *,
        cn: str = "2061",
        step: timedelta = timedelta(hours=1),
        flag: str = "N",
    ) -> None:
        rows = []
        for factor, listed in values.items():
            for number, value in enumerate(listed):
                if value is None:
                    continue
                at = start.astimezone(UTC) + number * step
                pair = value if isinstance(value, tuple) else (value, None, flag)
                row = {
                    "mn": mn, "st": "31", "cn": cn, "factor": factor, "start": at, "off": False, "clock": "data",
                    "end": at if cn in {"2011", "2021"} else at + step, "flag": pair[2],
                    "received": at + step, "frame": uuid4().hex,
                }  # fmt: skip
                names = {"2011": ("rtd", "zs_rtd"), "2021": ("rs", None)}.get(cn, ("avg", "zs_avg"))
                for name, number_ in zip(names, pair, strict=False):
                    if name is not None and number_ is not None:
                        row[name] = Decimal(str(number_))
                rows.append(row)
        names_ = list(dict.fromkeys(name for row in rows for name in row))
        schema = pa.schema([STACK_VALUE.schema.field(name) for name in names_])
        lake.put(STACK_VALUE, pa.Table.from_pylist(rows, schema=schema), batch=uuid4().hex)

    return write
