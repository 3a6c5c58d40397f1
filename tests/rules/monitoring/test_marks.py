"""Marks of stations and marks that enterprises file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.marks import (
    MEANINGS,
    Claim,
    Fault,
    Industry,
    Means,
    claim_kinds,
    is_valid,
    judge_claims,
    meaning,
)

START = datetime(2026, 3, 2, 8, tzinfo=BEIJING)


def claim(kind="stopped", hours=4, **more) -> Claim:
    first = more.pop("first", START)
    last = first + timedelta(hours=hours)
    values = {"filed": last, "reason": "检修", "proofs": 1, **more}
    return Claim(more.get("id", "m1"), "o1", kind, first, last, **{k: v for k, v in values.items() if k != "id"})


def judged(*claims, industry=Industry.POWER, rules=None):
    return judge_claims(claims, industry, rules=rules)


def test_the_editions_know_different_marks_and_none_is_no_mark():
    assert meaning("B", "2017") is Means.NO_LINK and meaning("B", "2005") is Means.UNKNOWN
    assert meaning("P", "2005") is Means.POWER_FAILURE
    assert meaning(" n ", "2025") is Means.NORMAL
    assert meaning(None, "2005") is Means.UNMARKED and meaning("", "2017") is Means.UNMARKED
    assert set(MEANINGS) == set(Means)


def test_only_normal_data_count_and_those_without_a_mark_by_the_book():
    assert [one for one in Means if is_valid(one)] == [Means.NORMAL, Means.UNMARKED]
    strict = book("marks").overridden([{"book": "marks", "entry": "unmarked_counts", "value": "invalid", "grounds": "x"}])
    assert not is_valid(Means.UNMARKED, rules=strict)


def test_a_mark_in_time_with_reason_and_proof_excepts_and_says_that_its_deadline_is_a_starting_value():
    (found,) = judged(claim())
    assert found.excepts and not found.faults
    assert [reason.code for reason in found.reasons] == ["starting_value"]


@pytest.mark.parametrize("seconds, late", [(0, False), (1, True)])
def test_the_deadline_is_a_day_after_the_end_to_the_second(seconds, late):
    (found,) = judged(claim(filed=START + timedelta(hours=28, seconds=seconds)))
    assert (Fault.LATE in found.faults) is late and found.excepts is not late
    if late:
        assert "late" in str(found.reasons[0]) and found.late_hours > 0


@pytest.mark.parametrize(
    "more, fault",
    [({"reason": "  "}, Fault.NO_REASON), ({"proofs": 0}, Fault.NO_PROOF), ({"kind": "lunch"}, Fault.UNKNOWN_KIND),
     ({"kind": "drying"}, Fault.NOT_OF_INDUSTRY)],
)  # fmt: skip
def test_a_mark_that_lacks_something_excepts_nothing_and_says_what(more, fault):
    (found,) = judged(claim(**more))
    assert found.faults == (fault,) and not found.excepts and found.reasons[0].code == fault


def test_an_official_may_accept_a_late_mark_but_not_one_of_another_industry():
    late = claim(filed=START + timedelta(days=9), accepted=True)
    (found,) = judged(late)
    assert found.excepts and Fault.LATE in found.faults and "accepted" in [r.code for r in found.reasons]
    (foreign,) = judged(replace(late, kind="drying"))
    assert not foreign.excepts


def test_a_fault_is_not_filed_together_with_a_stop():
    stop, fault = claim(id="a"), claim("fault", id="b", first=START + timedelta(hours=3))
    found = {one.claim.id: one for one in judged(stop, fault)}
    assert found["a"].excepts and found["b"].faults == (Fault.NOT_TOGETHER,)
    apart = claim("fault", id="b", first=START + timedelta(hours=4))
    assert all(one.excepts for one in judged(stop, apart))


def test_a_cap_that_was_not_seen_is_said_and_not_checked():
    (found,) = judged(claim("fault", hours=500))
    assert found.excepts and "cap_unknown" in [reason.code for reason in found.reasons]


@pytest.mark.parametrize("hours, over", [(4, False), (5, True)])
def test_a_single_fault_of_an_incinerator_lasts_four_hours_at_most(hours, over):
    (found,) = judged(claim("fault", hours=hours), industry=Industry.WASTE_INCINERATOR)
    assert (Fault.OVER_CAP in found.faults) is over


def test_faults_of_an_incinerator_use_up_sixty_hours_of_a_year_and_begin_anew_with_the_next():
    claims = [claim("fault", id=f"{n:02}", first=START + timedelta(days=n)) for n in range(16)]
    claims.append(claim("fault", id="next", first=START + timedelta(days=365)))
    found = judged(*claims, industry=Industry.WASTE_INCINERATOR)
    assert [one.claim.id for one in found if one.faults] == ["15"]


def test_the_cap_of_power_plants_holds_once_an_office_has_entered_it():
    rules = book("marks").overridden(
        [{"book": "marks", "entry": "fault_year_hours_power", "value": "3", "grounds": "附件2"}]
    )
    (found,) = judged(claim("fault"), rules=rules)
    assert Fault.OVER_CAP in found.faults


def test_a_mark_covers_and_touches_periods_of_its_factors():
    (found,) = judged(claim(factors=frozenset({"so2"})))
    hour = timedelta(hours=1)
    assert found.covers(START, START + hour, "so2") and not found.covers(START, START + hour, "nox")
    assert not found.covers(START + 3.5 * hour, START + 4.5 * hour, "so2")
    assert found.touches(START + 3.5 * hour, START + 4.5 * hour, "so2")
    assert not found.touches(START + 4 * hour, START + 5 * hour, "so2")


def test_a_mark_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError):
        claim(hours=0)


def test_other_industries_may_use_the_part_on_monitors_and_the_stop_alone():
    assert set(claim_kinds(Industry.OTHER)) == {"stopped", "cems_maintenance", "cems_fault", "link_cut"}
