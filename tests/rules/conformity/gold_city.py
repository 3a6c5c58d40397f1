"""A second reading: a city's plan of the year before against the main tasks and safeguards of the province's plan.

Made when the program was there and its weights were set, to see how it does on texts that it was not set on. The
notation is that of :mod:`tests.rules.conformity.gold`. The plans are of two years, so deadlines are not scored; amounts
are.
"""

from __future__ import annotations

from tests.rules.conformity.gold import Expected


def _is(
    status: str, *core: str, also: tuple[str, ...] = (), or_: str = "", quantity: str | None = "none"
) -> Expected:
    return Expected(status, core, also, None, quantity, or_)


MISSING = _is("missing")
OTHERS = _is("not_applicable")

HENAN_OVER_JIYUAN: dict[str, Expected] = {
    # industry
    "B三（一）1": _is("carried", "3", also=("1", "14", "27"), or_="partly", quantity=None),
    "B三（一）2": _is("carried", "27", also=("1",)),
    "B三（一）3": _is("partly", "63", or_="missing"),
    "B三（一）4": _is("carried", "6", "7", also=("15",)),
    "B三（一）5": _is("partly", "14", also=("18", "22", "23"), or_="carried", quantity=None),
    "B三（一）6": _is("carried", "22", also=("9",)),
    "B三（二）1": _is("carried", "25"),
    "B三（二）2": _is("carried", "26"),
    "B三（二）3": MISSING,
    # coal
    "B三（三）1": _is("carried", "8", also=("10",)),
    "B三（三）2": _is("partly", "10", also=("13", "16"), or_="missing"),
    "B三（三）3": _is("carried", "14", also=("18",), or_="partly", quantity=None),
    "B三（三）4": _is("carried", "11", also=("12",)),
    "B三（三）5": _is("carried", "17", also=("18",)),
    "B三（三）6": _is("partly", "18", also=("17",), or_="carried"),
    "B三（三）7": _is("carried", "12", also=("13",), or_="partly"),
    "B三（三）8": _is("carried", "21", quantity="same"),
    "B三（三）9": _is("missing", also=("21",), or_="partly"),
    "B三（三）10": MISSING,
    "B三（三）11": _is("carried", "47", also=("46",)),
    "B三（三）12": _is("carried", "12", quantity="same"),
    # dust
    "B三（四）1": MISSING,
    "B三（四）2": _is("carried", "38", or_="partly"),
    "B三（四）3": _is("missing", also=("38",), or_="partly"),
    "B三（四）4": _is("carried", "38", or_="partly", quantity="same"),
    "B三（四）5": MISSING,
    "B三（四）6": _is("carried", "38", or_="partly"),
    "B三（四）7": _is("partly", "38", also=("40",), or_="carried"),
    "B三（四）8": _is("carried", "38", or_="partly"),
    "B三（四）9": _is("partly", "38", also=("40",), or_="carried"),
    "B三（四）10": MISSING,
    "B三（四）11": _is("carried", "41", "39"),
    "B三（四）12": _is("carried", "39", "40"),
    "B三（四）13": _is("partly", "39", or_="carried"),
    "B三（四）14": _is("partly", "39", also=("35", "40"), or_="missing"),
    "B三（四）15": _is("carried", "42"),
    "B三（四）16": _is("carried", "42"),
    "B三（四）17": _is("partly", "38", also=("41", "42"), or_="missing"),
    "B三（四）18": _is("partly", "38", also=("42",), or_="missing"),
    "B三（四）19": MISSING,
    "B三（四）20": _is("partly", "39", or_="missing"),
    "B三（四）21": MISSING,
    "B三（四）22": MISSING,
    "B三（四）23": _is("partly", "38", or_="carried"),
    "B三（四）24": _is("carried", "43"),
    # vehicles
    "B三（五）1": _is("carried", "28", or_="partly"),
    "B三（五）2": _is("carried", "36", also=("37",)),
    "B三（五）3": _is("missing", also=("31",), or_="partly"),
    "B三（五）4": _is("partly", "31", also=("29", "32"), or_="missing"),
    "B三（五）5": _is("carried", "31", or_="partly"),
    "B三（五）6": _is("partly", "29", also=("32",), or_="carried"),
    "B三（五）7": _is("carried", "30"),
    "B三（五）8": _is("carried", "33", also=("34",)),
    "B三（五）9": _is("missing", also=("36",), or_="partly"),
    "B三（五）10": _is("carried", "37", or_="partly"),
    "B三（五）11": _is("missing", also=("37",), or_="partly"),
    "B三（五）12": MISSING,
    "B三（五）13": MISSING,
    "B三（五）14": _is("carried", "35"),
    # heavy pollution
    "B三（六）1": _is("carried", "54", also=("52", "60"), or_="partly"),
    "B三（六）2(1)": _is("carried", "51"),
    "B三（六）2(2)": OTHERS,
    "B三（六）3(1)": _is("carried", "53", or_="partly"),
    "B三（六）3(2)": OTHERS,
    "B三（六）4": _is("not_applicable", or_="missing"),
    # burning
    "B三（七）1": _is("carried", "44", quantity="looser"),
    "B三（七）2": _is("carried", "48", or_="partly"),
    "B三（七）3": _is("carried", "45", also=("44", "46")),
    "B三（七）4": MISSING,
    # rules and order
    "B三（八）1": OTHERS,
    "B三（八）2(1)": OTHERS,
    "B三（八）2(2)": MISSING,
    "B三（八）2(3)": _is("missing", or_="not_applicable"),
    "B三（八）3": MISSING,
    "B三（八）4(1)": _is("partly", "51", also=("38",), or_="missing"),
    "B三（八）4(2)": MISSING,
    "B三（八）4(3)": OTHERS,
    "B三（八）4(4)": _is("partly", "28", or_="missing"),
    "B三（八）5": OTHERS,
    "B三（八）6": MISSING,
    # safeguards
    "B四（一）1": _is("partly", "61", "65", or_="carried"),
    "B四（一）2": _is("partly", "61", or_="carried"),
    "B四（二）1": _is("missing", also=("63", "65"), or_="partly"),
    "B四（二）2": _is("partly", "59", also=("3",), or_="carried"),
    "B四（三）1": _is("carried", "62"),
    "B四（三）2": _is("missing", also=("57", "62"), or_="partly"),
    "B四（三）3": _is("missing", also=("62",), or_="partly"),
    "B四（三）4": OTHERS,
    "B四（三）5": MISSING,
    "B四（四）1": OTHERS,
    "B四（四）2": OTHERS,
    "B四（五）1": _is("carried", "57", also=("51", "54", "60")),
    "B四（五）2": _is("partly", "62", also=("32", "64"), or_="missing"),
    "B四（五）3": _is("carried", "63", also=("31", "56")),
    "B四（六）": _is("partly", "4", also=("57",), or_="missing"),
    "B四（七）": _is("partly", "64", also=("61",), or_="carried"),
    "B四（八）": _is("partly", "61", also=("65",), or_="carried"),
}
