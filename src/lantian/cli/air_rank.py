"""``lantian air rank``: places in order by a list of rankings, from tables of daily or hourly values, without a database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.air import Overrides, Standard, air_app, all_books, fail, say, with_progress
from lantian.cli.air_evaluate import (
    By,
    EditionOption,
    EntitiesOption,
    Validity,
    ValidityOption,
    read_errors,
    read_names,
    say_of_table,
)

if TYPE_CHECKING:
    from lantian.rules.air.air_tables import AirTable
    from lantian.rules.air.comparison import Footing
    from lantian.rules.air.evaluation import Evaluation, Scheme
    from lantian.rules.air.exclusions import Both, Excluded
    from lantian.rules.air.periods import Period
    from lantian.rules.air.ranking_lists import RankingList, RankingLists
    from lantian.rules.air.rankings import Placed, Ranking

_SHOWN = 5


class TakenOut(StrEnum):
    """From what days of sand and of exceptional events are taken out."""

    LIST = "list"
    ALL = "all"
    NONE = "none"


@air_app.command(
    help=_(
        "Rank cities or stations for a period: by a list of rankings or by one figure, with change against a base"
        " period, days taken out, and the arithmetic of each place."
    )
)
def rank(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv[.gz]", help=_("The table to read."), show_default=False)
    ],
    period: Annotated[
        str,
        typer.Option(
            "--period",
            help=_(
                "2015-07, 2015-07-上旬, 2015Q1, 2015H1, 2015-winter, 2015, 2015YTD-11-25 or 2015-07-01:2015-07-10."
            ),
            show_default=False,
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="LIST",
            help=_("A list of rankings; --list help names them."),
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="FIGURE",
            help=_(
                "Order by one figure: index (by default), pm25, pm10, good_days, good_ratio …, change for that of the"
                " index, change-pm25 …"
            ),
            show_default=False,
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="PERIOD",
            help=_("The period that is compared with; the same one of last year where a list needs one."),
            show_default=False,
        ),
    ] = None,
    base_file: Annotated[
        Path | None,
        typer.Option(
            "--base-file",
            metavar="FILE",
            help=_("The table of the base period, if it is another one."),
            show_default=False,
        ),
    ] = None,
    of: Annotated[By, typer.Option("--of", help=_("What is evaluated and ranked."))] = By.CITY,
    validity: ValidityOption = Validity.STRICT,
    standard: EditionOption = Standard.AUTO,
    entities: EntitiesOption = None,
    exclude: Annotated[
        Path | None,
        typer.Option(
            "--exclude",
            metavar="FILE",
            help=_(
                "Days or hours that do not count (CSV: entity, from, to, pollutants joined with |, kind sand, exceptional or"
                " other, reason)."
            ),
            show_default=False,
        ),
    ] = None,
    taken_out: Annotated[
        TakenOut,
        typer.Option(
            "--taken-out",
            help=_(
                "What --exclude concerns: list as the list says (concentrations and index, not good and heavy days), all,"
                " or none (the differences are shown)."
            ),
        ),
    ] = TakenOut.LIST,
    leave_out: Annotated[
        Path | None,
        typer.Option(
            "--leave-out",
            metavar="FILE",
            help=_("Who stands in no place, and why (CSV: entity, reason)."),
            show_default=False,
        ),
    ] = None,
    overrides: Overrides = None,
    why: Annotated[bool, typer.Option("--why", help=_("Show the arithmetic of each place."))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON instead of a table."))] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.xlsx|OUT.csv",
            help=_("Write the table to a file."),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Rank places for a period."""
    from lantian.rules.air.attainment import attainment
    from lantian.rules.air.comparison import footing
    from lantian.rules.air.errors import AirError
    from lantian.rules.air.periods import same_period
    from lantian.rules.air.rankings import Candidate
    from lantian.rules.air.rankings import rank as ranking_of

    if output is not None and output.suffix.lower() not in (".xlsx", ".csv"):
        raise fail(f"{output}: {_('Name a file that ends in .xlsx or .csv.')}")
    aqi_books, books, lists, _dust = all_books(overrides)
    wanted = _period(period)
    listed = _list(lists, name, by)
    compared = _period(base) if base is not None else same_period(wanted) if listed.changes else None
    try:
        sides = footing(wanted, compared, standard.value, books, aqi_books)
    except AirError:
        message = _("No edition of the standard holds on the days of %(period)s. Name one with --standard.")
        raise fail(message % {"period": wanted.text}) from None
    names = None if entities is None else read_names(entities, of)
    excluded = [] if exclude is None else _excluded(exclude)
    left_out = {} if leave_out is None else _left_out(leave_out)
    periods = [wanted] if compared is None or base_file is not None else [wanted, compared]
    tables = read_periods(file, periods, of)
    if base_file is not None and compared is not None:
        tables += read_periods(base_file, [compared], of)
    say_of_table(tables[0], sides.this, wanted)
    this = _Side(tables[0], sides.this, wanted, excluded, validity)
    before = None
    if compared is not None and sides.base is not None:
        before = _Side(tables[1], sides.base, compared, excluded, validity)
    names = sorted(this.days) if names is None else names
    pairs = {one: this.both(one) for one in names}
    statistics, days = {
        TakenOut.LIST: (listed.word("statistics"), listed.word("days")),
        TakenOut.ALL: ("removed", "removed"),
        TakenOut.NONE: ("raw", "raw"),
    }[taken_out]
    candidates = []
    for one, both in pairs.items():
        shown, other = both.shown(statistics, days), None if before is None else before.both(one)
        candidates.append(
            Candidate(
                one,
                shown,
                None if other is None else other.shown(statistics, days),
                attainment(shown, sides.this),
                left_out.get(one, ""),
                None if both.raw is both.removed else both.raw,
                None if other is None or other.raw is other.removed else other.raw,
            )
        )
    found = ranking_of(candidates, listed)
    absent = [one for one in names if one not in this.days]
    _say_about(found, sides, compared, absent, left_out, excluded, this)
    if as_json:
        record = _as_record(found, wanted, compared, sides, pairs)
        print(json.dumps(record, ensure_ascii=False, indent=1))
    if output is not None:
        _write(output, found, wanted, compared, pairs)
    elif not as_json:
        for cells in _table(found, pairs):
            print("\t".join("" if cell is None else str(cell) for cell in cells))
    if why and not as_json:
        for row in found.rows:
            for line in _arithmetic(row, found.list, pairs[row.entity]):
                print(line)


