"""What is said about an admission, for people and as JSON. English; the catalogue has the Chinese."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lantian.rules.sources.admission import Amounts, Decision, Finding
from lantian.rules.sources.admission_books import AdmissionBook, AdmissionLibrary
from lantian.rules.sources.admission_conditions import Seen
from lantian.rules.sources.admission_facts import FactKind
from lantian.rules.sources.errors import Message, Translate, _

VERDICTS: dict[str, str] = {
    "allowed": _("may be allowed"),
    "conditional": _("may be allowed with conditions"),
    "undecidable": _("cannot be decided yet"),
    "refused": _("refused"),
}

STATES: dict[str, str] = {
    "not_applicable": _("does not apply"),
    "met": _("complied with"),
    "condition": _("condition of the approval"),
    "excepted": _("excepted on paper"),
    "missing": _("open: something is missing"),
    "unmet": _("not complied with"),
    "forbidden": _("banned"),
}

#: reason for which a book does not count
PASSED_OVER: dict[str, str] = {
    "not_yet": _("holds only from %(day)s"),
    "ended": _("held until %(day)s"),
    "replaced": _("replaced by a book of the office"),
    "finer_place": _("is for a part of the place; name the county of the project"),
}

#: reason for which a replacement does not count
UNCOUNTED: dict[str, str] = {
    "elsewhere": _("it lies elsewhere"),
    "place_unknown": _("its place is not told"),
    "kind_unknown": _("its kind is not told"),
    "excluded_kind": _("reductions of its kind do not count"),
    "used_up": _("it is used up by other projects"),
}

#: values of facts
VALUES: dict[str, str] = {
    "true": _("true"),
    "false": _("false"),
    "new": _("newly built"),
    "rebuilt": _("rebuilt"),
    "expanded": _("expanded"),
    "moved": _("moved here"),
    "boiler": _("boiler"),
    "kiln": _("kiln"),
    "heater": _("heater"),
    "gasifier": _("coal gasifier"),
    "power_unit": _("power unit"),
    "raw_coal": _("raw coal, hand-fired"),
    "coal": _("coal"),
    "pulverised_coal": _("pulverised coal"),
    "raw_biomass": _("raw biomass"),
    "biomass": _("biomass pellets"),
    "heavy_oil": _("heavy oil"),
    "oil": _("light oil"),
    "gas": _("gas"),
    "electricity": _("electricity"),
    "waste_heat": _("waste heat"),
    "central_heating": _("central heating"),
    "residential_heating": _("heating of dwellings"),
    "own_use": _("own use"),
    "backup": _("backup"),
    "process": _("process"),
    "power": _("power generation"),
    "fuel_gas": _("fuel gas"),
    "dust": _("dust"),
    "other": _("other"),
    "priority": _("priority protection"),
    "key": _("key control"),
    "general": _("general control"),
    "encouraged": _("encouraged"),
    "permitted": _("permitted"),
    "restricted": _("restricted"),
    "eliminated": _("eliminated"),
    "leading": _("leading"),
    "non_leading": _("non-leading"),
}

#: labels of what is no fact of its own
OTHER_LABELS: dict[str, str] = {
    "trade": _("class of trade"),
    "industries": _("industry"),
    "region": _("the county of the project"),
    "books": _("a decision book of this place and day"),
}

BETWEEN = _("; ")


def plain(value: Decimal) -> str:
    """A number without needless zeros.

    >>> plain(Decimal("0.60")), plain(Decimal("200000"))
    ('0.6', '200000')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fact_label(key: str, library: AdmissionLibrary, translate: Translate = _) -> str:
    """What a fact is called; items of lists and papers, too."""
    if key in OTHER_LABELS:
        return translate(OTHER_LABELS[key])
    group, _dot, rest = key.partition(".")
    if group == "approvals":
        return translate(library.approvals.get(rest, rest))
    if group == "replacements":
        source, _dot, what = rest.rpartition(".")
        message = (
            _("place of the replacement %(source)s")
            if what == "region"
            else _("kind of the replacement %(source)s")
        )
        return translate(message) % {"source": source}
    if key in library.facts:
        kind = library.facts[key]
        name = rest if group in ("emissions", "added") else ""
        return f"{translate(kind.label)} {name}".strip()
    listed, _dot, field = key.partition("].")
    name, _bracket, place = listed.partition("[")
    kind = (library.facts[name].fields or {})[field] if name in library.facts else FactKind("text", field)
    owner = translate(library.facts[name].label) if name in library.facts else name
    return f"{owner} {place}: {translate(kind.label)}"


def _value(text: str, translate: Translate) -> str:
    return "/".join(translate(VALUES[part]) if part in VALUES else part for part in text.split("/"))


def compared(seen: Seen, library: AdmissionLibrary, translate: Translate = _) -> str:
    """A comparison in words: what, what it is, and against what where that is a number."""
    label = fact_label(seen.fact, library, translate)
    if seen.holds is None:
        return f"{label}: ?"
    value = _value(seen.value, translate)
    return (
        f"{label}: {value} ({seen.op} {seen.wanted})"
        if seen.op in (">", ">=", "<", "<=")
        else f"{label}: {value}"
    )


