"""Which factor is taken, and why that one.

Asked for are a class of sources, a fuel or product, and as much as is known of trade, process, size, place and year.
What does not fit is left out, and the rest is put in order: own factors of the row, books of the office, coefficient
handbooks, the guide, literature; books from abroad only when they are allowed. Within a kind of book the nearest place
comes first, then the year that is nearest, then the grade. Two that are equal in all of this and differ in their value
are not decided by chance: the row is told to say more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lantian.rules.sources.books import TIERS, Books, Factor
from lantian.rules.sources.errors import FactorError, Message, _

#: the process that stands for all
ANY_TECHNOLOGY = "不分技术"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a factor is asked for."""

    source_class: str
    item: str
    trade: str = ""
    technology: str = ""
    size_mw: Decimal | None = None
    region: str = ""
    year: int = 0
    abroad: bool = False

    @property
    def label(self) -> str:
        """What was asked for, for a message."""
        return "/".join(filter(None, (self.source_class, self.trade, self.item, self.technology)))


@dataclass(frozen=True, slots=True)
class Choice:
    """A factor, and why it was taken."""

    factor: Factor
    why: tuple[Message, ...]


def candidates(books: Books, wanted: Wanted) -> list[Factor]:
    """The factors that fit, of any pollutant, leaving size aside."""
    found = [
        factor
        for factor in books.of_item(wanted.source_class, wanted.item)
        if (wanted.abroad or not factor.abroad) and (not wanted.trade or factor.trade == wanted.trade)
    ]
    if wanted.technology:
        exact = [
            factor
            for factor in found
            # the class of size may be named in the process: the classes of the guide overlap at their edges
            if wanted.technology in (factor.technology, factor.technology + _size(factor))
        ]
        found = exact or [factor for factor in found if factor.technology == ANY_TECHNOLOGY]
    return found


def pollutants_of(books: Books, wanted: Wanted) -> list[str]:
    """Pollutants for which a factor is held or expected."""
    found: dict[str, None] = {}
    for factor in candidates(books, wanted):
        found.setdefault(factor.pollutant)
        for name in factor.expected:
            found.setdefault(name)
    return list(found)


def choose(books: Books, wanted: Wanted, pollutant: str) -> Choice:
    """The factor for a pollutant.

    Raises
    ------
    FactorError
        ``factor_missing``, ``factor_ambiguous`` or ``factor_unit_unsettled``.
    """
    fitting = [factor for factor in candidates(books, wanted) if factor.pollutant == pollutant]
    sized = [factor for factor in fitting if _of_size(factor, wanted.size_mw)]
    if not sized:
        raise _missing(books, wanted, pollutant, fitting)
    best = min(_rank(factor, wanted) for factor in sized)
    equal = [factor for factor in sized if _rank(factor, wanted) == best]
    if len({(factor.value, factor.units) for factor in equal}) > 1:
        raise FactorError(
            "factor_ambiguous",
            Message(
                _("Several factors of %(pollutant)s fit “%(wanted)s” equally well: %(found)s. Say more in the row"
                  " (trade, process or capacity)."),
                pollutant=pollutant, wanted=wanted.label,
                found="；".join(f"{_name(factor)} {factor.value} {factor.units[0]}" for factor in equal[:4]),
            ),
        )  # fmt: skip
    chosen = equal[0]
    _settled(chosen)
    return Choice(chosen, tuple(_reasons(chosen, wanted, sized)))


def named(books: Books, wanted: Wanted, pollutant: str, name: str, grounds: str) -> Choice:
    """The factor that somebody has chosen by its name (:attr:`Factor.name`), with the grounds, whatever its rank.

    It must be one of the same class, fuel or product, and pollutant; one from abroad is allowed, because it was asked for.

    Raises
    ------
    FactorError
        ``factor_unknown`` or ``factor_unit_unsettled``.
    """
    held = books.of_item(wanted.source_class, wanted.item)
    factor = next((one for one in held if one.pollutant == pollutant and one.name == name), None)
    if factor is None:
        raise FactorError(
            "factor_unknown",
            Message(
                _("The books hold no factor of %(pollutant)s called “%(name)s” for “%(wanted)s”. Choose one again."),
                pollutant=pollutant, name=name[:160], wanted=wanted.label,
            ),
        )  # fmt: skip
    _settled(factor)
    why = [Message(_("chosen by hand: %(grounds)s"), grounds=grounds), *_reasons(factor, wanted, ())]
    try:
        usual = choose(books, wanted, pollutant).factor
    except FactorError:
        pass
    else:
        if usual.name != factor.name:
            why.append(
                Message(
                    _("in the place of %(value)s %(unit)s of %(document)s %(clause)s"),
                    value=str(usual.value), unit=usual.units[0], document=usual.document, clause=usual.clause,
                )
            )  # fmt: skip
    return Choice(factor, tuple(why))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A factor that could be taken; `fits`: the order of preference looks at it, else `why_not` says why it does not."""

    factor: Factor
    fits: bool
    why_not: Message | None = None


def listed(books: Books, wanted: Wanted, pollutant: str) -> list[Candidate]:
    """Every factor of a class, fuel or product and pollutant: those that fit in their order, then the others."""
    fitting = {
        id(factor)
        for factor in candidates(books, wanted)
        if factor.pollutant == pollutant and _of_size(factor, wanted.size_mw)
    }
    found = [
        Candidate(factor, id(factor) in fitting, None if id(factor) in fitting else _why_not(factor, wanted))
        for factor in books.of_item(wanted.source_class, wanted.item)
        if factor.pollutant == pollutant
    ]
    return sorted(found, key=lambda one: (not one.fits, _rank(one.factor, wanted)))


def _why_not(factor: Factor, wanted: Wanted) -> Message:
    if factor.abroad and not wanted.abroad:
        return Message(_("from abroad: counts only where it is chosen"))
    if wanted.trade and factor.trade != wanted.trade:
        return Message(_("of another trade"))
    if not _of_size(factor, wanted.size_mw):
        return Message(_("of another class of size"))
    return Message(_("of another process"))


def _settled(factor: Factor) -> None:
    if len(factor.units) > 1:
        raise FactorError(
            "factor_unit_unsettled",
            Message(
                _("The unit of the factor %(value)s (%(document)s %(clause)s, %(name)s) is not settled: %(units)s. Settle it"
                  " in the overrides, or give an own factor in the row."),
                value=str(factor.value), document=factor.document, clause=factor.clause, name=factor.key,
                units=" / ".join(factor.units),
            ),
        )  # fmt: skip


def _of_size(factor: Factor, size: Decimal | None) -> bool:
    if factor.size_mw is None or size is None:
        # Without the size all classes fit, and the row is asked for it.
        return True
    low, high = factor.size_mw
    return (low is None or size >= low) and (high is None or size <= high)


def _rank(factor: Factor, wanted: Wanted) -> tuple[int, int, int, int, int]:
    return (
        TIERS.index(factor.tier),
        0 if factor.override else 1,
        _distance(factor.region, wanted.region),
        abs(factor.year - wanted.year) if wanted.year else -factor.year,
        "HML".index(factor.grade),
    )


def _distance(region: str, wanted: str) -> int:
    """The nearer a factor's place, the smaller: own county 0, own city 1, own province 2, nation 3, elsewhere 4."""
    if not region:
        return 3
    if not wanted:
        return 4
    for rank, figures in enumerate((6, 4, 2)):
        if region[:figures] == wanted[:figures] and not region[figures:].strip("0"):
            return rank
    return 4


