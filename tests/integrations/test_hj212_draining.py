"""From the landing file to the lake: exactly once, numbers as printed, clocks that are off, newest values, gaps."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.integrations.hj212 import cipher, landing
from lantian.integrations.hj212.columns import Batch, Reader, rounded
from lantian.integrations.hj212.commands import LandingCommands
from lantian.integrations.hj212.crc import crc
from lantian.integrations.hj212.draining import Drainer, Pace
from lantian.integrations.hj212.errors import CommandRefused
from lantian.integrations.hj212.framing import frames
from lantian.integrations.hj212.gate import judge
from lantian.integrations.hj212.landing import Cursor, Landed, Landing
from lantian.integrations.hj212.latest import Coalesced, Kept, Key, LatestFile, LatestValue
from lantian.integrations.hj212.missing import Asking, Finder
from lantian.integrations.hj212.registrations import InMemory, Registration
from lantian.integrations.hj212.requests import DONE, KINDS, Report, content, gaps
from lantian.lake.errors import StorageFailed
from lantian.lake.stacks.reading import read_frame, read_values
from lantian.lake.stacks.tables import STACK_FRAME, STACK_VALUE
from lantian.lake.store import Lake
from tests.integrations.stations import MN, OTHER, upload

#: 1 March 08:00 in China
AT = datetime(2026, 3, 1, 0, tzinfo=UTC)
STATIONS = InMemory([Registration(MN, minute_interval=10), Registration(OTHER, key=b"0" * 16)])


def us(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


class Office:
    """A landing file, a lake, and the one that drains from one to the other."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "landing.db"
        self.lake = Lake(str(folder / "lake"))
        Landing(self.path).close()
        self.db = landing.connect(self.path)

    def land(self, *datas: bytes, at: datetime = AT) -> None:
        """Let frames arrive."""
        found = Landing(self.path, gather=0.0)
        for number, data in enumerate(datas):
            (frame,) = frames(iter([data]))
            verdict = judge(frame, "10.0.0.1", STATIONS, us(at) + number, park=False)
            assert verdict.arrival is not None, verdict.reject
            found.put(verdict.arrival)
        found.close()

    def drain(self, latest: Coalesced | None = None) -> Drainer:
        """Drain everything."""
        drainer = Drainer(self.db, self.lake, STATIONS, latest)
        while drainer.step():
            pass
        drainer.step(finish=True)
        return drainer

    def values(self, *columns: str, **options: Any) -> list[Any]:
        """Rows of values, as tuples or single values."""
        span = (AT - timedelta(days=500), AT + timedelta(days=30))
        rows = read_values(self.lake, *span, columns=columns, **options).to_pylist()
        return [tuple(row.values()) if len(columns) > 1 else row[columns[0]] for row in rows]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def hour(number: int, value: str, flag: str = "N", at: str = "20260301070000") -> bytes:
    text = f"DataTime={at};a21026-Min=1,a21026-Avg={value},a21026-Max=9,a21026-Cou=0.5,a21026-ZsAvg=2.0,a21026-Flag={flag}"
    return upload(number, cn="2061", content=text)


def test_a_value_lies_in_the_lake_as_printed_with_its_period_its_mark_and_the_frame_that_said_it(office: Office) -> None:
    office.land(hour(1, "3.140"), upload(2, content="DataTime=20260301080000;SB1-RS=1;i11001-Info=//泵=停;好//", cn="2021"))
    account = office.drain().account

    assert (2, 1) == (account.frames, account.batches)
    columns = ("factor", "start", "end", "avg", "zs_avg", "cou", "rs", "flag", "rest", "off", "clock")
    second = timedelta(hours=1)
    assert [
        ("SB1", AT, AT, None, None, None, Decimal(1), None, None, False, "data"),
        ("i11001", AT, AT, None, None, None, None, None, '{"Info": "//泵=停;好//"}', False, "data"),
        ("a21026", AT - second, AT, Decimal("3.14"), Decimal(2), Decimal("0.5"), None, "N", None, False, "data"),
    ] == office.values(*columns)  # fmt: skip
    frame, received = office.values("frame", "received", factors=["a21026"])[0]
    assert hour(1, "3.140") == read_frame(office.lake, MN, received, frame)


