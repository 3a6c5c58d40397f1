"""The register: one identity with the sources, steps of a device, row rights, Excel out and in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import LogEntry, User
from lantian.apps.monitoring import gateway_ports
from lantian.apps.monitoring.actions.devices import (
    AddDevice,
    ApproveDevice,
    ChangeDevice,
    ParkDevice,
    ResumeDevice,
    RetireDevice,
    SuspendDevice,
)
from lantian.apps.monitoring.choices import DeviceKind
from lantian.apps.monitoring.importers import ImportDevices, cells_of, headings
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.tests.conftest import MN, OTHER_MN, SYSTEM, Works
from lantian.apps.sources.models import Source, SourceKey, Unit
from lantian.office.ledger import write_table

pytestmark = pytest.mark.django_db


def keys(source: Source, *, open_only: bool = True) -> set[str]:
    rows = SourceKey.objects.filter(source=source, kind="mn")
    return set((rows.filter(until__isnull=True) if open_only else rows).values_list("value", flat=True))


# One identity ------------------------------------------------------------------------------------------------------------


def test_a_device_number_is_a_key_of_its_source_and_a_fact_of_what_it_watches(device: Device, works: Works) -> None:
    works.outlet.refresh_from_db()
    assert (MN, {MN}) == (works.outlet.values["mn"], keys(works.source))


def test_a_number_that_another_source_is_known_by_is_refused_with_its_name(works: Works) -> None:
    AddDevice(SYSTEM, mn=MN, kind="cems", source=works.elsewhere).execute()
    RetireDevice(SYSTEM, Device.objects.get(), reason="拆除").execute()
    SourceKey.objects.update(until=None)
    with pytest.raises(Invalid) as told:
        AddDevice(SYSTEM, mn=OTHER_MN, kind="cems", source=works.source, unit=works.outlet).execute()
        Device.objects.filter(mn=MN).update(mn="GONE0001")
        AddDevice(SYSTEM, mn=MN, kind="cems", source=works.source).execute()
    assert works.elsewhere.name in str(told.value.fields["mn"])


def test_a_number_in_the_register_is_not_taken_twice_whatever_the_case(device: Device, works: Works) -> None:
    with pytest.raises(Invalid):
        AddDevice(SYSTEM, mn=MN.lower(), kind="cems", source=works.source).execute()


def test_moving_a_device_moves_its_key_and_retiring_it_frees_the_number(device: Device, works: Works) -> None:
    ChangeDevice(SYSTEM, device, source=works.elsewhere, unit=None, reason="登记错误").execute()
    assert (set(), {MN}) == (keys(works.source), keys(works.elsewhere))
    assert "mn" not in Unit.objects.get(pk=works.outlet.pk).values
    RetireDevice(SYSTEM, device, reason="拆除").execute()
    assert keys(works.elsewhere) == set()
    assert keys(works.elsewhere, open_only=False) == {MN}


def test_a_second_device_at_the_same_outlet_stands_beside_the_first(device: Device, works: Works) -> None:
    AddDevice(SYSTEM, mn=OTHER_MN, kind="state", source=works.source, unit=works.outlet).execute()
    assert {MN, OTHER_MN} == keys(works.source)


def test_a_unit_of_another_source_and_a_bad_network_are_refused(works: Works) -> None:
    with pytest.raises(Invalid) as unit:
        AddDevice(SYSTEM, mn=MN, kind="cems", source=works.elsewhere, unit=works.outlet).execute()
    with pytest.raises(Invalid) as network:
        AddDevice(SYSTEM, mn=MN, kind="cems", source=works.source, addresses=["10.1.2.3/99"]).execute()
    assert ({"unit"}, {"addresses"}) == (set(unit.value.fields), set(network.value.fields))
    assert not Device.objects.exists()


# Steps ------------------------------------------------------------------------------------------------------------------


def test_a_device_is_suspended_resumed_and_retired_with_reasons(device: Device) -> None:
    with pytest.raises(ReasonMissing):
        SuspendDevice(SYSTEM, device).execute()
    SuspendDevice(SYSTEM, device, reason="检修").execute()
    with pytest.raises(Conflict):
        SuspendDevice(SYSTEM, device, reason="检修").execute()
    ResumeDevice(SYSTEM, device, reason="修好").execute()
    RetireDevice(SYSTEM, device, reason="拆除").execute()
    with pytest.raises(Conflict):
        ChangeDevice(SYSTEM, device, name="新").execute()
    steps = LogEntry.objects.filter(object_id=str(device.pk), object_type="monitoring.device")
    assert list(steps.order_by("pk").values_list("action", flat=True)) == [
        "monitoring.device.add",
        "monitoring.device.suspend",
        "monitoring.device.resume",
        "monitoring.device.retire",
    ]


def test_an_unknown_device_is_noted_once_and_is_nobodys_until_it_is_approved(works: Works) -> None:
    assert gateway_ports.park(MN, st="39", protocol="2017", peer="10.0.0.9")
    assert not gateway_ports.park(MN.lower())
    assert not gateway_ports.park("…")
    device = Device.objects.get()
    assert ("parked", "dust", None) == (device.state, device.kind, device.source)
    ApproveDevice(SYSTEM, device, kind="dust", source=works.source, unit=None, mn="EVIL0001").execute()
    assert ("active", MN, {MN}) == (device.state, device.mn, keys(works.source))
    with pytest.raises(Conflict):
        ApproveDevice(SYSTEM, device, source=works.source).execute()


def test_who_saw_an_older_state_does_not_overwrite_a_newer_one(device: Device) -> None:
    seen = device.changed_at
    ChangeDevice(SYSTEM, device, name="窑尾二").execute()
    with pytest.raises(Conflict):
        ChangeDevice(SYSTEM, device, name="窑尾三", seen=seen).execute()


# Whose -----------------------------------------------------------------------------------------------------------------


def test_devices_are_seen_by_those_who_see_their_sources(
    device: Device, works: Works, staff: dict[str, User], client_of: Any
) -> None:
    other = AddDevice(SYSTEM, mn=OTHER_MN, kind="cems", source=works.elsewhere).execute()
    gateway_ports.park("PARKED0001")
    # The town's account belongs to the branch of the first district.
    seen = Device.objects.visible_to(staff["town_officer"], "monitoring.device.view")
    assert [device.pk] == list(seen.values_list("pk", flat=True))
    assert [device.pk] == list(
        Device.objects.visible_to(works.owner, "monitoring.device.view").values_list("pk", flat=True)
    )
    client = client_of(works.owner)
    assert (200, 404) == tuple(client.get(f"/monitoring/devices/{one.pk}/").status_code for one in (device, other))
    page = client.get("/monitoring/devices/").content.decode()
    assert MN in page and OTHER_MN not in page and "PARKED0001" not in page


def test_nobody_gives_a_device_to_a_source_that_is_not_his(works: Works, actors: dict[str, Actor]) -> None:
    with pytest.raises(NotAllowed):
        AddDevice(actors["town_officer"], mn=MN, kind="cems", source=works.source).execute()
    from tests.fixtures.accounts import make_account

    here = make_account("fenju", works.source.department, "department_officer", "dept")
    with pytest.raises(Invalid):
        AddDevice(Actor(here), mn=MN, kind="cems", source=works.elsewhere).execute()
    other = AddDevice(SYSTEM, mn=OTHER_MN, kind="cems", source=works.elsewhere).execute()
    with pytest.raises(NotFound):
        ChangeDevice(Actor(here), other, name="x").execute()


# Excel -----------------------------------------------------------------------------------------------------------------


def sheet(*rows: list[Any], heads: list[str] | None = None) -> bytes:
    out = BytesIO()
    write_table(heads or headings(), iter(rows), "台账", out)
    return out.getvalue()


def test_what_was_exported_is_imported_without_a_difference(
    device: Device, works: Works, staff: dict[str, User], client_of: Any, actors: dict[str, Actor]
) -> None:
    ChangeDevice(
        SYSTEM, device, addresses=["10.1.0.0/16", "10.2.3.4"], units={"a34013": "µg/m³"}, protocol="2025"
    ).execute()
    AddDevice(SYSTEM, mn=OTHER_MN, kind="dust", source=works.elsewhere).execute()
    response = client_of(staff["campaign_office"]).get("/monitoring/devices/?export=xlsx")
    rows = list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))
    assert any(MN in [str(cell) for cell in row] for row in rows)
    action = ImportDevices(actors["campaign_office"], response.content, "台账.xlsx")
    report = action.examine()
    assert ([], [], 2) == (report.problems, report.changes, report.unchanged)


def test_what_limits_depend_on_goes_to_excel_and_comes_back(
    device: Device, works: Works, staff: dict[str, User], client_of: Any, actors: dict[str, Actor]
) -> None:
    decisive = {
        "outlet_kind": "boiler_coal", "outlet_features": ["new", "low_nox_retrofit"], "outlet_claims": ["milder_cut"],
        "boiler_t_h": "65.50",
    }  # fmt: skip
    ChangeDevice(SYSTEM, device, options={"minute_interval": 10, **decisive}).execute()
    office = client_of(staff["campaign_office"])
    sheet_ = office.get("/monitoring/devices/?export=xlsx").content
    report = ImportDevices(actors["campaign_office"], sheet_, "台账.xlsx").examine()
    assert ([], [], 1) == (report.problems, report.changes, report.unchanged)
    heads = ["数采仪编号", "设备类型", "污染源名称", "排放口类型", "限值相关特征", "享受的豁免", "锅炉规模（蒸吨/小时）"]
    row = [MN, "烟气", works.source.name, "水泥窑", "新建源", "豁免错峰生产、以SCR深度治理豁免错峰生产", ""]
    ImportDevices(actors["campaign_office"], sheet(row, heads=heads), "台账.xlsx").execute()
    device.refresh_from_db()
    assert {
        "minute_interval": 10, "outlet_kind": "cement_kiln", "outlet_features": ["new"],
        "outlet_claims": ["exempt_stagger", "exempt_stagger_scr"],
    } == device.options  # fmt: skip
    # A file without these columns leaves them alone.
    ImportDevices(actors["campaign_office"], sheet([MN, "烟气", works.source.name], heads=heads[:3]), "台账.xlsx").examine()
    wrong = [
        [MN, "烟气", works.source.name, "飞船", "", "", ""],
        [OTHER_MN, "烟气", works.source.name, "", "老旧", "", ""],
        ["NEW00000000009", "烟气", works.source.name, "", "", "", "-1"],
    ]
    report = ImportDevices(actors["campaign_office"], sheet(*wrong, heads=heads), "台账.xlsx").examine()
    assert 3 == len(report.problems) and all(problem.column for problem in report.problems)


def test_every_kind_of_outlet_feature_and_exemption_has_its_word_in_the_file() -> None:
    from lantian.apps.monitoring.importers import CLAIM_WORDS, COLUMNS, FEATURE_WORDS
    from lantian.rules.monitoring.folding import kinds
    from lantian.rules.monitoring.limits import CLAIMS, FEATURES

    assert (list(FEATURES), list(CLAIMS)) == (list(FEATURE_WORDS), list(CLAIM_WORDS))
    known = next(column for column in COLUMNS if column.key == "outlet_kind").choices
    assert set(kinds()) == set(known.values()) and all(known[str(row["label"])] == code for code, row in kinds().items())


def test_a_list_makes_corrects_and_leaves_and_each_wrong_row_says_why(
    device: Device, works: Works, actors: dict[str, Actor]
) -> None:
    same = cells_of(device)
    new = ["NEW00000000001", "磨机", "烟气", "31", "", "", works.source.uscc, "", "", "DA001", "", "", "", ""]
    bad = [
        ["短", "", "烟气", "", "", works.source.pk, "", "", "", "", "", "", "", ""],
        ["BAD0000000001", "", "飞碟", "", "", works.source.pk, "", "", "", "", "", "", "", ""],
        ["BAD0000000002", "", "烟气", "", "", "", "", "无此企业", "", "", "", "", "", ""],
        ["BAD0000000003", "", "烟气", "", "", works.source.pk, "", "", "", "DA099", "", "", "", ""],
        ["BAD0000000004", "", "烟气", "", "", works.source.pk, "", "", "", "", "300.1.1.1", "", "", ""],
        ["BAD0000000005", "", "烟气", "", "", works.source.pk, "", "", "", "", "", "a34013=斤", "", ""],
        [MN, "", "烟气", "", "", works.source.pk, "", "", "", "", "", "", "", ""],
    ]
    content = sheet(same, new, *bad)
    report = ImportDevices(actors["campaign_office"], content, "台账.xlsx").examine()
    assert {problem.row for problem in report.problems} and len(report.problems) == len(bad)
    assert all(problem.column for problem in report.problems)
    with pytest.raises(Invalid):
        ImportDevices(actors["campaign_office"], content, "台账.xlsx").execute()
    assert Device.objects.count() == 1
    action = ImportDevices(actors["campaign_office"], content, "台账.xlsx", skip_errors=True)
    done = action.execute()
    assert (1, 1) == (done.count("create"), done.unchanged)
    made = Device.objects.get(mn="NEW00000000001")
    assert (made.unit, {MN, "NEW00000000001"}) == (works.outlet, keys(works.source))


def test_a_file_without_a_column_changes_nothing_there(
    device: Device, works: Works, actors: dict[str, Actor]
) -> None:
    ChangeDevice(SYSTEM, device, addresses=["10.1.0.0/16"]).execute()
    content = sheet([MN, "烟气", works.source.pk, "新名"], heads=["数采仪编号", "设备类型", "污染源序号", "监控点名称"])
    ImportDevices(actors["campaign_office"], content, "a.xlsx").execute()
    device.refresh_from_db()
    assert ("新名", ["10.1.0.0/16"], works.outlet) == (device.name, device.addresses, device.unit)


# Pages -----------------------------------------------------------------------------------------------------------------


def test_the_forms_of_a_device_save_and_refuse(
    device: Device, works: Works, staff: dict[str, User], client_of: Any
) -> None:
    client = client_of(staff["campaign_office"])
    page = client.get(f"/monitoring/devices/{device.pk}/edit/")
    form = page.context["form"]
    given = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values = {name: value or "" for name, value in given.items() if value != []}
    values |= {"source": f"{works.source.name} #{works.source.pk}", "name": "窑尾总排口", "minute_interval": "10"}
    answer = client.post(f"/monitoring/devices/{device.pk}/edit/", values)
    assert answer.status_code == 302, answer.context["form"].errors
    device.refresh_from_db()
    assert ("窑尾总排口", 10) == (device.name, device.options["minute_interval"])
    wrong = client.post("/monitoring/devices/new/", values | {"mn": OTHER_MN, "unit": "DA077", "addresses": "x"})
    assert (422, {"unit", "addresses"}) == (wrong.status_code, set(wrong.context["form"].errors))
    assert "DA001" in wrong.content.decode()
    found = client.get("/monitoring/devices/sources/?field=source&source=示例").content.decode()
    assert works.source.name in found


def test_a_device_that_waits_is_exported_and_read_back_without_a_difference(
    device: Device, works: Works, actors: dict[str, Actor]
) -> None:
    waits = ParkDevice(SYSTEM, "EEEE000000000001").execute()
    report = ImportDevices(actors["campaign_office"], sheet(cells_of(device), cells_of(waits)), "台账.xlsx").examine()
    assert ([], [], 2) == (report.problems, report.changes, report.unchanged)


def test_a_preview_speaks_in_words_and_a_name_fits_its_column(
    device: Device, works: Works, actors: dict[str, Actor]
) -> None:
    rows = [
        ["NEW00000000001", "磨机", "烟气", "", "", works.source.pk, "", "", "", "", "", "", "", ""],
        ["NEW00000000002", "长" * 121, "烟气", "", "", works.source.pk, "", "", "", "", "", "", "", ""],
    ]
    report = ImportDevices(actors["campaign_office"], sheet(*rows), "台账.xlsx").examine()
    assert report.changes[0].after["kind"] == str(DeviceKind.CEMS.label)
    assert [(one.row, one.code) for one in report.problems] == [(4, "text_long")]


def test_the_history_of_a_device_speaks_in_words(device: Device, staff: dict[str, User], client_of: Any) -> None:
    ChangeDevice(SYSTEM, device, options={"minute_interval": 10}).execute()
    page = client_of(staff["campaign_office"]).get(device.get_absolute_url()).content.decode()
    assert "分钟数据间隔（分钟）: 10" in page and "minute_interval" not in page
    assert "创建时间" in page and "Created at" not in page
