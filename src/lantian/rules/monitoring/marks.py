"""Marks that stations set on data (HJ 212), and marks that enterprises file on periods (标记), with reason, proof and deadline.

A mark that an enterprise files is a claim. It excepts hours from being judged only where it was filed in time, with reason and
proof, and fits its industry; a late one is shown as late and excepts nothing until an official has accepted it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import InputError, Message, Reason, _


class Means(StrEnum):
    """What a station's mark means, alike in the editions."""

    NORMAL = "normal"
    STOPPED = "stopped"
    MAINTENANCE = "maintenance"
    BY_HAND = "by_hand"
    FAULT = "fault"
    CALIBRATION = "calibration"
    OVER_RANGE = "over_range"
    NO_LINK = "no_link"
    POWER_FAILURE = "power_failure"
    #: data that came without a mark, as those of 2005 stations do
    UNMARKED = "unmarked"
    #: a mark that no edition knows
    UNKNOWN = "unknown"


#: meaning → its name
MEANINGS: Mapping[Means, str] = {
    Means.NORMAL: _("normal"),
    Means.STOPPED: _("out of operation"),
    Means.MAINTENANCE: _("maintenance"),
    Means.BY_HAND: _("set by hand"),
    Means.FAULT: _("fault of the analyser"),
    Means.CALIBRATION: _("calibration"),
    Means.OVER_RANGE: _("over range"),
    Means.NO_LINK: _("no link to the analyser"),
    Means.POWER_FAILURE: _("power failure"),
    Means.UNMARKED: _("without a mark"),
    Means.UNKNOWN: _("unknown mark"),
}


@cache
def _table() -> Mapping[tuple[str, str], Means]:
    return {
        (row["edition"], row["mark"]): Means(row["means"]) for row in book("marks").rows if "mark" in row
    }


def meaning(mark: str | None, edition: str) -> Means:
    """What a mark means.

    Parameters
    ----------
    mark
        As sent, such as ``N``; None or empty where there is none.
    edition
        ``2005``, ``2017`` or ``2025``. The list of marks of 2025 was not read: that of 2017 is used.

    >>> meaning("P", "2005"), meaning("P", "2017")
    (<Means.POWER_FAILURE: 'power_failure'>, <Means.UNKNOWN: 'unknown'>)
    """
    if mark is None or not mark.strip():
        return Means.UNMARKED
    known = "2005" if edition == "2005" else "2017"
    return _table().get((known, mark.strip().upper()), Means.UNKNOWN)


def is_valid(found: Means, *, rules: Book | None = None) -> bool:
    """Whether data of a mark count: normal ones do, and unmarked ones if the book says so."""
    if found is Means.UNMARKED:
        return (rules or book("marks")).choice("unmarked_counts") == "valid"
    return found is Means.NORMAL


# --- what enterprises file ---


class Industry(StrEnum):
    """Whose marking rules hold."""

    WASTE_INCINERATOR = "waste_incinerator"
    POWER = "power"
    CEMENT = "cement"
    PAPER = "paper"
    #: may use the part on monitors
    OTHER = "other"


class Fault(StrEnum):
    """What is wrong with a mark that was filed."""

    UNKNOWN_KIND = "unknown_kind"
    NOT_OF_INDUSTRY = "not_of_industry"
    NO_REASON = "no_reason"
    NO_PROOF = "no_proof"
    LATE = "late"
    NOT_TOGETHER = "not_together"
    OVER_CAP = "over_cap"


#: faults that an official may set aside by accepting the mark
_ACCEPTABLE = frozenset({Fault.LATE, Fault.NO_PROOF, Fault.OVER_CAP})