def test_the_latest_wins_the_earlier_is_kept_and_repeats_are_counted(office: Office) -> None:
    office.land(hour(1, "3"), hour(1, "3"), hour(2, "3"), hour(3, "4"), hour(4, "3.5"))
    first = office.drain().account
    office.land(hour(5, "3.5"), hour(6, "7"))
    second = office.drain().account

    assert [Decimal(7)] == office.values("avg")
    assert [Decimal(4), Decimal("3.5"), Decimal(7)] == office.lake.history(STACK_VALUE)["avg"].to_pylist()
    # The very same frame is a repeat already in the landing file.
    assert [1, 0, 0, 0, 0, 0] == [one.repeats for one in landing.frames_after(office.db, 0, 99)]
    assert ((1, 2, 1), (0, 1, 1)) == tuple(
        (one.values.added, one.values.corrected, one.values.same) for one in (first, second)
    )


def test_many_values_of_one_moment_in_one_batch_end_with_the_last(office: Office) -> None:
    office.land(*(hour(number, str(number)) for number in range(1, 25)))
    office.drain()

    assert [Decimal(24)] == office.values("avg")
    assert [Decimal(number) for number in (2, 3, 4, 5, 6, 7, 24)] == office.lake.history(STACK_VALUE)["avg"].to_pylist()
    assert 24 == office.lake.read(STACK_FRAME).num_rows


@pytest.mark.parametrize("after", range(1, 5))
def test_a_crash_while_a_batch_is_brought_to_the_lake_loses_and_doubles_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    office.land(hour(1, "3"), hour(2, "4"), upload(3), upload(4, content="DataTime=20260301080100;a-Rtd=1"))
    real, calls = Lake.put, [0]

    def put(self: Lake, *arguments: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] == after:
            raise StorageFailed("pulled the plug")
        done = real(self, *arguments, **options)
        if calls[0] == after - 1 and after > 1:
            raise StorageFailed("pulled the plug after it was written")
        return done

    monkeypatch.setattr(Lake, "put", put)
    try:
        office.drain()
    except StorageFailed:
        assert Cursor(0, 4) == landing.cursor(office.db, "lake")
    monkeypatch.setattr(Lake, "put", real)
    # More has arrived meanwhile; the same batch comes again, then the rest.
    office.land(hour(5, "5"))
    office.drain()

    assert Cursor(5, 5) == landing.cursor(office.db, "lake")
    assert [Decimal(5)] == office.values("avg", cns=["2061"])
    assert [Decimal(4), Decimal(5)] == office.lake.history(STACK_VALUE)["avg"].to_pylist()
    assert 5 == office.lake.read(STACK_FRAME).num_rows and 3 == len(office.values("mn"))


def test_moments_that_cannot_be_and_clocks_that_are_off_are_marked_and_never_replace_what_came_in_time(office: Office) -> None:
    def at(number: int, time: str, more: str = "") -> bytes:
        return upload(number, content=f"DataTime={time};a-Rtd={number}{more}")

    office.land(
        at(1, "20260301080500"),
        at(2, "20260301093000"),  # an hour and a half ahead
        at(3, "20000202100000"),  # the clock is lost
        at(4, "2026"),
        upload(5, content="a-Rtd=5"),
        upload(6, cn="2072", content="AlarmTime=20260228235900;a-Ala=0.9"),
    )  # fmt: skip
    office.land(at(7, "20260301080500"), at=AT + timedelta(hours=5))  # the moment of the first, said five hours later
    account = office.drain().account

    minute, us1 = timedelta(minutes=1), timedelta(microseconds=1)
    found = office.values("rtd", "start", "clock", "off", off=True, cns=["2011"])
    assert [
        (Decimal(3), AT + 2 * us1, "received", True),
        (Decimal(4), AT + 3 * us1, "received", True),
        (Decimal(5), AT + 4 * us1, "received", False),
        (Decimal(1), AT + 5 * minute, "data", False),
        (Decimal(2), AT + 90 * minute, "data", True),
    ] == found
    assert [("alarm", AT - 8 * timedelta(hours=1) - minute, '{"Ala": "0.9"}')] == office.values(
        "clock", "start", "rest", cns=["2072"]
    )
    assert 4 == account.skewed
    warnings = office.lake.read(STACK_FRAME, columns=["warnings"])["warnings"].to_pylist()
    assert [None, "clock_off", "bad_time", "bad_time", None, None, "clock_off"] == warnings


