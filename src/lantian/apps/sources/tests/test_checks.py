"""Lists against each other: SQL and rules find the same, rights narrow it, and the page leads to the missing entry."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region, User
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.crossing import Group, concerned, coverage, groups_of, told
from lantian.apps.sources.models import Grade, ListEntry, Source, SourceList, Unit
from lantian.rules.sources.list_checks import check_library, list_checks
from lantian.rules.sources.lists import list_book
from tests.fixtures.accounts import City

pytestmark = pytest.mark.django_db
KILN = list_book().fields["kiln_type"].options[0].code
OWN = {
    "documents": {"QC26": "晴环攻坚办〔2026〕3号"},
    "checks": [
        {"code": "kiln_unlisted", "title": "工业炉窑未列入炉窑清单", "english": "A kiln that is not on the list",
         "document": "QC26", "clause": "12", "region": ["99"], "from": "2020-01-01", "subjects": ["kiln"],
         "not_on": ["kilns"], "when": [{"field": "state", "is_not": ["removed"], "else": True}],
         "consequence": "add_to_list"},
        {"code": "trade_without_list", "title": "家具企业未列入清单", "english": "Furniture that is not on the list",
         "document": "QC26", "clause": "13", "region": ["99"], "from": "2020-01-01", "subjects": ["enterprise"],
         "industries": ["家具"], "not_on": ["enterprises"], "consequence": "stop_and_verify"},
    ],
}  # fmt: skip


@pytest.fixture
def own_book(settings: Any, tmp_path: Path) -> None:
    """A book of the office in its data folder."""
    settings.DATA = tmp_path
    place = tmp_path / "books" / "checks"
    place.mkdir(parents=True)
    (place / "qingchuan.json").write_text(json.dumps(OWN, ensure_ascii=False), "utf-8")


def put(listing: SourceList, source: Source, unit: Unit | None = None, **values: Any) -> ListEntry:
    """An entry on its list."""
    return ListEntry.objects.create(
        list=listing, source=source, unit=unit, key=f"{source.pk}|{unit.pk if unit else ''}",
        state=EntryState.LISTED, name=source.name, status=source.status, region=source.region, values=values,
    )  # fmt: skip


def furniture(region: Region, name: str = "晴川木器厂", **more: Any) -> Source:
    """A furniture factory."""
    return Source.objects.create(
        **{"kind": "enterprise", "name": name, "name_key": name, "trade": "C2110", "region": region, **more}
    )


def made_up(city: City) -> None:
    """Sources of all kinds with facts by chance, on lists by chance."""
    dice = random.Random(5)
    Region.objects.filter(pk=city.districts[0].pk).update(code="410811")
    Region.objects.filter(pk=city.districts[1].pk).update(code="410108")
    places = [*city.districts, None]
    codes = sorted(
        {code for check in list_checks() for code in (*check.on, *check.not_on)} - {"scattered_polluters"}
    )
    lists = {code: SourceList.objects.create(type=code, name=code) for code in [*codes, "scattered_polluters"]}
    book = list_book().lists
    trades = ["", "C2110", "C3011", "C1411", "D4411", "D4430", "C2521", "O8111"]
    kinds = ["enterprise", "enterprise", "enterprise", "site", "mixing_plant", "repair_shop", "vehicle", "machine"]
    today = date(2022, 12, 1)
    for number in range(160):
        facts: dict[str, Any] = {}
        for key, choices in {
            "industry": ["商砼", "饼干制造", "耐火材料"], "performance_grade": ["A", "D"], "voc_emission": ["199.9", "200", "大"],
            "haul_goods": [["coal", "slag"], ["coal"]], "collected_card": [True, False], "built_up_area": [True, False],
        }.items():  # fmt: skip
            if dice.random() < 0.4:
                facts[key] = dice.choice(choices)
        source = Source.objects.create(
            kind=dice.choice(kinds), name=f"源{number}", name_key=f"源{number}", trade=dice.choice(trades),
            region=dice.choice(places), status=dice.choice(["running", "running", "stopped", "removed"]), values=facts,
        )  # fmt: skip
        units = []
        if source.kind == "enterprise":
            for kind in ("kiln", "boiler", "facility", "line"):
                if dice.random() < 0.5:
                    own = {
                        "unit_fuel": dice.choice(["coal", "natural_gas", None]),
                        "boiler_capacity": dice.choice(["4", "10", "10.1", "35", "特大", None]),
                        "technology": dice.choice(["旋风除尘器", "光催化+活性炭", "袋式除尘", None]),
                        "in_heat_area": dice.choice([True, False, None]),
                    }
                    own = {key: value for key, value in own.items() if value is not None}
                    status = dice.choice(["running", "removed"])
                    units.append(
                        Unit.objects.create(source=source, kind=kind, number="1", values=own, status=status)
                    )
        for code, listing in lists.items():
            if dice.random() < 0.3:
                subject = book[code].subject
                if subject == source.kind:
                    scattered = {"scattered_class": dice.choice(["close", "upgrade"])}
                    put(listing, source, **(scattered if code == "scattered_polluters" else {}))
                for unit in units:
                    if subject == unit.kind:
                        put(listing, source, unit)
        if dice.random() < 0.2:
            Grade.objects.create(
                source=source, grade=dice.choice(["A", "D"]), valid_from=today - timedelta(30), approver="省厅"
            )


def test_sql_finds_exactly_what_the_rules_find(small_city: City) -> None:
    made_up(small_city)
    keys = list(Source.objects.values_list("pk", flat=True))
    seen = 0
    for check in (*list_checks(), *(one.anywhere() for one in list_checks())):
        day = max(check.first, date(2022, 12, 1)) if check.last is None else check.first
        if check.first == date.min:
            day = date(2022, 12, 1)
        told_by_rules = {key for key, found in told(keys, Group(check.code, (check,)), day).items() if found}
        told_by_sql = set(concerned(check, Source.objects.all(), day).values_list("pk", flat=True))
        assert told_by_rules == told_by_sql, (check.code, check.reference)
        seen += bool(told_by_sql)
    # By chance, but by the same chance every time: nearly all checks find something here.
    assert seen > 35


def test_checks_hold_at_the_places_of_the_register_on_their_days(small_city: City) -> None:
    assert [] == groups_of(check_library(), date(2018, 11, 20))
    everything = groups_of(check_library(), date(2026, 1, 1), anywhere=True)
    assert {check.code for check in list_checks()} == {group.code for group in everything}
    assert len(everything) < len(list_checks())
    Region.objects.filter(pk=small_city.districts[0].pk).update(code="410108")
    assert "kiln_unlisted" in {group.code for group in groups_of(check_library(), date(2018, 11, 20))}


def test_a_proposed_entry_is_not_yet_on_the_list(
    small_city: City, enterprises: SourceList, own_book: None
) -> None:
    check = check_library().extended([OWN]).checks[-1]
    entry = put(enterprises, furniture(small_city.districts[0]))
    today = timezone.localdate()
    assert not concerned(check, Source.objects.all(), today).exists()
    ListEntry.objects.filter(pk=entry.pk).update(state=EntryState.PROPOSED)
    assert concerned(check, Source.objects.all(), today).count() == 1


def test_the_pages_count_and_list_what_the_account_may_see(
    client_of: Callable[[User], Client], staff: dict[str, User], small_city: City, enterprises: SourceList,
    kilns: SourceList, own_book: None,
) -> None:  # fmt: skip
    here = furniture(small_city.districts[0], town=staff["town_officer"].organisation)
    Unit.objects.create(source=here, kind="kiln", number="MF0001")
    furniture(small_city.districts[1], name="外区木器厂")
    office, town = client_of(staff["campaign_office"]), client_of(staff["town_officer"])
    page = office.get("/sources/checks/").content.decode()
    assert "工业炉窑未列入炉窑清单" in page
    assert "晴环攻坚办〔2026〕3号 12" in page
    assert "<b>2</b>" in office.get("/sources/checks/trade_without_list/count/").content.decode()
    assert "<b>1</b>" in town.get("/sources/checks/trade_without_list/count/").content.decode()
    seen = town.get("/sources/checks/trade_without_list/").content.decode()
    assert "晴川木器厂" in seen
    assert "外区木器厂" not in seen
    assert "晴环攻坚办〔2026〕3号 13" in seen
    assert town.get("/sources/checks/permit_without_emergency/").status_code == 404
    assert town.get("/sources/checks/permit_without_emergency/?basis=all").status_code == 200


def test_a_finding_leads_to_the_form_of_the_missing_list_filled_with_its_unit(
    client_of: Callable[[User], Client], staff: dict[str, User], small_city: City, kilns: SourceList, own_book: None
) -> None:  # fmt: skip
    source = furniture(small_city.districts[0], uscc="91130200699229617X")
    unit = Unit.objects.create(source=source, kind="kiln", number="MF0077", values={"kiln_number": "MF0077"})
    client = client_of(staff["campaign_office"])
    url = f"/sources/lists/{kilns.pk}/entries/new/?source={source.pk}&unit={unit.pk}"
    assert url.replace("&", "&amp;") in client.get("/sources/checks/kiln_unlisted/").content.decode()
    form = client.get(url).content.decode()
    assert "MF0077" in form
    values = {"uscc": "91130200699229617X", "name": source.name, "kiln_number": "MF0077",
              "kiln_type": KILN, "unit_fuel": "natural_gas", "reason": ""}  # fmt: skip
    answer = client.post(url, values)
    assert answer.status_code == 302, answer.context_data["form"].errors
    entry = ListEntry.objects.get(list=kilns)
    assert (entry.unit_id, entry.state) == (unit.pk, EntryState.PROPOSED)
    again = client.get("/sources/checks/kiln_unlisted/").content.decode()
    assert url.replace("&", "&amp;") not in again
    assert f'href="/sources/entries/{entry.pk}/"' in again


def test_the_excel_file_has_the_reason_of_every_row(
    client_of: Callable[[User], Client], staff: dict[str, User], small_city: City, own_book: None
) -> None:
    furniture(small_city.districts[0])
    furniture(small_city.districts[0], name="晴川无业厂", trade="")
    client = client_of(staff["campaign_office"])
    answer = client.get("/sources/checks/trade_without_list/?export=xlsx&sort=name")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    found = {row[0]: row for row in rows if row[0].startswith("晴川")}
    assert "家具" in found["晴川木器厂"]
    assert "停产核查" in found["晴川木器厂"]
    assert "晴环攻坚办〔2026〕3号 13" in found["晴川木器厂"]
    assert any("行业" in cell for cell in found["晴川无业厂"])


def test_coverage_counts_known_and_listed_by_county(
    actors: dict[str, Actor], small_city: City, enterprises: SourceList
) -> None:
    put(enterprises, furniture(small_city.districts[0]))
    furniture(small_city.districts[0], name="甲")
    furniture(small_city.districts[1], name="乙")
    furniture(small_city.districts[1], name="丙", status="removed")
    *places, whole = coverage("enterprises", Source.objects.all())
    assert [(one.known, one.listed, str(one.percent)) for one in (*places, whole)] == [
        (2, 1, "50.0"),
        (1, 0, "0.0"),
        (3, 1, "33.3"),
    ]
