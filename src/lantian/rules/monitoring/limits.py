"""Which limit holds for a factor of an outlet on a day: permit, special, ultra-low, winter; the strictest that binds, explained.

Three kinds of limits: one that **binds** is held against values; an **exemption** (a milder cut, no stagger) is held against
values only of an outlet that enjoys it, for it costs the exemption; a **target** (in principle, strive for) is only told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any

from lantian.rules.monitoring.book import GRADES, book
from lantian.rules.monitoring.errors import BookError, Message, Reason, _
from lantian.rules.monitoring.factors import POLLUTANTS
from lantian.rules.region_codes import prefix

#: factors that limits are for
FACTORS = frozenset(POLLUTANTS)
ANY_KIND = "*"


class Tier(StrEnum):
    """How strict a limit is meant to be; of two alike, the later in this order comes first."""

    PERMIT = "permit"
    SPECIAL = "special"
    ULTRA_LOW = "ultra_low"


TIERS: Mapping[Tier, str] = {
    Tier.PERMIT: _("permit"),
    Tier.SPECIAL: _("special limit"),
    Tier.ULTRA_LOW: _("ultra-low emission"),
}


#: features and exemptions of outlets that limits depend on → their names
FEATURES: Mapping[str, str] = {
    "new": _("new source"),
    "low_nox_retrofit": _("boiler after its low-NOx retrofit"),
    "w_flame_own_use": _("W-flame boiler for own use"),
}
CLAIMS: Mapping[str, str] = {
    "milder_cut": _("milder cut of staggered production"),
    "exempt_stagger": _("exempt from staggered production"),
    "exempt_stagger_scr": _("exempt from staggered production by SCR"),
}


class Binds(StrEnum):
    """What comes of exceeding it."""

    LIMIT = "limit"
    EXEMPTION = "exemption"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit of a document.

    Attributes
    ----------
    regions, not_regions
        Beginnings of administrative codes where it holds and does not.
    limits
        Factor → limit [mg/m³, dry, standard, folded]; without figures where the document only names a standard.
    factors
        Factors that it is about.
    features, not_features
        What an outlet must be, and must not be: ``new``, ``low_nox_retrofit`` …
    claim
        Exemption that it is the condition of.
    first, last
        Days on which it holds; None without an end.
    """

    id: str
    plan: str
    document: str
    clause: str
    label: str
    regions: tuple[str, ...]
    not_regions: tuple[str, ...]
    kinds: frozenset[str]
    not_kinds: frozenset[str]
    limits: Mapping[str, Decimal]
    factors: frozenset[str]
    features: frozenset[str]
    not_features: frozenset[str]
    least_t_h: Decimal | None
    claim: str
    tier: Tier
    binds: Binds
    strictly_below: bool
    reference_o2: Decimal | None
    first: date
    last: date | None
    last_grade: str
    grade: str
    local: bool = False


