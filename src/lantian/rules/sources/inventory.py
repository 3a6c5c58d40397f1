"""The inventory of a workbook: what each source emits of each pollutant in a year, and what could not be computed.

For each unit of a source and each pollutant the best method counts: monitors with enough valid hours, then mass
balance, then factors. What a better method replaces is named in the reason, never added. A row or cell that is wrong
takes away only what depends on it, and that is reported as a gap with its row.

References
----------
T/CSES 144-2024: order of methods; a quarter of the hours of a season may be missing at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lantian.rules.sources.books import Books
from lantian.rules.sources.calculations import CALCULATIONS, Context, activity_key, pollutant_named
from lantian.rules.sources.controls import COARSE, FINE, Facility, Removal, pm10_after, removal
from lantian.rules.sources.errors import InputError, Message, SourcesError, _
from lantian.rules.sources.layout import BY_KEY, PLACING
from lantian.rules.sources.monitored import stack_t, valid_share
from lantian.rules.sources.quantities import positive
from lantian.rules.sources.results import Emission, Missing, Raw
from lantian.rules.sources.rows import Problem, Row
from lantian.rules.sources.units import Quantity, parse_unit

#: what a facility may be measured for, as people write it → fractions
_OWN_TARGETS = {"颗粒物": ("PM2.5", "PM2.5-10", "BC", "OC"), "PM": ("PM2.5", "PM2.5-10", "BC", "OC")}
_ALL = ("*",)
#: source, unit, pollutant
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a monitor does not count, and in which row; `reported`: as a gap already."""

    why: Message
    row: int
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """The emissions in order of the workbook, gaps among them; `skipped` rows are of other years."""

    emissions: tuple[Emission, ...]
    skipped: int = 0

    def total(self, pollutant: str) -> Fraction:
        """All that was computed of a pollutant [t]."""
        return sum(
            (entry.t for entry in self.emissions if entry.pollutant == pollutant and entry.t is not None),
            start=Fraction(0),
        )

    @property
    def gaps(self) -> tuple[Emission, ...]:
        """What could not be computed."""
        return tuple(entry for entry in self.emissions if entry.code)


def run(
    rows: Sequence[Row], problems: Sequence[Problem], books: Books, year: int, *, abroad: bool = False
) -> Inventory:
    """Compute an inventory.

    Parameters
    ----------
    rows
        Rows of a workbook that could be read.
    problems
        What is wrong with the others; each becomes a gap.
    year
        Rows of other years are left out; rows without a year belong to this one. 0 takes all rows.
    abroad
        Whether factors from abroad may fill gaps.
    """
    of_year = [row for row in rows if not year or row.number_of("year") in (None, year)]
    by_sheet: dict[str, list[Row]] = {key: [] for key in BY_KEY}
    for row in of_year:
        by_sheet[row.sheet].append(row)
    known = {row.source_id: row.text("region") for row in by_sheet["sources"]}
    # A source whose row has a wrong key still is a source.
    for problem in problems:
        if problem.sheet_key == "sources" and problem.source_id:
            known.setdefault(problem.source_id, "")
    gaps = [_gap(problem) for problem in problems if problem.sheet_key not in PLACING]
    facilities, broken, wrong = _facilities(by_sheet["facilities"], problems, books)
    gaps += wrong
    context = Context(books, year, abroad, known, _owned(by_sheet["activities"]))
    found: list[Emission] = []
    measured, unfit, more = _monitors(by_sheet["monitors"], known, books)
    gaps += more
    for key, calculate in CALCULATIONS.items():
        for row in by_sheet[key]:
            if row.source_id not in known:
                gaps.append(_unknown_source(row))
                continue
            found += _of_row(row, list(_caught(calculate, row, context)), context, facilities, broken)
    return Inventory(tuple(_preferred(found, measured, unfit) + gaps), len(rows) - len(of_year))


