"""The register of meters: forms, lists, keys of sources, rights."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.models import User
from lantian.apps.monitoring.actions.power import AddMeter, ChangeMeter, RetireMeter
from lantian.apps.monitoring.importers_power import ImportMeters
from lantian.apps.monitoring.models import Load, Meter
from lantian.apps.monitoring.tests.power_city import Works
from lantian.apps.sources.choices import KeyKind
from lantian.apps.sources.models import Source, SourceKey

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def table(*rows: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def keys(source: Source) -> set[str]:
    rows = SourceKey.objects.filter(source=source, kind=KeyKind.METER, until__isnull=True)
    return set(rows.values_list("value", flat=True))


def test_the_number_of_a_meter_is_a_key_of_its_source_as_long_as_it_is_in_use(mill: Works) -> None:
    assert {"P1", "P2", "T1", "W1"} == keys(mill.source)
    other = Source.objects.create(kind="enterprise", name="另一家", name_key="另一家", region=mill.source.region)
    with pytest.raises(Invalid) as refused:
        AddMeter(SYSTEM, number="P1", source=other, role="total", unit=None).execute()
    assert "number" in refused.value.fields
    SourceKey.objects.create(source=other, kind=KeyKind.METER, value="K7", exclusive=True)
    with pytest.raises(Invalid):
        AddMeter(SYSTEM, number="K7", source=mill.source, role="total", unit=None).execute()

    RetireMeter(SYSTEM, mill.meters["P1"], reason="换表").execute()

    assert {"P2", "T1", "W1"} == keys(mill.source)
    assert not Load.objects.get(pk=mill.meters["P1"].load_id).in_use


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"number": "有空 格"}, "number"),
        ({"ct": Decimal(0)}, "ct"),
        ({"holding_kw": Decimal(5)}, "holding_grounds"),
        ({"register_digits": 2}, "register_digits"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(mill: Works, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        AddMeter(SYSTEM, **{"number": "N1", "source": mill.source, "role": "total", "unit": None, **values}).execute()
    assert field in refused.value.fields


def test_only_treatment_treats_and_only_lines_of_the_same_works(mill: Works) -> None:
    for role, serves in (("production", mill.lines), ("treatment", [])):
        if role == "production":
            with pytest.raises(Invalid):
                AddMeter(SYSTEM, number="N1", source=mill.source, role=role, unit=None, serves=serves).execute()
    other = Source.objects.create(kind="enterprise", name="另一家", name_key="另一家", region=mill.source.region)
    with pytest.raises(Invalid) as refused:
        AddMeter(SYSTEM, number="N1", source=other, role="treatment", unit=None, serves=mill.lines).execute()
    assert "serves" in refused.value.fields


def test_a_number_under_which_readings_stand_is_not_changed(mill: Works) -> None:
    with pytest.raises(Invalid):
        ChangeMeter(SYSTEM, mill.meters["P1"], number="P8").execute()


def test_a_list_adds_updates_and_says_row_by_row_what_is_wrong(mill: Works) -> None:
    head = ["电表号", "企业名称", "统一社会信用代码", "计量对象", "生产线或治理设施编号", "对应生产线", "CT", "PT"]
    name, code = mill.source.name, mill.source.uscc
    good = [
        ["N1", name, "", "生产设施", "L1", "", "80", "100"],
        ["N2", "", code, "治理设施", "TA001", "L1、L2", "1", "1"],
        ["P1", name, code, "生产设施", "L1", "", "40", "1"],
        ["P2", name, code, "生产设施", "L2", "", "1", "1"],
    ]
    report = ImportMeters(SYSTEM, table(head, *good), "电表.csv").execute()

    assert (2, 1, 1) == (report.count("create"), report.count("update"), report.unchanged)
    assert mill.lines == list(Meter.objects.get(number="N2").serves.order_by("number"))
    assert Decimal(8000) == Meter.objects.get(number="N1").multiplier
    # Two meters on one line are one load.
    assert Meter.objects.get(number="N1").load_id == mill.meters["P1"].load_id
    assert {"N1", "N2"} <= keys(mill.source)

    bad = [
        ["N3", "没有这家", "", "生产设施", "", "", "", ""],
        ["N4", name, "", "生产设施", "L9", "", "", ""],
        ["N5", name, "", "生产设施", "", "L1", "", ""],
        ["N6", name, "", "什么", "", "", "", ""],
        ["N7", name, "", "总表", "", "", "0", ""],
        ["N8", name, "", "总表", "", "", "", ""],
        ["N8", name, "", "总表", "", "", "", ""],
    ]
    with pytest.raises(ImportRefused) as refused:
        ImportMeters(SYSTEM, table(head, *bad), "电表.csv").execute()
    found = {one.row: one.code for one in refused.value.data["report"].problems}
    assert {
        2: "source_unknown", 3: "unit_unknown", 4: "serves_role", 5: "not_a_choice", 6: "out_of_range", 8: "row_twice",
    } == found  # fmt: skip


def test_the_excel_of_the_register_comes_back_in_unchanged(
    mill: Works, staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    answer = client_of(staff["campaign_office"]).get("/monitoring/power/meters/?export=xlsx")
    assert 200 == answer.status_code
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content

    report = ImportMeters(Actor(staff["campaign_office"]), content, "电表.xlsx").examine()

    assert (4, 0, []) == (report.unchanged, len(report.changes), report.problems)


def test_meters_are_kept_by_those_who_may_and_within_their_scope(mill: Works, staff: dict[str, User]) -> None:
    values = {"number": "N1", "source": mill.source, "role": "total", "unit": None}
    with pytest.raises(NotAllowed):
        AddMeter(Actor(staff["leader"]), **values).execute()
    AddMeter(Actor(staff["department_officer"]), **values).execute()
    Source.objects.filter(pk=mill.source.pk).update(department=None)
    with pytest.raises(NotFound):
        RetireMeter(Actor(staff["department_officer"]), mill.meters["P1"], reason="x").execute()


def test_the_form_adds_a_meter_and_names_what_it_does_not_know(
    mill: Works, staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    client = client_of(staff["campaign_office"])
    values = {
        "number": "N1", "source": mill.source.name, "role": "treatment", "unit": "TA001", "serves": "L1，L2",
        "ct": "1", "pt": "1", "stop_minutes": "0",
    }  # fmt: skip
    refused = client.post("/monitoring/power/meters/new/", {**values, "serves": "L9", "source": mill.source.uscc})
    assert 422 == refused.status_code
    assert "L9" in refused.content.decode()

    assert 302 == client.post("/monitoring/power/meters/new/", values).status_code
    meter = Meter.objects.get(number="N1")
    assert (mill.facility, mill.lines) == (meter.unit, list(meter.serves.order_by("number")))
    edit = f"/monitoring/power/meters/{meter.pk}/edit/"
    assert 200 == client.get(edit).status_code
    assert 302 == client.post(edit, {**values, "serves": "L1", "name": "新名"}).status_code
    meter.refresh_from_db()
    assert ("新名", 1) == (meter.name, meter.serves.count())
