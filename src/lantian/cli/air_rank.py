"""``lantian air rank``: places in order by a list of rankings, from tables of daily or hourly values, without a database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.air import Overrides, Standard, air_app, all_books, fail, say, with_progress
from lantian.cli.air_evaluate import By, Validity, read_errors, read_names

if TYPE_CHECKING:
    from lantian.rules.air.air_tables import AirTable
    from lantian.rules.air.comparison import Footing
    from lantian.rules.air.evaluation import Evaluation
    from lantian.rules.air.exclusions import Both, Excluded
    from lantian.rules.air.periods import Period
    from lantian.rules.air.ranking_lists import RankingList, RankingLists
    from lantian.rules.air.rankings import Placed, Ranking

_SHOWN = 5


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
            help=_("2015-07, 2015-07-上旬, 2015Q1, 2015H1, 2015-winter, 2015, 2015YTD-11-25 or 2015-07-01:2015-07-10."),
            show_default=False,
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option("--list", metavar="LIST", help=_("A list of rankings; --list help names them."), show_default=False),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="KEY",
            help=_("Order by one figure: index, pm25, pm10, good_days, good_ratio …, change-pm25 for its change."),
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
    by: Annotated[By, typer.Option("--by", help=_("What is evaluated and ranked."))] = By.CITY,
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
    entities: Annotated[
        Path | None,
        typer.Option(
            "--entities",
            metavar="FILE",
            help=_("The cities or stations to evaluate and rank (CSV); without it all of the table."),
            show_default=False,
        ),
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(
            "--exclude",
            metavar="FILE",
            help=_(
                "Days that do not count (CSV: entity, from, to, pollutants joined with | or empty for all, kind, reason)."
            ),
            show_default=False,
        ),
    ] = None,
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
        typer.Option("--output", "-o", metavar="OUT.xlsx|OUT.csv", help=_("Write the table to a file."), show_default=False),
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
    aqi_books, books, lists = all_books(overrides)
    wanted = _period(period)
    listed = _list(lists, name, key)
    compared = _period(base) if base is not None else same_period(wanted) if listed.changes else None
    try:
        sides = footing(wanted, compared, standard.value, books, aqi_books)
    except AirError:
        message = _("No edition of the standard holds on the days of %(period)s. Name one with --standard.")
        raise fail(message % {"period": wanted.text}) from None
    names = None if entities is None else read_names(entities, by)
    taken_out = [] if exclude is None else _excluded(exclude)
    reasons = {} if leave_out is None else _left_out(leave_out)
    this_days, base_days, absent = _days(file, base_file, wanted, compared, sides, by, validity, names)
    names = sorted(this_days) if names is None else names
    pairs = {
        one: _both(one, this_days, wanted, sides.this, taken_out, validity) for one in names
    }
    before = (
        {one: _both(one, base_days, compared, sides.base, taken_out, validity) for one in names}
        if compared is not None and sides.base is not None
        else {}
    )
    statistics, days = listed.word("statistics"), listed.word("days")
    shown = {one: both.shown(statistics, days) for one, both in pairs.items()}
    found = ranking_of(
        [
            Candidate(
                one,
                shown[one],
                before[one].shown(statistics, days) if one in before else None,
                attainment(shown[one], sides.this),
                reasons.get(one, ""),
            )
            for one in names
        ],
        listed,
    )
    _say_about(found, sides, wanted, compared, absent, reasons, names)
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


def _list(lists: RankingLists, name: str | None, key: str | None) -> RankingList:
    from lantian.rules.air.measures import KEY_NAMES, UnknownMeasure, key_by
    from lantian.rules.air.ranking_lists import plain_list

    if name is not None and key is not None:
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
        return plain_list(key_by(key or "index"))
    except UnknownMeasure:
        message = _("“%(name)s” is no figure. There are: %(names)s")
        raise fail(message % {"name": key, "names": "、".join(KEY_NAMES)}) from None


def _rows(path: Path, *wanted: str) -> list[tuple[int, dict[str, str]]]:
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
    for number, row in _rows(path, "entity", "reason"):
        if not row.get("reason"):
            raise fail(f"{path}: " + _("row %(row)s: say why.") % {"row": number})
        found[row["entity"]] = row["reason"]
    return found


def _excluded(path: Path) -> list[Excluded]:
    from lantian.rules.air.exclusions import COLUMNS, KINDS, Excluded

    found = []
    for number, row in _rows(path, "entity", "from", "to", "pollutants", "kind", "reason"):
        here = {"row": number}
        try:
            first, last = date.fromisoformat(row.get("from", "")), date.fromisoformat(row.get("to", ""))
        except ValueError:
            raise fail(f"{path}: " + _("row %(row)s: from and to are dates such as 2021-03-15.") % here) from None
        if last < first:
            raise fail(f"{path}: " + _("row %(row)s: it ends before it begins.") % here)
        names = tuple(
            part.strip().lower().replace(".", "") for part in row.get("pollutants", "").split("|") if part.strip()
        )
        wrong = [part for part in names if part not in COLUMNS]
        if wrong or row.get("kind") not in KINDS or not row.get("reason"):
            message = _("row %(row)s: pollutants are of %(columns)s, kind is one of %(kinds)s, and a reason is wanted.")
            raise fail(f"{path}: " + message % {**here, "columns": "、".join(COLUMNS), "kinds": "、".join(KINDS)})
        found.append(Excluded(row["entity"], first, last, names or COLUMNS, row["kind"], row["reason"]))
    return found


# --- reading and evaluating ---


def _read(file: Path, period: Period, by: By) -> AirTable:
    from lantian.office.csv_stream import open_csv
    from lantian.rules.air.air_tables import AirTable

    with read_errors(file), open_csv(file) as reader:
        table = AirTable(reader.header, period, by.value)
        for first, rows in with_progress(reader, file):
            table.add(rows, first)
    return table


def _days(
    file: Path,
    base_file: Path | None,
    wanted: Period,
    compared: Period | None,
    sides: Footing,
    by: By,
    validity: Validity,
    names: Sequence[str] | None,
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The daily values of both periods, and who of the wanted ones is not there."""
    from lantian.rules.air.periods import RANGE, Period

    available = validity is Validity.AVAILABLE
    together = wanted
    if compared is not None and base_file is None:
        first, last = min(wanted.first, compared.first), max(wanted.last, compared.last)
        together = Period(f"{first}:{last}", RANGE, first, last)
    table = _read(file, together, by)
    this = table.entities(sides.this, available=available)
    before: dict[str, Any] = {}
    if compared is not None and sides.base is not None:
        other = table if base_file is None else _read(base_file, compared, by)
        before = dict(other.entities(sides.base, available=available))
    in_period = {
        name: given for name, given in this.items() if any(wanted.first <= day <= wanted.last for day in given[0])
    }
    absent = [name for name in names or () if name not in in_period]
    return dict(in_period), before, absent


