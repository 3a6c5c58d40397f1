"""``lantian air targets``: what is left of a target, by months, weeks and days, and how likely it is; without a database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.air import Overrides, Standard, air_app, fail, libraries, say, with_progress
from lantian.cli.air_evaluate import By, Validity, read_errors

if TYPE_CHECKING:
    from lantian.rules.air.evaluation import Scheme
    from lantian.rules.air.outlook import Assumption, Material, Outlook
    from lantian.rules.air.periods import Period
    from lantian.rules.air.targets import AirTarget

#: draws of the probability at most, so that a slip of the finger does not fill the memory
_MOST_DRAWS = 20_000


@air_app.command(
    help=_(
        "Say what is left of targets of a place: the highest mean or the days that the rest of the period may have, parts by"
        " months and days, control values, probability. Reads CSV files of days of cities or of hours of stations."
    )
)
def targets(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE.csv[.gz]…", help=_("The tables to read."), show_default=False),
    ],
    target: Annotated[
        list[str],
        typer.Option(
            "--target",
            help=_(
                "The target, as a plan writes it or in short: PM2.5<=52, O3<=160, 优良天数>=200, PM2.5下降5%. May be given"
                " several times."
            ),
            show_default=False,
        ),
    ],
    period: Annotated[
        str,
        typer.Option(
            "--period", help=_("2026, 2026-11-15:2027-03-15, 2026Q3 or 2026-07."), show_default=False
        ),
    ],
    entity: Annotated[str, typer.Option("--entity", help=_("The city or station."), show_default=False)],
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            help=_(
                "Reference years, as 2023,2024,2025; by default the three years before the period that the tables have."
            ),
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            help=_("The last day that is known; by default the last one with a value."),
            show_default=False,
        ),
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            help=_(
                "What if the rest lies so many per cent below the reference years (-10%), or has this mean, or so many bad or"
                " heavy days (45)?"
            ),
            show_default=False,
        ),
    ] = None,
    of: Annotated[By, typer.Option("--of", help=_("Whether the place is a city or a station."))] = By.CITY,
    validity: Annotated[
        Validity,
        typer.Option(
            "--validity",
            help=_("strict: nothing below the minimum of data; available: what there is, and it is said."),
        ),
    ] = Validity.STRICT,
    standard: Annotated[
        Standard,
        typer.Option(
            "--standard",
            help=_("Edition: auto takes that of the last day of the period, 2012 or 2026 this one for all."),
        ),
    ] = Standard.AUTO,
    draws: Annotated[
        int, typer.Option("--draws", min=100, max=_MOST_DRAWS, help=_("Draws of the probability."))
    ] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help=_("Seed of the draws."))] = 20_151,
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON instead of a text."))] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.xlsx",
            help=_("Write the tables to an Excel file."),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say what is left of targets."""
    from lantian.rules.air.errors import AirError
    from lantian.rules.air.evaluation import scheme_for
    from lantian.rules.air.outlook import Material, outlook
    from lantian.rules.air.target_tables import as_record

    if output is not None and output.suffix.lower() != ".xlsx":
        raise fail(f"{output}: {_('Name a file that ends in .xlsx.')}")
    wanted = _period(period)
    read = [_target(text, wanted) for text in target]
    assumed = [_assumed(text) for text in what_if or ()]
    aqi_books, books = libraries(overrides)
    try:
        scheme = scheme_for(wanted, standard.value, books, aqi_books)
    except AirError:
        message = _("No edition of the standard holds on the days of %(period)s. Name one with --standard.")
        raise fail(message % {"period": wanted.text}) from None
    years = _years(reference, wanted)
    days = _days(files, wanted, years, read, of, scheme, validity, entity)
    last = _until(until, wanted, days, entity)
    used = _usable(days, years, wanted, given=reference is not None)
    material = Material(entity, days, used, scheme, validity.value)
    found: list[tuple[Outlook, list[Assumption]]] = []
    for one in read:
        result = outlook(material, one, wanted, last, draws=draws, seed=seed)
        _not_over(result)
        found.append((result, [_assume(material, result, given, draws, seed) for given in assumed]))
    if as_json:
        records = [as_record(one, _, assumptions) for one, assumptions in found]
        print(json.dumps(records, ensure_ascii=False, indent=1))
    if output is not None:
        _write(output, [one for one, _assumptions in found])
    if not as_json:
        for place, (shown, assumptions) in enumerate(found):
            print("\n" * (place > 0) + "\n".join(_lines(shown, assumptions)))