def _caught(calculate: object, row: Row, context: Context) -> Iterable[Raw | Missing]:
    """The results of a row; an error that ends it is its last result."""
    try:
        yield from calculate(row, context)  # type: ignore[operator]
    except SourcesError as error:
        yield Missing(None, error)


def _name(row: Row) -> str:
    return BY_KEY[row.sheet].name


def _gap(problem: Problem) -> Emission:
    return Emission(
        problem.source_id, problem.unit, None, None, None, None, (problem.message,), problem.sheet, problem.row,
        problem.column, problem.code,
    )  # fmt: skip


def _gap_of(row: Row, error: SourcesError, pollutant: str | None = None) -> Emission:
    column = row.columns.get(getattr(error, "field", ""), 0)
    return Emission(
        row.source_id,
        row.unit,
        pollutant,
        None,
        None,
        None,
        (error.message,),
        _name(row),
        row.number,
        column,
        error.code,
    )


def source_unknown(row: Row) -> InputError:
    """Why a row whose source is not on the list of sources is not used."""
    return InputError(
        "source_unknown",
        Message(
            _("The source “%(source)s” is not on the sheet “%(sheet)s”. Add it there, or correct the number."),
            source=row.source_id[:40], sheet=BY_KEY["sources"].name,
        ),
        "source_id",
    )  # fmt: skip


def _unknown_source(row: Row) -> Emission:
    return _gap_of(row, source_unknown(row))


def _owned(rows: Iterable[Row]) -> dict[tuple[str, ...], frozenset[str]]:
    owned: dict[tuple[str, ...], frozenset[str]] = {}
    for row in rows:
        if row.text("pollutant"):
            try:
                name = pollutant_named(row.text("pollutant"))
            except InputError:
                continue
            owned[activity_key(row)] = owned.get(activity_key(row), frozenset()) | {name}
    return owned


# --- control ---

Place = tuple[str, str]


def facility_of(row: Row, books: Books) -> tuple[Facility, tuple[str, ...]]:
    """A facility, and the pollutants or fractions that it acts on.

    Raises
    ------
    InputError
        ``technology_unknown``, ``technology_is_collection``, ``facility_pollutant_missing``, ``grounds_missing`` or
        ``pollutant_unknown``.
    """
    name = row.text("technology")
    known = books.technologies.get(name)
    if known is not None and known.family == "collection":
        raise InputError(
            "technology_is_collection",
            Message(
                _("“%(name)s” collects and removes nothing. Write its share in the column “%(heading)s” of the facility."),
                name=name, heading="收集效率",
            ),
            "technology",
        )  # fmt: skip
    own = row.number_of("efficiency")
    word = row.text("pollutant")
    targets = _OWN_TARGETS.get(word.upper(), ()) or ((_target(word),) if word else _ALL)
    if own is None:
        if known is None:
            raise InputError(
                "technology_unknown",
                Message(
                    _("“%(name)s” is not among the technologies of table A.1. Use a name of the list, or give the"
                      " efficiency and its grounds."),
                    name=name[:40],
                ),
                "technology",
            )  # fmt: skip
        measured: dict[str, Fraction] = {}
        if word:
            # Only the pollutants that were named; the others are as if it were not there.
            measured = {target: Fraction(0) for target in known.efficiency if target not in targets}
    else:
        if known is None and not word:
            raise InputError(
                "facility_pollutant_missing",
                Message(
                    _("“%(name)s” is not in table A.1, so its efficiency needs the pollutant that it is for. Fill in the"
                      " column “%(heading)s”."),
                    name=name[:40], heading="污染物",
                ),
                "pollutant",
            )  # fmt: skip
        if not row.text("grounds"):
            raise InputError(
                "grounds_missing",
                Message(
                    _("An own efficiency needs its grounds. Fill in the column “%(heading)s”."),
                    heading="依据",
                ),
                "grounds",
            )
        measured = {target: Fraction(own) for target in targets}
        # A measurement of one pollutant says nothing about the others: those stay with the table.
    facility = Facility(
        name, measured, row.share("running"), row.share("collection"), row.flag("in_series"), row.flag("side_effect"),
        row.text("grounds"),
    )  # fmt: skip
    acting = tuple(known.efficiency) if known is not None and targets == _ALL else targets
    return facility, acting