def _both(
    name: str, days: dict[str, Any], period: Period, scheme: Any, taken_out: Sequence[Excluded], validity: Validity
) -> Both:
    from lantian.rules.air.exclusions import evaluate_both

    values, few = days.get(name, ({}, 0))
    return evaluate_both(name, values, period, scheme, taken_out, validity=validity.value, few_points=few)


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
        return name
    unit = {"percent": "%", "points": _("percentage points"), "days": _("days")}[step.key.unit]
    return _("change of %(figure)s [%(unit)s]") % {"figure": name, "unit": unit}


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
    if found.rows:
        for step in found.rows[0].steps:
            header.append(_heading(step))
            if step.key.change:
                header += [_("this period"), _("base period")]
    combined = found.list.kind == "combined"
    header += [_("place by level"), _("place by change"), _("score")] if combined else []
    header += [*POLLUTANTS, _("good days"), _("heavy days"), _("remarks"), _("reasons")]
    rows = [header]
    for row in found.rows:
        cells: list[Any] = [row.place, row.entity, *_cells(row)]
        if combined:
            cells += [row.level_place, row.change_place, None if row.score is None else _fraction(row.score)]
        this = row.candidate.this
        cells += [figure_of(this, name) for name in POLLUTANTS]
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
    from lantian.rules.air.evaluation_words import figure_in_words

    message = _("%(figure)s: %(raw)s with, %(removed)s without the days that were taken out")
    return [
        message
        % {
            "figure": figure_in_words(name, _),
            "raw": "—" if raw is None else raw,
            "removed": "—" if removed is None else removed,
        }
        for name, (raw, removed) in both.differences().items()
    ]


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
            terms.append(f"{name} {value}/{one.limit}={one.single_index}" if value is not None else f"{name} —")
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


def _write(output: Path, found: Ranking, wanted: Period, compared: Period | None, pairs: dict[str, Both]) -> None:
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
        from lantian.office.ledger import write_table

        table = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows[1:]]
        write_table(rows[0], table, title, output, subtitle=subtitle)
    except OSError as error:
        values = {"path": output, "reason": error.strerror or error}
        raise fail(_("%(path)s cannot be written: %(reason)s.") % values) from None


def _say_about(
    found: Ranking,
    sides: Footing,
    wanted: Period,
    compared: Period | None,
    absent: Sequence[str],
    left_out: dict[str, str],
    names: Sequence[str],
) -> None:
    """What the reader has to know about how it came about; to standard error."""
    from lantian.rules.air.evaluation_words import reason_in_words

    by = found.list
    if by.id:
        say(f"{by.title}（{by.document}）")
        unsure = [name for name, entry in by.entries.items() if entry.mark == "U" and not entry.override]
        if unsure:
            say(_("Not settled in the document, set by default: %(names)s") % {"names": _(", ").join(unsure)})
    values = {"period": wanted.text, "book": sides.this.book.id, "limits": next(iter(sides.this.limits.values())).book}
    say(_("%(period)s, by %(book)s and the limits of %(limits)s") % values)
    if compared is not None:
        say(_("compared with %(period)s") % {"period": compared.text})
    for reason in (*sides.reasons, *found.reasons):
        say(reason_in_words(reason, _))
    for title, missing in (
        (_("Not in the table in this period: %(names)s"), list(absent)),
        (_("Left out, but not ranked anyway: %(names)s"), [name for name in left_out if name not in names]),
    ):
        if missing:
            shown = _(", ").join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
            say(title % {"names": shown})
