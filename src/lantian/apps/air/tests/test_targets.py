"""The board of targets: what plans set held against what stations measure; who sees it; what if."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from lantian.apps.air import aims
from lantian.apps.core import target_source
from lantian.apps.core.target_source import SetTarget

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows_of(response: Any) -> list[list[Any]]:
    sheet = load_workbook(BytesIO(response.content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def set_target(key: int, region: int | None, indicator: str, value: int, **changes: Any) -> SetTarget:
    values: dict[str, Any] = {
        "key": key,
        "indicator": indicator,
        "place": "晴川市",
        "region": region,
        "kind": "level",
        "comparator": "<=",
        "value": Decimal(value),
        "unit": "微克/立方米",
        "period": "2026-06",
        "base": "",
        "from_end": False,
        "hoped": False,
        "asked": f"≤{value} 微克/立方米",
        "plan": "攻坚方案",
        "url": "/plans/targets/1/",
    }
    return SetTarget(**{**values, **changes})


@pytest.fixture
def ledger(filled) -> Iterator[list[SetTarget]]:
    """The targets of the ledger, in the place of those of plans."""
    before = dict(target_source._sources)
    target_source._sources.clear()
    rows = [
        set_target(1, filled.city.pk, "PM2.5月均浓度", 40),
        set_target(2, filled.city.pk, "优良天数", 25, comparator=">=", unit="天", asked="≥25 天"),
        set_target(3, filled.city.pk, "空气质量综合指数排名", 5, kind="rank", unit="位", asked="5 位"),
        set_target(4, filled.city.pk, "天然气普及率", 95, unit="%"),
        set_target(5, None, "PM10年均浓度", 70),
        set_target(6, filled.city.pk, "PM2.5浓度", 40, period="近期"),
    ]
    target_source.register("test", lambda _user: iter(rows))
    yield rows
    target_source._sources.clear()
    target_source._sources.update(before)


def test_the_board_says_what_is_left_by_the_days_of_the_stations(ledger, staff, client_of) -> None:
    response = client_of(staff["leader"]).get("/air/targets/")

    said = text_of(response)
    rows = {row["key"]: row for row in response.context["rows"]}
    assert [1, 2, 3, 6] == list(rows)
    left = rows[1]["left"]
    # nine whole days at 30: the 21 others may have (40 × 30 − 30 × 9) / 21
    assert (9, 9, 21, Decimal(930) / 21) == (
        left.elapsed,
        left.valid,
        left.rest,
        Decimal(left.allowance.numerator) / left.allowance.denominator,
    )
    assert "剩余时段均值不高于 44.2 µg/m³" in said
    assert (9, 16) == (int(rows[2]["left"].to_date), rows[2]["left"].days_needed)
    assert "排名取决于其他城市" in said
    assert "时段“近期”无法识别" in said
    assert ["PM10年均浓度"] == [aim.set.indicator for aim in response.context["unplaced"]]
    assert "天然气普及率" not in said


def test_last_year_is_the_reference_and_few_years_are_said(ledger, staff, client_of) -> None:
    response = client_of(staff["leader"]).get("/air/targets/1/")
    # The June before has nine days of thirty with values, too few to be a reference.
    assert 200 == response.status_code
    assert "有效天数均不足" in text_of(response)


def test_with_a_whole_june_before_there_are_parts_a_probability_and_a_slider(
    ledger, filled, staff, client_of
) -> None:
    filled.hours(("A1", "A2", "B1"), date(2025, 6, 10), date(2025, 6, 30), {"pm25": 50})
    client = client_of(staff["leader"])

    response = client.get("/air/targets/1/")

    found = response.context["found"]
    # (30 × 9 + 50 × 21) / 30 = 44
    assert [44] == [replay.result for replay in found.chance.replays]
    assert ("red", 50) == (found.light, found.usual)
    assert [["2026-06", 30, Decimal("40.0"), Decimal("1200.0"), Decimal("30.0"), 9]] == response.context[
        "months"
    ][:-1]
    assert found.decomposition.recombines and response.context["chart"]["series"]

    answer = client.get("/air/targets/1/what-if/", {"cut": "20"})
    # the rest at 40: (270 + 840) / 30 = 37
    assert "较参考年下降 20%：结果 37.0 µg/m³，从严达标" in text_of(answer)
    assert "<html" not in answer.content.decode()
    assert "下降 60%" in text_of(client.get("/air/targets/1/what-if/", {"cut": "999"}))
    assert "下降 0%" in text_of(client.get("/air/targets/1/what-if/", {"cut": "x"}))


def test_the_board_and_the_months_come_as_excel(ledger, filled, staff, client_of) -> None:
    filled.hours(("A1", "A2", "B1"), date(2025, 6, 10), date(2025, 6, 30), {"pm25": 50})
    client = client_of(staff["leader"])

    board = rows_of(client.get("/air/targets/", {"export": "xlsx"}))
    assert any("PM2.5月均浓度 ≤40 微克/立方米" in str(row[0]) for row in board)
    months = rows_of(client.get("/air/targets/1/", {"export": "xlsx"}))
    assert ["2026-06", 30, 40, 1200, 30, 9] == next(row for row in months if row[0] == "2026-06")


def test_a_target_that_the_account_may_not_see_is_not_there(ledger, staff, client_of) -> None:
    client = client_of(staff["leader"])
    assert 404 == client.get("/air/targets/99/").status_code
    assert 404 == client.get("/air/targets/99/what-if/").status_code
    target_source.register("test", lambda user: iter(ledger if user.username == "nobody" else []))
    assert 404 == client.get("/air/targets/1/").status_code
    assert "没有可查看的空气质量目标" in text_of(client.get("/air/targets/"))


def test_only_targets_that_stations_measure_are_aims(ledger, staff) -> None:
    assert [1, 2, 3, 5, 6] == [aim.set.key for aim in aims.aims_of(staff["leader"])]


def test_what_targets_have_come_to_is_told_from_the_days_that_are_over(ledger, filled) -> None:
    found = target_source.measured(ledger, date(2026, 6, 10))
    assert {1: (date(2026, 6, 9), Decimal("30.0")), 2: (date(2026, 6, 9), Decimal(9))} == {
        key: (one.on, one.value) for key, one in found.items()
    }
    assert date(2026, 6, 5) == target_source.measured(ledger, date(2026, 6, 5))[1].on


def test_a_reduction_is_told_in_per_cent_of_its_base(filled) -> None:
    filled.hours(("A1", "A2", "B1"), date(2025, 6, 10), date(2025, 6, 30), {"pm25": 50})
    target = set_target(
        7, filled.city.pk, "PM2.5平均浓度下降", 5, kind="reduction", comparator=">=", base="同比", unit="%"
    )
    # 30 against 50
    assert Decimal("40.0") == target_source.measured([target], date(2026, 6, 10))[7].value


def test_without_stations_nothing_is_told(air) -> None:
    targets = [set_target(8, air.city.pk, "PM2.5月均浓度", 40)]
    assert {} == target_source.measured(targets, date(2026, 6, 10))