def _target(word: str) -> str:
    return COARSE if word.upper() == COARSE else pollutant_named(word)


def _facilities(
    rows: Iterable[Row], problems: Iterable[Problem], books: Books
) -> tuple[dict[Place, list[Facility]], dict[Place, dict[str, Problem]], list[Emission]]:
    facilities: dict[Place, list[Facility]] = {}
    broken: dict[Place, dict[str, Problem]] = {}
    gaps: list[Emission] = []
    for row in rows:
        try:
            facility, _acting = facility_of(row, books)
        except SourcesError as error:
            problem = Problem.of(error, row, _name(row), getattr(error, "field", ""))
            broken.setdefault((row.source_id, row.unit), {}).update({"*": problem})
            gaps.append(_gap_of(row, error))
            continue
        facilities.setdefault((row.source_id, row.unit), []).append(facility)
    for problem in problems:
        if problem.sheet_key == "facilities" and problem.source_id:
            targets = problem.targets or _ALL
            broken.setdefault((problem.source_id, problem.unit), {}).update(dict.fromkeys(targets, problem))
    return facilities, broken, gaps


def _acting_on(source_id: str, unit: str, facilities: dict[Place, list[Facility]]) -> list[Facility]:
    found = list(facilities.get((source_id, unit), ()))
    if unit:
        found += facilities.get((source_id, ""), ())
    return found


def _broken_for(row: Row, pollutant: str, broken: dict[Place, dict[str, Problem]]) -> Problem | None:
    for place in {(row.source_id, row.unit), (row.source_id, "")}:
        problems = broken.get(place, {})
        wanted = ("*", pollutant, *((FINE, COARSE) if pollutant == "PM10" else ()))
        for target in wanted:
            if target in problems:
                return problems[target]
    return None


def _of_row(
    row: Row, results: Sequence[Raw | Missing], context: Context, facilities: dict[Place, list[Facility]],
    broken: dict[Place, dict[str, Problem]],
) -> list[Emission]:  # fmt: skip
    """The emissions of a row behind the facilities of its source."""
    found: list[Emission] = []
    subject, stack = _subject(row), _by_stack(row)
    no_remarks: tuple[Message, ...] = ()
    remarks = context.remarks()
    acting = _acting_on(row.source_id, row.unit, facilities)
    fine = next((raw for raw in results if isinstance(raw, Raw) and raw.pollutant == FINE), None)
    for result in results:
        if isinstance(result, Missing):
            gap = _gap_of(row, result.error, result.pollutant)
            found.append(replace(gap, subject=subject, stack=stack))
            continue
        why = (*result.why, *remarks)
        try:
            if result.controlled:
                t, said = result.t, no_remarks
                if acting:
                    said = (Message(_("facilities not counted: control is in the factor already")),)
            else:
                problem = _broken_for(row, result.pollutant, broken)
                if problem is not None:
                    raise InputError(
                        "facility_wrong",
                        Message(
                            _("Not computed: row %(row)s of the sheet “%(sheet)s” is wrong (%(code)s), and without this"
                              " facility the emission would be too high."),
                            row=problem.row, sheet=problem.sheet, code=problem.code,
                        ),
                    )  # fmt: skip
                t, said = _controlled(result, fine, acting, context.books)
        except SourcesError as error:
            gap = _gap_of(row, error, result.pollutant)
            found.append(replace(gap, subject=subject, stack=stack))
            continue
        found.append(
            Emission(
                row.source_id, row.unit, result.pollutant, t, result.method, result.factor, (*why, *said), _name(row),
                row.number, subject=subject, stack=stack, before=result.t,
            )
        )  # fmt: skip
    return found


def _subject(row: Row) -> str:
    """What a row is about, so that a balance and a factor of the same thing are known as such."""
    if row.sheet == "solvents" or "溶剂" in row.text("source_class"):
        return "溶剂"
    return "烧结矿" if row.sheet == "sinter" else row.text("item")


