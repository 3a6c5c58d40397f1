"""The electricity of the demo city: what was done there is found, and nothing else is said."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region
from lantian.apps.monitoring.models import Load, Meter, PowerCheck, PowerFinding
from lantian.apps.sources.models import Source, Unit
from lantian.demo import city, power
from lantian.lake.power.reading import readings
from lantian.rules.air.labels import BEIJING
from lantian.rules.names import normalised

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 9, 20, tzinfo=BEIJING)
CHOSEN = ("泽阳陶瓷集团有限公司", "泽阳北岭石灰有限公司", "晴川白马铸造有限公司", "晴川红岩精密铸造有限公司", "河东森雅木业有限公司", "晴川印刷包装有限公司")


@pytest.fixture
def plants(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[power.Plant, ...]:
    """Half of the plants of the demo, with their lines."""
    settings.LAKE = str(tmp_path / "lake")
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW.astimezone(UTC))
    region = Region.objects.create(code=city.CITY_CODE, name=city.CITY, level="prefecture")
    chosen = tuple(plant for plant in power.PLANTS if plant.name in CHOSEN)
    for plant in chosen:
        source = Source.objects.create(
            kind="enterprise", name=plant.name, name_key=normalised(plant.name), region=region
        )
        for number in {one.unit for one in plant.meters} - {""}:
            kind = "facility" if number.startswith("TA") else "line"
            Unit.objects.create(source=source, kind=kind, number=number)
    power.load(Actor.system("demo", via="cli"), {city.CITY: region}, NOW, chosen)
    return chosen


def test_the_known_sins_are_found_and_nothing_else(plants: tuple[power.Plant, ...]) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for name, rule in PowerFinding.objects.values_list("load__source__name", "rule"):
        found[name].add(rule)

    assert {plant.name: set(plant.rules) for plant in plants} == {plant.name: found[plant.name] for plant in plants}
    results = {
        (check.load.source.name, check.load.unit.number): check.outcome
        for check in PowerCheck.objects.select_related("load__source", "load__unit")
    }
    assert {
        ("泽阳陶瓷集团有限公司", "L1"): "suspected",
        ("泽阳陶瓷集团有限公司", "L2"): "passed",
        # its holding load was accepted
        ("泽阳北岭石灰有限公司", "L1"): "passed",
        ("晴川红岩精密铸造有限公司", "L1"): "lost",
    } == results

    # One meter is read from a logger: its quarter hours of the last day are those of the day before it, and of now.
    fed = Meter.objects.select_related("feed", "load").get(number=power.FED)
    assert {NOW.replace(minute=15)} == {fed.seen_at, fed.load.judged_to}
    found = readings(lake(), [power.FED], NOW - timedelta(hours=30), NOW, ("end", "door")).to_pylist()
    assert {"hj212"} == {row["door"] for row in found[-37:]}
    assert 30 * 4 == len(found)

    # Later it goes on where it ended.
    power.top_up(NOW + timedelta(hours=2))
    assert {NOW.replace(hour=11, minute=15)} == set(Load.objects.values_list("judged_to", flat=True))