def test_a_supplement_of_2025_is_in_time_and_a_content_in_cipher_is_read_with_the_key(office: Office) -> None:
    office.land(
        upload(1, flag=9, content="DataTime=20260228000000;a-Rtd=1", mn=MN).replace(b"##", b"##"), at=AT + timedelta(days=2)
    )
    clear = upload(2, mn=OTHER, flag=9)[6:-6].replace(b";CP=", b";RF=1;CP=")
    secret = cipher.enciphered(clear, b"0" * 16)
    office.land(b"##%04d%s%04X\r\n" % (len(secret), secret, crc(clear)), at=AT + timedelta(days=2))
    office.drain()

    assert [(Decimal(1), True, False), (Decimal("18.5"), False, True)] == office.values("rtd", "off", "supplement", off=True)


def test_signs_of_life_are_kept_as_frames_and_say_no_values(office: Office) -> None:
    office.land(upload(1, cn="9015", content="CON-RT=1"), upload(2, cn="8013", content="HeartbeatTime=120"))
    office.drain()
    assert [] == office.values("mn", off=True)
    assert 2 == office.lake.read(STACK_FRAME).num_rows


@pytest.mark.parametrize(
    ("text", "number"),
    [("12.5", "12.5"), ("-0.440000", "-0.44"), ("1.00000050", "1.000000"), ("1.0000015", "1.000002"), ("2e-3", "0.002"),
     (".5", "0.5"), ("NaN", None), ("1e999999", None), ("9" * 13, None), ("--", None), ("", None)],
)  # fmt: skip
def test_a_number_in_any_notation_is_a_number_and_what_was_rounded_or_is_none_keeps_its_text(
    text: str, number: str | None
) -> None:
    raw = upload(1, content=f"DataTime=20260301080000;a-Rtd={text}")
    batch = Batch()
    batch.add(Reader(STATIONS).read(Landed(1, b"h", us(AT), MN, "2011", "", "", raw, 0)))
    ((row,),) = [table.to_pylist() for table in batch.values()]
    rtd, rest = row["rtd"], row["rest"]
    assert (None if number is None else Decimal(number)) == rtd
    plain = text in ("12.5", "-0.440000")
    assert (None if plain else f'{{"Rtd": "{text}"}}') == rest


@given(st.text(max_size=50))
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    found = rounded(text)
    assert found is None or abs(found) < 10**12 + 1


