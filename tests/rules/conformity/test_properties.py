"""What holds for every two plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.match import Enough, Matcher
from lantian.rules.conformity.model import Amount, Finding, Item, Measure, Side, Status
from lantian.rules.conformity.profile import profile_of
from lantian.rules.conformity.words import lexicon

RANK = {Status.MISSING: 0, Status.PARTLY: 1, Status.CARRIED: 2}
VERBS = ("推进", "整治", "禁止", "淘汰", "安装", "建立", "加强", "取缔")
ENDS = (
    "，完成200台",
    "，占比达到85%以上",
    "，每月开展一次",
    "，2023年9月底前完成",
    "，由各县（市、区）负责",
    "，建筑面积1万平方米以上的",
    "",
)


@st.composite
def wording(draw: st.DrawFn) -> str:
    words = sorted(lexicon().concepts)
    pieces = draw(
        st.lists(
            st.tuples(st.sampled_from(VERBS), st.sampled_from(words), st.sampled_from(ENDS)),
            min_size=1,
            max_size=4,
        )
    )
    return "。".join(verb + word + end for verb, word, end in pieces) + "。"


@st.composite
def items(draw: st.DrawFn, most: int = 7) -> tuple[Item, ...]:
    found: list[Item] = []
    for number in range(draw(st.integers(0, most))):
        text = draw(wording())
        days = draw(st.lists(st.dates(date(2023, 1, 1), date(2023, 12, 31)), max_size=2))
        amounts = draw(st.lists(st.integers(1, 500), max_size=1))
        found.append(
            Item(
                key=str(number),
                number=str(number + 1),
                section="一、任务",
                title=text.split("。")[0],
                text=text,
                deadlines=tuple(days),
                quantities=tuple(Amount(Decimal(value), "台") for value in amounts),
                leads=("市生态环境局", "各县（市、区）政府"),
            )
        )
    return tuple(found)


@st.composite
def sides(draw: st.DrawFn) -> tuple[Side, Side]:
    upper = Side("上级方案", "prefecture", ("晴川市",), date(2023, 1, 10), draw(items()))
    lower = Side("下级方案", "county", ("云山区", "晴川市"), date(2023, 2, 10), draw(items()))
    return upper, lower


def by_key(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.upper.key: finding for finding in findings if not finding.is_target}


@given(sides())
@settings(max_examples=30, deadline=None)
def test_there_is_one_finding_for_each_task_in_order_and_all_it_names_is_of_the_lower_plan(
    pair: tuple[Side, Side],
) -> None:
    upper, lower = pair

    findings = compare(upper, lower)

    assert [finding.upper for finding in findings] == list(upper.tasks)
    for finding in findings:
        assert set(finding.lower) <= set(lower.tasks)
        assert bool(finding.lower) == (finding.status in {Status.CARRIED, Status.PARTLY})
        assert 0 <= finding.score <= 1
        assert finding.reasons
    assert compare(upper, lower) == findings


@given(sides(), st.data())
@settings(max_examples=40, deadline=None)
def test_taking_a_task_out_of_the_lower_plan_never_makes_a_finding_better(
    pair: tuple[Side, Side], data: st.DataObject
) -> None:
    upper, lower = pair
    if not lower.tasks:
        return
    gone = data.draw(st.integers(0, len(lower.tasks) - 1))
    fewer = replace(lower, tasks=lower.tasks[:gone] + lower.tasks[gone + 1 :])

    before, after = by_key(compare(upper, lower)), by_key(compare(upper, fewer))

    for key, finding in after.items():
        if finding.status != Status.NOT_APPLICABLE:
            assert RANK[finding.status] <= RANK[before[key].status]


@given(sides(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_lower_plan_does_not_matter(pair: tuple[Side, Side], random: object) -> None:
    upper, lower = pair
    shuffled = list(lower.tasks)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert compare(upper, lower) == compare(upper, replace(lower, tasks=tuple(shuffled)))


@given(sides(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_what_is_not_worth_telling_is_left_out_and_the_best_never_is(
    pair: tuple[Side, Side], focus: float, words: float, score: float
) -> None:
    upper, lower = ([profile_of(task) for task in side.tasks] for side in pair)
    matcher = Matcher(upper, lower)

    for profile in upper:
        everything = matcher.find(profile, Enough(0.0, 0.0, 0.0))
        found = matcher.find(profile, Enough(focus, words, score))

        assert len({one.lower for one in everything}) == len(everything)
        assert [one.score for one in everything] == sorted((one.score for one in everything), reverse=True)
        best = everything[0].score if everything else 0.0
        assert found == [
            one
            for one in everything
            if one.focus >= focus or one.words >= words or one.score >= score or one.score == best
        ]


@given(sides())
@settings(max_examples=30, deadline=None)
def test_a_plan_carries_itself(pair: tuple[Side, Side]) -> None:
    upper, _lower = pair

    for finding in compare(upper, upper):
        assert finding.status == Status.CARRIED
        assert finding.deadline in {"same", "none"}
        assert finding.quantity in {"same", "none"}


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_no_wording_breaks_the_comparison(title: str, text: str, unit: str) -> None:
    item = Item("0", unit, title, title, text, leads=(unit,), quantities=(Amount(Decimal(1), unit),))
    target = Item("0", None, "", title, text, measure=Measure(title, unit, value=Decimal(1), unit=unit))
    side = Side(title, "county", (unit,), None, (item,), (target,))
    other = Side(text, "", (), None, (replace(item, title=text, text=title),), ())

    assert len(compare(side, other)) == 2
    assert [finding.status for finding in compare(side, side)] == [Status.CARRIED, Status.CARRIED]
