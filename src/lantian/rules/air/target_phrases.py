"""Sentences and tables about an outlook, for the console and the pages alike. English; the catalogue has the Chinese."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lantian.rules.air.attaining import Chance
from lantian.rules.air.outlook import Assumption, Outlook
from lantian.rules.air.remaining import OPEN, Left, down
from lantian.rules.air.target_tables import month_rows, shown
from lantian.rules.air.target_words import BUDGETS, STATES
from lantian.rules.air.targets import CONCENTRATIONS, COUNTS, MEAN, PERCENTILE, RATIOS, WANTED

#: gives a message in the language of the reader; in this module it is called ``_``, so that messages are found
Translate = Callable[[str], str]


def percent_words(value: Decimal) -> str:
    """A probability or share in per cent."""
    return f"{float(value) * 100:.1f}%"


def unit_words(found: Outlook, _: Translate) -> str:
    """The unit of a result."""
    measure = found.target.measure
    if measure in CONCENTRATIONS:
        return " " + found.target.unit
    return "%" if measure in RATIOS else _(" days") if measure in COUNTS else ""


def left_words(left: Left, found: Outlook, _: Translate) -> str:
    """What is left, as a sentence."""
    said = _(STATES[left.state])
    target = found.absolute or found.target
    if target.measure == MEAN and left.allowance is not None and left.state == OPEN:
        digits = 2 if target.pollutant == "CO" else 1
        values = {"value": down(left.allowance, digits), "unit": unit_words(found, _)}
        if left.excluded:
            return said + _("; the rest may have a mean below %(value)s%(unit)s") % values
        return said + _("; the rest may have a mean of at most %(value)s%(unit)s") % values
    if left.days_left is None or target.measure not in BUDGETS:
        return said
    counts: dict[str, Any] = {
        "used": left.used,
        "whole": left.whole,
        "left": left.days_left,
        "budget": _(BUDGETS[target.measure]),
        "needed": left.days_needed,
    }
    said += _("; %(budget)s: %(used)s of %(whole)s used") % counts
    if left.state == OPEN:
        said += _(", %(left)s may still come") % counts
    if target.measure in WANTED and left.state == OPEN:
        said += _(", %(needed)s good days are still needed") % counts
    return said


def chance_lines(found: Outlook, _: Translate) -> list[str]:
    """The probabilities, a line each."""
    lines = []
    if found.chance is not None:
        message = _("Probability of attaining, as in %(years)s: %(chance)s")
        said = {
            "years": "、".join(map(str, found.chance.years)),
            "chance": chance_words(found.chance, found, _),
        }
        lines.append(message % said)
        lines += [
            "  "
            + _("rest as in %(year)s: %(result)s, %(verdict)s")
            % {
                "year": one.year,
                "result": result_words(one.result, found, _),
                "verdict": met_words(one.holds, _),
            }
            for one in found.chance.replays
        ]
    if found.chance_level is not None:
        message = _("Probability at the level of this year so far (× %(scale)s): %(chance)s")
        said = {
            "scale": f"{float(found.chance_level.scale):.4f}",
            "chance": chance_words(found.chance_level, found, _),
        }
        lines.append(message % said)
    return lines


def met_words(held: bool | None, _: Translate) -> str:
    """Whether it attains."""
    return _("attained") if held else _("missed")


def result_words(value: Any, found: Outlook, _: Translate) -> str:
    """A result with its unit."""
    return "—" if value is None else f"{shown(value, found)}{unit_words(found, _)}"


def chance_words(chance: Chance, found: Outlook, _: Translate) -> str:
    """A probability with its interval and how it was drawn."""
    message = _(
        "%(probability)s (95%% interval %(low)s to %(high)s, %(draws)s draws of blocks of %(block)s days, seed %(seed)s);"
        " result %(middle)s, 5%% to 95%%: %(least)s to %(most)s"
    )
    results = [result_words(one, found, _) for one in chance.results] or ["—"] * 3
    return message % {
        "probability": percent_words(chance.probability),
        "low": percent_words(chance.low),
        "high": percent_words(chance.high),
        "draws": chance.draws,
        "block": chance.block,
        "seed": chance.seed,
        "least": results[0],
        "middle": results[1],
        "most": results[2],
    }


def month_heads(found: Outlook, _: Translate) -> list[str]:
    """Headings of the table of months."""
    target = found.absolute or found.target
    if found.budget:
        return [_("month"), _("days"), _(BUDGETS[target.measure]), _("so far"), _("known days")]
    return [
        _("month"),
        _("days"),
        _("control value"),
        _("value × days"),
        _("so far"),
        _("known days"),
    ]


def month_table(found: Outlook, _: Translate) -> list[list[Any]]:
    """The table of months, with the whole as its last row."""
    table: list[list[Any]] = []
    for row in month_rows(found):
        actual: Any = "—" if row.actual is None else shown(row.actual, found)
        if found.budget and row.actual is not None:
            actual = int(row.actual)
        cells: list[Any] = [f"{row.year}-{row.month:02}", row.days, row.planned]
        if not found.budget:
            cells.append(row.total)
        table.append([*cells, actual, row.known])
    if table:
        total: list[Any] = [_("whole"), sum(row[1] for row in table)]
        if found.budget:
            total += [sum(row[2] for row in table)]
        else:
            whole = sum(row[3] for row in table)
            total += [(whole / total[1]).normalize() + Decimal(0), whole]
        table.append([*total, "", sum(row[-1] for row in table)])
    return table


def what_if_words(one: Assumption, found: Outlook, _: Translate) -> str:
    """An assumption and what comes of it."""
    if one.cut is not None:
        head = _("If the concentrations of the rest lie %(cut)s%% below the reference years") % {
            "cut": one.cut
        }
        if one.cut < 0:
            head = _("If the concentrations of the rest lie %(cut)s%% above the reference years") % {
                "cut": -one.cut
            }
    elif found.budget and found.target.measure != PERCENTILE:
        values = {"value": one.value, "budget": _(BUDGETS[found.target.measure])}
        head = _("If the rest has %(value)s %(budget)s") % values
    else:
        head = _("If the rest has %(value)s%(unit)s") % {"value": one.value, "unit": unit_words(found, _)}
    if one.result is None:
        return head + _(": cannot be told")
    said = {
        "result": result_words(one.result, found, _),
        "strict": met_words(one.strict, _),
        "judged": met_words(one.judged, _),
    }
    tail = _(": %(result)s, strictly %(strict)s, as judged %(judged)s") % said
    if one.chance is not None:
        tail += _(", probability %(probability)s") % {"probability": percent_words(one.chance.probability)}
    return head + tail
