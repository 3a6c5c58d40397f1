"""What the gate says of a frame: who may send, which checks are forgiven, what is answered; what is shown without secrets."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lantian.integrations.hj212 import cipher
from lantian.integrations.hj212.crc import crc, modbus, modbus_swapped
from lantian.integrations.hj212.encoding import frame
from lantian.integrations.hj212.errors import RegistryRefused
from lantian.integrations.hj212.framing import frames
from lantian.integrations.hj212.gate import Verdict, judge, masked, read_head
from lantian.integrations.hj212.registrations import FromFile, InMemory, Registration, read_csv
from tests.integrations.stations import MN, OLD, registered, upload

KEY = b"0" * 16
HEAD = "QN=20240520210700000;ST=31;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&"


def said(data: bytes, *stations: Registration, park: bool = False, peer: str = "10.0.0.1") -> Verdict:
    (found,) = frames(iter([data]))
    return judge(found, peer, registered(*stations), 1, park=park)


def error(verdict: Verdict) -> tuple[str, str]:
    assert verdict.reject is not None
    return verdict.reject.error, verdict.reject.hint


def test_a_frame_of_a_known_station_is_taken_and_answered_with_its_qn() -> None:
    found = said(upload(7))

    assert found.arrival is not None and found.reject is None
    assert (MN, "2011", "") == (found.arrival.mn, found.arrival.cn, found.arrival.warnings)
    assert frame(f"QN=20260301080000007;ST=91;CN=9014;PW=123456;MN={MN};Flag=4;CP=&&&&") == found.answer


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (upload(flag=4), ""),
        (upload(flag=None), ""),
        (upload(flag=9), f"QN=20260301080000001;ST=91;CN=9014;PW=123456;MN={MN};Flag=8;CP=&&&&"),
        (upload(cn="1013", content="PolId=w01018"), f"QN=20260301080000001;ST=91;CN=9013;PW=123456;MN={MN};Flag=4;CP=&&&&"),
        (upload(cn="9015", flag=9, content=""), f"QN=20260301080000001;ST=91;CN=9013;PW=123456;MN={MN};Flag=8;CP=&&&&"),
        (upload(cn="9011", content="QnRtn=1"), ""),
        # 2005: the request is named inside of the content, there and back.
        (
            upload(qn="", flag=1, content="QN=20040516010101001;DataTime=20040516010101;01-Rtd=1"),
            f"ST=91;CN=9014;PW=123456;MN={MN};Flag=0;CP=&&QN=20040516010101001;CN=2011&&",
        ),
        (upload(qn="", flag=1), f"ST=91;CN=9014;PW=123456;MN={MN};Flag=0;CP=&&CN=2011&&"),
    ],
)
def test_what_is_answered_follows_from_the_command_the_edition_and_the_wish(data: bytes, answer: str) -> None:
    found = said(data)
    assert found.arrival is not None
    assert (frame(answer) if answer else b"") == found.answer


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (upload(pw="123457"), "wrong_password"),
        (upload(st="32"), "wrong_st"),
        (upload(mn=OLD), "unknown_mn"),
        (frame("ST=31;CN=2011;PW=123456;Flag=5;CP=&&&&"), "bad_structure"),
        (frame(f"ST=31;PW=123456;MN={MN};Flag=5;CP=&&&&"), "bad_structure"),
        (upload().replace(b"18.5", b"18.6"), "crc_mismatch"),
    ],
)
def test_what_is_no_data_has_a_stable_word_and_no_answer(data: bytes, expected: str) -> None:
    found = said(data)
    assert (expected, b"") == (error(found)[0], found.answer)
    assert found.reject is not None and data == found.reject.raw


def test_frames_of_an_unknown_station_wait_where_that_is_set_and_are_answered_since_they_are_kept() -> None:
    found = said(upload(mn=OLD), park=True)
    assert ("parked", True) == (error(found)[0], b"CN=9014;" in found.answer)
    waiting = Registration(MN, state="parked")
    assert "parked" == error(said(upload(), waiting))[0]
    assert "station_refused" == error(said(upload(), Registration(MN, state="refused")))[0]


def test_a_logger_without_an_identity_is_heard_and_answered_with_an_empty_one() -> None:
    found = said(upload(mn="", cn="1001", flag=9, content="i23005-Info=6970000000001ABCDEFG1234"), park=True)
    assert ("parked", True) == (error(found)[0], b"CN=9013;PW=123456;MN=;Flag=8;" in found.answer)


@pytest.mark.parametrize(("peer", "taken"), [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("10.2.0.1", False), ("?", False)])
def test_a_station_may_be_held_to_its_networks(peer: str, taken: bool) -> None:
    found = said(upload(), Registration(MN, addresses=(ip_network("10.1.0.0/16"),)), peer=peer)
    assert taken is (found.arrival is not None)
    assert taken or ("wrong_address", True) == (error(found)[0], found.cut_off)


@pytest.mark.parametrize(("way", "check"), [("modbus", modbus), ("modbus_swapped", modbus_swapped)])
def test_another_check_is_a_hint_and_is_taken_where_the_station_is_set_so_and_then_answered_with_it(way: str, check) -> None:  # type: ignore[no-untyped-def]
    data = frame(upload()[6:-6], check)
    assert ("crc_mismatch", way) == error(said(data))

    found = said(data, Registration(MN, crc=way))
    assert found.arrival is not None and "other_check" == found.arrival.warnings
    answer = found.answer[6:-6]
    assert b"%04X" % check(answer) == found.answer[-6:-2]


def test_a_check_that_none_of_hj212_can_be_is_told() -> None:
    data = upload()[:-6] + b"1234\r\n"
    assert ("crc_mismatch", "no_check_of_hj212") == error(said(data))


def test_a_wrong_length_with_a_right_check_is_taken_only_where_the_station_is_set_so() -> None:
    data = upload()
    data = b"##%04d" % (int(data[2:6]) + 6) + data[6:]
    assert ("length_mismatch", "lenient_length") == error(said(data))
    found = said(data, Registration(MN, lenient_length=True))
    assert found.arrival is not None and "wrong_length" == found.arrival.warnings


# Cipher ------------------------------------------------------------------------------------------------------------------


def a2(*factors: tuple[str, str, str, str]) -> bytes:
    """The clear frames of HJ 212-2025, appendix A.2."""
    values = ";".join(f"{code}-Min={low},{code}-Avg={mean},{code}-Max={high},{code}-Flag=N" for code, low, mean, high in factors)
    return f"{HEAD}DataTime=20240520210600;{values}&&".encode()


FIRST = a2(("a01011", "1.35", "1.35", "1.35"), ("a01012", "9.3", "9.3", "9.3"), ("a01014", "3.20", "3.211", "3.212"))
SECOND = a2(("a01011", "1.35", "1.35", "1.35"), ("a01014", "3.20", "3.20", "3.20"))
OWN = b"QN=20260301080005123;ST=31;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&DataTime=20260301080000;a21026-Rtd=18.5,a21026-Flag=N&&"


@pytest.mark.parametrize(
    ("clear", "length", "check", "begins", "ends"),
    [
        (FIRST, 295, 0x2200, "E43E159ACFAB242CB53155FB8B9281A1", "4F1D4A7B0350A48DBF8B41"),
        (SECOND, 234, 0xB541, "E43E159ACFAB242CB53155FB8B9281A1", "38E91ADCE98A0D03A4" + b"g=N".hex()),
        (OWN, 140, 0x7700, "EEC3DD4CB11C1B7884BEBB61A31699E3", "6354A770E65F2394BB0D45F15B548802" + b"lag=N".hex()),
    ],
)
def test_contents_in_cipher_are_those_of_the_standards_own_examples(
    clear: bytes, length: int, check: int, begins: str, ends: str
) -> None:
    secret = cipher.enciphered(clear, KEY)
    content = secret[secret.find(b"CP=&&") + 5 : -2].hex().upper()

    assert (length, length, check) == (len(clear), len(secret), crc(clear))
    assert content.startswith(begins) and content.endswith(ends.upper())
    assert clear == cipher.deciphered(secret, KEY)


def test_a_frame_in_cipher_is_verified_with_the_key_and_kept_unverified_without_it() -> None:
    secret = cipher.enciphered(FIRST, KEY)
    data = b"##%04d%s%04X\r\n" % (len(secret), secret, crc(FIRST))
    assert (0xCFC1, 0x90C1) == (crc(secret), crc(cipher.enciphered(SECOND, KEY)))

    without = said(data)
    with_key = said(data, Registration(MN, key=KEY))
    wrong = said(data, Registration(MN, key=b"1" * 16))

    assert without.arrival is not None and "encrypted" == without.arrival.warnings and without.answer
    assert with_key.arrival is not None and ("deciphered", FIRST) == (with_key.arrival.warnings, with_key.segment)
    assert "crc_mismatch" == error(wrong)[0]


@given(st.binary(max_size=400), st.binary(min_size=16, max_size=16))
def test_whatever_is_enciphered_can_be_deciphered(content: bytes, key: bytes) -> None:
    clear = HEAD.encode() + content + b"&&"
    secret = cipher.enciphered(clear, key)
    assert len(clear) == len(secret) and clear == cipher.deciphered(secret, key)


# Heads and masks ---------------------------------------------------------------------------------------------------------


@given(st.permutations(["QN=20260301080000001", "ST=31", "CN=2011", "PW=123456", f"MN={MN}", "Flag=5", "CP=&&a-Rtd=1;MN=no&&"]))
def test_a_head_is_read_in_any_order(parts: list[str]) -> None:
    head = read_head(";".join(parts).encode())
    found = (head.qn, head.st, head.cn, head.pw, head.mn, head.flag, head.edition, head.wants_answer)
    assert (b"20260301080000001", b"31", b"2011", b"123456", MN.encode(), 5, "2017", True) == found


@given(st.binary(max_size=300))
def test_no_bytes_break_the_gate(segment: bytes) -> None:
    for data in (frame(segment), b"##" + segment):
        for one in frames(iter([data])):
            found = judge(one, "10.0.0.1", registered(), 1, park=True)
            assert (found.arrival is None) != (found.reject is None)


def test_passwords_and_keys_are_masked_and_nothing_else_changes() -> None:
    assert b"PW=***;MN=" in masked(upload()) and b"123456" not in masked(upload())
    assert b"SKCreateTime=1,NewSK=***&&" in masked(upload(content="SKCreateTime=1,NewSK=0000000000000000"))
    assert "123456" not in repr(Registration(MN, password="123456", key=b"0" * 16)) + repr(Registration(MN, key=KEY))


# Registrations -----------------------------------------------------------------------------------------------------------


def test_registrations_stand_in_a_file_that_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "stations.csv"
    path.write_text("﻿mn,st,password,addresses,minute_interval,lenient_length\nA1,31 39,secret,10.0.0.0/8 ::1,10,yes\n\n", "utf-8")
    problems: list[str] = []
    found = FromFile(path, problems.append)

    station = found.lookup("A1")
    assert station is not None and found.lookup("A2") is None
    assert (("31", "39"), "secret", 10, True, 2) == (
        station.st, station.password, station.minute_interval, station.lenient_length, len(station.addresses),
    )  # fmt: skip
    path.write_text("mn\nA1\nA2\n", "utf-8")
    found._read_at -= 10
    assert found.lookup("A2") is not None and [] == problems
    path.write_text("mn,st\nA1,31\nA1,31\n", "utf-8")
    found._read_at -= 10
    assert found.lookup("A2") is not None
    assert 1 == len(problems) and "line 3" in problems[0]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("st\n31", "column mn"),
        ("mn,colour\nA,red", "colour"),
        ("mn,minute_interval\nA,7", "minute_interval"),
        ("mn,addresses\nA,10.0.0.300", "no address"),
        ("mn,crc\nA,xor", "crc is one of"),
        ("mn,key\nA,short", "sixteen"),
        ("mn\nA;B", "no MN"),
        ("mn,state\nA,asleep", "state is one of"),
        ("mn\nA,B", "more fields"),
    ],
)
def test_a_file_of_registrations_that_is_wrong_is_refused_with_the_line_and_the_reason(text: str, wrong: str) -> None:
    with pytest.raises(RegistryRefused, match=wrong) as refused:
        read_csv(text)
    assert "line" in str(refused.value)


def test_registrations_in_memory_can_be_set_anew() -> None:
    found = InMemory([Registration("A")])
    found.put(Registration("A", password="x"))
    assert (1, True) == (len(found), found.lookup("A") is not None)


def test_new_passwords_and_keys_are_masked_and_what_closes_the_content_stays() -> None:
    assert b"PW=***;MN=1;CP=&&NewPW=***&&" == masked(b"PW=123456;MN=1;CP=&&NewPW=654321&&")
    assert b"CP=&&SKCreateTime=1,NewSK=***&&" == masked(b"CP=&&SKCreateTime=1,NewSK=0123456789abcdef&&")


#: signs that stand nowhere else in the frames below
SIGNS = "zqxjkZQXJK"
secrets = st.text(SIGNS, min_size=6, max_size=16)


def whole(secret: str, cn: str) -> bytes:
    """A frame with a secret in its head, or in its content."""
    if cn == "2011":
        return upload(pw=secret)
    content = f"NewPW={secret}" if cn == "1072" else f"SKCreateTime=20240601085857223,NewSK={secret}"
    return upload(cn=cn, pw="000000", content=content)


def leaks(shown: bytes, secret: str) -> bool:
    """Whether two signs of a secret stand there one behind the other."""
    return any(secret[at : at + 2].encode() in shown for at in range(len(secret) - 1))


@given(secrets, st.sampled_from(["2011", "1072", "1014"]), st.data())
def test_no_piece_of_a_frame_shows_a_part_of_a_secret(secret: str, cn: str, data: st.DataObject) -> None:
    frame_ = whole(secret, cn)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(frame_)), min_size=1, max_size=3)))
    for start, end in zip([0, *cuts], [*cuts, len(frame_)], strict=True):
        shown = masked(frame_[start:end])
        assert not leaks(shown, secret), (frame_[start:end], shown)
        assert masked(shown) == shown


@given(secrets, st.sampled_from(["2011", "1072", "1014"]), st.data())
def test_no_damaged_frame_shows_a_part_of_a_secret(secret: str, cn: str, data: st.DataObject) -> None:
    frame_ = whole(secret, cn)
    at = data.draw(st.integers(6, len(frame_) - 1))
    lost = data.draw(st.integers(0, 4))
    put = data.draw(st.sampled_from([b"", b";", b",", b"=", b"&", b"#", b"\0", b"\r\n", b"\xff", b"A"]))
    broken = frame_[:at] + put + frame_[at + lost :]
    assert not leaks(masked(broken), secret), (broken, masked(broken))


@given(st.binary(max_size=300))
@example(b"##0101QN=1;ST=32;CN=1072006;QnC0;Flag=5;CP=&&RtRdId")
def test_whatever_the_bytes_masking_ends_and_hides_nothing_more_the_second_time(raw: bytes) -> None:
    shown = masked(raw)
    assert masked(shown) == shown


@pytest.mark.parametrize("cn", ["2011", "1072", "1014"])
def test_at_every_place_a_cut_or_a_lost_or_changed_byte_shows_no_part_of_a_secret(cn: str) -> None:
    secret = "zqxjkZQX"
    frame_ = whole(secret, cn)
    for at in range(len(frame_) + 1):
        pieces = [frame_[:at], frame_[at:], frame_[at : at + 8], frame_[at : at + 40]]
        if at >= 6:
            for lost in (1, 2, 3):
                pieces += [frame_[:at] + put + frame_[at + lost :] for put in (b"", b";", b"=", b"&", b"\0", b"A")]
        for piece in pieces:
            assert not leaks(masked(piece), secret), (piece, masked(piece))


@pytest.mark.parametrize(
    ("piece", "shown"),
    [
        (b"3456;MN=M;Flag=5;CP=&&a-Rtd=1&&", b"***;MN=M;Flag=5;CP=&&a-Rtd=1&&"),
        (b"W=123456;MN=M", b"W=***;MN=M"),
        (b"##0100QN=1;ST=31;CN=2011;PW=12", b"##0100QN=1;ST=31;CN=2011;PW=***"),
        (b"##0100QN=1;ST=31;CN=2011;QW=123456;MN=M", b"##0100QN=1;ST=31;CN=2011;***;MN=M"),
        (b"##0100QN=1;ST=31;CN=2011;MN=M;CP=&&a-Rtd=1;halt&&", b"##0100QN=1;ST=31;CN=2011;MN=M;CP=&&a-Rtd=1;halt&&"),
        (b"\x00\x01\xffnoise", b"\x00\x01\xffnoise"),
        (b"GET / HTTP/1.1\r\nHost: x", b"*** / HTTP/1.1\r\nHost: x"),
    ],
)
def test_what_is_plainly_no_secret_stays_to_be_read(piece: bytes, shown: bytes) -> None:
    assert shown == masked(piece)