# --- what is asked for ---


def _period(text: str) -> Period:
    from lantian.rules.air.periods import PeriodUnreadable, period_of

    try:
        return period_of(text)
    except PeriodUnreadable:
        message = _("“%(text)s” is no period. Write 2026, 2026-11-15:2027-03-15, 2026Q3 or 2026-07.")
        raise fail(message % {"text": text}) from None


def _target(text: str, period: Period) -> AirTarget:
    from lantian.rules.air.target_words import UNREADABLE
    from lantian.rules.air.targets import DAILY, TargetUnreadable, read_target

    try:
        found = read_target(text, period.first.year)
    except TargetUnreadable as error:
        raise fail(_(UNREADABLE[error.code]) % {"text": text}) from None
    if found.measure in DAILY:
        code = "unknown"
        raise fail(_(UNREADABLE[code]) % {"text": text})
    return found


def _assumed(text: str) -> tuple[str, Decimal]:
    """``cut`` with the per cent, below 0 where the rest lies above, or ``value``."""
    given = text.strip().replace("％", "%").replace("−", "-")
    try:
        if given.endswith("%"):
            cut = -Decimal(given[:-1].strip())
            if not -1000 <= cut <= 100:
                raise InvalidOperation
            return "cut", cut
        value = Decimal(given)
        if not value.is_finite() or not 0 <= value <= 100_000:
            raise InvalidOperation
    except InvalidOperation:
        message = _("“%(text)s” is no assumption. Write -10%% or 45.")
        raise fail(message % {"text": text}) from None
    return "value", value


def _years(text: str | None, period: Period) -> list[int]:
    first = period.first.year
    if text is None:
        return [first - 3, first - 2, first - 1]
    found = []
    for part in text.replace("，", ",").split(","):
        given = part.strip()
        if not (given.isascii() and given.isdigit() and 1900 <= int(given) <= 2200):
            raise fail(_("“%(text)s” is no year. Write --reference 2023,2024,2025.") % {"text": given})
        found.append(int(given))
    return sorted(set(found))


def _span(period: Period, years: Sequence[int], targets: Sequence[AirTarget]) -> tuple[date, date]:
    """All days that are read: the period, its reference years, its bases, and a month around them."""
    from datetime import timedelta

    from lantian.rules.air.outlook import base_period
    from lantian.rules.air.periods import PeriodUnreadable, same_period

    try:
        spans = [period, *(same_period(period, year - period.first.year) for year in years)]
        spans += [base_period(one, period) for one in targets if one.reduction]
    except PeriodUnreadable as error:
        message = _("“%(text)s” is no period. Write 2026, 2026-11-15:2027-03-15, 2026Q3 or 2026-07.")
        raise fail(message % {"text": error.text}) from None
    around = timedelta(days=31)
    return min(one.first for one in spans) - around, max(one.last for one in spans) + around


def _days(
    files: Sequence[Path],
    period: Period,
    years: Sequence[int],
    targets: Sequence[AirTarget],
    of: By,
    scheme: Scheme,
    validity: Validity,
    entity: str,
) -> dict[date, Mapping[str, Any]]:
    """The daily values of the place from all tables; of a day in several the last one counts."""
    from lantian.office.csv_stream import open_csv
    from lantian.rules.air.air_tables import AirTable
    from lantian.rules.air.periods import Period as Days

    first, last = _span(period, years, targets)
    span = Days(f"{first}:{last}", "range", first, last)
    found: dict[date, Mapping[str, Any]] = {}
    names: set[str] = set()
    for file in files:
        with read_errors(file), open_csv(file) as reader:
            table = AirTable(reader.header, span, of.value)
            for start, rows in with_progress(reader, file):
                table.add(rows, start)
        entities = table.entities(scheme, available=validity is Validity.AVAILABLE)
        names |= set(entities)
        name = _named(entity, entities)
        if name is not None:
            if name != entity:
                say(
                    _("%(file)s: %(entity)s stands there as %(name)s.")
                    % {"file": file, "entity": entity, "name": name}
                )
            found.update(entities[name][0])
        if table.ozone_assumed and any(one.pollutant == "O3" or not one.pollutant for one in targets):
            say(_("There is no column o3_8h: o3 is read as the daily maximum 8 h."))
        if table.bad_count:
            say(_("%(count)s cells could not be used:") % {"count": table.bad_count})
    if not found:
        close = get_close_matches(entity, sorted(names), 3, 0.5)
        message = _("The tables have nothing of %(entity)s between %(first)s and %(last)s.")
        said = message % {"entity": entity, "first": first, "last": last}
        raise fail(
            said
            + (" " + _("Is one of these meant: %(names)s?") % {"names": "、".join(close)} if close else "")
        )
    return dict(sorted(found.items()))


