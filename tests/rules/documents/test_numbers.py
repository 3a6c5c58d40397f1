"""Numbers as plans print them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.documents.numbers import parse_number


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("7", "7"),
        ("4.35", "4.35"),
        ("1,550", "1550"),
        ("12，000", "12000"),
        ("零", "0"),
        ("两", "2"),
        ("十", "10"),
        ("十五", "15"),
        ("二十", "20"),
        ("二十五", "25"),
        ("一百零三", "103"),
        ("三百二十", "320"),
        ("两千", "2000"),
        ("一万二千", "12000"),
        ("三点五", "3.5"),
        ("二〇一七", "2017"),
        ("半", "0.5"),
    ],
)
def test_a_number_is_read_in_figures_and_in_chinese_numerals(printed: str, value: str) -> None:
    assert parse_number(printed) == Decimal(value)


@pytest.mark.parametrize("printed", ["", "一把", "1.2.3", "1.", "十十", "A5", "零十", "三点", "九" * 80])
def test_what_is_no_number_gives_none(printed: str) -> None:
    assert parse_number(printed) is None


@given(st.integers(min_value=0, max_value=9999))
def test_every_chinese_numeral_below_ten_thousand_reads_back(number: int) -> None:
    assert parse_number(_chinese(number)) == Decimal(number)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    value = parse_number(text)
    assert value is None or value >= 0


def _chinese(number: int) -> str:
    if number == 0:
        return "零"
    digits = "零一二三四五六七八九"
    parts: list[str] = []
    gap = False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            if gap and parts:
                parts.append("零")
            parts.append(digits[digit] + name)
            gap = False
        else:
            gap = True
    return "".join(parts)
