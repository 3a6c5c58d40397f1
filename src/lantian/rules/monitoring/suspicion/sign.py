"""What a rule of suspicion says, and what it may look at besides the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, Reason, Translate, _
from lantian.rules.monitoring.suspicion.columns import Observations


@dataclass(frozen=True, slots=True)
class Sign:
    """A hit of a rule: a hint for inspection with its evidence.

    Attributes
    ----------
    outlets
        The outlet, or the two that look alike.
    factor
        Column that it is about; empty where it is about the outlet.
    first, last
        Its period [s since 1970, UTC].
    score
        The figure that was held against the threshold.
    threshold, bound
        Name of the entry of the book, and its value.
    values
        Further figures as evidence, as printed.
    """

    rule: str
    outlets: tuple[str, ...]
    factor: str
    first: int
    last: int
    score: float
    threshold: str
    bound: float
    message: Message
    values: tuple[tuple[str, str], ...] = ()

    def text(self, translate: Translate = _) -> str:
        """The sentence, which says no more than suspected."""
        return Message(_("suspected, to be looked into: %(what)s"), what=self.message).text(translate)

    @property
    def key(self) -> tuple[str, tuple[str, ...], str, int]:
        """What is the same sign when a rule runs again."""
        return self.rule, self.outlets, self.factor, self.first


@dataclass(frozen=True, slots=True)
class Period:
    """A mark that was filed, or an event of exceedance, of an outlet [s since 1970, UTC].

    Attributes
    ----------
    kind
        Of a mark: the ``claim`` of a row of the book ``marks`` (``stopped``, ``cems_maintenance``, ``cems_fault`` …), or
        ``calibration``.
    """

    outlet: str
    first: int
    last: int
    kind: str = ""
    factor: str = ""


@dataclass(frozen=True, eq=False)
class Context:
    """What rules may look at besides the data of the period; a rule that needs what is not there is skipped, and says so.

    Attributes
    ----------
    past
        Observations of the same kind before the period.
    limits
        (outlet, factor) → limit [mg/m³].
    folds
        Outlet → whether its values are to be folded.
    claims
        Marks that enterprises filed on the period.
    past_claims, past_months
        Marks of so many months before.
    exceedances
        Events above the limit, whether a mark covers them or not.
    neighbours
        Outlet → other outlets of the same enterprise.
    logs
        Entries in the log of a station (outlet, first).
    alarms
        Alarms of an outlet (outlet, first).
    """

    past: Observations | None = None
    limits: Mapping[tuple[str, str], float] = field(default_factory=dict)
    folds: Mapping[str, bool] = field(default_factory=dict)
    claims: Sequence[Period] | None = None
    past_claims: Sequence[Period] | None = None
    past_months: int = 0
    exceedances: Sequence[Period] | None = None
    neighbours: Mapping[str, Sequence[str]] = field(default_factory=dict)
    logs: Sequence[Period] | None = None
    alarms: Sequence[Period] | None = None


Look = Callable[[Observations, Context, Book], list[Sign]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its number.

    Attributes
    ----------
    periods
        Kinds of data that it looks at: ``realtime``, ``minute``, ``hour``.
    needs
        Columns without which it has nothing to look at; each a choice of names.
    context
        Fields of :class:`Context` that it needs.
    days
        Days that a period should have, for the rule to have enough to look at.
    """

    id: str
    title: str
    periods: frozenset[str]
    look: Look
    needs: tuple[tuple[str, ...], ...] = ()
    context: tuple[str, ...] = ()
    days: int = 1

    def lacks(self, data: Observations, context: Context) -> Reason | None:
        """What it lacks, where it lacks something."""
        for choice in self.needs:
            if not any(name in data.values for name in choice):
                return Reason("no_column", Message(_("needs %(columns)s"), columns=" / ".join(choice)))
        for name in self.context:
            if getattr(context, name) in (None, {}):
                return Reason("no_context", Message(_("needs %(columns)s"), columns=name))
        return None


def shown(value: float) -> str:
    """A figure for print, with six significant digits and no more."""
    return f"{value:.6g}"