def _named(entity: str, names: Mapping[str, Any]) -> str | None:
    """The name of a place in a table, with or without the 市 at its end."""
    other = entity.removesuffix("市") if entity.endswith("市") else entity + "市"
    return next((name for name in (entity, other) if name in names), None)


def _until(text: str | None, period: Period, days: Mapping[date, Any], entity: str) -> date:
    from datetime import timedelta

    if text is None:
        inside = [day for day in days if day in period]
        if not inside:
            message = _(
                "The tables have nothing of %(entity)s in %(period)s. Name the last day that is known with --until, to plan"
                " ahead."
            )
            raise fail(message % {"entity": entity, "period": period.text})
        return max(inside)
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise fail(_("“%(text)s” is no day. Write --until 2026-11-24.") % {"text": text}) from None
    before = period.first - timedelta(days=1)
    if found < before:
        message = _("--until %(day)s lies before %(period)s. The earliest is %(before)s, to plan all of it.")
        raise fail(message % {"day": found, "period": period.text, "before": before})
    return found


def _usable(days: Mapping[date, Any], years: Sequence[int], period: Period, *, given: bool) -> list[int]:
    """The reference years; an error where none that was asked for has any day."""
    from lantian.rules.air.periods import same_period

    there = []
    for year in years:
        other = same_period(period, year - period.first.year)
        if year != period.first.year and any(day in other for day in days):
            there.append(year)
    if given and not there:
        message = _("The tables have no day of the reference years %(years)s in the same period.")
        raise fail(message % {"years": "、".join(map(str, years))})
    # Years that were named stay, so that what they lack is said.
    return list(years) if given else there


def _not_over(found: Outlook) -> None:
    from lantian.rules.air.target_tables import shown
    from lantian.rules.air.target_words import STATES

    if found.strict is None or found.strict.rest:
        return
    message = _(
        "%(target)s: %(period)s ended on %(last)s with %(result)s (%(state)s). Nothing is left; name an earlier --until."
    )
    said = {
        "target": found.target.text,
        "period": found.period.text,
        "last": found.period.last,
        "result": shown(found.strict.to_date, found),
        "state": _(STATES[found.strict.state]),
    }
    raise fail(message % said)


def _assume(
    material: Material, found: Outlook, given: tuple[str, Decimal], draws: int, seed: int
) -> Assumption:
    from lantian.rules.air.outlook import assume_cut, assume_value

    kind, number = given
    if kind == "cut":
        return assume_cut(material, found, number, draws=draws, seed=seed)
    return assume_value(material, found, number)


# --- text ---