def why(finding: Finding, library: AdmissionLibrary, translate: Translate = _) -> str:
    """Why a rule says what it says."""
    said = list(_sum(finding.amounts, translate)) if finding.amounts else []
    if finding.state == "condition" and finding.missing:
        said.append(
            _said(_("to be stated unless it is shown not to apply (%(names)s)"), translate,
                  names=_names(finding.missing, library, translate))
        )  # fmt: skip
    elif finding.state == "missing":
        said.append(
            _said(_("to be told: %(names)s"), translate, names=_names(finding.missing, library, translate))
        )
    elif finding.state == "excepted":
        said.append(_said(_("exception granted: %(paper)s"), translate, paper=finding.exception))
    if finding.rule.strength == "principle" and finding.state in ("forbidden", "unmet"):
        said.append(translate(_("holds in principle: an exception has to be on paper")))
    shown = [one for one in finding.seen if one.holds is not None]
    said += dict.fromkeys(compared(one, library, translate) for one in shown)
    return translate(BETWEEN).join(said)


def _said(message_id: str, translate: Translate, **params: str | int) -> str:
    return Message(message_id, **params).text(translate)


def _names(keys: Iterable[str], library: AdmissionLibrary, translate: Translate) -> str:
    return "、".join(fact_label(key, library, translate) for key in keys)


def _sum(amounts: Amounts, translate: Translate) -> Iterable[str]:
    if amounts.base is not None and amounts.ratio is not None and amounts.needed is not None:
        yield _said(
            _("%(what)s: needed %(ratio)s × %(base)s t/a = %(needed)s t/a, offered %(offered)s t/a"), translate,
            what=_value(amounts.pollutant, translate), ratio=plain(amounts.ratio), base=plain(amounts.base),
            needed=plain(amounts.needed), offered=plain(amounts.offered),
        )  # fmt: skip
        if amounts.lacking:
            yield _said(_("lacking %(lacking)s t/a"), translate, lacking=plain(amounts.lacking))
        elif amounts.strict and amounts.offered == amounts.needed:
            yield translate(_("more than that is wanted"))
    for one in amounts.uncounted:
        yield _said(
            _("%(t)s t/a of %(source)s not counted (%(reason)s)"), translate,
            t=plain(one.replacement.amount), source=one.replacement.source, reason=translate(UNCOUNTED[one.reason]),
        )  # fmt: skip


def passed_over(book: AdmissionBook, reason: str, translate: Translate = _) -> str:
    """Why a book of the place does not count."""
    day = book.valid_from if reason == "not_yet" else book.valid_to
    return translate(PASSED_OVER[reason]) % {"day": day or ""}


def as_json(decision: Decision, library: AdmissionLibrary, translate: Translate = _) -> dict[str, Any]:
    """The contract of ``lantian sources admit --json``; amounts are texts, so that they stay exact."""
    project = decision.project
    return {
        "project": project.id or None,
        "name": project.name or None,
        "region": project.region,
        "day": project.day.isoformat(),
        "verdict": decision.verdict,
        "missing": [
            {"fact": key, "label": fact_label(key, library, translate)} for key in decision.missing
        ],
        "rules": [_finding(finding, library, translate) for finding in decision.findings],
        "books": [
            {
                "book": book.id,
                "document": book.document,
                "document_key": book.document_key or None,
                "region": book.region,
                "valid_from": book.valid_from.isoformat(),
                "valid_to": book.valid_to.isoformat() if book.valid_to else None,
                "local": book.local,
                "set_otherwise": list(book.overrides),
            }
            for book in decision.books
        ],
        "passed_over": [
            {"book": book.id, "reason": reason, "message": passed_over(book, reason, translate)}
            for book, reason in decision.passed_over
        ],
    }  # fmt: skip


def _finding(finding: Finding, library: AdmissionLibrary, translate: Translate) -> dict[str, Any]:
    rule = finding.rule
    return {
        "rule": rule.key,
        "document": finding.book.document,
        "document_key": finding.book.document_key or None,
        "clause": rule.clause,
        "grade": rule.grade,
        "kind": rule.kind,
        "in_principle": rule.strength == "principle",
        "label": rule.label,
        "state": finding.state,
        "verdict": finding.verdict,
        "seen": [
            {"fact": one.fact, "value": one.value, "op": one.op, "wanted": one.wanted, "holds": one.holds}
            for one in finding.seen
        ],
        "missing": list(finding.missing),
        "amounts": _amounts(finding.amounts),
        "why": why(finding, library, translate),
        "note": rule.note or None,
    }


def _amounts(amounts: Amounts | None) -> dict[str, Any] | None:
    if amounts is None:
        return None

    def text(value: Decimal | None) -> str | None:
        return None if value is None else plain(value)

    return {
        "pollutant": amounts.pollutant,
        "unit": "t/a",
        "base": text(amounts.base),
        "ratio": text(amounts.ratio),
        "needed": text(amounts.needed),
        "offered": text(amounts.offered),
        "lacking": text(amounts.lacking),
        "sources": list(amounts.sources),
        "not_counted": [
            {"source_id": one.replacement.source, "t": plain(one.replacement.amount), "reason": one.reason}
            for one in amounts.uncounted
        ],
    }
