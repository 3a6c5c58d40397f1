"""What a person found who read a county-level plan against the provincial plan above it.

Written from the two texts alone, before there was any program to compare plans. It names tasks by their place and
number only; the texts stay where they are.

The place of an upper task is the letter of its document in the file (A: the notice, B: its annex), the ordinals of
its chapters and its number. A lower task is named by its number; chapters of the lower plan that are no tasks, such
as the safeguards, by their ordinals.

``core`` are the lower tasks that carry the duty, ``also`` others that a reader would accept beside them.
``status`` and ``or_`` are the reading and, where a fair reader may see it otherwise, the second reading.
``None`` for a deadline or a quantity: the text does not decide it, so it is not scored.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """One upper task or target and what becomes of it in the lower plan."""

    status: str
    core: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    deadline: str | None = "none"
    quantity: str | None = "none"
    or_: str = ""


MISSING = Expected("missing")
OTHERS = Expected("not_applicable")


def carried(
    *core: str,
    also: tuple[str, ...] = (),
    deadline: str | None = "none",
    quantity: str | None = "none",
    or_: str = "",
) -> Expected:
    return Expected("carried", core, also, deadline, quantity, or_)


def partly(
    *core: str, also: tuple[str, ...] = (), deadline: str | None = "none", or_: str = "carried"
) -> Expected:
    return Expected("partly", core, also, deadline, "none", or_)


def missing(*also: str) -> Expected:
    """Missing, though a reader may see a trace of it in `also`."""
    return Expected("missing", (), also, None, None, "partly")


SITES = ("17", "18(1)-(3)", "18(4)")

HENAN_OVER_HUIJI: dict[str, Expected] = {
    # the notice
    "A一（一）1(1)": carried("17", also=("18(1)-(3)", "24")),
    "A一（一）1(2)": carried("23", quantity="looser"),  # every week against every month
    "A一（一）1(3)": carried("20(1)", "20(2)", also=("19(1)", "19(2)", "19(3)", "20(3)", "20(4)")),
    "A一（一）1(4)": carried("20(3)", or_="partly"),
    "A一（一）1(5)": carried("17", quantity="same"),  # less than 9 t per month and km2
    "A一（一）2": MISSING,
    "A一（一）3(1)": partly("2", deadline=None),
    "A一（一）3(2)": carried("2", deadline="earlier"),
    "A一（二）4(1)": partly(also=("5", "6"), deadline=None, or_="missing"),
    "A一（二）4(2)": carried("32"),
    "A一（二）4(3)": missing("12", "13"),
    "A一（二）4(4)": MISSING,
    "A一（二）5": carried("11", deadline="later"),  # June against August
    "A一（二）6(1)": missing("14", "16(1)", "16(2)"),
    "A一（二）6(2)": missing("15", "36"),
    "A一（三）7": missing("35"),
    "A一（三）8": partly("30", deadline="none"),
    "A一（三）9": MISSING,
    "A一（四）10(1)": partly("四（二）", also=("四（三）",), or_="carried"),
    "A一（四）10(2)": missing("四（二）", "四（三）", "四（七）"),
    "A一（四）10(3)": partly("四（三）", also=("31",)),
    "A一（四）11": carried("13", also=("11", "17", "35")),
    # the annex: industry
    "B三（一）1": partly("1", also=("4",), or_="missing"),
    "B三（一）2": missing("1"),
    "B三（一）3": carried("11", deadline="later"),
    "B三（一）4": carried("10"),
    "B三（一）5": partly(also=("5", "6"), deadline=None, or_="missing"),
    "B三（一）6": MISSING,
    "B三（二）1": carried("9(1)", also=("9(2)",)),
    "B三（二）2": carried("16(3)"),
    "B三（二）3": MISSING,
    # coal
    "B三（三）1": partly("2", deadline="later"),
    "B三（三）2": carried("2", deadline="earlier"),
    "B三（三）3": MISSING,
    "B三（三）4": carried("3"),
    "B三（三）5": MISSING,
    "B三（三）6": MISSING,
    "B三（三）7": missing("2"),
    "B三（三）8": MISSING,
    "B三（三）9": MISSING,
    "B三（三）10": MISSING,
    "B三（三）11": carried("25(1)", also=("25(2)",)),
    "B三（三）12": MISSING,
    # dust
    "B三（四）1": MISSING,
    "B三（四）2": missing("17"),
    "B三（四）3": carried("17", also=SITES),
    "B三（四）4": carried("17", quantity="same"),  # sites of 10,000 m2
    "B三（四）5": carried("23", quantity="looser"),
    "B三（四）6": carried("18(1)-(3)", also=SITES),
    "B三（四）7": carried("20(4)", also=SITES),
    "B三（四）8": carried("18(1)-(3)", also=SITES, quantity="looser"),  # green after 3 months, against 6 in 18(4)
    "B三（四）9": carried("20(4)", also=SITES),
    "B三（四）10": missing("17", "21"),
    "B三（四）11": carried("19(1)", "19(2)", also=("19(3)", "19(4)"), deadline="same"),
    "B三（四）12": carried("20(1)", "20(2)", also=("20(3)", "20(4)")),
    "B三（四）13": carried("21", "20(3)", also=("20(4)",)),
    "B三（四）14": partly("20(3)", also=("20(1)", "20(2)")),
    "B三（四）15": carried("22(1)"),
    "B三（四）16": carried("22(1)", or_="partly"),
    "B三（四）17": partly("18(1)-(3)", also=("22(1)", *SITES)),
    "B三（四）18": partly("20(4)", also=("22(1)", *SITES)),
    "B三（四）19": MISSING,
    "B三（四）20": partly("21"),
    "B三（四）21": MISSING,
    "B三（四）22": partly("23"),
    "B三（四）23": MISSING,
    "B三（四）24": MISSING,
    # vehicles
    "B三（五）1": carried("15", deadline="later"),  # September against December
    "B三（五）2": MISSING,
    "B三（五）3": partly("15", deadline=None, or_="missing"),
    "B三（五）4": missing("36"),
    "B三（五）5": MISSING,
    "B三（五）6": MISSING,
    "B三（五）7": MISSING,
    "B三（五）8": MISSING,
    "B三（五）9": MISSING,
    "B三（五）10": carried("16(1)", "16(2)"),
    "B三（五）11": missing("16(2)"),
    "B三（五）12": MISSING,
    "B三（五）13": MISSING,
    "B三（五）14": MISSING,
    # heavy pollution
    "B三（六）1": missing("35"),
    "B三（六）2(1)": carried("30", deadline="later"),  # February against August
    "B三（六）2(2)": OTHERS,
    "B三（六）3(1)": MISSING,
    "B三（六）3(2)": MISSING,
    "B三（六）4": Expected("not_applicable", also=("31",), or_="missing"),
    # burning
    "B三（七）1": carried("26"),
    "B三（七）2": carried("28"),
    "B三（七）3": carried("27", also=("25(1)", "26")),
    "B三（七）4": MISSING,
    # rules and order
    "B三（八）1": OTHERS,
    "B三（八）2(1)": OTHERS,
    "B三（八）2(2)": Expected("not_applicable", or_="missing"),
    "B三（八）2(3)": missing("四（一）"),
    "B三（八）3": carried("13", also=("11", "17", "35"), deadline="earlier"),
    "B三（八）4(1)": carried("17", also=("18(1)-(3)", "24")),
    "B三（八）4(2)": carried("12", deadline="same"),
    "B三（八）4(3)": OTHERS,
    "B三（八）4(4)": partly("15", deadline=None, or_="missing"),
    "B三（八）5": OTHERS,
    "B三（八）6": partly("四（六）"),
    # safeguards
    "B四（一）1": carried("四（七）", also=("四（一）", "四（二）", "四（三）"), or_="partly"),
    "B四（一）2": partly("四（七）", deadline=None, or_="missing"),
    "B四（二）1": partly("四（一）"),
    "B四（二）2": MISSING,
    "B四（三）1": carried("四（五）"),
    "B四（三）2": missing("四（五）"),
    "B四（三）3": MISSING,
    "B四（三）4": OTHERS,
    "B四（三）5": MISSING,
    "B四（四）1": OTHERS,
    "B四（四）2": OTHERS,
    "B四（五）1": carried("33", "35", also=("30", "34", "38"), deadline=None, or_="partly"),
    "B四（五）2": partly(also=("12", "13"), deadline=None, or_="missing"),
    "B四（五）3": carried("四（四）", also=("13",), deadline=None),
    "B四（六）": partly("4", also=("1", "13", "34"), deadline=None, or_="missing"),
    "B四（七）": carried("四（六）"),
    "B四（八）": carried("四（一）", also=("四（二）", "四（三）", "四（七）"), or_="partly"),
}

#: targets by region, indicator and kind; every target that is not named belongs to other places or to the province
#: as a whole: its averages over all cities are not the district's, which stands under the city's own line
TARGETS_OVER_HUIJI: dict[tuple[str, str, str], Expected] = {
    ("郑州市", "PM10", "level"): carried("0", quantity="stricter"),  # 122 against 117
    ("郑州市", "PM2.5", "level"): carried("1", quantity="stricter"),  # 65 against 63
    ("郑州市", "优良天数", "level"): carried("2", quantity="stricter"),  # 189 against 190
    ("郑州市", "空气质量排名", "rank"): MISSING,
}