# --- what is asked for ---


def _period(text: str) -> Period:
    from lantian.rules.air.periods import PeriodUnreadable, period_of

    try:
        return period_of(text)
    except PeriodUnreadable:
        message = _(
            "“%(text)s” is no period. Write 2015-07, 2015-07-上旬, 2015Q1, 2015H1, 2015-winter, 2015, 2015YTD-11-25 or"
            " 2015-07-01:2015-07-10."
        )
        raise fail(message % {"text": text}) from None


def _list(lists: RankingLists, name: str | None, by: str | None) -> RankingList:
    from lantian.rules.air.measures import KEY_NAMES, UnknownMeasure, key_by
    from lantian.rules.air.ranking_lists import plain_list

    if name is not None and by is not None:
        raise fail(_("Name a list or a figure, not both."))
    if name is not None:
        found = lists.of(name)
        if found is not None:
            return found
        shown = "\n".join(f"  {one.id}\t{one.title}（{one.document}）" for one in lists.lists)
        if name == "help":
            print(shown)
            raise typer.Exit
        raise fail(_("There is no list “%(name)s”. There are:") % {"name": name} + "\n" + shown)
    try:
        return plain_list(key_by(by or "index"))
    except UnknownMeasure:
        message = _("“%(name)s” is no figure. There are: %(names)s")
        raise fail(message % {"name": by, "names": "、".join(KEY_NAMES)}) from None