def test_a_disk_that_fails_keeps_the_batch_for_the_next_step(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.land(hour(1, "3"))
    drainer = Drainer(office.db, office.lake, STATIONS)
    with monkeypatch.context() as patched:
        patched.setattr(Lake, "put", lambda *_a, **_o: (_ for _ in ()).throw(StorageFailed("full")))
        with pytest.raises(StorageFailed):
            drainer.step(finish=True)
    drainer.step(finish=True)
    assert [Decimal(3)] == office.values("avg")


def test_small_files_become_one_after_so_many_deliveries(office: Office) -> None:
    drainer = Drainer(office.db, office.lake, STATIONS, pace=Pace(files=4))
    for number in range(4):
        office.land(hour(number, "3", at=f"202603010{number}0000"))
        drainer.step(finish=True)
    assert (1, 1) == (len(office.lake.files(STACK_VALUE)), len(office.lake.files(STACK_FRAME)))
    assert 4 == len(office.values("avg"))


# Newest values -----------------------------------------------------------------------------------------------------------


def test_newest_values_are_written_at_most_once_a_second_and_an_older_moment_does_not_replace_a_newer(office: Office) -> None:
    kept, now = Kept(), [0.0]
    latest = Coalesced(kept, lambda: now[0])
    drainer = Drainer(office.db, office.lake, STATIONS, latest)
    for number in range(5):
        office.land(upload(number, content=f"DataTime=2026030108000{number};a-Rtd={number},a-Flag=N;b-Rtd=x"))
        drainer.step()
        now[0] += 0.3
    # At 0, and at 1.2 for the first time after a second.
    assert 2 == kept.writes
    office.land(
        upload(10, cn="2061", content="DataTime=20260301070000;a-Avg=99;c-Avg=5,c-ZsAvg=6,c-Flag=T"),
        upload(11, content="DataTime=20260301080004;b-Rtd=7"),
    )
    drainer.step(finish=True)

    found = {key: (one.value, one.zs, one.flag) for key, one in kept.values.items()}
    assert {
        (MN, "2011", "a"): (Decimal(4), None, "N"),
        (MN, "2011", "b"): (Decimal(7), None, None),
        # The mean of the hour before stands beside the real-time value that is newer.
        (MN, "2061", "a"): (Decimal(99), None, None),
        (MN, "2061", "c"): (Decimal(5), Decimal(6), "T"),
    } == found
    assert AT + timedelta(seconds=4) == kept.values[MN, "2011", "a"].start


def test_newest_values_stand_in_a_file_each_factor_once(tmp_path: Path, office: Office) -> None:
    sink = LatestFile(tmp_path / "latest.db")
    drainer = Drainer(office.db, office.lake, STATIONS, Coalesced(sink, lambda: 0.0))
    office.land(upload(1), upload(2, content="DataTime=20260301080100;a21026-Rtd=19.50,a21026-ZsRtd=20,a21026-Flag=D"))
    drainer.step(finish=True)
    row = (MN, "a21026", "31", "2011", "19.50", "20", "D", us(AT) + 60_000_000, us(AT) + 1, 0)
    assert [row] == sqlite3.connect(tmp_path / "latest.db").execute("SELECT * FROM latest").fetchall()
    sink.close()


def test_newest_values_that_cannot_be_written_come_again(office: Office) -> None:
    class Failing(Kept):
        broken = True

        def write(self, values: Mapping[Key, LatestValue]) -> None:
            if self.broken:
                raise OSError("the ledger is away")
            super().write(values)

    sink, now = Failing(), [0.0]
    drainer = Drainer(office.db, office.lake, STATIONS, Coalesced(sink, lambda: now[0]))
    office.land(upload(1))
    drainer.step()
    assert {} == sink.values
    sink.broken = False
    drainer.step()
    assert Decimal("18.5") == sink.values[MN, "2011", "a21026"].value


def test_a_slow_sink_is_written_to_less_often() -> None:
    now = [0.0]

    class Slow(Kept):
        def write(self, values: Mapping[Key, LatestValue]) -> None:
            super().write(values)
            now[0] += 2

    sink = Slow()
    latest = Coalesced(sink, lambda: now[0], share=0.2)
    from lantian.integrations.hj212.latest import Message

    for second in range(20):
        now[0] = max(now[0], second)
        latest.take(Message(MN, "31", "2011", AT + timedelta(seconds=second), AT, False, lambda: {"a": {"Rtd": "1"}}))
        latest.write_due()
    assert 2 == sink.writes


# Gaps and commands -------------------------------------------------------------------------------------------------------


def test_missing_periods_are_asked_for_again_each_time_later_and_not_for_ever(office: Office) -> None:
    hours = [number for number in range(8) if number not in (3, 4, 6)]
    office.land(*(hour(number, "1", at=f"202603010{number}0000") for number in hours), at=AT)
    office.land(upload(90, cn="2051", content="DataTime=20260301080000;a-Avg=1"), at=AT)
    office.land(upload(91, cn="2051", content="DataTime=20260301082000;a-Avg=1"), at=AT + timedelta(minutes=30))
    office.drain()
    finder = Finder(office.lake, STATIONS, Asking(wait=timedelta(hours=1), tries=2))
    now = AT + timedelta(minutes=50)

    found = finder.commands(now)
    fields = [(one.cn, one.fields["BeginTime"], one.fields["EndTime"]) for one in found]
    # 08:30 has ended at 08:40, but may still be on its way.
    assert [
        ("2051", "20260301081000", "20260301081000"),
        ("2061", "20260301060000", "20260301060000"),
        ("2061", "20260301030000", "20260301040000"),
    ] == fields
    own = LandingCommands(office.db)
    assert (3, 0) == (own.put(found), own.put(found))
    assert found[0] in list(own.poll(frozenset([MN])))
    own.report(Report(found[0].id, DONE, now, "1", "done"))
    assert (DONE, "1", "done") == own.state(found[0].id)
    assert found[0] not in list(own.poll(frozenset([MN]))) and own.state("none") is None

    assert [] == finder.commands(now + timedelta(minutes=5))[3:]
    office.land(hour(93, "1", at="20260301060000"))
    office.drain()
    again = finder.commands(now + timedelta(minutes=61))
    assert ("20260301030000", "20260301040000") in [(one.fields["BeginTime"], one.fields["EndTime"]) for one in again]
    assert all(one.fields["BeginTime"] != "20260301060000" for one in again)
    assert not any(one.fields["BeginTime"] == "20260301030000" for one in finder.commands(now + timedelta(hours=9)))


def test_gaps_are_spans_of_whole_periods_counted_from_midnight_of_china() -> None:
    ten = timedelta(minutes=10)
    have = [AT, AT + ten, AT + 4 * ten]
    assert [(AT + 2 * ten, AT + 3 * ten), (AT + 5 * ten, AT + 5 * ten)] == gaps(have, ten, AT, AT + 6 * ten)
    # Not from a broken beginning: the first whole period after it.
    assert [(AT + ten, AT + ten)] == gaps([], ten, AT + timedelta(minutes=3), AT + 2 * ten)
    assert [] == gaps([], ten, AT, AT)


@pytest.mark.parametrize(
    ("cn", "fields", "expected"),
    [
        ("1000", {"OverTime": "5", "ReCount": "3"}, "OverTime=5;ReCount=3"),
        ("1011", {"PolId": "w01018"}, "PolId=w01018"),
        ("1012", {"SystemTime": "20160801085857"}, "SystemTime=20160801085857"),
        ("1064", {"MinInterval": "10"}, "MinInterval=10"),
        ("1072", {"NewPW": "654321"}, "NewPW=654321"),
        ("2061", {"EndTime": "20160801090000", "BeginTime": "20160801080000"}, "BeginTime=20160801080000;EndTime=20160801090000"),
        ("3011", {"PolId": "w01018", "CalibrationType": "0"}, "PolId=w01018,CalibrationType=0"),
        ("3016", {"PolId": "w01018", "CstartTime": "000000", "Ctime": "2"}, "PolId=w01018,CstartTime=000000,Ctime=2"),
        ("3021", {"PolId": "w01018", "i13004-Info": "168.0"}, "PolId=w01018,i13004-Info=168.0"),
    ],
)
def test_a_command_carries_its_fields_in_the_order_of_the_standard(cn: str, fields: dict[str, str], expected: str) -> None:
    assert expected == content(cn, fields)


@pytest.mark.parametrize(
    ("cn", "fields"),
    [
        ("9999", {}), ("1000", {"OverTime": "5"}), ("1062", {"RtdInterval": "29"}), ("1064", {"MinInterval": "7"}),
        ("1012", {"SystemTime": "20161301000000"}), ("1072", {"NewPW": "1;2345"}), ("1011", {"colour": "red"}),
        ("2061", {"BeginTime": "20160802000000", "EndTime": "20160801000000"}), ("3016", {"PolId": "a", "CstartTime": "240000", "Ctime": "2"}),
        ("3011", {"PolId": "w01018&&"}), ("3021", {"PolId": "w01018"}), ("1000", {"OverTime": "５", "ReCount": "3"}),
    ],
)  # fmt: skip
def test_a_command_that_the_standard_does_not_have_is_refused(cn: str, fields: dict[str, str]) -> None:
    with pytest.raises(CommandRefused):
        content(cn, fields)


def test_each_command_has_a_name() -> None:
    assert all(kind.name and kind.ends_with in ("9012", "9013") for kind in KINDS.values())
