"""The pages about admission and grades say what the books and the code do."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from lantian.rules.sources.admission import LEADS_TO, VERDICTS, Decision, judge
from lantian.rules.sources.admission_books import SHIPPED, admission_library
from lantian.rules.sources.admission_project import read_project
from lantian.rules.sources.books import shipped
from lantian.rules.sources.grade_books import grade_library
from lantian.rules.sources.subsidies import subsidy_library

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "explanation" / "admission.md").read_text("utf-8")
GRADES = (DOCS / "explanation" / "performance-grades.md").read_text("utf-8")
CLI = (DOCS / "reference" / "cli.md").read_text("utf-8")
LIBRARY = admission_library()


def test_every_rule_stands_on_the_page_with_its_item_and_grade() -> None:
    for book in LIBRARY.books:
        part = PAGE.split(f"### {book.document} ")[1].split("\n### ")[0]
        for rule in book.rules:
            assert f"| `{rule.id}` | {rule.clause} | {rule.grade} | {rule.kind}" in part
        assert len(book.rules) == part.count("\n| `")


def test_every_entry_that_is_not_settled_stands_on_the_page() -> None:
    part = PAGE.split("## What is not settled")[1].split("\n## ")[0]
    for name in SHIPPED:
        record = shipped(name)
        key = record["book"]["document_key"]
        for entry, row in record.get("entries", {}).items():
            assert (row["grade"] != "H") == (f"| {key} | `{entry}` |" in part)


def example() -> dict[str, Any]:
    text = PAGE.split("## Worked example")[1]
    found: dict[str, Any] = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    return found


def decide(**changes: Any) -> Decision:
    return judge(read_project({**example(), **changes}), LIBRARY)


def test_the_worked_example_comes_out_as_it_is_told() -> None:
    offered = {**example()["replacements"][0], "t": "0.6"}
    placeless = {key: value for key, value in offered.items() if key != "region"}
    assert ["refused", "conditional", "undecidable", "refused", "conditional"] == [
        decide().verdict,
        decide(replacements=[offered]).verdict,
        decide(replacements=[placeless]).verdict,
        decide(replacements=[offered], areas={**example()["areas"], "built_up": True}).verdict,
        decide(replacements=[offered], emissions={"VOCs": "0.2"}).verdict,
    ]
    assert "allowed" == decide(replacements=[], emissions={"VOCs": "0.1"}).verdict
    assert ["voc-double"] == [finding.rule.id for finding in decide().of("unmet", "forbidden")]


def test_the_book_on_the_page_can_be_added() -> None:
    text = PAGE.split("## A book")[1]
    record = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    library = LIBRARY.extended([record])
    assert ["admission-lake-2025"] == [book.id for book in library.on("410811", date(2025, 6, 1))[0]]


def test_verdicts_and_states_are_explained() -> None:
    for word in (*VERDICTS, *LEADS_TO):
        assert f"`{word}`" in PAGE
        assert f"`{word}`" in CLI


def test_every_rule_of_grades_and_every_amount_stands_on_the_page() -> None:
    for scheme in grade_library().schemes:
        assert scheme.document in GRADES
    for rule in grade_library().rules:
        if rule.kind == "floor":
            assert f"| {rule.clause} | {rule.grades[0]} |" in GRADES
            assert rule.due is None or rule.due.isoformat() in GRADES
    for paid in subsidy_library().rules:
        assert paid.clause in GRADES
        assert paid.amount is None or f"{paid.amount:,} yuan" in GRADES
