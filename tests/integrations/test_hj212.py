"""Frames of HJ 212: the check, cutting of streams, reading, the command; real packets and a real hour."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lantian.cli.hj212 import hj212_app
from lantian.integrations.hj212.crc import crc
from lantian.integrations.hj212.decoding import decode, iso, read_segment
from lantian.integrations.hj212.encoding import frame, segment
from lantian.integrations.hj212.framing import LIMIT, Frame, Framer, frames

_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|r|n)")
#: packets of the table that a receiver reads all the same: too long, without the end of a line, behind other bytes, two
READ_ALL_THE_SAME = {"SX014", "SX043", "SX044", "SX046", "SX047", "SX048", "SX050", "SX052"}
REQUEST = (
    b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
)
UPLOAD = "QN=20240101000000002;ST=31;CN=2011;PW=12##56;MN=010000A8900016F000169DC0;Flag=4;CP=&&DataTime=20240101000000;a21026-Rtd=1.0,a21026-Flag=N&&"


def plain(text: str) -> bytes:
    """A packet of the table as it came."""
    found = _ESCAPE.sub(
        lambda one: {b"r": b"\r", b"n": b"\n"}.get(one[1]) or bytes([int(one[1][1:], 16)]), text.encode()
    )
    return found.replace(b"|SPLIT|", b"")


def cut(data: bytes, *places: int) -> list[Frame]:
    """The frames of a stream that arrives in parts."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return list(frames(data[first:last] for first, last in pairwise(edges)))


