"""Admission: whether a proposed project may be, by every rule of its place and day, each with its clause.

The strictest rule wins, and all are told. Refused is stricter than undecidable, that stricter than allowed with
conditions, that stricter than allowed. What is not known is named; nothing is taken as met because nobody asked.
Amounts are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from lantian.rules.region_codes import prefix
from lantian.rules.sources.admission_books import AdmissionBook, AdmissionLibrary, Rule
from lantian.rules.sources.admission_conditions import TRUE, Outcome, Scope, Seen
from lantian.rules.sources.admission_project import Project, Replacement

Verdict = Literal["allowed", "conditional", "undecidable", "refused"]
#: from the mildest to the strictest
VERDICTS: tuple[Verdict, ...] = ("allowed", "conditional", "undecidable", "refused")

State = Literal["not_applicable", "met", "condition", "excepted", "missing", "unmet", "forbidden"]
#: what a rule in a state leads to
LEADS_TO: dict[State, Verdict] = {
    "not_applicable": "allowed",
    "met": "allowed",
    "condition": "conditional",
    "excepted": "conditional",
    "missing": "undecidable",
    "unmet": "refused",
    "forbidden": "refused",
}


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A replacement that was not counted: ``elsewhere``, ``place_unknown``, ``kind_unknown``, ``excluded_kind`` or ``used_up``."""

    replacement: Replacement
    reason: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """The sum behind a replacement [t/a].

    Attributes
    ----------
    base
        What the project adds (or emits).
    needed
        `ratio` × `base`.
    offered
        What counts of the replacements offered.
    lacking
        What is short of `needed`; 0 where it is enough. Where exactly as much is too little, and exactly as much is
        offered, it is 0, too, and the rule is unmet all the same.
    """

    pollutant: str
    base: Decimal | None
    ratio: Decimal | None
    needed: Decimal | None
    offered: Decimal
    lacking: Decimal | None
    strict: bool
    sources: tuple[str, ...] = ()
    uncounted: tuple[Uncounted, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says to the project.

    Attributes
    ----------
    seen
        Comparisons that settled whether it applies and whether it is met.
    missing
        Facts and papers that would settle it.
    exception
        The paper that grants an exception.
    """

    rule: Rule
    book: AdmissionBook
    state: State
    seen: tuple[Seen, ...] = ()
    missing: tuple[str, ...] = ()
    amounts: Amounts | None = None
    exception: str = ""

    @property
    def verdict(self) -> Verdict:
        """What it leads to by itself."""
        return LEADS_TO[self.state]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer.

    Attributes
    ----------
    findings
        Every rule that was held against the project, the strictest first.
    passed_over
        Books of the place that do not hold on the day, with the reason.
    missing
        What the undecided rules ask for; ``books`` where no book holds, ``region`` where a finer place is wanted.
    """

    verdict: Verdict
    project: Project
    findings: tuple[Finding, ...]
    books: tuple[AdmissionBook, ...]
    passed_over: tuple[tuple[AdmissionBook, str], ...] = ()
    missing: tuple[str, ...] = field(default=())

    def of(self, *states: State) -> list[Finding]:
        """The findings in some states."""
        return [finding for finding in self.findings if finding.state in states]


def judge(project: Project, library: AdmissionLibrary) -> Decision:
    """Hold a project against the books of its place and day.

    Examples
    --------
    >>> from lantian.rules.sources.admission_books import admission_library
    >>> from lantian.rules.sources.admission_project import read_project
    >>> project = read_project({
    ...     "region": "410811", "date": "2022-06-01", "nature": "new", "trade": "C2319",
    ...     "areas": {"built_up": True}, "activities": {"packaging_printing": True}})
    >>> judge(project, admission_library()).verdict
    'refused'
    """
    books, passed = library.on(project.region, project.day)
    findings = [
        finding
        for book in books
        for rule in book.rules
        if _in_place_and_time(rule, project)
        for finding in _held_against(rule, book, project, library)
    ]
    missing = dict.fromkeys(
        name for finding in findings if finding.state == "missing" for name in finding.missing
    )
    verdict: Verdict = max((finding.verdict for finding in findings), key=VERDICTS.index, default="allowed")
    if not books:
        missing.setdefault("books")
    if any(reason == "finer_place" for _book, reason in passed) or any(
        _wants_finer_place(rule, project) for book in books for rule in book.rules
    ):
        missing.setdefault("region")
    if ("books" in missing or "region" in missing) and verdict != "refused":
        verdict = "undecidable"
    # A ban comes before what can be mended; within a state the order of the books stays.
    strictness = tuple(LEADS_TO)
    findings.sort(key=lambda finding: -strictness.index(finding.state))
    return Decision(verdict, project, tuple(findings), tuple(books), tuple(passed), tuple(missing))


def _in_time(rule: Rule, day: date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= day) and (
        rule.valid_to is None or day <= rule.valid_to
    )


def _in_place_and_time(rule: Rule, project: Project) -> bool:
    here = prefix(project.region)
    return _in_time(rule, project.day) and (
        not rule.regions or any(here.startswith(prefix(code)) for code in rule.regions)
    )


def _wants_finer_place(rule: Rule, project: Project) -> bool:
    here = prefix(project.region)
    return (
        _in_time(rule, project.day)
        and bool(rule.regions)
        and not any(here.startswith(prefix(code)) for code in rule.regions)
        and any(prefix(code).startswith(here) for code in rule.regions)
    )


def _held_against(
    rule: Rule, book: AdmissionBook, project: Project, library: AdmissionLibrary
) -> Iterable[Finding]:
    scope = Scope(project, library.industries)
    applies = TRUE if rule.when is None else rule.when.judge(scope)
    if applies.truth is False:
        return [Finding(rule, book, "not_applicable", applies.seen)]
    if rule.kind == "replace":
        return [_replaced(rule, book, project, applies, what) for what in rule.what]
    if rule.kind == "oblige":
        # What may apply is stated in the approval; it does not stand in the way of one.
        return [Finding(rule, book, "condition", applies.seen, applies.missing)]
    if rule.kind == "forbid":
        state: State = "missing" if applies.truth is None else "forbidden"
        return [_or_excepted(Finding(rule, book, state, applies.seen, applies.missing), project)]
    tested = _papers(rule, project) if rule.kind == "approve" else _tested(rule, scope)
    seen, missing = (*applies.seen, *tested.seen), (*applies.missing, *tested.missing)
    if tested.truth:
        return [Finding(rule, book, "met", seen)]
    if applies.truth is None or tested.truth is None:
        return [_or_excepted(Finding(rule, book, "missing", seen, tuple(dict.fromkeys(missing))), project)]
    return [_or_excepted(Finding(rule, book, "unmet", seen), project)]


def _tested(rule: Rule, scope: Scope) -> Outcome:
    assert rule.test is not None
    return rule.test.judge(scope)


def _papers(rule: Rule, project: Project) -> Outcome:
    """Papers at hand; one that says no settles it, one that is not there leaves it open."""
    seen, missing, refused = [], [], False
    for kind in rule.approvals:
        found = project.approval(kind)
        shown = "—" if found is None else f"{found.document} {found.on or ''}".strip()
        truth = None if found is None else not found.refused
        seen.append(Seen(f"approvals.{kind}", shown, "is", "", truth))
        if found is None:
            missing.append(f"approvals.{kind}")
        refused = refused or truth is False
    return Outcome(False if refused else None if missing else True, tuple(seen), tuple(missing))


def _or_excepted(finding: Finding, project: Project) -> Finding:
    """A rule that holds in principle gives way to an exception on paper; any other does not."""
    if finding.rule.strength != "principle":
        return finding
    for exception in project.exceptions:
        if exception.rule == finding.rule.key and (exception.on is None or exception.on <= project.day):
            paper = f"{exception.document} {exception.on or ''}".strip()
            return Finding(finding.rule, finding.book, "excepted", finding.seen, (), finding.amounts, paper)
    return finding


def _replaced(rule: Rule, book: AdmissionBook, project: Project, applies: Outcome, what: str) -> Finding:
    fact = "coal_t" if what == "coal" else f"{rule.of}.{what}"
    base: Decimal | None = project.facts.get(fact)
    counted, maybe, uncounted = _counted(rule, project, what)
    sources = tuple(one.source for one in counted)
    offered = sum((one.available for one in counted), Decimal(0))
    if base is None:
        amounts = Amounts(what, None, rule.ratio, None, offered, None, rule.strict, sources, uncounted)
        return _or_excepted(
            Finding(
                rule, book, "missing", applies.seen, tuple(dict.fromkeys((*applies.missing, fact))), amounts
            ),
            project,
        )
    if base == 0:
        return Finding(rule, book, "not_applicable", (*applies.seen, Seen(fact, "0", ">", "0", False)))
    ratio = rule.ratio if rule.ratio is not None else _band(rule, base)
    needed = ratio * base
    amounts = Amounts(
        what, base, ratio, needed, offered, max(Decimal(0), needed - offered), rule.strict, sources, uncounted
    )
    if _enough(offered, needed, rule.strict):
        return Finding(rule, book, "met", applies.seen, (), amounts)
    if applies.truth is None:
        return _or_excepted(Finding(rule, book, "missing", applies.seen, applies.missing, amounts), project)
    if _enough(offered + sum((one.available for one in maybe), Decimal(0)), needed, rule.strict):
        # It is enough if place and kind are right; they have to be told.
        wanted = {"place_unknown": "region", "kind_unknown": "what"}
        asked = tuple(
            f"replacements.{one.replacement.source}.{wanted[one.reason]}"
            for one in uncounted
            if one.reason in wanted
        )
        return _or_excepted(Finding(rule, book, "missing", applies.seen, asked, amounts), project)
    return _or_excepted(Finding(rule, book, "unmet", applies.seen, (), amounts), project)


def _enough(offered: Decimal, needed: Decimal, strict: bool) -> bool:
    return offered > needed if strict else offered >= needed


def _band(rule: Rule, base: Decimal) -> Decimal:
    for band in rule.bands:
        if band.above < base and (band.up_to is None or base <= band.up_to):
            return band.ratio
    raise AssertionError("bands have no gaps")


def _counted(
    rule: Rule, project: Project, what: str
) -> tuple[list[Replacement], list[Replacement], tuple[Uncounted, ...]]:
    """Replacements that count, those that would if their place were known, and the others with the reason."""
    counted, maybe, uncounted = [], [], []
    for one in project.replacements:
        if one.pollutant != what:
            continue
        if one.available <= 0:
            uncounted.append(Uncounted(one, "used_up"))
        elif any(name in one.what for name in rule.exclude):
            uncounted.append(Uncounted(one, "excluded_kind"))
        elif (
            rule.within and one.region is not None and not prefix(one.region).startswith(prefix(rule.within))
        ):
            uncounted.append(Uncounted(one, "elsewhere"))
        elif rule.within and one.region is None:
            maybe.append(one)
            uncounted.append(Uncounted(one, "place_unknown"))
        elif rule.exclude and not one.what:
            maybe.append(one)
            uncounted.append(Uncounted(one, "kind_unknown"))
        else:
            counted.append(one)
    return counted, maybe, tuple(uncounted)
