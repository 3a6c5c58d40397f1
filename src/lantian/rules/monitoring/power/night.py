"""Load that comes back at night (E7): night against day, and night against the evening before; who always works at night is told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import exact, half_even
from lantian.rules.monitoring.power.baseline import Baseline, Baselines, Usual
from lantian.rules.monitoring.power.readings import Line, Series, kw, window
from lantian.rules.monitoring.power.states import stop_level
from lantian.rules.monitoring.power.verdict import Evidence, Outcome, Verdict


def judge_night(
    line: Line, series: Series | None, night_of: date, usual: Usual | None, *, rules: Book | None = None
) -> Verdict:
    """Whether load came back in the night after a day (E7): a reason to look in that night (K3).

    Suspected where night over day is above 1.5, or night over the evening before above its factor, and the night lies above
    the load of a stop. Where the baseline itself has such nights, the works usually works at night: passed, and told so.

    Parameters
    ----------
    night_of
        The evening on which the night begins.
    usual
        The baseline; without it usual nights cannot be told, which the notes say.
    """
    rules = rules or book("power")
    first, last, evening = (
        _at(night_of, rules.whole("night_from")),
        _at(night_of + timedelta(days=1), rules.whole("night_to")),
        _at(night_of, rules.whole("evening_from")),
    )
    day = _at(night_of, rules.whole("night_to"))
    notes = [*rules.defaults("rise_factor", "night_from", "night_to", "evening_from")]
    if series is None:
        said = Message(_("own generation is not known: it cannot be judged (E2)"))
        return Verdict("E7", line.id, Outcome.CANNOT_JUDGE, first, last, Reason("own_generation_unknown", said))
    night = _mean(series, first, last, rules)
    by_day, before = _mean(series, day, first, rules), _mean(series, evening, first, rules)
    if night is None or (by_day is None and before is None):
        said = Message(_("too many readings of the night or of the day before it are missing"))
        return Verdict(
            "E7", line.id, Outcome.CANNOT_JUDGE, first, last, Reason("readings_missing", said), (), tuple(notes)
        )
    ratio, rise = _over(night, by_day), _over(night, before)
    wanted, factor = exact(rules.number("night_ratio")), exact(rules.number("rise_factor"))
    figures = {
        "night": str(half_even(night, 0)), "power": kw(half_even(night, 0)), "ratio": _shown(ratio), "rise": _shown(rise),
        "wanted": str(rules.number("night_ratio")), "factor": str(rules.number("rise_factor")),
    }  # fmt: skip
    high = (ratio is not None and ratio > wanted) or (rise is not None and rise > factor)
    level = stop_level(line, usual, rules) if usual is not None and usual.usable else None
    if usual is None or level is None:
        notes.append(Reason("no_baseline", Message(_("there is no baseline: usual nights cannot be told apart"))))
    if high and level is not None and night <= level.wh:
        said = Message(
            _("the night lies at %(night)s kW, not above the load of a stop (%(level)s kW)"),
            night=figures["power"], level=kw(level.wh),
        )  # fmt: skip
        return Verdict("E7", line.id, Outcome.PASSED, first, last, Reason("stopped", said), (), tuple(notes))
    of_day = usual.of_day(night_of) if isinstance(usual, Baselines) else usual
    if high and of_day is not None and of_day.usable and _works_at_night(of_day, wanted, rules):
        said = Message(
            _("the works usually takes more at night than by day: night over day %(ratio)s"), ratio=figures["ratio"]
        )
        return Verdict("E7", line.id, Outcome.PASSED, first, last, Reason("usual_nights", said), (), tuple(notes))
    if high:
        said = Message(
            _("load suspected of coming back at night: %(power)s kW, night over day %(ratio)s (above"
              " %(wanted)s), over the evening before %(rise)s (above %(factor)s): check in the night (E7)"),
            **figures,
        )  # fmt: skip
        evidence = (
            Evidence(
                line.id, first, last, said,
                (("night_wh", figures["night"]), ("night_over_day", figures["ratio"]), ("over_evening", figures["rise"])),
            ),
        )  # fmt: skip
        return Verdict(
            "E7", line.id, Outcome.SUSPECTED, first, last, Reason("night_rebound", said), evidence, tuple(notes)
        )
    said = Message(
        _("no load came back at night: night over day %(ratio)s, over the evening before %(rise)s"),
        ratio=figures["ratio"], rise=figures["rise"],
    )  # fmt: skip
    return Verdict("E7", line.id, Outcome.PASSED, first, last, Reason("no_rebound", said), (), tuple(notes))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BEIJING)


def _mean(series: Series, start: datetime, end: datetime, rules: Book) -> Fraction | None:
    seen = window(series, start, end)
    present = int(seen.present.sum())
    if not present or present * 100 < rules.number("complete_percent") * seen.wh.size:
        return None
    return Fraction(int(seen.wh[seen.present].sum()), present)


def _over(night: Fraction, other: Fraction | None) -> Fraction | None:
    """How many times; a night above nothing is beyond any factor and is given as if the other were 1 Wh."""
    if other is None:
        return None
    return night / max(other, Fraction(1))


def _shown(ratio: Fraction | None) -> str:
    return "—" if ratio is None else str(half_even(ratio, 2))


def _works_at_night(usual: Baseline, wanted: Fraction, rules: Book) -> bool:
    medians = usual.medians().tolist()
    begin, end = rules.whole("night_from") * 4, rules.whole("night_to") * 4
    night, by_day = medians[begin:] + medians[:end], medians[end:begin]
    base = Fraction(sum(by_day), len(by_day))
    return Fraction(sum(night), len(night)) > wanted * max(base, Fraction(1))