@dataclass(frozen=True, slots=True)
class PermitLimit:
    """A limit of the permit of an outlet, with the days on which it holds."""

    factor: str
    value: Decimal
    number: str
    tier: Tier = Tier.PERMIT
    first: date | None = None
    last: date | None = None
    clause: str = ""
    #: special limits that hold only in the heating season, and such
    season: str = ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """What decides which limits an outlet has.

    Attributes
    ----------
    kind
        Such as ``boiler_coal``; see the rows of the book.
    region
        Administrative code.
    size_t_h
        Of a boiler [t/h of steam]; None where it is not known.
    features
        ``new``, ``low_nox_retrofit``, ``w_flame_own_use`` …
    claims
        Exemptions that it enjoys on the day.
    """

    id: str
    kind: str
    region: str
    permit: tuple[PermitLimit, ...] = ()
    size_t_h: Decimal | None = None
    features: frozenset[str] = frozenset()
    claims: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A limit that was looked at, and why it was taken or not."""

    value: Decimal | None
    tier: Tier
    binds: Binds
    document: str
    clause: str
    label: str
    grade: str
    chosen: bool
    reason: Reason
    strictly_below: bool = False
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Applies:
    """The limit of a factor of an outlet on a day.

    Attributes
    ----------
    value
        The strictest that binds [mg/m³]; None where none is known, which ``reasons`` says.
    strictly_below
        The limit itself is already too much ("below 20").
    exemption
        What an exemption that the outlet enjoys asks for, if any.
    candidates
        Everything that was looked at, the chosen one first.
    """

    factor: str
    day: date
    value: Decimal | None
    strictly_below: bool
    chosen: Candidate | None
    exemption: Candidate | None
    candidates: tuple[Candidate, ...]
    reasons: tuple[Reason, ...] = field(default=())


def _names(row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    given = row.get(key, ())
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(one, str) for one in given):
        raise BookError("limits", f"{where}.{key}", "a list of texts is wanted")
    return tuple(given)


def _number(value: object, where: str) -> Decimal:
    try:
        number = Decimal(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number <= 0:
        raise BookError("limits", where, f"{value!r} is no number above 0, written as a text")
    return number


def _day(row: Mapping[str, Any], key: str, where: str) -> date | None:
    value = row.get(key)
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BookError("limits", f"{where}.{key}", f"{value!r} is no day") from None


def read_limits(rows: Iterable[Mapping[str, Any]], *, local: bool = False) -> tuple[LimitRow, ...]:
    """Rows of limits, proved sound.

    Raises
    ------
    BookError
        A row lacks something, has an unknown factor, a limit that is no number, or an id that stands twice.
    """
    found: list[LimitRow] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        where = f"rows[{number}]"
        missing = [name for name in ("id", "document", "label", "kinds", "tier", "grade") if not row.get(name)]
        if not row.get("from") and not row.get("by"):
            missing.append("from or by")
        if missing:
            raise BookError("limits", where, f"{', '.join(missing)} is wanted")
        if row["id"] in seen:
            raise BookError("limits", where, f"there are two of the id {row['id']!r}")
        seen.add(row["id"])
        if row["grade"] not in GRADES or row.get("to_grade", "H") not in GRADES:
            raise BookError("limits", f"{where}.grade", f"a grade is one of {', '.join(GRADES)}")
        limits = {name: _number(value, f"{where}.limits.{name}") for name, value in row.get("limits", {}).items()}
        factors = frozenset(limits) | frozenset(_names(row, "factors", where))
        unknown = factors - FACTORS
        if unknown or not factors:
            raise BookError("limits", f"{where}.limits", f"{sorted(unknown) or 'no factor'}: known are {sorted(FACTORS)}")
        try:
            tier, binds = Tier(row["tier"]), Binds(row.get("binds", "limit"))
        except ValueError as error:
            raise BookError("limits", where, str(error)) from None
        first, last = _day(row, "from", where), _day(row, "to", where)
        if first is None:
            # "By the end of September" leaves that day to comply.
            by = _day(row, "by", where)
            first = None if by is None else by + timedelta(days=1)
        if first is None or (last is not None and last < first):
            raise BookError("limits", where, "it ends before it begins")
        if binds is Binds.EXEMPTION and not row.get("claim"):
            raise BookError("limits", f"{where}.claim", "the exemption that it is the condition of is wanted")
        size, oxygen = row.get("least_t_h"), row.get("reference_o2")
        found.append(
            LimitRow(
                id=row["id"],
                plan=str(row.get("plan", "")),
                document=row["document"],
                clause=str(row.get("clause", "")),
                label=row["label"],
                regions=_names(row, "regions", where),
                not_regions=_names(row, "not_regions", where),
                kinds=frozenset(_names(row, "kinds", where)),
                not_kinds=frozenset(_names(row, "not_kinds", where)),
                limits=limits,
                factors=factors,
                features=frozenset(_names(row, "features", where)),
                not_features=frozenset(_names(row, "not_features", where)),
                least_t_h=None if size is None else _number(size, f"{where}.least_t_h"),
                claim=str(row.get("claim", "")),
                tier=tier,
                binds=binds,
                strictly_below=bool(row.get("strictly_below", False)),
                reference_o2=None if oxygen is None else _number(oxygen, f"{where}.reference_o2"),
                first=first,
                last=last,
                last_grade=str(row.get("to_grade", "H")),
                grade=row["grade"],
                local=local,
            )
        )
    return tuple(found)


@cache
def shipped_limits() -> tuple[LimitRow, ...]:
    """The limits of the plans that come with LanTian."""
    return read_limits(book("limits").rows)


def _here(row: LimitRow, region: str) -> bool:
    code = prefix(region)
    inside = not row.regions or any(code.startswith(prefix(one)) for one in row.regions)
    return inside and not any(code.startswith(prefix(one)) for one in row.not_regions)


def _concerns(row: LimitRow, outlet: Outlet, factor: str) -> bool:
    of_kind = (ANY_KIND in row.kinds or outlet.kind in row.kinds) and outlet.kind not in row.not_kinds
    return of_kind and factor in row.factors and _here(row, outlet.region)


def _why_not(row: LimitRow, outlet: Outlet, factor: str, day: date) -> Reason | None:
    """Why a row that concerns an outlet is not taken, where that is so."""
    if day < row.first:
        return Reason("not_yet", Message(_("holds from %(day)s"), day=row.first.isoformat()))
    if row.last is not None and day > row.last:
        said = Message(
            _("the document ran until %(day)s; whether its limit lives on is not known: enter it into the permit if so"),
            day=row.last.isoformat(),
        )
        return Reason("ended", said)
    missing = row.features - outlet.features
    if missing or row.not_features & outlet.features:
        one = min(missing or row.not_features & outlet.features)
        text = _("is only for: %(feature)s") if missing else _("is not for: %(feature)s")
        return Reason("features", Message(text, feature=Message(FEATURES.get(one, one))))
    if row.least_t_h is not None:
        if outlet.size_t_h is None:
            return Reason("size_unknown", Message(_("depends on the size of the boiler, which is not entered")))
        if outlet.size_t_h < row.least_t_h:
            said = Message(_("is for boilers of %(size)s t/h and more"), size=str(row.least_t_h))
            return Reason("smaller", said)
    if row.claim and row.claim not in outlet.claims:
        return Reason("not_claimed", Message(_("is the condition of an exemption that this outlet does not enjoy")))
    if factor not in row.limits:
        said = Message(
            _("%(document)s asks for it without a figure: enter the figure of the standard into the permit of the outlet"),
            document=row.document,
        )
        return Reason("no_figure", said)
    return None


def applicable(
    outlet: Outlet, factor: str, day: date, *, rows: Sequence[LimitRow] | None = None
) -> Applies:
    """The limit of a factor of an outlet on a day.

    Everything that concerns the outlet is looked at; the strictest that binds is taken. Of two alike the permit comes
    first, then the document of the smaller place.

    Parameters
    ----------
    rows
        Limits of documents, with those of the office; by default those that come with LanTian.
    """
    found: list[tuple[Candidate, int]] = []
    for limit in outlet.permit:
        if limit.factor == factor:
            found.append((_of_permit(limit, day), 99))
    for row in rows if rows is not None else shipped_limits():
        if not _concerns(row, outlet, factor):
            continue
        why = _why_not(row, outlet, factor, day)
        value = row.limits.get(factor)
        reason = why or Reason("holds", Message(_("holds on this day")))
        candidate = Candidate(
            value, row.tier, row.binds, row.document, row.clause, row.label, row.grade, False, reason,
            row.strictly_below, row.plan,
        )  # fmt: skip
        found.append((candidate, max((len(prefix(one)) for one in row.regions), default=0)))
    open_ones = [
        (candidate, special) for candidate, special in found if candidate.reason.code == "holds" and candidate.value is not None
    ]
    chosen = _strictest(open_ones, Binds.LIMIT)
    exemption = _strictest(open_ones, Binds.EXEMPTION)
    reasons = _reasons(outlet, factor, day, found, chosen)
    told = [_told(candidate, chosen, exemption) for candidate, _special in found]
    told.sort(key=lambda one: (not one.chosen, one.reason.code not in ("chosen", "exemption", "milder"), one.value or Decimal(0)))
    return Applies(
        factor=factor,
        day=day,
        value=None if chosen is None else chosen.value,
        strictly_below=chosen is not None and chosen.strictly_below,
        chosen=next((one for one in told if one.chosen), None),
        exemption=next((one for one in told if one.reason.code == "exemption"), None),
        candidates=tuple(told),
        reasons=reasons,
    )


def _of_permit(limit: PermitLimit, day: date) -> Candidate:
    if (limit.first is not None and day < limit.first) or (limit.last is not None and day > limit.last):
        said = Message(
            _("holds from %(first)s to %(last)s"),
            first="" if limit.first is None else limit.first.isoformat(),
            last="" if limit.last is None else limit.last.isoformat(),
        )  # fmt: skip
        reason = Reason("other_days", said)
    else:
        reason = Reason("holds", Message(_("holds on this day")))
    return Candidate(
        limit.value, limit.tier, Binds.LIMIT, limit.number, limit.clause, limit.season, "H", False, reason
    )


def _strictest(found: Sequence[tuple[Candidate, int]], binds: Binds) -> Candidate | None:
    those = [(one.value or Decimal(0), not one.strictly_below, -special, at)
             for at, (one, special) in enumerate(found) if one.binds is binds]  # fmt: skip
    return found[min(those)[3]][0] if those else None


def _told(candidate: Candidate, chosen: Candidate | None, exemption: Candidate | None) -> Candidate:
    if candidate.reason.code != "holds":
        return candidate
    if candidate is chosen:
        code, said = "chosen", Message(_("the strictest that binds on this day"))
    elif candidate is exemption:
        code, said = "exemption", Message(_("exceeding it costs the exemption"))
    elif candidate.binds is Binds.TARGET:
        code, said = "target", Message(_("is asked for in principle and does not bind by itself"))
    else:
        code, said = "milder", Message(_("holds, too, but another is as strict or stricter"))
    return Candidate(
        candidate.value, candidate.tier, candidate.binds, candidate.document, candidate.clause, candidate.label,
        candidate.grade, code == "chosen", Reason(code, said), candidate.strictly_below, candidate.plan,
    )  # fmt: skip


def _reasons(
    outlet: Outlet, factor: str, day: date, found: Sequence[tuple[Candidate, int]], chosen: Candidate | None
) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    if not any(limit.factor == factor for limit in outlet.permit):
        said = Message(_("the permit of the outlet has no limit of this factor: enter it"))
        reasons.append(Reason("no_permit_limit", said))
    for candidate, _special in found:
        if candidate.reason.code == "no_figure":
            reasons.append(candidate.reason)
    if chosen is None:
        said = Message(_("no limit is known that binds on %(day)s: it is not judged"), day=day.isoformat())
        reasons.append(Reason("no_limit", said))
    return tuple(reasons)
