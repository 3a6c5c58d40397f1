"""A lower plan held against the plan above it, duty by duty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lantian.rules.conformity.applies import Scope
from lantian.rules.conformity.changes import deadline_change, quantity_change
from lantian.rules.conformity.clauses import Facts, facts_of
from lantian.rules.conformity.match import Enough, Likeness, Matcher
from lantian.rules.conformity.model import DeadlineChange, Finding, Item, QuantityChange, Reason, Side, Status
from lantian.rules.conformity.profile import Profile, profile_of
from lantian.rules.conformity.sides import years_of
from lantian.rules.conformity.targets import compare_targets
from lantian.rules.conformity.words import MEANS, OBJECT, PLACE, lexicon

#: Share of the subject from which on an item of the lower plan has to do with a duty; less where the heading says
#: nothing and the subject is only guessed from the text.
SUBJECT, GUESSED_SUBJECT = 0.4, 0.28
#: Likeness of the wording from which on it has to do with the duty whatever it is about.
WORDING = 0.3
#: Score from which on it has to do with the duty though each of its parts is small.
ALTOGETHER = 0.45
#: How the best share of the subject, what is named over all items and the best wording make up the finding.
WHOLE = (0.5, 0.25, 0.5)
#: From here on the duty is carried, below it partly.
CARRIED = 0.565
#: Of the items that have to do with a duty, those are named whose score is not below this share of the best.
NAMED, MOST_NAMED = 0.7, 5


def compare(upper: Side, lower: Side) -> list[Finding]:
    """Say of each task and each target of the upper plan what became of it in the lower one.

    Parameters
    ----------
    upper, lower
        The plans. The lower one need not name the places above it, but what is meant for other places can only be told
        by them.

    Returns
    -------
    list of Finding
        One for each task of the upper plan in its order, then one for each of its targets. The same plans give the
        same findings.
    """
    return [*_Comparison(upper, lower).tasks(), *compare_targets(upper, lower)]


class _Comparison:
    def __init__(self, upper: Side, lower: Side) -> None:
        self.sides = (upper, lower)
        self.scope = Scope(upper, lower)
        self.upper = [profile_of(item) for item in upper.tasks]
        self.lower = [
            *map(profile_of, lower.tasks),
            *(profile_of(item, is_passage=True) for item in lower.passages),
        ]
        self.matcher = Matcher(self.upper, self.lower)
        self.years = tuple(side.issued_on.year if side.issued_on else None for side in (upper, lower))
        self.other_year = _other_year(upper, lower)
        self._facts: dict[tuple[int, int], Facts] = {}

    def tasks(self) -> list[Finding]:
        return [self._task(profile) for profile in self.upper]

    def _task(self, profile: Profile) -> Finding:
        against = self.scope.against(profile.item)
        if against is not None:
            return Finding(profile.item, False, (), Status.NOT_APPLICABLE, reasons=(against,))
        focus = self.matcher.focus_of(profile)
        found = self.matcher.find(profile, Enough(GUESSED_SUBJECT, WORDING, ALTOGETHER))
        guessed = not any(lexicon().concepts[name].kind in {OBJECT, PLACE, MEANS} for name in profile.heading)
        least = GUESSED_SUBJECT if guessed else SUBJECT
        near = [one for one in found if one.focus >= least or one.words >= WORDING or one.score >= ALTOGETHER]
        close = {one.lower for one in near}
        if not near:
            reasons = _nothing(profile, focus, found, self.lower)
            return Finding(
                profile.item,
                False,
                (),
                Status.MISSING,
                reasons=reasons,
                score=round(min(1.0, found[0].score), 3) if found else 0.0,
            )
        rest = self.matcher.rest_of(profile, focus)
        named = frozenset().union(*(one.common for one in near))
        total = sum(rest.values())
        share = sum(weight for name, weight in rest.items() if name in named) / total if total else 0.0
        focused, worded = max(one.focus for one in near), max(one.words for one in near)
        score = min(1.0, max(WHOLE[0] * focused + WHOLE[1] * share + WHOLE[2] * worded, worded))
        status = Status.CARRIED if score >= CARRIED else Status.PARTLY
        chosen = [one for one in near if one.score >= NAMED * near[0].score][:MOST_NAMED]
        facts = facts_of(profile.item, self.years[0], profile.heading | frozenset(focus))
        deadline, dated = self._deadline(facts, chosen, frozenset(focus))
        related = [one for one in found if one.focus >= GUESSED_SUBJECT or one.lower in close]
        quantity, counted, used = self._quantity(facts, related)
        chosen += [one for one in used if one not in chosen]
        reasons = (*_why(profile, focus, chosen, status, named), *dated, *counted)
        items = tuple(self.lower[one.lower].item for one in chosen)
        return Finding(profile.item, False, items, status, deadline, quantity, reasons, round(score, 3))

    def _facts_below(self, one: Likeness) -> Facts:
        key = (one.lower, one.segment)
        if key not in self._facts:
            profile = self.lower[one.lower]
            text = profile.segments[one.segment].text if one.segment else None
            self._facts[key] = facts_of(profile.item, self.years[1], profile.heading, text)
        return self._facts[key]

    def _deadline(
        self, upper: Facts, chosen: Sequence[Likeness], focus: frozenset[str]
    ) -> tuple[DeadlineChange, tuple[Reason, ...]]:
        upper = replace(upper, dates=tuple(one for one in upper.dates if self.scope.is_meant(one.step)))
        if not upper.dates:
            return DeadlineChange.NONE, ()
        headings = [
            self.lower[one.lower].heading | self.lower[one.lower].segments[one.segment].heading
            for one in chosen
        ]
        lower = [self._facts_below(one) for one in chosen]
        scores = [one.score for one in chosen]
        change, reasons = deadline_change(upper, lower, focus, headings, scores, self.matcher.weights)
        if self.other_year is not None and change in {DeadlineChange.LATER, DeadlineChange.EARLIER}:
            reasons = (*reasons, self.other_year)
        return change, reasons

    def _quantity(
        self, upper: Facts, related: Sequence[Likeness]
    ) -> tuple[QuantityChange, tuple[Reason, ...], list[Likeness]]:
        if not upper.amounts and not upper.rhythms:
            return QuantityChange.NONE, (), []
        lower = [self._facts_below(one) for one in related]
        change, reasons, used = quantity_change(
            upper, lower, self.sides, self.scope.places, self.matcher.weights
        )
        return change, reasons, [related[at] for at in used]


def _other_year(upper: Side, lower: Side) -> Reason | None:
    """That the plans are of different years, where they have none in common."""
    years = [years_of(side) for side in (upper, lower)]
    if not all(years) or years[0] & years[1]:
        return None
    names = ["–".join(dict.fromkeys((str(min(found)), str(max(found))))) for found in years]
    return Reason("other_year", {"upper": names[0], "lower": names[1]})


def _why(
    profile: Profile,
    focus: dict[str, float],
    chosen: Sequence[Likeness],
    status: Status,
    named: frozenset[str],
) -> tuple[Reason, ...]:
    """What was found again, and in a duty that is carried in part, what was not."""
    order = {name: at for at, name in enumerate(profile.whole.concepts)}
    shared = sorted(chosen[0].common, key=lambda name: (name not in focus, order.get(name, len(order)), name))
    reasons = [Reason("shared", {"terms": "、".join(shared[:8])})] if shared else [Reason("same_words", {})]
    if status == Status.PARTLY:
        book = lexicon().concepts
        lost = [name for name in order if name not in named and book[name].kind in {OBJECT, PLACE, MEANS}]
        if lost:
            reasons.append(Reason("not_taken_up", {"terms": "、".join(lost[:8])}))
    return tuple(reasons)


def _nothing(
    profile: Profile, focus: dict[str, float], found: Sequence[Likeness], lower: Sequence[Profile]
) -> tuple[Reason, ...]:
    reasons = (
        [Reason("nothing_about", {"terms": "、".join(focus)})] if focus else [Reason("nothing_alike", {})]
    )
    if found and found[0].score >= 0.15:
        item: Item = lower[found[0].lower].item
        title = f"{item.number or ''} {item.subtitle or item.title}".strip()
        reasons.append(
            Reason("nearest", {"item": title[:40], "percent": str(round(100 * min(1.0, found[0].score)))})
        )
    return tuple(reasons)
