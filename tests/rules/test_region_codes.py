"""Codes of places in all the lengths that are in use."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules import region_codes as codes


def test_the_examples_of_the_module_hold() -> None:
    assert doctest.testmod(codes).failed == 0


@pytest.mark.parametrize(
    ("written", "canonical", "level"),
    [
        ("41", "410000", "province"),
        ("410000000000", "410000", "province"),
        ("4101", "410100", "prefecture"),
        ("410102000", "410102", "county"),
        ("４１０１０２", "410102", "county"),
        ("410102001", "410102001", "town"),
        ("410102001003", "410102001003", "village"),
        ("410102.0", "410102", "county"),
    ],
)
def test_every_way_of_writing_a_code_leads_to_one_form(written: str, canonical: str, level: str) -> None:
    assert codes.canonical(written) == canonical
    assert codes.level_of(codes.canonical(written)) == level


@given(st.from_regex(r"[1-9]\d{11}", fullmatch=True))
def test_the_chain_of_parents_ends_at_a_province_and_prefixes_nest(code: str) -> None:
    here, steps = codes.canonical(code), 0
    while (above := codes.parent_code(here)) is not None:
        assert codes.prefix(here).startswith(codes.prefix(above))
        assert codes.LEVELS.index(codes.level_of(above)) < codes.LEVELS.index(codes.level_of(here))
        here, steps = above, steps + 1

    assert steps <= 4
    assert codes.level_of(here) == "province"


@given(st.text(max_size=30))
def test_any_text_is_taken_without_an_error_and_cleaning_settles(text: str) -> None:
    assert codes.canonical(codes.canonical(text)) == codes.canonical(text)
