"""What ``lantian inventory`` says beside the emissions: months, spread, balances, a workbook, and two years compared."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.sources_files import books_of, fail, read, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lantian.rules.sources.balance import Balance
    from lantian.rules.sources.books import Books
    from lantian.rules.sources.comparison import Change, Year
    from lantian.rules.sources.details import Detail
    from lantian.rules.sources.inventory import Inventory
    from lantian.rules.sources.rows import Row
    from lantian.rules.sources.uncertainty import Uncertainty


@dataclass(frozen=True, slots=True)
class Full:
    """An inventory that was computed, and from what."""

    year: int
    system: int
    rows: Sequence[Row]
    inventory: Inventory
    details: Sequence[Detail]
    books: Books

    def months(self) -> dict[tuple[str, str, str], tuple[Fraction, ...]]:
        """Months by class, sub-class and pollutant; shares that cannot be used are told."""
        from lantian.rules.sources.months import by_month

        found, problems = by_month(self.details, self.rows, self.books, self.year, self.system)
        for problem in problems:
            print(
                f"{problem.sheet}!{problem.row}  [{problem.code}]  {problem.message.text(spoken)}",
                file=sys.stderr,
            )
        return found

    def spread(self, seed: int) -> Uncertainty:
        """The draws by Monte Carlo."""
        from lantian.rules.sources.uncertainty import uncertainty

        return uncertainty(self.details, self.rows, self.books, seed, self.system)

    def balances(self) -> list[Balance]:
        """Fuels and products against the statistics."""
        from lantian.rules.sources.balance import balances

        return balances(self.rows, self.books, self.year)


def extras_json(full: Full, wanted: Collection[str], seed: int) -> dict[str, Any]:
    """What was asked for beside the emissions, as it stands behind ``emissions`` in the JSON."""
    from dataclasses import asdict

    found: dict[str, Any] = {}
    if "months" in wanted:
        found["months"] = [
            {"class": name, "subclass": sub, "pollutant": pollutant, "t": [float(t) for t in months]}
            for (name, sub, pollutant), months in full.months().items()
        ]
    if "uncertainty" in wanted:
        spread = full.spread(seed)
        found["uncertainty"] = {
            "seed": spread.seed,
            "draws": spread.draws,
            "stable": spread.stable,
            "intervals": [{**asdict(entry), "name": entry.name or None} for entry in spread.intervals],
            "contributors": [asdict(entry) for entry in spread.contributors],
        }
    if "totals" in wanted:
        found["totals"] = [
            {
                "item": entry.item,
                "region": entry.region or None,
                "unit": entry.unit,
                "listed": None if entry.listed is None else float(entry.listed),
                "total": None if entry.total is None else float(entry.total),
                "ratio": None if entry.ratio is None else float(entry.ratio),
                "tolerance": float(entry.tolerance),
                "verdict": entry.verdict,
                "reason": "；".join(said.text(spoken) for said in entry.why),
                "row": entry.row or None,
            }
            for entry in full.balances()
        ]
    return found


def extras_lines(full: Full, wanted: Collection[str], seed: int) -> list[str]:
    """The same for people."""
    from lantian.rules.sources.details import by_class

    lines = [
        f"  {name}  {pollutant}  {float(t):.6g} t"
        for (name, pollutant), t in by_class(full.details, full.system).items()
    ]
    if "months" in wanted:
        lines += ["", _("Months")]
        for (name, sub, pollutant), months in full.months().items():
            lines.append(f"  {name}/{sub}  {pollutant}  " + "  ".join(f"{float(t):.4g}" for t in months))
    if "uncertainty" in wanted:
        spread = full.spread(seed)
        lines += [
            "",
            _(
                "Uncertainty (%(draws)d draws, seed %(seed)d; spreads of the grades are defaults that were not verified)"
            )
            % {"draws": spread.draws, "seed": spread.seed},
        ]
        if not spread.stable:
            lines.append("  " + _("the means were not stable at the end"))
        for entry in spread.intervals:
            lines.append(
                f"  {entry.name or _('Total')}  {entry.pollutant}  {entry.t:.6g} t  [{entry.low:.4g}, {entry.high:.4g}]"
                f"  ±{100 * entry.deviation:.3g}%"
            )
        kinds = {"activity": _("activity"), "factor": _("factor"), "left": _("control")}
        for part in spread.contributors:
            lines.append(
                f"  {part.pollutant}  {100 * part.share:.3g}%  {kinds[part.kind]}  {part.label}  [{part.grade}]"
            )
    if "totals" in wanted:
        lines += ["", _("Totals of the statistics")]
        for balance in full.balances():
            ratio = "" if balance.ratio is None else f"{float(100 * balance.ratio):.4g}%"
            why = "；".join(said.text(spoken) for said in balance.why)
            lines.append(f"  {balance.item}  {balance.region}  {ratio}  [{balance.verdict}]  {why}")
    return lines


def write_workbook(full: Full, file: Path, output: Path, seed: int | None) -> None:
    """Write the inventory as a workbook; a file that is there stays."""
    from lantian.office.inventory_report import Report, write_report
    from lantian.office.inventory_workbook import input_tables

    inputs, places = input_tables(file.read_bytes(), file.name)
    balances = full.balances()
    report = Report(
        full.year, full.system, full.details, full.inventory.gaps, full.books, full.months(),
        balances if any(entry.row for entry in balances) else (), None if seed is None else full.spread(seed),
        inputs, places,
    )  # fmt: skip
    _written(output, lambda stream: write_report(report, stream, spoken))


def _written(output: Path, write: Callable[[Any], None]) -> None:
    try:
        with output.open("xb") as stream:
            write(stream)
    except FileExistsError:
        raise fail(f"{output}: {_('This file is there already. Choose another name.')}") from None
    except OSError as error:
        reason = _("The file cannot be written: %(reason)s.") % {"reason": error.strerror or error}
        raise fail(f"{output}: {reason}") from None
    print(_("Written: %(file)s") % {"file": output}, file=sys.stderr)


# --- two years ---


def compare(
    first: Annotated[Path, typer.Argument(metavar="A.xlsx", help=_("The workbook of the first year."))],
    second: Annotated[Path, typer.Argument(metavar="B.xlsx", help=_("The workbook of the second year."))],
    years: Annotated[
        tuple[int, int], typer.Option("--years", metavar="Y1 Y2", help=_("The two years."), show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help=_("Print the changes as JSON."))] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT.xlsx", help=_("Write the comparison as a workbook."), show_default=False
        ),
    ] = None,
    classes: Annotated[
        int, typer.Option("--classes", help=_("Classes of the totals: 8 of the guide in four levels, or the older 10."))
    ] = 8,
    abroad: Annotated[
        bool, typer.Option("--abroad", help=_("Fill gaps with factors from abroad; they are marked."))
    ] = False,
    overrides: Annotated[
        Path | None,
        typer.Option(
            "--overrides", metavar="FILE",
            help=_("Unsure entries of the books set otherwise (JSON); by default books/sources-overrides.json of the"
                   " data folder, if it is there."), show_default=False,
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=0, help=_("How many sources are printed."))] = 20,
) -> None:  # fmt: skip
    """Compare two years."""
    if classes not in (8, 10):
        raise fail(_("There are 8 classes or 10: --classes 8, --classes 10."), 2)
    from lantian.rules.sources.comparison import compare as changed

    known = books_of(overrides)
    changes = changed(
        _year_of(first, years[0], known, abroad=abroad), _year_of(second, years[1], known, abroad=abroad)
    )
    if output is not None:
        from lantian.office.inventory_report import write_comparison

        _written(output, lambda stream: write_comparison(changes, years, classes, stream, spoken))
    if as_json:
        print(json.dumps(comparison_json(changes, years, classes), ensure_ascii=False, indent=1))
    elif output is None:
        for line in _comparison_lines(changes, classes, top):
            print(line)


def _year_of(file: Path, year: int, known: Books, *, abroad: bool) -> Year:
    from lantian.rules.sources.comparison import Year
    from lantian.rules.sources.details import detailed
    from lantian.rules.sources.inventory import run as compute

    found = read(file)
    result = compute(found.rows, found.problems, known, year, abroad=abroad)
    if result.gaps:
        said = _("%(file)s: %(count)d gaps; what has a gap in one year only is no change.")
        print(said % {"file": file, "count": len(result.gaps)}, file=sys.stderr)
    return Year(year, found.rows, result, detailed(result, found.rows, known))


def comparison_json(changes: Sequence[Change], years: tuple[int, int], system: int) -> dict[str, Any]:
    """The contract of ``inventory compare --json``: sums by class and pollutant, and every change of a source."""
    from lantian.rules.sources.comparison import summed

    return {
        "years": list(years),
        "classes": [
            {
                "class": name,
                "pollutant": pollutant,
                "before": float(entry.before),
                "after": float(entry.after),
                "change": float(entry.after - entry.before),
                "parts": {part: float(t) for part, t in entry.parts.items()},
            }
            for (name, pollutant), entry in summed(changes, system).items()
        ],
        "sources": [
            {
                "source_id": change.source_id,
                "name": change.name or None,
                "unit": change.unit or None,
                "class": change.example.ten.name if system == 10 else change.example.category.name,
                "item": change.example.category.level2 or None,
                "pollutant": change.pollutant,
                "before": float(change.before),
                "after": float(change.after),
                "change": float(change.change),
                "parts": {part: float(t) for part, t in change.parts.items()},
                "reason": "；".join(message.text(spoken) for message in change.why),
            }
            for change in changes
            if change.change
        ],
    }


def _comparison_lines(changes: Sequence[Change], system: int, top: int) -> list[str]:
    from lantian.rules.sources.comparison import summed

    names = {
        "opened": _("new sources"), "closed": _("closed sources"), "units": _("within sources"), "activity": _("activity"),
        "factor": _("factor"), "removal": _("control"), "method": _("method"), "gap": _("gaps"),
    }  # fmt: skip

    def parts(given: Any) -> str:
        return "  ".join(f"{names[part]} {float(t):+.5g}" for part, t in given.items() if t)

    lines = []
    for (name, pollutant), entry in summed(changes, system).items():
        change = float(entry.after - entry.before)
        lines.append(
            f"{name}  {pollutant}  {float(entry.before):.6g} → {float(entry.after):.6g} t ({change:+.5g})  {parts(entry.parts)}"
        )
    lines += ["", _("Greatest changes")]
    for change_ in [change for change in changes if change.change][:top]:
        why = "；".join(message.text(spoken) for message in change_.why)
        unit = f"/{change_.unit}" if change_.unit else ""
        lines.append(
            f"  {change_.source_id}{unit} {change_.name}  {change_.pollutant}  {float(change_.change):+.5g} t"
            f"  {parts(change_.parts)}  {why}"
        )
    return lines
