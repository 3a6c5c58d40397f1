"""Plans of a few lines, and what a comparison says of their dates."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import (
    Finding,
    Item,
    Measure,
    Side,
)


def item(text: str, **fields: object) -> Item:
    title = re.split("[。，]", text)[0]
    values: dict[str, object] = {"key": "0", "number": "1", "section": "", "title": title, "text": text}
    return Item(**(values | fields))  # type: ignore[arg-type]


def city(*texts: str, **fields: object) -> Side:
    tasks = tuple(item(text, key=str(at), number=str(at + 1)) for at, text in enumerate(texts))
    return Side("市方案", "prefecture", ("晴川市",), date(2023, 1, 1), tasks, **fields)  # type: ignore[arg-type]


def district(*texts: str, **fields: object) -> Side:
    tasks = tuple(item(text, key=str(at), number=str(at + 1)) for at, text in enumerate(texts))
    return Side("区方案", "county", ("云山区", "晴川市"), date(2023, 2, 1), tasks, **fields)  # type: ignore[arg-type]


def one(upper: str, lower: str) -> Finding:
    (finding,) = compare(city(upper), district(lower))
    return finding


def dates_told(finding: Finding) -> list[tuple[str, str, str]]:
    return [
        (reason.code, reason.params["upper"], reason.params.get("lower", ""))
        for reason in finding.reasons
        if reason.code.startswith("deadline")
    ]


def target(indicator: str, value: str, region: str = "", **fields: object) -> Item:
    unit = str(fields.pop("unit", "微克/立方米"))
    measure = Measure(indicator, region, value=Decimal(value), unit=unit, **({"period": "2023"} | fields))  # type: ignore[arg-type]
    return Item(indicator + region, None, "", indicator, "", measure=measure)
