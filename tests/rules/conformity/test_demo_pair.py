"""The demo city's plan and that of its district: written for the demo, each with what a reader finds in it."""

from __future__ import annotations

import pytest

from lantian.demo.county_plan import county_plan
from lantian.demo.document import plan_document
from lantian.office.text import extract_text
from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import Finding
from tests.rules.conformity.made_up import read

YEAR = 2026


@pytest.fixture(scope="module")
def tasks() -> dict[str, Finding]:
    upper = read(extract_text(plan_document(YEAR), "plan.docx").text)
    findings = compare(upper, read(county_plan(YEAR)))
    return {finding.upper.number or "": finding for finding in findings if not finding.is_target}


@pytest.mark.parametrize(
    ("number", "lower", "status", "deadline", "quantity"),
    [
        ("2", "2", "partly", "same", "same"),  # cement lines alike, quarries not taken up
        ("3", "1", "carried", "later", "looser"),  # two months later, every quarter instead of every month
        ("6", None, "missing", "none", "none"),  # shares of two counties, the rest is for all
        ("7", "3", "carried", "earlier", "same"),
        ("8", "4", "carried", "none", "looser"),
        ("11(2)", "6", "carried", "same", "same"),  # not the seasonal staggering
        ("11(3)", None, "missing", "none", "none"),
        ("14", "8", "carried", "later", "none"),
        ("20", "10", "carried", "same", "looser"),
        ("21", "11", "carried", "none", "looser"),
        ("23", "12", "carried", "same", "none"),
        ("29", "15", "carried", "same", "none"),  # the list of measures, not the plan itself
        ("34", "16", "carried", "same", "looser"),
    ],
)
def test_the_district_is_in_line_late_or_loose_as_it_was_written(
    tasks: dict[str, Finding], number: str, lower: str | None, status: str, deadline: str, quantity: str
) -> None:
    finding = tasks[number]

    assert lower == (finding.lower[0].number if finding.lower else None), finding.reasons
    assert (status, deadline, quantity) == (finding.status, finding.deadline, finding.quantity), (
        finding.reasons
    )
