"""The rules by their numbers, and looking at a period with all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import InputError, Message, Reason, _
from lantian.rules.monitoring.suspicion.columns import Observations
from lantian.rules.monitoring.suspicion.constant import all_zero, blowing_back, equal_runs, low_spread
from lantian.rules.monitoring.suspicion.copies import copied, mirrored
from lantian.rules.monitoring.suspicion.hugging import limit_hugging
from lantian.rules.monitoring.suspicion.oxygen import never_folded, oxygen_against_load, reference_moved
from lantian.rules.monitoring.suspicion.patterns import last_digits, regular_period
from lantian.rules.monitoring.suspicion.ranges import beyond_physics, minimum_mean_maximum
from lantian.rules.monitoring.suspicion.sign import Context, Rule, Sign
from lantian.rules.monitoring.suspicion.station import (
    clock,
    desulphurisation_off,
    parameters_changed,
    treatment_off,
)
from lantian.rules.monitoring.suspicion.stops import (
    gap_at_peak,
    marks_cover,
    runs_while_stopped,
    upkeep_marks,
)

PERIODS = ("realtime", "minute", "hour")
_SHORT, _HOUR, _ANY = frozenset({"realtime", "minute"}), frozenset({"hour"}), frozenset(PERIODS)
_GASES = ("dust", "so2", "nox", "co")

RULES: tuple[Rule, ...] = (
    Rule("R1", _("Equal values in a row"), _SHORT, equal_runs),
    Rule("R2", _("Hardly any spread while the flow varies"), _HOUR, low_spread, (_GASES, ("flow", "velocity"))),
    Rule("R3", _("A regular period in small fluctuation"), _SHORT, regular_period, (_GASES,)),
    Rule("R4", _("Outside of the physical range"), _ANY, beyond_physics),
    Rule("R5", _("Just below the limit far more often than before"), _HOUR, limit_hugging, (_GASES,), ("past", "limits"), 7),
    Rule("R6", _("Oxygen that does not go with the load"), _HOUR, oxygen_against_load, (("o2",), ("flow", "velocity")), ("past",)),
    Rule("R7", _("The reference oxygen of folding has moved"), _ANY, reference_moved, (("o2",),)),
    Rule("R8", _("Folded values are not recomputed"), _ANY, never_folded, (("o2",),)),
    Rule("R9", _("Marked as stopped, but running"), _ANY, runs_while_stopped, (("velocity", "power.on"),)),
    Rule("R10", _("All zero while flue gas flows"), _ANY, all_zero, (_GASES, ("velocity",))),
    Rule("R11", _("Marks of stop or start cover exceedances"), _HOUR, marks_cover, (), ("claims", "exceedances"), 31),
    Rule("R12", _("Marks of maintenance or calibration too often, or at exceedances"), _HOUR, upkeep_marks, (), ("claims",), 31),
    Rule("R13", _("The same values as another stack"), _SHORT, mirrored, (("so2",), ("nox",))),
    Rule("R14", _("A copy of another stack, also shifted"), _ANY, copied, (_GASES,)),
    Rule("R15", _("Minimum, mean and maximum contradict each other"), frozenset({"minute", "hour"}), minimum_mean_maximum),
    Rule("R16", _("Clock, repeated moments, supplements after an alarm"), _SHORT, clock),
    Rule("R17", _("A parameter changed without an entry of the log"), _ANY, parameters_changed,
         (("area", "slope", "intercept", "range", "velocity_factor"),), ("logs",)),
    Rule("R18", _("A gap at the peak of a neighbour"), _HOUR, gap_at_peak, (), ("exceedances", "neighbours")),
    Rule("R19", _("No SO2 while desulphurisation is off"), _ANY, desulphurisation_off, (("fgd.on",), ("fan.on",))),
    Rule("R20", _("Dust stays the same while blowing back"), _SHORT, blowing_back, (("blowback",), ("dust",))),
    Rule("R21", _("Production runs and treatment does not"), _SHORT, treatment_off, (("power.production",), ("power.treatment",))),
    Rule("R22", _("Last digits are not spread evenly"), _SHORT, last_digits, (_GASES,)),
)  # fmt: skip

BY_ID = {rule.id: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found, and which rules could not look, with the reason."""

    signs: tuple[Sign, ...]
    looked: tuple[str, ...]
    skipped: tuple[tuple[str, Reason], ...]


def examine(
    data: Observations,
    period: str,
    context: Context | None = None,
    *,
    only: Iterable[str] | None = None,
    rules: Book | None = None,
) -> Examined:
    """Look at the data of many outlets with all rules, or some of them.

    Parameters
    ----------
    period
        Kind of the data: ``realtime``, ``minute`` or ``hour``.
    only
        Numbers of rules.

    Raises
    ------
    InputError
        ``period`` or ``rule`` is not known.
    """
    if period not in PERIODS:
        raise InputError("period", Message(_("Data are realtime, minute or hour, not “%(period)s”."), period=period))
    wanted = [rule.id for rule in RULES] if only is None else list(only)
    for name in wanted:
        if name not in BY_ID:
            raise InputError("rule", Message(_("There is no rule “%(rule)s”."), rule=name))
    context, rules = context or Context(), rules or book("suspicion")
    signs: list[Sign] = []
    looked: list[str] = []
    skipped: list[tuple[str, Reason]] = []
    for name in wanted:
        rule = BY_ID[name]
        if period not in rule.periods:
            said = Message(_("looks at other data (%(periods)s)"), periods=", ".join(sorted(rule.periods)))
            skipped.append((name, Reason("other_period", said)))
            continue
        lack = rule.lacks(data, context)
        if lack is not None:
            skipped.append((name, lack))
            continue
        looked.append(name)
        signs.extend(rule.look(data, context, rules))
    signs.sort(key=lambda sign: (int(sign.rule[1:]), sign.outlets, sign.factor, sign.first))
    return Examined(tuple(signs), tuple(looked), tuple(skipped))