def by_the_letter(data: bytes) -> int:
    """The check as annex A says it, bit by bit."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _bit in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= 0xA001
    return register


@pytest.mark.parametrize(
    ("expected", "data"),
    [(0xFFFF, b""), (0x2F80, b"123456789"), (0x1C80, REQUEST)],
    ids=["none", "figures", "2017"],
)
def test_the_check_of_the_examples(expected: int, data: bytes) -> None:
    assert expected == crc(data)


@given(st.binary(max_size=80))
def test_the_folded_check_is_that_of_the_letter(data: bytes) -> None:
    assert by_the_letter(data) == crc(data)


@pytest.fixture(scope="module")
def packets(shared_dir: Path) -> dict[str, tuple[bool, bytes]]:
    """Number → whether it is right, and its bytes."""
    lines = (shared_dir / "data" / "hj212-packets.tsv").read_text("utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return {row[0]: (row[2] == "yes", plain(row[4])) for row in rows}


def test_every_packet_of_the_table_is_judged_as_the_table_does(
    packets: dict[str, tuple[bool, bytes]],
) -> None:
    assert {True: 85, False: 52} == Counter(right for right, _data in packets.values())
    for number, (right, data) in packets.items():
        found = [decode(one) for one in frames(iter([data]))]
        expected = [True, True] if number == "SX044" else [right or number in READ_ALL_THE_SAME]
        assert expected == [one["ok"] for one in found], number
        # Even of a damaged one is read who sent it, where that is there at all.
        assert number in ("SX021", "SV081") or all(one["mn"] is not None for one in found), number


@pytest.mark.parametrize(
    ("number", "error", "warnings"),
    [
        ("SX001", "crc_mismatch", []),
        ("SX015", "length_mismatch", []),
        ("SX003", "length_mismatch", ["crc_mismatch"]),
        ("SX037", "length_mismatch", ["bad_time"]),
        ("SX038", "crc_missing", []),
        ("SX045", "length_mismatch", []),
        ("SX049", "bad_length", []),
        ("SX051", "length_mismatch", []),
        ("SX046", None, ["missing_crlf"]),
        ("SX050", None, ["over_1024"]),
        ("SV084", None, ["lower_case_crc"]),
        ("SV082", None, ["not_utf8"]),
        ("SV071", None, ["repeated_value"]),
    ],
)
def test_what_is_told_of_a_packet(
    packets: dict[str, tuple[bool, bytes]], number: str, error: str | None, warnings: list[str]
) -> None:
    (found,) = [decode(one) for one in frames(iter([packets[number][1]]))]
    assert (error, warnings) == (found["error"], found["warnings"])


@pytest.fixture(scope="module")
def hour(shared_dir: Path) -> bytes:
    """A real hour of a platform."""
    return gzip.decompress((shared_dir / "data" / "hj212-stream-hour10.h212.gz").read_bytes())


def test_every_line_of_the_real_hour_is_accounted_for(hour: bytes) -> None:
    framer = Framer()
    found = [one for start in range(0, len(hour), 1460) for one in framer.feed(hour[start : start + 1460])]
    found += framer.flush()
    assert (9133, 9127) == (len(found), sum(one.ok for one in found))
    assert 8484 - 6 == len({one.segment for one in found if one.ok})
    assert hour.count(b"##") == len(found)


def test_a_record_says_everything_as_it_was_sent() -> None:
    data = frame(
        "QN=20240301080000123;ST=31;CN=2051;PW=secret;MN=010000A8900016F000169DC0;Flag=7;PNUM=2;PNO=1;"
        "CP=&&DataTime=20240301075000;a21026-Avg=013.10,a21026-ZsAvg=14.2,a21026-Flag=N;PolId=a21026;LA-Rtd-Rtd=7&&"
    )
    (found,) = [decode(one) for one in frames(iter([data]))]
    assert "secret" not in json.dumps(found)
    assert found == {
        "ok": True, "error": None, "warnings": [], "offset": 0, "length": int(data[2:6]), "crc": data[-6:-2].decode(),
        "version": "2017", "qn": "20240301080000123", "st": "31", "cn": "2051", "mn": "010000A8900016F000169DC0",
        "flag": "7", "pnum": "2", "pno": "1", "data_time": "20240301075000",
        "data_time_iso": "2024-03-01T07:50:00+08:00",
        "values": {"a21026": {"Avg": "013.10", "ZsAvg": "14.2", "Flag": "N"}, "LA-Rtd": {"Rtd": "7"}},
        "fields": {"PolId": "a21026"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("2024-02-29T23:59:59+08:00", "20240229235959"),
        ("2016-08-24T09:57:01+08:00", "20160824095701000"),
        ("2016-08-24T09:57:01.250+08:00", "20160824095701250"),
        (None, "20230229000000"),
        (None, "20240101240000"),
        (None, "2016082409570"),
        (None, "２０２４０１０１００００００"),
        (None, None),
    ],
)
def test_written_moments(expected: str | None, text: str | None) -> None:
    assert expected == iso(text)


@pytest.mark.parametrize(
    ("expected", "flag"),
    [
        ("2005", None),
        ("2005", "3"),
        ("2017", "4"),
        ("2017", "7"),
        ("2025", "8"),
        ("2025", "11"),
        (None, "12"),
        (None, "x"),
    ],
)
def test_the_edition_stands_in_the_flag(expected: str | None, flag: str | None) -> None:
    head = f"Flag={flag};" if flag is not None else ""
    assert expected == read_segment(f"ST=31;{head}CN=2011;MN=1;CP=&&&&".encode()).version


def test_fields_may_stand_in_any_order_and_in_any_case() -> None:
    found = read_segment(b"MN=A1;FLAG=5;cn=2011;ST=22,;QN=1;CP=&&a1-Rtd=1;;DataTime=20240101000000&&")
    assert ("A1", "5", "2011", "22", "1", "20240101000000") == (
        found.mn, found.flag, found.cn, found.st, found.qn, found.data_time
    )  # fmt: skip
    assert found.wants_answer


@pytest.mark.parametrize(
    "text",
    [
        "CP=&&DataTime=20240101000000;a1-Rtd=1;a2-Rtd=2&&;ST=31;CN=2011;MN=A1;Flag=4",
        "ST=31;CP=&&DataTime=20240101000000;a1-Rtd=1;a2-Rtd=2&&;CN=2011;MN=A1;Flag=4",
        "ST=31;CN=2011;MN=A1;Flag=4;CP=&&DataTime=20240101000000;a1-Rtd=1&&;CP=&&a2-Rtd=2&&",
        "st=31;cn=2011;mn=A1;flag=4;cp=&&DataTime=20240101000000;a1-Rtd=1;a2-Rtd=2&&",
    ],
    ids=["first", "amidst", "twice", "small_letters"],
)
def test_the_content_may_stand_anywhere(text: str) -> None:
    (found,) = [decode(one) for one in frames(iter([frame(text)]))]
    assert (True, "31", "2011", "A1", "4", "20240101000000", {"a1": {"Rtd": "1"}, "a2": {"Rtd": "2"}}, {}) == tuple(
        found[name] for name in ("ok", "st", "cn", "mn", "flag", "data_time", "values", "fields")
    )


def test_a_note_may_hold_what_parts_items() -> None:
    found = read_segment("ST=91;CN=3020;MN=1;Flag=4;CP=&&PolId=a21026;i11001-Info=//换管;校准,k=1//;x=2&&".encode())
    assert ({"i11001": {"Info": "//换管;校准,k=1//"}}, {"PolId": "a21026", "x": "2"}, []) == (
        found.values, found.fields, found.warnings
    )  # fmt: skip


def test_an_answer_of_2005_has_its_number_in_the_content() -> None:
    text = "ST=91;CN=9011;PW=123456;MN=LD1;Flag=0;CP=&&QN=20160824101300007;QnRtn=1&&"
    (found,) = [decode(one) for one in frames(iter([frame(text)]))]
    assert (None, {"QN": "20160824101300007", "QnRtn": "1"}) == (found["qn"], found["fields"])


def test_a_wrong_length_that_fits_by_chance_costs_no_frame() -> None:
    good = frame(UPLOAD)
    # The check would be four figures of the time of the second frame, and is right for one of some hundred numbers.
    body = next(
        text
        for text in (f"ST=31;CN=2011;MN={number};CP=&&a1-Rtd=1&&0000\r\n".encode() for number in range(9999))
        if crc(text + good[:18]) == 0x0000
    )
    assert good[18:22] == b"0000"
    data = b"##%04d" % (len(body) + 18) + body + good
    found = cut(data)
    assert [("length_mismatch", len(body) + 6), ("", len(good))] == [(one.error, len(one.raw)) for one in found]


def test_cipher_is_kept_and_not_called_damaged() -> None:
    clear = segment("2011", st="31", mn="010000A8900016F000169DC0", qn="20260301080005123", flag=9,
                    content="DataTime=20260301080000;a21026-Rtd=18.5,a21026-Flag=N").encode()  # fmt: skip
    whole = frame(clear)
    start = whole.index(b"CP=&&") + 5
    cipher = bytes(range(0xE0, 0xF0)) + b"\r\n##0009\x00;" + bytes(range(0xA0, 0xB4))
    data = whole[:start] + cipher + whole[start + len(cipher) :]
    found = [decode(one) for one in frames(iter([data + frame(UPLOAD)]))]
    assert [
        ("encrypted", "2025", "31", {}),
        (None, "2017", "31", {"a21026": {"Rtd": "1.0", "Flag": "N"}}),
    ] == [(one["error"], one["version"], one["st"], one["values"]) for one in found]


_SEGMENTS = st.one_of(
    st.just(UPLOAD.encode()),
    st.just(REQUEST),
    st.binary(max_size=60).map(lambda tail: b"ST=31;CN=2011;MN=" + tail),
    st.sampled_from([b"##", b"##0004##0", b"\r\n##0101QN=", b"&&", b"\r"]).map(
        lambda tail: b"ST=31;CN=2011;CP=&&" + tail + b"&&"
    ),
)
_PARTS = st.lists(st.tuples(_SEGMENTS, st.booleans()), max_size=6)
_PLACES = st.lists(st.integers(min_value=0), max_size=8)


@given(_PARTS, _PLACES)
@settings(max_examples=150)
def test_whole_frames_come_back_however_the_stream_is_split(
    parts: list[tuple[bytes, bool]], places: list[int]
) -> None:
    data = b"".join(frame(one)[: None if ended else -2] for one, ended in parts)
    found = cut(data, *places)
    assert [one for one, _ended in parts] == [one.segment for one in found]
    assert all(one.ok for one in found)


@given(
    st.lists(
        st.one_of(_SEGMENTS.map(frame), st.binary(max_size=30), st.just(b"##0050QN"), st.just(b"#")),
        max_size=6,
    ),
    _PLACES,
)
@settings(max_examples=150)
def test_a_stream_of_anything_says_the_same_however_it_is_split(
    parts: list[bytes], places: list[int]
) -> None:
    data = b"".join(parts)
    assert cut(data) == cut(data, *places)


@given(st.binary(max_size=40), st.binary(max_size=40))
@settings(max_examples=150)
def test_what_lies_between_takes_no_good_frame_with_it(before: bytes, between: bytes) -> None:
    good = frame(UPLOAD)
    found = [one.segment for one in cut(before + b"\r\n" + good + between + b"\r\n" + good) if one.ok]
    # By chance, what lies around may make a frame of its own that begins earlier; figures that promise more do not.
    assert found.count(UPLOAD.encode()) == 2


def test_a_frame_that_promises_too_much_costs_no_memory_and_no_frame() -> None:
    framer = Framer(limit=2000)
    found = framer.feed(b"##9000" + b"x" * 300 + b"\r\n" + frame(REQUEST))
    assert [("too_long", False), ("", True)] == [(one.error, one.ok) for one in found]
    for _turn in range(200):
        framer.feed(b"garbage#" * 100)
        framer.feed(b"\n##12")
        assert framer.waiting <= 2 * (LIMIT + 1000)


def decoded(*arguments: str, given_in: bytes | None = None) -> tuple[int, list[dict[str, Any]], str]:
    """Run the command."""
    result = CliRunner().invoke(hj212_app, ["decode", *arguments], input=given_in)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_the_command_reads_plain_packed_and_standard_input(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + frame(REQUEST) + frame(UPLOAD)[:-3] + b"0\r\n"
    (tmp_path / "a.h212").write_bytes(data)
    (tmp_path / "b.gz").write_bytes(gzip.compress(data[:50]) + gzip.compress(data[50:]))
    first = decoded(str(tmp_path / "a.h212"))
    assert (0, [(True, 3), (False, 116)]) == (first[0], [(one["ok"], one["offset"]) for one in first[1]])
    assert first[1] == decoded(str(tmp_path / "b.gz"))[1] == decoded("-", given_in=data)[1]
    assert (0, []) == decoded("-", given_in=b"")[:2]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.gz").write_bytes(gzip.compress(frame(REQUEST) * 5)[:-12])
    assert 1 == decoded(str(tmp_path / "b.gz"))[0]
    assert 1 == decoded(str(tmp_path / "none"))[0]
    assert 1 == decoded(str(tmp_path))[0]
