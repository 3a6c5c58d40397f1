"""Proposed projects: the form that the books make, the verdict and the decision."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import Region
from lantian.apps.sources.actions.projects import DecideProject, JudgeProject
from lantian.apps.sources.grading import admission_books
from lantian.apps.sources.models import Project
from tests.fixtures.accounts import City

pytestmark = pytest.mark.django_db
DAY = date(2022, 6, 1)
PRINTING: dict[str, Any] = {
    "nature": "new",
    "trade": "C2319",
    "areas": {"built_up": True},
    "activities": {"packaging_printing": True},
}


@pytest.fixture
def place(small_city: City) -> Region:
    """A place whose plan of 2022 has rules of admission."""
    Region.objects.filter(pk=small_city.districts[0].pk).update(code="410811")
    return Region.objects.get(code="410811")


@pytest.fixture
def office(actors: dict[str, Actor]) -> Actor:
    """The campaign office."""
    return actors["campaign_office"]


def judged(actor: Actor, place: Region, **values: Any) -> Project:
    """A project with its verdict."""
    return JudgeProject(actor, name="印刷项目", region=place, on=DAY, values={**PRINTING, **values}).execute()


def test_a_banned_project_is_refused_with_clause(office: Actor, place: Region) -> None:
    project = judged(office, place)
    assert project.verdict == "refused"
    first = project.findings[0]
    assert (first["state"], first["document"]) == ("forbidden", "山环攻坚办〔2022〕7号")
    assert "admission-shanyang-2022" in [book["book"] for book in project.books]


def test_double_replacement_tells_what_is_lacking_to_the_gram(office: Actor, place: Region) -> None:
    project = judged(
        office,
        place,
        areas={"built_up": False},
        emissions={"VOCs": "0.6"},
        replacements=[{"pollutant": "VOCs", "source_id": "某厂", "t": "1", "region": "410811"}],
    )
    amounts = next(rule["amounts"] for rule in project.findings if rule["amounts"])
    assert (amounts["base"], amounts["needed"], amounts["offered"], amounts["lacking"]) == (
        "0.6",
        "1.2",
        "1",
        "0.2",
    )


def test_what_is_saved_at_a_place_of_the_register_counts_whatever_its_code(
    office: Actor, place: Region, small_city: City
) -> None:
    other = small_city.districts[1]
    offer = {"pollutant": "VOCs", "source_id": "某厂", "t": "2", "region": other.code}
    project = judged(office, place, areas={"built_up": False}, emissions={"VOCs": "0.6"}, replacements=[offer])
    assert project.values["replacements"][0]["region"] == other.code
    # It lies outside of the place whose plan asks for it, and is told so.
    amounts = next(rule["amounts"] for rule in project.findings if rule["amounts"])
    assert amounts["offered"] == "0"


def test_a_place_without_books_is_undecided_not_allowed(office: Actor, small_city: City) -> None:
    project = judged(office, small_city.districts[1])
    assert (project.verdict, [one["fact"] for one in project.missing]) == ("undecidable", ["books"])


def test_a_decision_against_the_books_needs_a_note_and_stays(
    office: Actor, actors: dict[str, Actor], place: Region
) -> None:
    project = judged(office, place)
    with pytest.raises(NotAllowed):
        DecideProject(actors["department_officer"], project, "refused").execute()
    with pytest.raises(Invalid) as refused:
        DecideProject(office, project, "allowed").execute()
    assert "note" in refused.value.fields
    DecideProject(office, project, "refused").execute()
    with pytest.raises(Conflict):
        DecideProject(office, project, "refused").execute()
    with pytest.raises(Conflict):
        JudgeProject(office, name="x", region=place, on=DAY, values=PRINTING, project=project).execute()


def test_the_form_asks_what_the_books_ask_and_leads_to_the_verdict(
    client: Client, office: Actor, place: Region, small_city: City
) -> None:
    assert office.user is not None
    client.force_login(office.user)
    answer = client.post("/sources/projects/new/", {"region": "410811", "on": "2022-06-01"})
    assert answer["Location"] == "/sources/projects/new/?region=410811&on=2022-06-01"
    page = client.get(answer["Location"]).content.decode()
    assert 'name="activities.packaging_printing"' in page
    assert 'name="replacements-0-t"' in page
    assert 'name="activities.cooking_fume"' not in page
    elsewhere = client.get(f"/sources/projects/new/?region={small_city.districts[1].code}").content.decode()
    assert 'name="activities.packaging_printing"' not in elsewhere
    sent = {
        "name": "包装印刷项目",
        "nature": "new",
        "trade": "C2319",
        "industries": "-",
        "areas.built_up": "no",
        "activities.packaging_printing": "yes",
        "emissions.VOCs": "0.6",
        "replacements-1-pollutant": "VOCs",
        "replacements-1-source_id": "某厂",
        "replacements-1-t": "一吨",
        "replacements-1-region": "410811",
        "approvals-zoning-state": "yes",
        "approvals-zoning-document": "环评函1",
        "approvals-zoning-date": "2022-05-01",
    }
    wrong = client.post(answer["Location"], sent)
    assert wrong.status_code == 422
    assert "replacements-1-t" in wrong.context["form"].errors
    right = client.post(answer["Location"], sent | {"replacements-1-t": "1"})
    project = Project.objects.get()
    assert right["Location"] == f"/sources/projects/{project.pk}/"
    assert project.values["approvals"] == [
        {"kind": "zoning", "document": "环评函1", "refused": False, "date": "2022-05-01"}
    ]
    page = client.get(right["Location"]).content.decode()
    assert "1.2" in page and "山环攻坚办〔2022〕7号" in page
    again = client.get(f"/sources/projects/{project.pk}/edit/").content.decode()
    assert 'value="某厂"' in again and 'value="0.6"' in again
    assert client.get("/sources/projects/?export=xlsx").content[:2] == b"PK"
    assert client.get(f"/sources/projects/{project.pk}/decide/").status_code == 200
    assert (
        client.post(
            f"/sources/projects/{project.pk}/decide/", {"decision": "refused", "note": "缺减排量"}
        ).status_code
        == 302
    )
    assert "缺减排量" in client.get(right["Location"]).content.decode()


def test_a_book_of_the_office_counts_at_once_and_a_broken_one_is_told(
    settings: Any, tmp_path: Path, office: Actor, place: Region
) -> None:
    settings.DATA = tmp_path
    folder = tmp_path / "books" / "admission"
    folder.mkdir(parents=True)
    book = {
        "book": {
            "id": "own-2022",
            "kind": "admission",
            "title": "本区细则",
            "document": "本区文件1号",
            "region": "410811",
            "valid_from": "2022-01-01",
        },
        "rules": [
            {
                "id": "no-print",
                "clause": "1",
                "grade": "H",
                "label": "禁止印刷",
                "kind": "forbid",
                "when": {"fact": "activities.packaging_printing", "is": True},
            }
        ],
    }
    (folder / "own.json").write_text(json.dumps(book), "utf-8")
    assert any(book.id == "own-2022" for book in admission_books().books)
    (folder / "own.json").write_text("{", "utf-8")
    with pytest.raises(Conflict):
        judged(office, place)
