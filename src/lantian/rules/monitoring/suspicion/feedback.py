"""What people found about signs: precision per rule, and a threshold that would have spared the false alarms.

A proposal is an override for the local book with its grounds in figures; a person decides whether it is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from decimal import Context as DecimalContext
from enum import StrEnum
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _

#: thresholds below which a score is suspicious; at and above all others it is
_BELOW = frozenset({"r2_cv", "r8_cv", "r16_year"})
#: thresholds that a score has to pass, where the others are reached
_STRICT = frozenset(
    {"r5_rise", "r6_margin", "r7_shift", "r10_velocity", "r12_fold", "r14_correlation", "r16_minutes", "r16_back_hours",
     "r17_percent", "r20_minutes", "r22_chi2"}
)  # fmt: skip
#: digits that a proposed threshold has
_DIGITS = 4


class Finding(StrEnum):
    """What a person found."""

    CONFIRMED = "confirmed"
    FALSE_ALARM = "false_alarm"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A sign with what a person found.

    Attributes
    ----------
    threshold, score
        As the sign has them.
    """

    rule: str
    threshold: str
    score: float
    finding: Finding


@dataclass(frozen=True, slots=True)
class Precision:
    """How often a rule was right; `value` is None before anything was decided."""

    rule: str
    confirmed: int
    false_alarms: int
    open: int

    @property
    def value(self) -> Fraction | None:
        """Confirmed of what was decided."""
        decided = self.confirmed + self.false_alarms
        return Fraction(self.confirmed, decided) if decided else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A threshold that would have spared false alarms.

    Attributes
    ----------
    override
        For :meth:`~lantian.rules.monitoring.book.Book.overridden`; None where nothing is proposed, which `reason` says.
    spared, lost
        False alarms that it spares, and confirmed signs that it loses.
    """

    threshold: str
    override: Mapping[str, str] | None
    spared: int
    lost: int
    reason: Reason


def precision(feedback: Iterable[Feedback]) -> dict[str, Precision]:
    """Precision of each rule."""
    counts: dict[str, dict[Finding, int]] = {}
    for one in feedback:
        rule = counts.setdefault(one.rule, dict.fromkeys(Finding, 0))
        rule[one.finding] += 1
    return {
        name: Precision(name, n[Finding.CONFIRMED], n[Finding.FALSE_ALARM], n[Finding.OPEN])
        for name, n in sorted(counts.items(), key=lambda item: int(item[0][1:]))
    }


def propose(feedback: Iterable[Feedback], threshold: str, *, rules: Book | None = None) -> Proposal:
    """The mildest tightening of a threshold with which the wanted precision would have been reached.

    Only tightens: what a looser threshold would have found, nobody has looked at. Of tightenings that reach the precision
    the one is taken that loses the fewest confirmed signs.
    """
    rules = rules or book("suspicion")
    entry = rules.entry(threshold)
    decided = [one for one in feedback if one.threshold == threshold and one.finding is not Finding.OPEN]
    least, wanted = rules.whole("feedback_verdicts"), Fraction(rules.number("feedback_precision"))
    if len(decided) < least:
        said = Message(_("%(count)s signs were decided; %(least)s are needed"), count=len(decided), least=least)
        return Proposal(threshold, None, 0, 0, Reason("too_few", said))
    right = sum(one.finding is Finding.CONFIRMED for one in decided)
    if Fraction(right, len(decided)) >= wanted:
        said = Message(_("%(right)s of %(count)s were right: the threshold stays"), right=right, count=len(decided))
        return Proposal(threshold, None, 0, 0, Reason("good", said))
    best = _best(decided, entry.name, right, wanted)
    if best is None:
        said = Message(
            _("%(right)s of %(count)s were right, and no threshold tells them from the others: look at the rule itself"),
            right=right, count=len(decided),
        )  # fmt: skip
        return Proposal(threshold, None, 0, 0, Reason("no_threshold", said))
    bound, kept_right, kept_false = best
    if (entry.least is not None and bound < entry.least) or (entry.most is not None and bound > entry.most):
        said = Message(_("the threshold that would tell them apart lies outside of the bounds of the book"))
        return Proposal(threshold, None, 0, 0, Reason("out_of_bounds", said))
    spared, lost = len(decided) - right - kept_false, right - kept_right
    said = Message(
        _("with %(value)s instead of %(old)s, %(spared)s false alarms would have been spared and %(lost)s right ones lost, of"
          " %(count)s decided"),
        value=str(bound), old=str(entry.value), spared=spared, lost=lost, count=len(decided),
    )  # fmt: skip
    override = {"book": rules.id, "entry": threshold, "value": str(bound), "grounds": str(said)}
    return Proposal(threshold, override, spared, lost, Reason("proposed", said))


def _best(
    decided: list[Feedback], threshold: str, right: int, wanted: Fraction
) -> tuple[Decimal, int, int] | None:
    """A bound that keeps the wanted precision and the most right ones; of those the mildest."""
    best: tuple[Decimal, int, int] | None = None
    for bound in sorted({_keeping(one.score, threshold) for one in decided}, reverse=threshold in _BELOW):
        kept = [one for one in decided if _suspicious(one.score, bound, threshold)]
        kept_right = sum(one.finding is Finding.CONFIRMED for one in kept)
        if kept_right and Fraction(kept_right, len(kept)) >= wanted and (best is None or kept_right > best[1]):
            best = bound, kept_right, len(kept) - kept_right
    return best


def _suspicious(score: float, bound: Decimal, threshold: str) -> bool:
    number = Decimal(score)
    if threshold in _BELOW:
        return number < bound
    return number > bound if threshold in _STRICT else number >= bound


def _keeping(score: float, threshold: str) -> Decimal:
    """The tightest bound of few digits with which a score is still suspicious."""
    below, number = threshold in _BELOW, Decimal(score)
    context = DecimalContext(prec=_DIGITS, rounding=ROUND_CEILING if below else ROUND_FLOOR)
    bound = context.plus(number)
    if not _suspicious(score, bound, threshold):
        bound = bound.next_plus(context) if below else bound.next_minus(context)
    return Decimal(format(bound.normalize(), "f"))
