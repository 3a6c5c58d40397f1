"""How sure an emission is: a grade.

Grades A to E follow a habit, not a text that was read. What they mean for the spread of sums are defaults that were not
verified: :mod:`lantian.rules.sources.uncertainty`.
"""

from __future__ import annotations

from lantian.rules.sources.results import Emission

GRADES = "ABCDE"


def grade_of(emission: Emission) -> str | None:
    """The grade of an emission; None of a gap.

    Monitored A, balances and own measurements B, factors of the guide C, cited, literature or borrowed D, not verified
    or from abroad E.
    """
    if emission.t is None:
        return None
    if emission.method == "monitored":
        return "A"
    factor = emission.factor
    if emission.method == "mass_balance" or (factor is not None and factor.own):
        return "B"
    if factor is None:
        return "C"
    if factor.abroad or factor.grade == "L":
        return "E"
    return "D" if factor.grade == "M" or factor.region else "C"
