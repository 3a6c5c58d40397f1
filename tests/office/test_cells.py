"""What officials write into cells, as values."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.office.cells import (
    CellError,
    CellValue,
    DateValue,
    read_date,
    read_decimal,
    read_flag,
    read_integer,
    read_text,
)


@pytest.mark.parametrize(
    ("value", "on", "precision"),
    [
        ("2017年6月30日", "2017-06-30", "day"),
        ("2017年6月30日前", "2017-06-30", "day"),
        ("2017.6.30", "2017-06-30", "day"),
        ("2017-06-30", "2017-06-30", "day"),
        ("2017/6/30 0:00:00", "2017-06-30", "day"),
        ("2017-06-30T08:30", "2017-06-30", "day"),
        ("２０１７年６月３０日", "2017-06-30", "day"),
        ("二〇一七年十一月三十日", "2017-11-30", "day"),
        ("十二月二十日", "2017-12-20", "day"),
        ("20170630", "2017-06-30", "day"),
        ("6月30日", "2017-06-30", "day"),
        ("6.30", "2017-06-30", "day"),
        ("17年5月3日", "2017-05-03", "day"),
        ("2017年6月底", "2017-06-30", "month"),
        ("2017年2月底前完成", "2017-02-28", "month"),
        ("2016年2月", "2016-02-29", "month"),
        ("2017-6", "2017-06-30", "month"),
        ("10月底前", "2017-10-31", "month"),
        ("6月上旬", "2017-06-10", "ten_days"),
        ("2017年6月下旬", "2017-06-30", "ten_days"),
        ("2017年三季度", "2017-09-30", "quarter"),
        ("第四季度末", "2017-12-31", "quarter"),
        ("2017年底前", "2017-12-31", "year"),
        ("年底", "2017-12-31", "year"),
        ("全年", "2017-12-31", "year"),
        (2018, "2018-12-31", "year"),
        (42916, "2017-06-30", "day"),
        (42916.75, "2017-06-30", "day"),
        ("42916", "2017-06-30", "day"),
        (20170630, "2017-06-30", "day"),
        (date(2017, 6, 30), "2017-06-30", "day"),
        (datetime(2017, 6, 30, 8), "2017-06-30", "day"),
    ],
)
def test_a_date_is_understood_as_written(value: CellValue, on: str, precision: str) -> None:
    assert read_date(value, default_year=2017) == DateValue(date.fromisoformat(on), precision)


@pytest.mark.parametrize("value", [None, "", " ", "/", "—", "无"])
def test_an_empty_date_is_none(value: CellValue) -> None:
    assert read_date(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("6月31日", "no_such_day"),
        ("2017年13月", "no_such_day"),
        ("2017-02-29", "no_such_day"),
        ("20171301", "no_such_day"),
        ("明年", "not_a_date"),
        ("尽快", "not_a_date"),
        ("6", "not_a_date"),
        (6.3, "not_a_date"),
        (True, "not_a_date"),
        (time(8), "not_a_date"),
        ("1017年6月30日", "year_unlikely"),
        (date(1900, 1, 1), "year_unlikely"),
    ],
)
def test_what_is_no_date_says_why(value: CellValue, code: str) -> None:
    with pytest.raises(CellError) as caught:
        read_date(value, default_year=2017)

    assert caught.value.code == code


def test_a_date_without_a_year_needs_one() -> None:
    with pytest.raises(CellError) as caught:
        read_date("6月30日")

    assert caught.value.code == "year_missing"


def test_a_workbook_that_counts_from_1904_gives_other_days() -> None:
    assert read_date(41454, epoch_1904=True) == DateValue(date(2017, 6, 30))


@given(
    st.dates(date(1950, 1, 1), date(2199, 12, 31)),
    st.sampled_from(["{}年{}月{}日", "{}.{}.{}", "{}/{}/{}", "{}-{}-{}"]),
)
def test_every_day_comes_back_from_each_way_of_writing(day: date, form: str) -> None:
    assert read_date(form.format(day.year, day.month, day.day)) == DateValue(day)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        ("１２．５", "12.5"),
        ("1,234,567.8", "1234567.8"),
        ("１，２３４", "1234"),
        (" -5 ", "-5"),
        ("−5", "-5"),
        ("12.5%", "0.125"),
        ("1e3", "1e3"),
    ],
)
def test_a_number_is_read_whatever_its_signs(value: CellValue, number: str) -> None:
    assert read_decimal(value) == Decimal(number)


@pytest.mark.parametrize("value", ["约30", "30家", "1,23", "12，5", True, "3-5", "NaN", "1e9999"])
def test_what_is_no_number_is_refused(value: CellValue) -> None:
    with pytest.raises(CellError) as caught:
        read_decimal(value)

    assert caught.value.code == "not_a_number"


def test_a_date_in_a_column_of_numbers_says_so() -> None:
    with pytest.raises(CellError, match="date or time"):
        read_decimal(date(2017, 6, 30))


def test_whole_numbers_are_whole() -> None:
    assert read_integer("３.0") == 3
    with pytest.raises(CellError) as caught:
        read_integer("3.5")

    assert caught.value.code == "not_whole"


@pytest.mark.parametrize(
    ("value", "flag"), [("是", True), ("√", True), ("否", False), ("无", False), (True, True), ("", None)]
)
def test_yes_and_no_are_read(value: CellValue, flag: bool | None) -> None:
    assert read_flag(value) is flag


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(CellError, match="是 or 否"):
        read_flag("也许")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.1, "0.1"),
        (" a\u00a0b ", "a b"),
        (date(2017, 6, 1), "2017-06-01"),
        (True, "是"),
        (None, ""),
    ],
)
def test_any_cell_has_a_text(value: CellValue, text: str) -> None:
    assert read_text(value) == text


def test_a_code_that_excel_has_rounded_is_refused() -> None:
    with pytest.raises(CellError) as caught:
        read_text(9.14101055e17)

    assert caught.value.code == "number_shortened"


@given(
    st.one_of(
        st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.none(), st.datetimes(), st.times()
    )
)
def test_no_cell_raises_anything_but_a_cell_error(value: CellValue) -> None:
    for reader in (read_text, read_decimal, read_integer, read_flag, read_date):
        try:
            reader(value)
        except CellError as error:
            assert str(error)
