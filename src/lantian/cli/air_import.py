"""``lantian air import`` and ``lantian air watch``: air data into the lake of an office, as the pages do it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.air import air_app, fail, say
from lantian.cli.main import DataOption, _use

if TYPE_CHECKING:
    from lantian.rules.air.doors.layout import Choices

#: names and reasons that are shown to the person at the console
_SHOWN = 8

Units = Annotated[
    list[str] | None,
    typer.Option(
        "--unit", metavar="ITEM=UNIT", help=_("Unit of a column: co=ug, pm10=mg."), show_default=False
    ),
]
Label = Annotated[
    str | None,
    typer.Option("--label", metavar="end|start", help=_("Whether a time is the end or the start of the hour."), show_default=False),
]  # fmt: skip
Utc = Annotated[bool, typer.Option("--utc", help=_("Times without a zone are UTC."))]
SwapO3 = Annotated[
    bool, typer.Option("--swap-o3", help=_("Exchange the columns O3 and O3 24h, O3 8h and O3 8h 24h."))
]
SkipUnknown = Annotated[
    bool,
    typer.Option("--skip-unknown", help=_("Leave unknown stations out instead of holding their values.")),
]
AsItIs = Annotated[
    bool,
    typer.Option("--as-it-is", help=_("Answer every question about units with “it is right as it stands”.")),
]


@air_app.command(
    "import", help=_("Import air data (CSV, .gz, Excel) into the lake, after a look at each file.")
)
def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help=_("Files to import."), show_default=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Look and report; store nothing."))] = False,
    unit: Units = None,
    label: Label = None,
    utc: Utc = False,
    station: Annotated[
        str, typer.Option("--station", help=_("Station of a table that names none."), show_default=False)
    ] = "",
    swap_o3: SwapO3 = False,
    skip_unknown: SkipUnknown = False,
    as_it_is: AsItIs = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=_("Print a JSON array with one report for each file."))
    ] = False,
    data: DataOption = None,
) -> None:
    """Import files."""
    choices = _choices(unit, label, utc, station, swap_o3, skip_unknown, as_it_is)
    _office(data)
    from django.utils import timezone, translation

    from lantian.apps.air import lake
    from lantian.apps.air.doors import reading, whole
    from lantian.apps.air.models import Door
    from lantian.apps.core.actions import Actor
    from lantian.apps.core.exceptions import CoreError

    reports: list[dict[str, Any]] = []
    failed = False
    with translation.override(_language()):
        for file in files:
            report: dict[str, Any] = {"file": str(file)}
            reports.append(report)
            try:
                with _bar(file, _("Looking")) as looking, _bar(file, _("Storing")) as storing:
                    outcome = whole.take(
                        reading.Source(file, file.name, reading.office_overrides()),
                        choices,
                        door=Door.CONSOLE,
                        actor=Actor.system("console", via="cli"),
                        lake=lake(),
                        now=timezone.now(),
                        dry_run=dry_run,
                        look_tick=looking,
                        store_tick=storing,
                    )
            except CoreError as error:
                failed = True
                report |= {"code": error.code, "error": str(error)}
                if "preview" in error.data:
                    report["preview"] = error.data["preview"]
                say(f"{file}: {error}")
                for question in error.data.get("questions", ()):
                    say("  " + _answer_to(question))
                continue
            report["preview"] = outcome.preview
            row = outcome.delivery
            if row is not None:
                report |= {
                    "delivery": row.pk, "repeated": outcome.repeated, "rows": row.rows, "added": row.added,
                    "corrected": row.corrected, "same": row.same, "held": row.held, "flagged": row.flagged,
                    "counts": row.counts,
                }  # fmt: skip
            _say(report)
    if as_json:
        print(json.dumps(reports, ensure_ascii=False, indent=1))
    if failed:
        raise typer.Exit(1)


@air_app.command(
    help=_("Watch a folder: complete files are imported and moved to done or failed, with a report.")
)
def watch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=_("The folder."), show_default=False)],
    unit: Units = None,
    label: Label = None,
    utc: Utc = False,
    swap_o3: SwapO3 = False,
    skip_unknown: SkipUnknown = False,
    as_it_is: AsItIs = False,
    every: Annotated[float, typer.Option("--every", min=0.1, help=_("Seconds between two looks."))] = 10.0,
    once: Annotated[bool, typer.Option("--once", help=_("Take what is complete, then end."))] = False,
    data: DataOption = None,
) -> None:
    """Watch a folder until Ctrl-C."""
    choices = _choices(unit, label, utc, "", swap_o3, skip_unknown, as_it_is)
    if not folder.is_dir():
        raise fail(_("%(path)s is no folder.") % {"path": folder})
    _office(data)
    from django.utils import timezone, translation

    from lantian.apps.air.doors.folder import Folder
    from lantian.apps.core.actions import Actor

    watched = Folder(folder, now=timezone.now, choices=choices, actor=Actor.system("console", via="cli"))
    say(_("Watching %(folder)s; Ctrl-C ends it.") % {"folder": folder})
    looks = 0
    with translation.override(_language()):
        try:
            while True:
                for name, good in watched.sweep():
                    said = _("%(file)s: imported") if good else _("%(file)s: not imported; see the report beside it")
                    say(said % {"file": name})
                looks += 1
                if once and looks > 1:
                    return
                time.sleep(every)
        except KeyboardInterrupt:
            return


# --- parts ---


def _choices(
    unit: Sequence[str] | None,
    label: str | None,
    utc: bool,
    station: str,
    swap_o3: bool,
    skip_unknown: bool,
    as_it_is: bool,
) -> Choices:
    from lantian.rules.air.doors.items import DAY_ITEMS
    from lantian.rules.air.doors.layout import Choices

    units: dict[str, str] = {}
    for given in unit or ():
        item, _sign, value = given.lower().replace(".", "").partition("=")
        value = {"µg": "ug", "μg": "ug", "ug/m3": "ug", "mg/m3": "mg"}.get(value, value)
        if item not in DAY_ITEMS or value not in ("ug", "mg"):
            raise fail(
                _("“%(text)s” is no unit of a column. Write for example co=ug or pm10=mg.") % {"text": given}
            )
        units[item] = value
    if label not in (None, "end", "start"):
        raise fail(_("--label is end or start."))
    confirmed = {"co_unit:co", "unit:pm25", "unit:pm10", "unit:o3", "o3_swapped"} if as_it_is else ()
    return Choices(
        units=units,
        zone="utc" if utc else "",
        label=label or "",
        station=station,
        swap_o3=swap_o3,
        unknown="skip" if skip_unknown else "hold",
        confirmed=frozenset(confirmed),
    )


def _office(data: Path | None) -> None:
    """Load the office whose lake it is."""
    from lantian.cli import prepare
    from lantian.web import conf

    _use(data)
    try:
        conf.data_folder()
        prepare.django_setup()
        prepare.migrate()
    except (prepare.NotReady, conf.ConfigurationError) as error:
        raise fail(str(error)) from None


def _language() -> str:
    from django.utils import translation

    return translation.get_language() or "zh-hans"


@contextmanager
def _bar(file: Path, label: str) -> Iterator[Any]:
    """A bar by the share that is done, where somebody sits at the console; shown when the work begins."""
    bar: list[Any] = []
    at = [0]

    def tick(done: int, size: int) -> None:
        if not sys.stderr.isatty():
            return
        if not bar:
            bar.append(typer.progressbar(length=1000, file=sys.stderr, label=f"{label} {file.name}"))
            bar[0].__enter__()
        now = done * 1000 // max(size, 1)
        bar[0].update(now - at[0])
        at[0] = now

    try:
        yield tick
    finally:
        if bar:
            bar[0].__exit__(None, None, None)


def _answer_to(question: dict[str, Any]) -> str:
    """The option that answers a question."""
    option = {
        "co_unit": f"--unit co={question['answer']}",
        "unit": f"--unit {question['item']}={question['answer']}",
        "o3_swapped": "--swap-o3",
        "station": "--station",
    }[question["code"]]
    if question["code"] == "station":
        return _("Answer it with %(option)s.") % {"option": option}
    return _("Answer it with %(option)s, or with --as-it-is.") % {"option": option}


def _say(report: dict[str, Any]) -> None:
    """What was found and what became of it."""
    from lantian.apps.air.doors import words

    found = report["preview"]
    layout = found["layout"]
    said = _(
        "%(file)s: %(rows)s rows, %(first)s to %(last)s, %(known)s known and %(unknown)s unknown stations or cities"
    )
    say(
        said
        % {
            "file": report["file"], "rows": found["rows"], "first": found["first"], "last": found["last"],
            "known": found["known"], "unknown": found["unknown_count"],
        }
    )  # fmt: skip
    units = ", ".join(f"{item['item']} {words.unit_word(item['unit'])}" for item in found["items"])
    label = _("start of the hour") if layout["label"] == "start" else _("end of the hour")
    say(
        "  "
        + _("read as: %(units)s; %(label)s; %(zone)s")
        % {"units": units, "label": label, "zone": layout["zone"]}
    )
    for code, count in list(found["counts"].items())[:_SHOWN]:
        say(f"  {words.reason_word(code)}: {count}")
    if found["unknown"]:
        shown = "、".join(found["unknown"][:_SHOWN])
        say(
            "  "
            + _("not in the register: %(names)s")
            % {"names": shown + (" …" if found["unknown_count"] > _SHOWN else "")}
        )
    if "delivery" not in report:
        say(
            "  " + _("nothing was stored (--dry-run): %(count)s values would be") % {"count": found["stored"]}
        )
    elif report["repeated"]:
        say("  " + _("this file was imported before with the same choices; nothing was done"))
    else:
        said = _(
            "%(added)s new hours, %(corrected)s changed, %(same)s as before; %(held)s values held, %(flagged)s hours flagged"
        )
        say("  " + said % report)
