"""Words of electricity supervision: what a meter measures, what is asked for a time, and the states of a line."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices_devices import Period


class MeterRole(models.TextChoices):
    """What a meter measures."""

    PRODUCTION = "production", _("Production equipment")
    TREATMENT = "treatment", _("Treatment equipment")
    TOTAL = "total", _("Whole plant")
    GENERATION = "generation", _("Own generation")


class OwnGeneration(models.TextChoices):
    """Whether an enterprise uses electricity that no meter of the grid has seen."""

    NONE = "none", _("None")
    METERED = "metered", _("Metered")
    RATIO = "ratio", _("By a known ratio")
    UNKNOWN = "unknown", _("There is some, nobody knows how much")


class PeriodKind(models.TextChoices):
    """Why days of a time are not like others."""

    WARNING = "warning", _("Heavy-pollution response")
    SEASON = "season", _("Staggered production")
    HOLIDAY = "holiday", _("Holiday")
    REPAIR = "repair", _("Repair")
    OUTAGE = "outage", _("Power failure")


class Demand(models.TextChoices):
    """What is ordered for a time."""

    NONE = "none", _("Nothing")
    STOP = "stop", _("Stop production")
    LIMIT = "limit", _("Limit production")


class LoadState(models.TextChoices):
    """What a line or a facility does in a quarter of an hour."""

    NORMAL = "normal", _("Normal")
    LIMITED = "limited", _("Limited")
    STOPPED = "stopped", _("At rest")
    IDLE = "idle", _("Suspected: treatment idle")
    LOST = "lost", _("No data")
    UNKNOWN = "unknown", _("Not judged")


class CheckOutcome(models.TextChoices):
    """Whether an order was kept, by electricity; a suspicion is closed by people."""

    SUSPECTED = "suspected", _("Suspected not kept")
    CANNOT_JUDGE = "cannot_judge", _("Cannot be judged")
    LOST = "lost", _("No data")
    PASSED = "passed", _("Kept")


class PowerDoor(models.TextChoices):
    """How readings came."""

    FILE = "file", _("File in the page")
    PUSH = "push", _("Sent by a program")
    MQTT = "mqtt", _("MQTT")
    HJ212 = "hj212", "HJ 212"


class FeedMeasure(models.TextChoices):
    """What a factor of a device says of electricity."""

    POWER = "power", _("Power")
    ENERGY = "energy", _("Energy of the period")
    REGISTER = "register", _("Counter of energy")
    PHASES = "phases", _("Phase voltages and currents")


class FeedUnit(models.TextChoices):
    """The unit in which a device sends it; HJ 212 does not tell."""

    W = "W", "W"
    KW = "kW", "kW"
    MW = "MW", "MW"
    WH = "Wh", "Wh"
    KWH = "kWh", "kWh"
    MWH = "MWh", "MWh"
    NONE = "", "V, A"


#: unit → how many kW or kWh one of it is
PER_UNIT = {
    FeedUnit.W: Decimal("0.001"), FeedUnit.KW: Decimal(1), FeedUnit.MW: Decimal(1000),
    FeedUnit.WH: Decimal("0.001"), FeedUnit.KWH: Decimal(1), FeedUnit.MWH: Decimal(1000),
    FeedUnit.NONE: Decimal(1),
}  # fmt: skip
#: measure → units that it may have
UNITS_OF = {
    FeedMeasure.POWER: (FeedUnit.W, FeedUnit.KW, FeedUnit.MW),
    FeedMeasure.ENERGY: (FeedUnit.WH, FeedUnit.KWH, FeedUnit.MWH),
    FeedMeasure.REGISTER: (FeedUnit.WH, FeedUnit.KWH, FeedUnit.MWH),
    FeedMeasure.PHASES: (FeedUnit.NONE,),
}
#: measure → kinds of data in which it may come: a counter is read at a moment, energy is of a period
PERIODS_OF = {
    FeedMeasure.POWER: tuple(Period),
    FeedMeasure.ENERGY: (Period.MINUTES, Period.HOUR, Period.DAY),
    FeedMeasure.REGISTER: (Period.MOMENT,),
    FeedMeasure.PHASES: tuple(Period),
}
TONES = {
    LoadState.NORMAL: "blue",
    LoadState.LIMITED: "yellow",
    LoadState.STOPPED: "grey",
    LoadState.IDLE: "red",
    LoadState.LOST: "neutral",
    LoadState.UNKNOWN: "neutral",
}
#: one letter for each state: the strip of a day is a text of 96 of them
LETTERS = {
    LoadState.NORMAL: "n",
    LoadState.LIMITED: "l",
    LoadState.STOPPED: "s",
    LoadState.IDLE: "i",
    LoadState.LOST: "x",
    LoadState.UNKNOWN: "u",
}
OUTCOME_TONES = {
    CheckOutcome.PASSED: "green",
    CheckOutcome.SUSPECTED: "red",
    CheckOutcome.LOST: "neutral",
    CheckOutcome.CANNOT_JUDGE: "yellow",
}
#: rule → what it suspects
RULES = {
    "E3": _("Suspected: not stopped as ordered"),
    "E4": _("Suspected: not limited as ordered"),
    "E6": _("Suspected: treatment off while production runs"),
    "E6-lag": _("Suspected: treatment starts later than production"),
    "E6-contrary": _("Suspected: treatment turned down as production rises"),
    "E7": _("Suspected: load comes back at night"),
    "LOST": _("Meter sends nothing"),
}
