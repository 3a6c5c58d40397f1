"""Cells of lists: what people write is read, what is shown is read the same, and a slip is told with its mending."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.sources.cells import read_value, show_value
from lantian.rules.sources.doubts import doubts_of, vin_check_sign
from lantian.rules.sources.errors import SourcesError
from lantian.rules.sources.fields import FieldKind, ListField, Option, Value
from lantian.rules.sources.lists import list_book

FIELDS = list_book().fields
USCC = "91130200699229617X"
OPTIONS = (Option("one", "一", "One", ("壹",)), Option("two", "二（乙）", "Two"), Option("3", "三", "Three"))


def of(kind: str, unit: str = "", **more: object) -> ListField:
    options = OPTIONS if kind.startswith("choice") else ()
    return ListField("x", "栏", "X", FieldKind(kind), unit=unit, options=options, **more)  # type: ignore[arg-type]


def code_of(field: ListField, text: str) -> str:
    with pytest.raises(SourcesError) as caught:
        read_value(field, text)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "unit", "text", "value"),
    [
        ("text", "", " 晴川  水泥\u200b ", "晴川 水泥"),
        ("text", "", "无", "无"),
        ("text", "", "/", None),
        ("long_text", "", " 停产 \r\n\r\n  限行  ", "停产\n\n限行"),
        ("integer", "户", "1,204户", 1204),
        ("integer", "户", "1.2万户", 12000),
        ("integer", "", "12.0", 12),
        ("decimal", "t", "3万t", Decimal(30000)),
        ("decimal", "t", "３５００公斤", Decimal("3.5")),
        ("decimal", "t", "1.2e3", Decimal(1200)),
        ("decimal", "t", " -0.5 ", Decimal("-0.5")),
        ("decimal", "t/h", "10蒸吨", Decimal(10)),
        ("decimal", "t/h", "35t/h", Decimal(35)),
        ("decimal", "m2", "15亩", Decimal(10000)),
        ("decimal", "℃", "120℃", Decimal(120)),
        ("decimal", "m3/h", "2万m³/h", Decimal(20000)),
        ("decimal", "", "—", None),
        ("percent", "%", "95%", Decimal(95)),
        ("percent", "%", "95", Decimal(95)),
        ("share", "", "95％", Decimal("0.95")),
        ("money", "元", "10万元", Decimal(100000)),
        ("money", "元", "¥1,200.50", Decimal("1200.50")),
        ("money", "元", "无", None),
        ("date", "", "2018-11-15", date(2018, 11, 15)),
        ("date", "", "2018/11/5 00:00:00", date(2018, 11, 5)),
        ("date", "", "2018年10月底前", date(2018, 10, 31)),
        ("date", "", "2018.10", date(2018, 10, 31)),
        ("date", "", "二〇一八年十月二十三日", date(2018, 10, 23)),
        ("date", "", "2018年第三季度", date(2018, 9, 30)),
        ("date", "", "2018年上半年", date(2018, 6, 30)),
        ("date", "", "2018年", date(2018, 12, 31)),
        ("date", "", "20181115", date(2018, 11, 15)),
        ("date", "", "43419", date(2018, 11, 15)),
        ("date", "", "2018－11－15", date(2018, 11, 15)),
        ("year", "", "2018年度", 2018),
        ("flag", "", "√", True),
        ("flag", "", "无", False),
        ("flag", "", "", None),
        ("choice", "", "二(乙)", "two"),
        ("choice", "", "壹", "one"),
        ("choice", "", "无", None),
        ("choices", "", "三、一，一", ("one", "3")),
        ("region", "", "410108.0", "410108"),
        ("town", "", "410108001000", "410108001"),
        ("village", "", "410108001203", "410108001203"),
        ("phone", "", "0371—12345678、13800000000", "0371-12345678、13800000000"),
        ("longitude", "", "E113°39′54″", Decimal("113.665")),
        ("latitude", "", "34.75812345678", Decimal("34.75812345678")),
        ("uscc", "", " 91130200 699229617x", USCC),
        ("permit", "", USCC + "001p", USCC + "001P"),
        ("mn", "", "88888880000001", "88888880000001"),
        ("trade", "", "C3011 水泥制造", "C3011"),
        ("trade", "", "3011", "C3011"),
        ("plate", "", "豫A·12345（黄色）", "豫A12345"),
        ("plate", "", "豫A12345", "豫A12345"),
        ("vin", "", "lfwsrxsj8l1f12345", "LFWSRXSJ8L1F12345"),
        ("code", "", "mf0001", "MF0001"),
        ("code", "", "1＃窑", "1#窑"),
        ("special_equipment_code", "", "1130 4101 2020 0001", "1130410120200001"),
        ("disclosure_number", "", "CNFJG300ABCD00000100A123", "CNFJG300ABCD00000100A123"),
        ("url", "", "https://example.cn/a?b=1", "https://example.cn/a?b=1"),
    ],
)
def test_a_cell_is_read_as_it_is_meant_and_shown_so_that_it_is_read_the_same(
    kind: str, unit: str, text: str, value: Value
) -> None:
    field = of(kind, unit)
    assert (value, type(value)) == (found := read_value(field, text), type(found))
    assert value == read_value(field, show_value(field, value))


@pytest.mark.parametrize(
    ("code", "kind", "unit", "text"),
    [
        ("text_long", "text", "", "长" * 301),
        ("text_sign", "text", "", "晴\ue000川"),
        ("not_whole", "integer", "户", "12.5"),
        ("not_a_number", "decimal", "t", "约5"),
        ("not_a_number", "decimal", "t", "5-10"),
        ("not_a_number", "decimal", "", "5t"),
        ("not_a_number", "decimal", "t", "1" * 70),
        ("not_a_number", "decimal", "t", "1e999"),
        ("not_a_number", "percent", "%", "95t"),
        ("unit_dimension", "decimal", "t/h", "7MW"),
        ("unit_unknown", "decimal", "t", "5斛"),
        ("not_a_flag", "flag", "", "也许"),
        ("choice_unknown", "choice", "", "四"),
        ("choice_unknown", "choices", "", "一、四"),
        ("not_a_date", "date", "", "近日"),
        ("no_such_day", "date", "", "2018-02-30"),
        ("no_such_day", "date", "", "2018年13月"),
        ("year_missing", "date", "", "10月底"),
        ("year_unlikely", "date", "", "1018-01-01"),
        ("not_a_year", "year", "", "18"),
        ("year_unlikely", "year", "", "9999"),
        ("region_form", "region", "", "4101081"),
        ("town_form", "town", "", "410108"),
        ("village_form", "village", "", "410108001"),
        ("phone_form", "phone", "", "见附件"),
        ("coordinate_form", "longitude", "", "东边"),
        ("uscc_check", "uscc", "", USCC[:-1] + "0"),
        ("permit_length", "permit", "", USCC),
        ("number_shortened", "code", "", "4.1010E+17"),
        ("code_sign", "code", "", "a@b"),
        ("code_sign", "vin", "", "ab"),
        ("disclosure_form", "disclosure_number", "", "FJG300ABCD00000100A123"),
        ("url_form", "url", "", "www.example.cn"),
    ],
)
def test_what_is_wrong_with_a_cell_has_a_name(code: str, kind: str, unit: str, text: str) -> None:
    assert code == code_of(of(kind, unit), text)


def test_bounds_and_digits_hold_at_both_sides() -> None:
    field = of("decimal", least=Decimal(0), most=Decimal(100), digits=1)
    assert [Decimal(0), Decimal(100)] == [read_value(field, "0"), read_value(field, "100.0")]
    assert ["below_least", "above_most", "too_many_digits"] == [
        code_of(field, text) for text in ("-0.1", "100.1", "5.05")
    ]
    assert "x" == getattr(_refused(field, "-1"), "field", None)


def _refused(field: ListField, text: str) -> SourcesError:
    with pytest.raises(SourcesError) as caught:
        read_value(field, text)
    return caught.value


KINDS = {field.kind: field for field in FIELDS.values()} | {
    kind: of(kind.value, "t" if kind is FieldKind.DECIMAL else "") for kind in FieldKind
}
PIECES = st.sampled_from(
    [
        *"019.,-%万t年月日底ACP豫无是、，(）#\n\u3000一三",
        "2018",
        "41",
        "0108",
        "001",
        "CN",
        "二（乙）",
        "http://",
        "x.cn",
    ]
)


@pytest.mark.parametrize("kind", list(FieldKind), ids=[kind.value for kind in FieldKind])
@settings(max_examples=30)
@given(text=st.lists(PIECES, max_size=8).map("".join))
def test_what_any_cell_comes_to_is_shown_so_that_it_is_read_the_same(kind: FieldKind, text: str) -> None:
    field = KINDS[kind]
    try:
        value = read_value(field, text)
    except SourcesError as refused:
        assert refused.code and str(refused.message)
        return
    assert value == read_value(field, show_value(field, value))


@pytest.mark.parametrize("key", [key for key, field in FIELDS.items() if field.options])
def test_every_option_is_read_from_each_of_its_words(key: str) -> None:
    field = FIELDS[key]
    for option in field.options:
        for word in (option.label, option.code, *option.also):
            found = read_value(field, word)
            assert option.code == (found[0] if isinstance(found, tuple) else found), word
    codes = tuple(option.code for option in field.options)
    if field.kind is FieldKind.CHOICES:
        assert codes == read_value(field, show_value(field, codes))


def test_a_fresh_field_reads_as_the_one_it_was_made_of() -> None:
    field = FIELDS["kiln_type"]
    read_value(field, "焦炉")
    assert "coking" == read_value(replace(field, required=True), "焦炉")


def test_a_field_goes_to_another_process_with_all_it_says() -> None:
    for field in FIELDS.values():
        read_value(field, "")
        assert field == pickle.loads(pickle.dumps(field)) == copy.deepcopy(field)
    there: ListField = pickle.loads(pickle.dumps(FIELDS["kiln_type"]))
    assert "coking" == read_value(there, "焦炉")


# --- doubts ---


def test_a_check_sign_of_a_vehicle_is_told() -> None:
    assert "X" == vin_check_sign("1M8GDM9AXKP042788")
    assert () == doubts_of(of("vin"), "1M8GDM9AXKP042788")
    assert ["vin_check"] == [doubt.code for doubt in doubts_of(of("vin"), "1M8GDM9A1KP042788")]
    assert ["vin_form"] == [doubt.code for doubt in doubts_of(of("vin"), "1M8GDM9AXKP04278O")]


@pytest.mark.parametrize(
    ("kind", "good", "odd"),
    [
        ("food_licence", "JY14101081234567", "JY1410108123456"),
        ("farm_code", "4101080001", "9901080001"),
        ("works_permit", "410108201810230101", "410108201813230101"),
        ("project_code", "2018-410108-30-03-000001", "2018-410108-30-03-00001"),
        ("disclosure_number", "CNFJG300ABCD00000100A123", "CN12G300ABCD00000100A123"),
    ],
)
def test_forms_that_are_not_settled_are_doubted_and_not_refused(kind: str, good: str, odd: str) -> None:
    field = of(kind)
    assert [0, 1] == [len(doubts_of(field, read_value(field, text))) for text in (good, odd)]


def test_a_share_in_a_field_of_per_cent_is_doubted() -> None:
    assert ["percent_small"] == [doubt.code for doubt in doubts_of(of("percent"), Decimal("0.95"))]
    assert () == doubts_of(of("percent"), Decimal("95")) == doubts_of(of("decimal"), Decimal("0.95"))
