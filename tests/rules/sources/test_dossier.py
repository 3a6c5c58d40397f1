"""Files of one plant, one furnace, one mine: every fact has its place, and none is lost."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.sources.books import shipped
from lantian.rules.sources.dossier import OTHER, dossiers, fill, read_dossiers, unplaced
from lantian.rules.sources.errors import BookError
from lantian.rules.sources.fields import FieldKind, ListField, Scope
from lantian.rules.sources.lists import list_book

BOOK = list_book()


@pytest.mark.parametrize("kind", ["enterprise", "kiln", "mine"])
def test_every_fact_of_the_lists_has_a_section(kind: str) -> None:
    assert () == unplaced(dossiers()[kind])


@pytest.mark.parametrize("kind", ["enterprise", "kiln", "mine"])
def test_no_section_asks_for_what_no_list_of_its_subject_has(kind: str) -> None:
    had = {field.key for one in BOOK.of_subject(dossiers()[kind].subject) for field in one.fields}
    assert set() == {key for section in dossiers()[kind].sections for key in section.fields} - had


def test_a_section_tells_its_facts_in_order_with_those_that_are_not_known() -> None:
    found = fill(dossiers()["kiln"], {"unit_fuel": "gas", "kiln_number": "1"})
    fuel = next(one for one in found if one.section.id == "fuel")
    assert [("unit_fuel", "gas"), ("unit_fuel_use", None), ("fuel_use_unit", None)] == [
        (field.key, value) for field, value in fuel.facts
    ]
    assert (1, False) == (fuel.known, fuel.is_empty)
    assert next(one for one in found if one.section.id == "limits").is_empty


def test_units_and_entries_stand_where_they_belong_and_the_rest_at_the_end() -> None:
    found = fill(
        dossiers()["enterprise"], {}, units={"line": ["L1"], "boiler": []},
        entries={"staggered_lines": [1], "restaurants": [2]},
    )  # fmt: skip
    by_id = {one.section.id: one for one in found}
    assert ["L1"] == by_id["production"].units["line"]
    assert [1] == by_id["control"].entries["staggered_lines"]
    assert {"restaurants": [2]} == by_id[OTHER].entries
    assert by_id["energy"].is_empty


def test_a_field_of_the_office_is_told_and_an_unknown_one_refused() -> None:
    own = ListField("x_smell", "异味", "Smell", FieldKind.TEXT, Scope.SOURCE)
    last = fill(dossiers()["mine"], {"x_smell": "无"}, own_fields=[own])[-1]
    assert (OTHER, [("x_smell", "无")]) == (
        last.section.id,
        [(field.key, value) for field, value in last.facts],
    )
    with pytest.raises(KeyError):
        fill(dossiers()["mine"], {"x_smell": "无"})


@given(st.sampled_from(sorted(dossiers())), st.sets(st.sampled_from(sorted(BOOK.fields)), max_size=12))
@settings(max_examples=40, deadline=None)
def test_whatever_is_known_stands_in_the_file_once(kind: str, keys: set[str]) -> None:
    found = fill(dossiers()[kind], dict.fromkeys(keys, "x"))
    told = [field.key for one in found for field, value in one.facts if value is not None]
    assert sorted(keys) == sorted(told)


def changed(**section: Any) -> dict[str, Any]:
    record = deepcopy(shipped("dossiers"))
    record["dossiers"][1]["sections"][0].update(section)
    return record


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (changed(fields=["colour"]), "dossiers[2].sections[1].fields"),
        (changed(fields=["decision"]), "dossiers[2].sections[1].fields"),
        (changed(fields=["unit_fuel"]), "dossiers[2]"),
        (changed(units=["boat"]), "dossiers[2].sections[1].units"),
        (changed(lists=["nothing"]), "dossiers[2].sections[1].lists"),
        (changed(lists=["kilns"]), "dossiers[2]"),
        (changed(ports=["weather"]), "dossiers[2].sections[1].ports"),
        (changed(id="fuel"), "sections[3]"),
        (changed(label=""), "dossiers[2].sections[1].label"),
    ],
)
def test_a_book_of_files_that_is_not_sound_is_refused_with_its_place(
    record: dict[str, Any], place: str
) -> None:
    with pytest.raises(BookError) as caught:
        read_dossiers(record, BOOK)
    assert place == caught.value.place
