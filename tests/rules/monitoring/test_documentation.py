"""Examples in docstrings come out as they say, and the books hold what the rules ask for and nothing else."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
from pathlib import Path

import pytest

import lantian.rules.monitoring as package
from lantian.rules.monitoring.book import Book, book, read_book
from lantian.rules.monitoring.errors import BookError

OURS = ("amounts", "folding", "limits", "marks", "power", "suspicion", "units", "validity")
SOURCES = Path(package.__path__[0])
#: entries whose names are put together: of industries and of kinds of outlets
PUT_TOGETHER = ("fault_single_hours_", "fault_year_hours_", "judged_by_", "molar_")


def test_examples_of_docstrings_come_out_as_they_say():
    attempted = 0
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        result = doctest.testmod(importlib.import_module(found.name))
        assert not result.failed, found.name
        attempted += result.attempted
    assert attempted >= 8


@pytest.mark.parametrize("name", OURS)
def test_every_entry_of_a_book_is_asked_for_by_a_rule_and_says_where_it_comes_from(name):
    text = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    rows = json.dumps([dict(row) for row in book(name).rows])
    for entry in book(name).entries.values():
        asked = f'"{entry.name}"' in text or f'"{entry.name}"' in rows or entry.name.startswith(PUT_TOGETHER)
        assert asked, entry.name
        assert entry.label and entry.document
        # What no document settles says within which bounds an office may set it, or what it may choose.
        if not entry.settled and not entry.choices:
            assert entry.least is not None and entry.most is not None and entry.least < entry.most, entry.name


def record(**entry) -> dict:
    whole = {"value": "1", "label": "x", "document": "D", "grade": "D", "least": "0", "most": "9", **entry}
    return {"book": {"id": "b", "title": "b"}, "entries": {"a": {k: v for k, v in whole.items() if v is not None}}}


@pytest.mark.parametrize(
    "entry",
    [{"value": "ten"}, {"value": 0.5}, {"value": "NaN"}, {"value": "10"}, {"value": "-1"}, {"grade": "S"}, {"grade": None},
     {"label": None}, {"document": ""}, {"value": None}, {"choices": ["x", "y"]}],
)  # fmt: skip
def test_an_entry_that_is_not_sound_is_refused_with_its_place(entry):
    read_book(record())
    with pytest.raises(BookError, match=r"entries\.a"):
        read_book(record(**entry))


@pytest.mark.parametrize("text", [None, [], {}, {"book": {}}, {"book": {"id": "b"}, "rows": {}}, {"book": {"id": "b"}, "rows": [1]}])
def test_what_is_no_book_is_refused(text):
    with pytest.raises(BookError):
        read_book(text)


def set_otherwise(**override) -> Book:
    whole = {"book": "b", "entry": "a", "value": "2", "grounds": "省厅函", **override}
    return read_book(record()).overridden([whole])


def test_an_office_sets_a_starting_value_otherwise_with_grounds_and_results_say_so():
    found = set_otherwise()
    assert found.number("a") == 2 and found.entry("a").override == "省厅函"
    (reason,) = found.defaults("a")
    assert reason.code == "set_by_office" and "省厅函" in str(reason)
    assert read_book(record()).defaults("a")[0].code == "starting_value"
    assert read_book(record(grade="M")).defaults("a") == ()


@pytest.mark.parametrize(
    "override", [{"grounds": " "}, {"grounds": None}, {"value": "10"}, {"value": 2.5}, {"value": True}, {"entry": "z"}]
)
def test_an_override_without_grounds_or_out_of_bounds_is_refused(override):
    with pytest.raises(BookError):
        set_otherwise(**override)


def test_an_override_of_another_book_is_none_of_this_one():
    assert set_otherwise(book="other").number("a") == 1


def test_an_entry_that_nobody_has_set_is_not_taken_for_a_number():
    with pytest.raises(BookError, match="a number is wanted"):
        read_book(record(value="unset")).number("a")