def _reasons(chosen: Factor, wanted: Wanted, others: Sequence[Factor]) -> list[Message]:
    why = [
        Message(
            _("factor %(value)s %(unit)s of %(document)s %(clause)s (%(year)s, grade %(grade)s) for %(name)s"),
            value=str(chosen.value), unit=chosen.units[0], document=chosen.document, clause=chosen.clause,
            year=str(chosen.year), grade=chosen.grade, name=_name(chosen),
        )
    ]  # fmt: skip
    if chosen.abroad:
        why.append(Message(_("FROM ABROAD: a gap filler, no Chinese factor is held")))
    if chosen.override:
        why.append(Message(_("set by the office: %(grounds)s"), grounds=chosen.override))
    if wanted.technology and chosen.technology != wanted.technology:
        why.append(
            Message(
                _("no factor for the process “%(process)s”, that for all processes is taken"),
                process=wanted.technology,
            )
        )
    if chosen.region and _distance(chosen.region, wanted.region) == 4:
        why.append(Message(_("measured elsewhere (%(region)s), borrowed"), region=chosen.region))
    if chosen.doubt:
        why.append(Message(_("to be checked: %(doubt)s"), doubt=chosen.doubt))
    elif chosen.grade == "L" and not chosen.override:
        why.append(Message(_("not verified (grade L)")))
    passed_over = len(
        {(factor.book, factor.clause, factor.value) for factor in others}
        - {(chosen.book, chosen.clause, chosen.value)}
    )
    if passed_over:
        why.append(Message(_("%(count)s others of lower rank passed over"), count=passed_over))
    return why


def _name(factor: Factor) -> str:
    return "/".join(filter(None, (factor.trade, factor.item, factor.technology))) + _size(factor)


def _size(factor: Factor) -> str:
    if factor.size_mw is None:
        return ""
    low, high = factor.size_mw
    if low is None:
        return f" ≤{high}MW"
    return f" ≥{low}MW" if high is None else f" {low}-{high}MW"


def _missing(books: Books, wanted: Wanted, pollutant: str, fitting: Sequence[Factor]) -> FactorError:
    if fitting:
        hint = Message(_("no class of size holds %(size)s MW"), size=str(wanted.size_mw))
    else:
        held = books.of_item(wanted.source_class, wanted.item)
        trades = sorted({factor.trade for factor in held if not factor.abroad})
        processes = sorted(
            {
                factor.technology
                for factor in held
                if factor.trade == wanted.trade or not wanted.trade
                if not factor.abroad
            }
        )
        if wanted.trade and trades and wanted.trade not in trades:
            hint = Message(_("trades with factors: %(names)s"), names="、".join(trades[:8]))
        elif wanted.technology and processes and wanted.technology not in processes:
            hint = Message(_("processes with factors: %(names)s"), names="、".join(processes[:8]))
        elif not held:
            items = sorted(
                {
                    factor.item
                    for factor in books.factors
                    if factor.source_class == wanted.source_class and not factor.abroad
                }
            )
            hint = (
                Message(_("fuels and products with factors: %(names)s"), names="、".join(items[:12]))
                if items
                else Message(_("no factor of the class “%(name)s” is held"), name=wanted.source_class)
            )
        else:
            hint = Message(_("it has not been seen in any source"))
    return FactorError(
        "factor_missing",
        Message(
            _("There is no factor of %(pollutant)s for “%(wanted)s” (%(hint)s). Give an own factor with its unit and"
              " grounds in the row, or add a book."),
            pollutant=pollutant, wanted=wanted.label, hint=hint,
        ),
    )  # fmt: skip