def _lines(found: Outlook, assumptions: Sequence[Assumption]) -> list[str]:
    """What is said of a target."""
    from lantian.rules.air.target_phrases import (
        chance_lines,
        left_words,
        percent_words,
        unit_words,
        what_if_words,
    )
    from lantian.rules.air.target_tables import shown
    from lantian.rules.air.target_words import BUDGETS, reason_in_words

    target, period = found.target, found.period
    head = {
        "entity": found.entity,
        "target": target.text,
        "period": period.text,
        "first": period.first,
        "last": period.last,
        "until": found.until,
    }
    lines = [_("%(entity)s  %(target)s  %(period)s (%(first)s to %(last)s), known until %(until)s") % head]
    if found.base is not None and found.absolute is not None:
        message = _("Base %(period)s: %(value)s; the target is at most %(target)s %(unit)s")
        said = {
            "period": found.base.period.text,
            "value": shown(found.base.value, found),
            "target": f"{found.absolute.value.normalize():f}",
            "unit": target.unit,
        }
        lines.append("  " + message % said)
    left = found.strict
    if left is not None:
        message = _(
            "By %(book)s; %(elapsed)s days passed, %(valid)s with a value (%(coverage)s), %(rest)s to come"
        )
        days: dict[str, object] = {
            "book": found.book,
            "elapsed": left.elapsed,
            "valid": left.valid,
            "coverage": "—" if left.coverage is None else percent_words(left.coverage),
            "rest": left.rest,
        }
        lines.append("  " + message % days)
        if left.to_date is not None:
            now = {"value": shown(left.to_date, found), "unit": unit_words(found, _)}
            lines.append("  " + _("So far: %(value)s%(unit)s") % now)
        lines.append("  " + _("Strictly: %(what)s") % {"what": left_words(left, found, _)})
        if found.judged is not None and found.judged != left:
            lines.append(
                "  " + _("As judged, rounded: %(what)s") % {"what": left_words(found.judged, found, _)}
            )
    if found.usual is not None:
        years = "、".join(map(str, found.shape.years)) if found.shape else ""
        if found.budget:
            message = _("The same days of %(years)s had %(value)s %(budget)s")
            said = {
                "years": years,
                "value": f"{float(found.usual):.1f}",
                "budget": _(BUDGETS[target.measure]),
            }
        else:
            message = _("The same days of %(years)s had a mean of %(value)s%(unit)s")
            said = {"years": years, "value": shown(found.usual, found), "unit": unit_words(found, _)}
        lines.append("  " + message % said)
    lines += ["  " + line for line in chance_lines(found, _)]
    lines += _control_lines(found)
    lines += _month_lines(found)
    lines += ["  " + what_if_words(one, found, _) for one in assumptions]
    lines += ["  " + _("Note: %(reason)s") % {"reason": reason_in_words(one, _)} for one in found.reasons]
    return lines


def _control_lines(found: Outlook) -> list[str]:
    from lantian.rules.air.target_words import SPANS

    if found.control is None or not found.control.spans:
        return []
    heading = _(
        "Control values (days make up the week, weeks the month, months the quarter, quarters the period)"
    )
    lines = ["  " + heading]
    for span in found.control.spans:
        lines.append(
            "    "
            + "\t".join([_(SPANS[span.level]), f"{span.first}—{span.last}", f"{span.days}", f"{span.value}"])
        )
    return lines


def _month_lines(found: Outlook) -> list[str]:
    from lantian.rules.air.target_phrases import month_heads, month_table

    rows = month_table(found, _)
    if not rows:
        return []
    return [
        "  " + _("Parts by months, which make up the whole exactly"),
        *("    " + "\t".join(str(cell) for cell in row) for row in [month_heads(found, _), *rows]),
    ]


# --- Excel ---


def _write(output: Path, found: Sequence[Outlook]) -> None:
    from lantian.office.ledger import LedgerColumn, Table, write_tables
    from lantian.rules.air.target_phrases import month_heads, month_table
    from lantian.rules.air.target_words import SPANS

    tables = []
    for number, one in enumerate(found, 1):
        title = f"{one.entity}  {one.target.text}  {one.period.text}"
        note = _("known until %(until)s, by %(book)s") % {"until": one.until, "book": one.book}
        lead = f"{number}_" if len(found) > 1 else ""
        summary = [[line.strip()] for line in _lines(one, [])[1:] if "\t" not in line]
        tables.append(
            Table(lead + _("Outlook"), title, [LedgerColumn(_("Outlook"), width=100)], summary, note)
        )
        months = month_table(one, _)
        if months:
            # The first column is a text; numbers are numbers, so that Excel can add them up.
            heads = [LedgerColumn(name, align="right") for name in month_heads(one, _)]
            rows = [[None if cell in ("—", "") else cell for cell in row] for row in months]
            tables.append(Table(lead + _("Parts by months"), title, heads, rows, note))
        if one.control is not None:
            spans: list[list[Any]] = [
                [_(SPANS[span.level]), span.first, span.last, span.days, span.value]
                for span in one.control.spans
            ]
            names = [_("span"), _("from"), _("to"), _("days"), _("control value")]
            tables.append(Table(lead + _("Control values"), title, names, spans, note))
            days: list[list[Any]] = [
                [day, Decimal(units).scaleb(-one.control.digits)] for day, units in one.control.days
            ]
            tables.append(
                Table(lead + _("Values by days"), title, [_("day"), _("control value")], days, note)
            )
    try:
        write_tables(tables, output)
    except OSError as error:
        values = {"path": output, "reason": error.strerror or error}
        raise fail(_("%(path)s cannot be written: %(reason)s.") % values) from None
