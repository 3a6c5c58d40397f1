"""Number formats of Word lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.office.numbering import chinese, format_number


@pytest.mark.parametrize(
    ("number", "number_format", "text"),
    [
        (1, "chineseCounting", "一"),
        (10, "chineseCounting", "十"),
        (11, "chineseCounting", "十一"),
        (20, "chineseCountingThousand", "二十"),
        (99, "chineseCounting", "九十九"),
        (105, "chineseCountingThousand", "一百零五"),
        (110, "chineseCountingThousand", "一百一十"),
        (2017, "chineseCountingThousand", "二千零一十七"),
        (12, "chineseLegalSimplified", "壹拾贰"),
        (3, "decimalEnclosedCircleChinese", "③"),
        (21, "decimalEnclosedCircle", "㉑"),
        (51, "decimalEnclosedCircle", "51"),
        (2, "decimalEnclosedParen", "⑵"),
        (12, "decimalFullWidth", "１２"),
        (4, "ideographTraditional", "丁"),
        (12, "ideographZodiac", "亥"),
        (4, "lowerRoman", "iv"),
        (28, "upperLetter", "BB"),
        (7, "decimalZero", "07"),
        (3, "noSuchFormat", "3"),
        (-3, "chineseCounting", "-3"),
        (2012, "ideographDigital", "二〇一二"),
    ],
)
def test_a_number_is_printed_in_its_format(number: int, number_format: str, text: str) -> None:
    assert format_number(number, number_format) == text


def test_a_picture_pads_with_zeros() -> None:
    assert format_number(7, "custom", "001, 002, 003, ...") == "007"


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_different_numbers_are_different_in_chinese(one: int, other: int) -> None:
    assert (chinese(one) == chinese(other)) == (one == other)


@given(
    st.integers(-(2**31), 2**31 - 1),
    st.sampled_from(["chineseCounting", "upperRoman", "lowerLetter", "ordinal"]),
)
def test_any_number_has_a_short_form(number: int, number_format: str) -> None:
    assert 0 < len(format_number(number, number_format)) < 40