def _by_stack(row: Row) -> bool:
    """Whether a monitor at the stack has the emissions of a row: not those that escape elsewhere."""
    return row.sheet in ("activities", "solvents", "sinter") and "无组织" not in row.text("technology")


def _controlled(
    raw: Raw, fine: Raw | None, acting: Sequence[Facility], books: Books
) -> tuple[Fraction, tuple[Message, ...]]:
    technologies = books.technologies
    if raw.pollutant != "PM10" or any("PM10" in facility.own for facility in acting):
        taken = removal(acting, technologies, raw.pollutant)
        return raw.t * (1 - taken.share), _said(taken)
    small, coarse = removal(acting, technologies, FINE), removal(acting, technologies, COARSE)
    if not small.share and not coarse.share:
        return raw.t, _said(small)
    if fine is None:
        raise InputError(
            "pm25_missing",
            Message(
                _("PM10 behind a filter needs PM2.5 of the same row: the two fractions are removed differently. Give"
                  " PM2.5, or the efficiency for PM10.")
            ),
        )  # fmt: skip
    t = pm10_after(fine.t, raw.t, small.share, coarse.share)
    parts = (Message(_("PM2.5 and 2.5-10 µm apart:")), *_said(small), *_said(coarse))
    return t, parts


def _said(taken: Removal) -> tuple[Message, ...]:
    return taken.why


# --- monitors, and the order of methods ---


def _monitors(
    rows: Iterable[Row], known: dict[str, str], books: Books
) -> tuple[dict[Key, Emission], dict[Key, Unfit], list[Emission]]:
    """Monitored emissions by source, unit and pollutant; why others are not fit; and gaps of wrong rows.

    A pollutant counts as monitored only if every row of it (outlet, season) is fit.
    """
    groups: dict[Key, list[tuple[Row, Fraction, Fraction]]] = {}
    spoiled: dict[Key, Unfit] = {}
    gaps: list[Emission] = []
    least = Fraction(books.value("monitor.valid_share"))
    for row in rows:
        if row.source_id not in known:
            gaps.append(_unknown_source(row))
            continue
        try:
            pollutant = pollutant_named(row.text("pollutant"))
        except SourcesError as error:
            gaps.append(_gap_of(row, error))
            continue
        key = row.source_id, row.unit, pollutant
        try:
            hours = positive(row.decimal("hours"), "hours")
            if hours > 8784:
                raise InputError(
                    "too_many_hours",
                    Message(
                        _("A year has no more than 8784 hours (%(value)s)."), value=str(row.decimal("hours"))
                    ),
                    "hours",
                )
            if row.decimal("valid_hours") > row.decimal("hours"):
                raise InputError(
                    "valid_above_operating",
                    Message(
                        _("More valid hours (%(valid)s) than hours of operation (%(hours)s). Correct one of them."),
                        valid=str(row.decimal("valid_hours")), hours=str(row.decimal("hours")),
                    ),
                    "valid_hours",
                )  # fmt: skip
            t = stack_t(
                Quantity(Fraction(row.decimal("concentration")), parse_unit(row.text("concentration_unit"))),
                Quantity(Fraction(row.decimal("flow")), parse_unit(row.text("flow_unit"))),
                hours,
            )
            fit = valid_share(row.decimal("valid_hours"), hours)
        except SourcesError as error:
            gaps.append(_gap_of(row, error, pollutant))
            said = Message(_("monitor not used: row %(row)s is wrong"), row=row.number)
            spoiled[key] = Unfit(said, row.number, reported=True)
            continue
        groups.setdefault(key, []).append((row, t, fit))
    measured: dict[Key, Emission] = {}
    for key, group in groups.items():
        unfit = [(row, fit) for row, _t, fit in group if fit < least]
        if unfit:
            row, fit = unfit[0]
            said = Message(
                _("monitor not used: %(found)s of the hours of row %(row)s are valid, %(wanted)s are wanted"),
                found=_percent(fit),
                row=row.number,
                wanted=_percent(least),
            )
            spoiled[key] = Unfit(said, row.number)  # fmt: skip
        if key in spoiled:
            continue
        row = group[0][0]
        outlets = dict.fromkeys(other.text("outlet") for other, _t, _fit in group)
        why = Message(
            _("monitored at %(outlets)s, %(share)s of the hours valid"),
            outlets="、".join(outlets), share=_percent(min(fit for _row, _t, fit in group)),
        )  # fmt: skip
        measured[key] = Emission(
            key[0], key[1], key[2], sum((t for _row, t, _fit in group), start=Fraction(0)), "monitored", None, (why,),
            _name(row), row.number,
        )  # fmt: skip
    return measured, spoiled, gaps