def small_table(path: Path, *wanted: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of a small list, with their numbers."""
    from lantian.office.csv_stream import open_csv

    found: list[tuple[int, dict[str, str]]] = []
    with read_errors(path), open_csv(path) as reader:
        header = [cell.strip().lower() for cell in reader.header]
        for column in wanted:
            if column not in header:
                message = _("There is no column %(column)s. The columns are: %(wanted)s.")
                raise fail(f"{path}: " + message % {"column": column, "wanted": "、".join(wanted)})
        for first, rows in reader.chunks(1_000):
            for number, row in enumerate(rows, first):
                found.append((number, dict(zip(header, (cell.strip() for cell in row), strict=False))))
    return found


def _left_out(path: Path) -> dict[str, str]:
    found = {}
    for number, row in small_table(path, "entity", "reason"):
        if not row.get("reason"):
            raise fail(f"{path}: " + _("row %(row)s: say why.") % {"row": number})
        found[row["entity"]] = row["reason"]
    return found


def _excluded(path: Path) -> list[Excluded]:
    from lantian.rules.air.exclusions import COLUMNS, KINDS, PARTICLES, SAND, Excluded

    found = []
    for number, row in small_table(path, "entity", "from", "to", "pollutants", "kind", "reason"):
        here = {"row": number}
        first, last = _moment(row.get("from", ""), 0), _moment(row.get("to", ""), 23)
        if first is None or last is None:
            message = _(
                "row %(row)s: from and to are days (2021-03-15) or labels of hours by their end (2021-03-15 08:00)."
            )
            raise fail(f"{path}: " + message % here)
        if last < first:
            raise fail(f"{path}: " + _("row %(row)s: it ends before it begins.") % here)
        names = tuple(
            part.strip().lower().replace(".", "")
            for part in row.get("pollutants", "").split("|")
            if part.strip()
        )
        wrong = [part for part in names if part not in COLUMNS]
        if wrong or row.get("kind") not in KINDS or not row.get("reason"):
            message = _(
                "row %(row)s: pollutants are of %(columns)s, kind is one of %(kinds)s, and a reason is wanted."
            )
            raise fail(
                f"{path}: " + message % {**here, "columns": "、".join(COLUMNS), "kinds": "、".join(KINDS)}
            )
        usual = PARTICLES if row["kind"] == SAND else COLUMNS
        found.append(
            Excluded(
                row["entity"],
                first[0],
                last[0],
                names or usual,
                row["kind"],
                row["reason"],
                first[1],
                last[1],
            )
        )
    return found


def _moment(text: str, hour: int) -> tuple[date, int] | None:
    """A day, with the hour given, or the hour that a label names; counted from 0."""
    from lantian.rules.air.labels import day_of_day, hour_of

    if ":" in text:
        return hour_of(text)
    day = day_of_day(text)
    return None if day is None else (day, hour)


# --- reading and evaluating ---


def read_periods(file: Path, periods: Sequence[Period], of: By) -> list[AirTable]:
    """A table of each period, from one reading of the file."""
    from lantian.office.csv_stream import open_csv
    from lantian.rules.air.air_tables import AirTable

    with read_errors(file), open_csv(file) as reader:
        tables = [AirTable(reader.header, period, of.value) for period in periods]
        for first, rows in with_progress(reader, file):
            for table in tables:
                table.add(rows, first)
    return tables


class _Side:
    """The daily values of a period, with and without what is excluded."""

    def __init__(
        self,
        table: AirTable,
        scheme: Scheme,
        period: Period,
        excluded: Sequence[Excluded],
        validity: Validity,
    ) -> None:
        from lantian.rules.air.air_tables import HOUR

        self.scheme, self.period, self.excluded, self.validity = scheme, period, excluded, validity
        available = validity is Validity.AVAILABLE
        self.hourly = table.interval == HOUR
        self.days = table.entities(scheme, available=available)
        self.left: dict[str, Any] = {}
        if self.hourly and excluded:
            self.left = table.hidden(excluded).entities(scheme, available=available)

    def both(self, name: str) -> Both:
        """The evaluation of somebody."""
        from lantian.rules.air.exclusions import evaluate_both

        values, few = self.days.get(name, ({}, 0))
        left = self.left.get(name, ({}, 0))[0] if self.hourly and self.excluded else None
        return evaluate_both(
            name,
            values,
            self.period,
            self.scheme,
            self.excluded,
            validity=self.validity.value,
            few_points=few,
            left=left,
        )


# --- results ---


def _reasons(row: Placed) -> list[str]:
    from lantian.rules.air.evaluation_words import reason_in_words

    return [reason_in_words(reason, _) for reason in (*row.reasons, *row.candidate.this.reasons)]


def _named(row: Placed) -> str:
    return {"best": _("among the best"), "worst": _("among the worst")}.get(row.named, "")


def _heading(step: Any) -> str:
    from lantian.rules.air.evaluation_words import figure_in_words

    name = figure_in_words(step.key.figure, _)
    if not step.key.change:
        return _with_unit(step.key.figure, name)
    unit = {"percent": "%", "points": _("percentage points"), "days": _("days")}[step.key.unit]
    return _("change of %(figure)s [%(unit)s]") % {"figure": name, "unit": unit}


def _with_unit(figure: str, name: str) -> str:
    from lantian.rules.air.books import POLLUTANTS

    unit = ""
    if figure in POLLUTANTS:
        unit = "mg/m³" if figure == "CO" else "µg/m³"
    elif figure == "good_ratio":
        unit = "%"
    return f"{name}〔{unit}〕" if unit else name


def _cells(row: Placed) -> list[Any]:
    cells: list[Any] = []
    for step in row.steps:
        cells.append(step.value)
        if step.key.change:
            cells += [step.this, step.base]
    return cells


def _table(found: Ranking, pairs: dict[str, Both]) -> list[list[Any]]:
    """The table of a ranking, its header first."""
    from lantian.rules.air.books import POLLUTANTS
    from lantian.rules.air.measures import figure_of

    header = [_("rank"), _("entity")]
    anything = any(row.candidate.raw or row.candidate.raw_base for row in found.rows)
    if anything:
        header.insert(1, _("rank with nothing taken out"))
    if found.rows:
        for step in found.rows[0].steps:
            header.append(_heading(step))
            if step.key.change:
                header += [_("this period"), _("base period")]
    combined = found.list.kind == "combined"
    header += [_("place by level"), _("place by change"), _("score")] if combined else []
    # What is ordered by stands in front already.
    shown = {step.key.figure for step in found.rows[0].steps if not step.key.change} if found.rows else set()
    others = [name for name in POLLUTANTS if name not in shown]
    header += [_with_unit(name, name) for name in others]
    header += [_("good days"), _("heavy days"), _("remarks"), _("reasons")]
    rows: list[list[Any]] = [header]
    for row in found.rows:
        cells: list[Any] = [row.place, *([row.raw_place] if anything else []), row.entity, *_cells(row)]
        if combined:
            cells += [row.level_place, row.change_place, None if row.score is None else _fraction(row.score)]
        this = row.candidate.this
        cells += [figure_of(this, name) for name in others]
        remarks = [
            _("shares the place with %(names)s") % {"names": _(", ").join(row.tied)} if row.tied else "",
            _named(row),
            *_differences(pairs[row.entity]),
        ]
        cells += [this.good_days, this.heavy_days, "；".join(filter(None, remarks)), " ".join(_reasons(row))]
        rows.append(cells)
    return rows


def _fraction(value: Fraction) -> str:
    from lantian.rules.air.statistics import rounded

    return str(rounded(value, 2))


def _differences(both: Both) -> list[str]:
    message = _("%(figure)s: %(raw)s with, %(removed)s without the days that were taken out")
    return [
        message
        % {
            "figure": difference_in_words(name),
            "raw": "—" if raw is None else raw,
            "removed": "—" if removed is None else removed,
        }
        for name, (raw, removed) in both.differences().items()
    ]


def difference_in_words(name: str) -> str:
    """A figure, or the valid days of a pollutant, that differ without the days that were taken out."""
    from lantian.rules.air.evaluation_words import figure_in_words

    if name.startswith("valid:"):
        return _("valid days of %(item)s") % {"item": name.removeprefix("valid:")}
    return figure_in_words(name, _)


def _arithmetic(row: Placed, by: RankingList, both: Both) -> list[str]:
    """How a place came about, line by line."""
    from lantian.rules.air.measures import COMPOSITE
    from lantian.rules.air.statistics import rounded

    place = "—" if row.place is None else _("place %(place)s") % {"place": row.place}
    lines = [f"{row.entity}  {place}"]
    sides: list[tuple[str, Evaluation | None]] = [(_("this period"), row.candidate.this)]
    if any(step.key.change for step in row.steps):
        sides.append((_("base period"), row.candidate.base))
    for title, side in sides:
        if side is None or not any(step.key.figure == COMPOSITE for step in row.steps):
            continue
        terms = []
        for name, one in side.statistics.items():
            value = one.percentile if name in ("CO", "O3") else one.mean
            terms.append(
                f"{name} {value}/{one.limit}={one.single_index}" if value is not None else f"{name} —"
            )
        lines.append(f"  {title}（{side.period.text}）：{' + '.join(terms)} = {side.composite_index}")
    for step in row.steps:
        if not step.key.change:
            lines.append(f"  {_heading(step)} = {step.value}")
        elif step.key.unit == "percent":
            lines.append(f"  {_heading(step)} = ({step.this} − {step.base}) / {step.base} = {step.value}")
        else:
            lines.append(f"  {_heading(step)} = {step.this} − {step.base} = {step.value}")
    if row.score is not None and by.weights is not None:
        level, change = by.weights
        lines.append(
            f"  {_('score')} = {level}% × {row.level_place} + {change}% × {row.change_place} = {rounded(row.score, 2)}"
            if by.word("combine") == "places"
            else f"  {_('score')} = {level}% × {row.steps[0].value} + {change}% × {row.steps[1].value}"
            f" = {rounded(row.score, 2)}"
        )
    if row.tied:
        lines.append("  " + _("shares the place with %(names)s") % {"names": _(", ").join(row.tied)})
    if row.raw_place is not None:
        lines.append("  " + _("place with nothing taken out: %(place)s") % {"place": row.raw_place})
    lines += [f"  {text}" for text in (*_differences(both), *_reasons(row))]
    return lines


def _as_record(
    found: Ranking, wanted: Period, compared: Period | None, sides: Footing, pairs: dict[str, Both]
) -> dict[str, Any]:
    from lantian.rules.air.evaluation_words import reason_in_words

    def number(value: Any) -> float | None:
        return None if value is None else float(value)

    by = found.list
    return {
        "list": by.id,
        "title": by.title,
        "document": by.document,
        "period": wanted.text,
        "base": None if compared is None else compared.text,
        "standard": [sides.this.book.id, next(iter(sides.this.limits.values())).book],
        "unsure": {name: entry.note for name, entry in by.entries.items() if not entry.settled},
        "overridden": {name: entry.override for name, entry in by.overridden.items()},
        "reasons": [reason_in_words(reason, _) for reason in (*sides.reasons, *found.reasons)],
        "rows": [
            {
                "place": row.place,
                "place_raw": row.raw_place,
                "entity": row.entity,
                "named": row.named,
                "tied": list(row.tied),
                "keys": [
                    {
                        "key": step.key.text,
                        "value": number(step.value),
                        "this": number(step.this),
                        "base": number(step.base),
                    }
                    for step in row.steps
                ],
                "composite_index": number(row.candidate.this.composite_index),
                "level_place": row.level_place,
                "change_place": row.change_place,
                "score": number(row.score),
                "good_days": row.candidate.this.good_days,
                "heavy_days": row.candidate.this.heavy_days,
                "differences": {
                    name: [number(raw), number(removed)]
                    for name, (raw, removed) in pairs[row.entity].differences().items()
                },
                "reasons": _reasons(row),
                "why": _arithmetic(row, by, pairs[row.entity]),
            }
            for row in found.rows
        ],
    }


def _write(
    output: Path, found: Ranking, wanted: Period, compared: Period | None, pairs: dict[str, Both]
) -> None:
    from decimal import Decimal

    rows = _table(found, pairs)
    title = found.list.title or _("Ranking by %(figure)s") % {"figure": rows[0][2]}
    subtitle = wanted.text + (f" / {compared.text}" if compared is not None else "")
    try:
        if output.suffix.lower() == ".csv":
            from lantian.office.csv_stream import write_csv

            with write_csv(output, marked=True) as write:
                write([["" if cell is None else str(cell) for cell in row] for row in rows])
            return
        from lantian.office.ledger import LedgerColumn, write_table

        columns: list[Any] = []
        for name, *cells in zip(*rows, strict=True):
            digits: list[int] = [
                -int(cell.as_tuple().exponent) for cell in cells if isinstance(cell, Decimal)
            ]
            number = all(cell is None or isinstance(cell, int | Decimal) for cell in cells)
            most = max(digits, default=0)
            form = f"0.{'0' * most}" if most else "0" if number else "General"
            columns.append(LedgerColumn(name, align="right" if number else "left", number_format=form))
        table = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows[1:]]
        write_table(columns, table, title, output, subtitle=subtitle)
    except OSError as error:
        values = {"path": output, "reason": error.strerror or error}
        raise fail(_("%(path)s cannot be written: %(reason)s.") % values) from None


def _say_about(
    found: Ranking,
    sides: Footing,
    compared: Period | None,
    absent: Sequence[str],
    left_out: Mapping[str, str],
    excluded: Sequence[Excluded],
    this: _Side,
) -> None:
    """What the reader has to know about how it came about; to standard error."""
    from lantian.rules.air.evaluation_words import reason_in_words

    by, names = found.list, {row.entity for row in found.rows}
    if by.id:
        say(f"{by.title}（{by.document}）")
        unsure = [name for name, entry in by.entries.items() if entry.mark == "U" and not entry.override]
        if unsure:
            say(_("Not settled in the document, set by default: %(names)s") % {"names": _(", ").join(unsure)})
    if compared is not None:
        say(_("compared with %(period)s") % {"period": compared.text})
    for reason in (*sides.reasons, *found.reasons):
        say(reason_in_words(reason, _))
    hours = [one.entity for one in excluded if not one.whole] if not this.hourly else []
    # In a table of hours a station of a city may be named.
    unknown = [] if this.hourly else [one.entity for one in excluded if one.entity not in names]
    for title, missing in (
        (_("Not in the table in this period: %(names)s"), absent),
        (_("Left out, but not ranked anyway: %(names)s"), [name for name in left_out if name not in names]),
        (_("To be taken out, but not ranked: %(names)s"), unknown),
        (_("Hours cannot be taken out of a table of days; nothing was of: %(names)s"), hours),
    ):
        if missing:
            missing = list(dict.fromkeys(missing))
            shown = _(", ").join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
            say(title % {"names": shown})
