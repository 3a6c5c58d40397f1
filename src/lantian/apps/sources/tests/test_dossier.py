"""The file of a source."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import docx
import pytest
from django.test import Client

from lantian.apps.core.actions import Actor
from lantian.apps.sources import dossier_ports
from lantian.apps.sources.actions.grades import EnterGrade
from lantian.apps.sources.models import Emission, InventoryRun, ListEntry, Source, SourceKey, SourceList, Unit
from lantian.office.source_file import Block
from lantian.rules.names import normalised
from tests.fixtures.accounts import City

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(small_city: City, enterprises: SourceList, actors: dict[str, Actor]) -> Source:
    """A plant with a kiln, a grade, an emission and an entry."""
    source = Source.objects.create(
        kind="enterprise",
        name="晴川示例水泥有限公司",
        name_key=normalised("晴川示例水泥有限公司"),
        uscc="91130200699229617X",
        trade="C3011",
        region=small_city.districts[0],
        values={"industry": "水泥", "fuels": ["coal"], "never_heard_of": "x1"},
    )
    Unit.objects.create(
        source=source, kind="kiln", number="1#", name="回转窑", values={"kiln_capacity": "5000"}
    )
    SourceKey.objects.create(source=source, kind="old_name", value="老晴川水泥厂")
    ListEntry.objects.create(
        list=enterprises, source=source, key="k", number="7", name=source.name, region=source.region
    )
    run = InventoryRun.objects.create(year=2021, current=True, region=small_city.prefecture)
    Emission.objects.create(run=run, source=source, pollutant="NOx", t=12.5, exact="12.5", method="factor")
    EnterGrade(
        actors["campaign_office"],
        source,
        grade="C",
        industry="水泥",
        valid_from=date(2022, 1, 1),
        approver="市局",
        approver_level="city",
        notice="通知3",
    ).execute()
    return source


def words_of(content: bytes) -> str:
    """All text of a document."""
    document = docx.Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_the_file_of_a_plant_has_everything_that_is_known(
    client: Client, actors: dict[str, Actor], plant: Source
) -> None:
    user = actors["campaign_office"].user
    assert user is not None
    client.force_login(user)
    answer = client.get(f"/sources/{plant.pk}/dossier/")
    text = words_of(answer.content)
    for wanted in (
        "一厂一档",
        "一、基本情况",
        "91130200699229617X",
        "老晴川水泥厂",
        "回转窑",
        "通知3",
        "NOx",
        "12.5",
        "never_heard_of",
        "x1",
    ):
        assert wanted in text, wanted
    # The grade stands in its table; the document does not say beneath it that it lacks.
    lacking = [line for line in text.splitlines() if line.startswith("未登记：")]
    assert lacking and not any("绩效等级" in line for line in lacking)


def test_a_furnace_has_a_file_of_its_own(client: Client, actors: dict[str, Actor], plant: Source) -> None:
    user = actors["campaign_office"].user
    assert user is not None
    client.force_login(user)
    unit = plant.units.get()
    text = words_of(client.get(f"/sources/{plant.pk}/dossier/?unit={unit.pk}").content)
    assert "一炉一策" in text and "5000" in text
    assert client.get(f"/sources/{plant.pk}/dossier/?unit=999999").status_code == 404


def test_another_room_adds_what_it_knows(
    monkeypatch: pytest.MonkeyPatch, client: Client, actors: dict[str, Actor], plant: Source
) -> None:
    def issues(source: Source, unit: Unit | None, user: Any) -> list[Block]:
        return [Block("交办问题", ("问题",), [[f"{source.name}料场未苫盖"]])]

    monkeypatch.setattr(dossier_ports, "_providers", dict(dossier_ports._providers))
    dossier_ports.register("issues", issues)
    with pytest.raises(ValueError):
        dossier_ports.register("weather", issues)
    user = actors["campaign_office"].user
    assert user is not None
    client.force_login(user)
    assert "料场未苫盖" in words_of(client.get(f"/sources/{plant.pk}/dossier/").content)


def test_a_source_of_another_place_has_no_file(
    client: Client, actors: dict[str, Actor], plant: Source
) -> None:
    user = actors["town_officer"].user
    assert user is not None
    client.force_login(user)
    assert client.get(f"/sources/{plant.pk}/dossier/").status_code == 404