def _percent(value: Fraction) -> str:
    return f"{float(value * 100):.4g}%"


def _preferred(
    found: Sequence[Emission],
    measured: dict[Key, Emission],
    unfit: dict[Key, Unfit],
) -> list[Emission]:
    """The best method for each unit and pollutant; what it replaces goes into its reason."""
    replaced: dict[Key, list[Emission]] = {}
    by_factor: dict[tuple[str, str, str, str], list[Emission]] = {}
    balanced = {
        (entry.source_id, entry.unit, entry.pollutant, entry.subject)
        for entry in found
        if entry.method == "mass_balance"
    }
    beside: dict[tuple[str, str], list[str]] = {}
    for source, unit, pollutant in measured:
        if unit:
            beside.setdefault((source, pollutant), []).append(unit)
    kept: list[Emission] = []
    told: set[Key] = set()
    for entry in found:
        if entry.pollutant is None:
            kept.append(entry)
            continue
        keys = [(entry.source_id, unit, entry.pollutant) for unit in dict.fromkeys((entry.unit, ""))]
        better = next((key for key in keys if key in measured), None)
        if better is not None and entry.stack:
            replaced.setdefault(better, []).append(entry)
            continue
        same = entry.source_id, entry.unit, entry.pollutant, entry.subject
        units = beside.get((entry.source_id, entry.pollutant), ()) if not entry.unit and entry.stack else ()
        if units:
            said = Message(
                _("may count twice: the unit %(unit)s has a monitor, and this row names no unit"), unit="、".join(units)
            )
            entry = replace(entry, why=(*entry.why, said))
        if entry.method == "factor" and same in balanced:
            by_factor.setdefault(same, []).append(entry)
            continue
        if entry.code and same in balanced:
            # The gap of a factor that nobody needs.
            continue
        reason = next((unfit[key] for key in keys if key in unfit), None)
        if reason is not None and entry.stack:
            told.update(key for key in keys if key in unfit)
            entry = replace(entry, why=(reason.why, *entry.why))
        kept.append(entry)
    kept = [
        _with_replaced(
            entry, by_factor.get((entry.source_id, entry.unit, entry.pollutant or "", entry.subject), ())
        )
        if entry.method == "mass_balance"
        else entry
        for entry in kept
    ]
    monitored = [_with_replaced(entry, replaced.get(key, ())) for key, entry in measured.items()]
    # A monitor that cannot be used, and nothing else to compute from.
    lost = [
        Emission(
            key[0],
            key[1],
            key[2],
            None,
            None,
            None,
            (reason.why,),
            BY_KEY["monitors"].name,
            reason.row,
            0,
            "monitor_unfit",
        )
        for key, reason in unfit.items()
        if key not in told and not reason.reported
    ]
    return [*monitored, *kept, *lost]


def _with_replaced(entry: Emission, others: Iterable[Emission]) -> Emission:
    said = tuple(
        Message(
            _("replaces %(t)s t of row %(row)s (%(sheet)s)"),
            t=f"{float(other.t):.6g}", row=other.row, sheet=other.sheet,
        )
        for other in others
        if other.t is not None
    )  # fmt: skip
    return replace(entry, why=(*entry.why, *said))