@dataclass(frozen=True, slots=True)
class Claim:
    """A mark that an enterprise filed on a period.

    Attributes
    ----------
    kind
        Such as ``stopped``, ``fault`` or ``cems_maintenance``: the ``claim`` of a row of the book.
    factors
        Factors that it is about; empty: all.
    filed
        When it was filed.
    proofs
        How many proofs are attached.
    accepted
        An official has accepted it in spite of lateness, missing proof or a cap.
    """

    id: str
    outlet: str
    kind: str
    first: datetime
    last: datetime
    filed: datetime
    reason: str
    proofs: int
    factors: frozenset[str] = frozenset()
    accepted: bool = False

    def __post_init__(self) -> None:
        if self.last <= self.first:
            raise InputError("period", Message(_("A mark must end after it begins.")))

    @property
    def hours(self) -> Fraction:
        """Its length [h]."""
        return Fraction(int((self.last - self.first).total_seconds()), 3600)


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A mark and what it is worth.

    Attributes
    ----------
    excepts
        Whether hours in it are left out of judging exceedance.
    deadline
        Until when it was to be filed.
    late_hours
        How late it was filed [h]; 0 in time.
    """

    claim: Claim
    label: str
    excepts: bool
    equipment: bool
    deadline: datetime
    late_hours: Fraction
    faults: tuple[Fault, ...]
    reasons: tuple[Reason, ...]

    def covers(self, start: datetime, end: datetime, factor: str) -> bool:
        """Whether a whole period of a factor lies in it."""
        of_factor = not self.claim.factors or factor in self.claim.factors
        return of_factor and self.claim.first <= start and end <= self.claim.last

    def touches(self, start: datetime, end: datetime, factor: str) -> bool:
        """Whether a period of a factor lies in it in part at least."""
        of_factor = not self.claim.factors or factor in self.claim.factors
        return of_factor and self.claim.first < end and start < self.claim.last


def claim_kinds(industry: Industry, *, rules: Book | None = None) -> Mapping[str, Mapping[str, Any]]:
    """The kinds of marks that an industry may file, by name."""
    rows = (rules or book("marks")).rows
    return {row["claim"]: row for row in rows if "claim" in row and industry in row["industries"]}


def judge_claims(
    claims: Sequence[Claim], industry: Industry, *, rules: Book | None = None
) -> list[JudgedClaim]:
    """What the marks of one outlet are worth; caps of hours count per calendar year in the order of their beginning."""
    rules = rules or book("marks")
    every = {row["claim"]: row for row in rules.rows if "claim" in row}
    used: dict[int, Fraction] = {}
    judged = []
    for claim in sorted(claims, key=lambda one: (one.first, one.id)):
        judged.append(_judged(claim, industry, claims, every, used, rules))
    return judged


def _judged(
    claim: Claim,
    industry: Industry,
    claims: Iterable[Claim],
    every: Mapping[str, Mapping[str, Any]],
    used: dict[int, Fraction],
    rules: Book,
) -> JudgedClaim:
    faults: list[tuple[Fault, Message]] = []
    row = every.get(claim.kind)
    deadline = claim.last + timedelta(hours=rules.whole("deadline_hours"))
    late = max(Fraction(0), Fraction(int((claim.filed - deadline).total_seconds()), 3600))
    notes = list(rules.defaults("deadline_hours"))
    if row is None:
        faults.append((Fault.UNKNOWN_KIND, Message(_("no rule knows a mark “%(kind)s”"), kind=claim.kind)))
    elif industry not in row["industries"]:
        said = Message(_("the marking rules of this industry know no “%(label)s”"), label=row["label"])
        faults.append((Fault.NOT_OF_INDUSTRY, said))
    if not claim.reason.strip():
        faults.append((Fault.NO_REASON, Message(_("no reason is given"))))
    if claim.proofs < rules.whole("proofs_least"):
        faults.append((Fault.NO_PROOF, Message(_("no proof is attached, such as load, furnace temperature or fuel"))))
    if late:
        said = Message(
            _("filed %(hours)s h after the deadline (%(deadline)s): shown as late, excepts nothing"),
            hours=str(-(-late.numerator // late.denominator)), deadline=deadline.isoformat(timespec="minutes"),
        )  # fmt: skip
        faults.append((Fault.LATE, said))
    if row is not None:
        faults += _not_together(claim, row, claims, every)
        faults += _caps(claim, row, industry, used, rules, notes)
    open_faults = [fault for fault, _said in faults if not (claim.accepted and fault in _ACCEPTABLE)]
    reasons = [Reason(fault.value, said) for fault, said in faults]
    if claim.accepted and len(open_faults) < len(faults):
        reasons.append(Reason("accepted", Message(_("accepted by an official all the same"))))
    worth = row is not None and (bool(row.get("excepts")) or bool(row.get("equipment"))) and not open_faults
    return JudgedClaim(
        claim=claim,
        label=claim.kind if row is None else row["label"],
        excepts=worth,
        equipment=row is not None and bool(row.get("equipment")),
        deadline=deadline,
        late_hours=late,
        faults=tuple(fault for fault, _said in faults),
        reasons=(*reasons, *notes),
    )


def _not_together(
    claim: Claim, row: Mapping[str, Any], claims: Iterable[Claim], every: Mapping[str, Mapping[str, Any]]
) -> list[tuple[Fault, Message]]:
    """A fault that was filed for a time in which the source does not operate normally uses up its hours for nothing."""
    others = set(row.get("not_with", ()))
    for other in claims:
        if other.id != claim.id and other.kind in others and other.first < claim.last and claim.first < other.last:
            said = Message(
                _("“%(label)s” is not filed together with “%(other)s”: it is for faults in normal operation (%(document)s)"),
                label=row["label"], other=every[other.kind]["label"], document=row["document"],
            )  # fmt: skip
            return [(Fault.NOT_TOGETHER, said)]
    return []


def _caps(
    claim: Claim,
    row: Mapping[str, Any],
    industry: Industry,
    used: dict[int, Fraction],
    rules: Book,
    notes: list[Reason],
) -> list[tuple[Fault, Message]]:
    """Hours of faults are limited: once, and per year, where the figures are known."""
    if not row.get("capped"):
        return []
    found: list[tuple[Fault, Message]] = []
    single = rules.entries.get(f"fault_single_hours_{industry}")
    if single is not None and single.value is not None:
        if claim.hours > Fraction(rules.number(single.name)):
            said = Message(
                _("%(hours)s h are more than the %(cap)s h of a single fault (%(document)s)"),
                hours=f"{float(claim.hours):.1f}", cap=str(single.value), document=single.document,
            )  # fmt: skip
            found.append((Fault.OVER_CAP, said))
        notes.extend(rules.defaults(single.name))
    name = f"fault_year_hours_{industry}"
    entry = rules.entries.get(name)
    if entry is None:
        return found
    year = claim.first.year
    used[year] = used.get(year, Fraction(0)) + claim.hours
    if entry.value is None:
        said = Message(_("%(label)s: the figure was not seen, so it is not checked; enter it"), label=entry.label)
        notes.append(Reason("cap_unknown", said))
        return found
    notes.extend(rules.defaults(name))
    if used[year] > Fraction(rules.number(name)):
        said = Message(
            _("faults of the year come to %(hours)s h; %(cap)s h are allowed (%(document)s)"),
            hours=f"{float(used[year]):.1f}", cap=str(entry.value), document=entry.document,
        )  # fmt: skip
        found.append((Fault.OVER_CAP, said))
    return found

