"""Commands to stations: what their fields take, and codes in words."""

from __future__ import annotations

import pytest

from lantian.rules.hj212.commands import CommandRefused, checked, commands, flag_words, result_words
from lantian.rules.hj212.factors import factor_of, order_of


def refused(cn: str, **given: str) -> str:
    with pytest.raises(CommandRefused) as told:
        checked(cn, given)
    return told.value.key


def test_a_request_for_a_period_goes_into_the_frame_in_the_order_of_the_text() -> None:
    given = {"EndTime": "20260102000000", "BeginTime": "20260101000000"}
    assert [("BeginTime", "20260101000000"), ("EndTime", "20260102000000")] == checked("2061", given)


def test_the_time_that_is_set_is_that_of_sending() -> None:
    assert [("SystemTime", "now")] == checked("1012", {})


@pytest.mark.parametrize(
    ("cn", "given", "key"),
    [
        ("1062", {"RtdInterval": "29"}, "RtdInterval"),
        ("1062", {"RtdInterval": "3601"}, "RtdInterval"),
        ("1062", {"RtdInterval": "30;CN=1072"}, "RtdInterval"),
        ("1062", {}, "RtdInterval"),
        ("1064", {"MinInterval": "7"}, "MinInterval"),
        ("2061", {"BeginTime": "20260101000000", "EndTime": "20251231000000"}, "EndTime"),
        ("2061", {"BeginTime": "20260101000000", "EndTime": "20260301000000"}, "EndTime"),
        ("2061", {"BeginTime": "20260101000000"}, "EndTime"),
        ("2061", {"BeginTime": "20261301000000", "EndTime": "20260101000000"}, "BeginTime"),
        ("3012", {"PolId": "a21026&&"}, "PolId"),
        ("3016", {"PolId": "a21026", "CstartTime": "250000", "Ctime": "2"}, "CstartTime"),
        ("1061", {"NewPW": "123456"}, ""),
        ("1072", {"NewPW": "12345"}, "NewPW"),
        ("1072", {"NewPW": "1234;6"}, "NewPW"),
        ("3021", {"PolId": "w01018", "InfoId": "i13010", "Info": "5"}, "InfoId"),
        ("3021", {"PolId": "w01018", "InfoId": "i13007", "Info": "5,x=1"}, "Info"),
        ("3021", {"PolId": "w01018", "InfoId": "i13007"}, "Info"),
        ("3011", {"PolId": "w01018", "CalibrationType": "2"}, "CalibrationType"),
        ("9999", {}, ""),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_field(cn: str, given: dict[str, str], key: str) -> None:
    assert key == refused(cn, **given)


@pytest.mark.parametrize(
    ("cn", "given", "known", "not_known"),
    [
        ("1072", {"NewPW": "a1B2c3"}, ("2017", "2025", ""), ("2005",)),
        ("3021", {"PolId": "w01018", "InfoId": "i13007", "Info": "0.5"}, ("2017", "2025"), ("2005",)),
        ("3022", {"PolId": "w01018"}, ("2025",), ("2005", "2017")),
        ("3024", {"PolId": "w01018"}, ("2025",), ("2005", "2017")),
        ("3011", {"PolId": "w01018", "CalibrationType": "1"}, ("2025",), ("2005", "2017")),
        ("3011", {"PolId": "w01018"}, ("2005", "2017", "2025"), ()),
    ],
)
def test_a_command_is_refused_for_an_edition_whose_layout_of_it_is_not_known(
    cn: str, given: dict[str, str], known: tuple[str, ...], not_known: tuple[str, ...]
) -> None:
    for version in known:
        assert checked(cn, given, version=version)
    for version in not_known:
        with pytest.raises(CommandRefused):
            checked(cn, given, version=version)


def test_a_parameter_goes_into_the_frame_under_its_own_number() -> None:
    given = {"PolId": "a21026", "InfoId": "i13007", "Info": "-0.25"}
    assert [("PolId", "a21026"), ("i13007-Info", "-0.25")] == checked("3021", given, version="2017")


@pytest.mark.parametrize("secret", ["zq7Kx9", "zq7K;9", "zq7Kx9zz"])
def test_a_new_password_stands_neither_in_what_is_kept_nor_in_an_error(secret: str) -> None:
    try:
        said = str(checked("1072", {"NewPW": secret}))
    except CommandRefused as error:
        said = str(error) + str(error.params)
    assert "zq7K" not in said


def test_bounds_themselves_are_taken() -> None:
    assert checked("1062", {"RtdInterval": "30"}) and checked("1062", {"RtdInterval": "3600"})
    assert checked("1064", {"MinInterval": "30"})


def test_every_command_has_both_names_and_fields_of_a_known_kind() -> None:
    kinds = {"factor", "whole", "choice", "time", "clock", "info", "now", "parameter", "secret"}
    for one in commands().values():
        assert one.name and one.english and {field.kind for field in one.fields} <= kinds


def test_codes_are_told_in_words_and_unknown_ones_as_they_are() -> None:
    assert ("执行成功", "Done") == (result_words("ExeRtn", "1"), result_words("ExeRtn", "1", "en"))
    assert ("77", "故障", "X") == (result_words("QnRtn", "77"), flag_words("D"), flag_words("X"))


def test_a_factor_is_found_by_its_code_of_2017_and_of_2005() -> None:
    dust = factor_of("a34013")
    assert dust is not None and dust is factor_of("01") and dust.unit == "mg/m³"
    velocity = factor_of("s02")
    assert velocity is not None and velocity.code == "a01011"
    assert factor_of("nothing") is None
    assert ["a34013", "a21026", "a19001", "zz"] == sorted(["zz", "a19001", "a21026", "a34013"], key=order_of)
