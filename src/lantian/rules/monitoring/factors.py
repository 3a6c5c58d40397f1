"""Names of factors that the rules go by, and the codes under which stacks send them in the editions of HJ 212.

References
----------
HJ 212-2017, table B.2, and HJ/T 212-2005 (both read).
"""

from __future__ import annotations

from collections.abc import Mapping

from lantian.rules.monitoring.errors import Message, _

#: name → what it is called
NAMES: Mapping[str, str] = {
    "dust": _("particles"),
    "so2": "SO2",
    "nox": "NOx",
    "co": "CO",
    "h2s": "H2S",
    "hcl": "HCl",
    "nh3": "NH3",
    "nmhc": _("non-methane hydrocarbons"),
    "o2": _("oxygen content"),
    "flow": _("flow of flue gas"),
    "velocity": _("velocity of flue gas"),
    "temperature": _("temperature of flue gas"),
    "moisture": _("moisture of flue gas"),
    "pressure": _("pressure of flue gas"),
    "furnace": _("temperature of the furnace"),
    "area": _("section of the duct"),
    "slope": _("slope of the calibration"),
    "intercept": _("intercept of the calibration"),
    "range": _("range of the analyser"),
    "velocity_factor": _("velocity field factor"),
}

#: code → name, for stacks (ST 31); the same code may mean another thing at a water outlet
STACK_CODES: Mapping[str, str] = {
    "01": "dust", "a34013": "dust",
    "02": "so2", "a21026": "so2",
    "03": "nox", "a21002": "nox",
    "04": "co", "a21005": "co",
    "05": "h2s", "a21028": "h2s",
    "08": "hcl", "a21024": "hcl",
    "10": "nh3", "a21001": "nh3",
    "a24088": "nmhc",
    "B02": "flow", "a00000": "flow",
    "S01": "o2", "a19001": "o2",
    "S02": "velocity", "a01011": "velocity",
    "S03": "temperature", "a01012": "temperature",
    "S05": "moisture", "a01014": "moisture",
    "S07": "area", "a01016": "area",
    "S08": "pressure", "a01013": "pressure",
    "a01901": "furnace",
}  # fmt: skip

#: suffix of HJ 212 → suffix of a column
SUFFIXES: Mapping[str, str] = {
    "Rtd": "", "Avg": "", "ZsRtd": ".zs", "ZsAvg": ".zs", "Min": ".min", "Max": ".max",
    "ZsMin": ".zs.min", "ZsMax": ".zs.max", "Cou": ".total",
}  # fmt: skip

POLLUTANTS = ("dust", "so2", "nox", "co", "h2s", "hcl", "nh3", "nmhc")


def column_of(code: str, suffix: str) -> str | None:
    """The column of a value of a stack, such as ``so2.zs``; None where the rules know neither."""
    name, behind = STACK_CODES.get(code), SUFFIXES.get(suffix)
    return None if name is None or behind is None else name + behind


def named(column: str) -> Message:
    """What a column is called; folded ones say so."""
    base, folded = column.removesuffix(".zs"), column.endswith(".zs")
    name = Message(NAMES.get(base, base))
    return Message(_("folded %(factor)s"), factor=name) if folded else name
