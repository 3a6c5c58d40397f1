"""The server: answers after the disk, streams in any shape, and connections that ask for too much."""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.commands import Patience
from lantian.integrations.hj212.landing import Keeping
from lantian.integrations.hj212.registrations import Registration
from lantian.integrations.hj212.requests import DONE, REFUSED, SENT, UNANSWERED, Command, InMemoryCommands
from lantian.integrations.hj212.server import tls_context
from tests.integrations.stations import MN, OTHER, House, Limits, Line, upload, with_gateway


def stored(path: Path) -> list[bytes]:
    db = landing.connect(path / "landing.db")
    return [one.raw for one in landing.frames_after(db, 0, 10_000)]


def quarantined(path: Path) -> list[str]:
    return [one.error for _number, one in reversed(landing.rejects(landing.connect(path / "landing.db")))]


def test_a_frame_is_answered_when_others_can_read_it_from_the_disk_and_a_repeat_is_answered_too(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        line.send(upload(1))
        assert "QN=20260301080000001;ST=91;CN=9014" in await line.answer()
        assert [upload(1)] == stored(tmp_path)
        line.send(upload(1))
        assert "QN=20260301080000001;ST=91;CN=9014" in await line.answer()

    gateway = with_gateway(tmp_path, test)

    assert (2, 2, 0) == (gateway.stats.taken, gateway.stats.answered, gateway.stats.unstored)
    (one,) = landing.frames_after(landing.connect(tmp_path / "landing.db"), 0, 9)
    assert (1, "127.0.0.1") == (one.repeats, one.peer)


def test_frames_arrive_glued_cut_and_between_noise_and_none_is_lost(tmp_path: Path) -> None:
    wanted = [upload(number) for number in range(1, 30)]
    data = b"\x00noise##\r\n" + b"##0012bad\r\n".join(wanted)

    async def test(house: House) -> None:
        line = await house.line()
        for place in range(0, len(data), 37):
            line.send(data[place : place + 37])
            if place % 5 == 0:
                await asyncio.sleep(0)
        for _frame in wanted:
            assert "CN=9014" in await line.answer()

    with_gateway(tmp_path, test)

    assert wanted == stored(tmp_path)
    assert set(quarantined(tmp_path)) <= {"length_mismatch", "bad_length"} and quarantined(tmp_path)


def test_a_frame_without_the_end_of_its_line_is_taken_when_its_sender_pauses_and_what_lacks_bytes_waits(
    tmp_path: Path,
) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        line.send(upload(1)[:-2])
        gateway = house.gateway
        await house.until(lambda: gateway.stats.received)
        assert not gateway.stats.taken
        gateway.look_at_partial(gateway.clock() + 2)
        assert "CN=9014" in await line.answer()
        line.send(upload(2)[:50])
        await house.until(lambda: gateway.stats.received > len(upload(1)))
        gateway.look_at_partial(gateway.clock() + 2)
        line.send(upload(2)[50:])
        assert "QN=20260301080000002" in await line.answer()

    with_gateway(tmp_path, test)
    assert [upload(1)[:-2], upload(2)] == stored(tmp_path)


def test_what_is_no_data_is_quarantined_without_an_answer_and_the_next_frame_is_answered(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        line.send(upload(1, pw="654321") + upload(2).replace(b"18.5", b"18.6") + upload(3, st="32") + upload(4))
        assert "QN=20260301080000004" in await line.answer()

    gateway = with_gateway(tmp_path, test)
    assert ["wrong_password", "crc_mismatch", "wrong_st"] == quarantined(tmp_path)
    assert {"wrong_password": 1, "crc_mismatch": 1, "wrong_st": 1} == gateway.stats.rejected
    assert [upload(4)] == stored(tmp_path)


def test_a_station_that_nobody_knows_is_refused_and_its_connection_ended(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        line.send(upload(1, mn=OTHER))
        assert "" == await line.answer()

    with_gateway(tmp_path, test)
    assert ["unknown_mn", "cut_off_unknown_mn"] == quarantined(tmp_path)


def test_frames_that_wait_are_taken_when_their_station_is_approved_and_judged_again(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        line.send(upload(1, mn=OTHER) + upload(2, mn=OTHER, pw="000000") + upload(3, mn=OTHER))
        assert "QN=20260301080000001" in await line.answer()
        assert "QN=20260301080000002" in await line.answer()
        house.gateway.registrations.put(Registration(OTHER, password="123456"))  # type: ignore[attr-defined]
        assert 1 == house.gateway.release_approved()
        assert 0 == house.gateway.release_approved()

    # Two are kept of a station that waits; the third is neither kept nor answered.
    gateway = with_gateway(tmp_path, test, park=True, keeping=Keeping(parked=2))
    assert [upload(1, mn=OTHER)] == stored(tmp_path)
    assert ["wrong_password"] == quarantined(tmp_path)
    assert 1 == gateway.stats.rejected["parked_full"]


def test_only_so_many_stations_may_wait_and_none_of_them_is_held_in_memory_beyond_that(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        line.send(b"".join(upload(number, mn=f"WAITING{number:03d}") for number in range(50)))
        await house.until(lambda: house.gateway.stats.rejected["parked_full"] == 47)
        assert 3 == len(house.gateway._parked)

    with_gateway(tmp_path, test, park=True, keeping=Keeping(stations=3))
    assert 3 == len(landing.parked_stations(landing.connect(tmp_path / "landing.db")))


def test_a_clock_that_is_set_back_is_believed_and_no_two_frames_have_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0]
    monkeypatch.setattr("lantian.integrations.hj212.server.now_us", lambda: now[0])

    async def test(house: House) -> None:
        line = await house.line()
        for number, now[0] in enumerate([5_000_000_000, 5_000_000_000, 1_000_000_000]):
            line.send(upload(number))
            assert await line.answer()

    with_gateway(tmp_path, test)
    found = landing.frames_after(landing.connect(tmp_path / "landing.db"), 0, 9)
    assert [5_000_000_000, 5_000_000_001, 1_000_000_001] == [one.received for one in found]


def test_nothing_is_answered_while_the_disk_is_full_and_the_connection_stays(tmp_path: Path) -> None:
    large = upload(1, content="DataTime=20260301080000;a21026-Rtd=" + "1" * 7000)

    async def test(house: House) -> None:
        line = await house.line()
        gateway = house.gateway
        for number in range(60):
            line.send(large.replace(b"a21026", b"a%05d" % number))
            line.send(upload(number, content="DataTime=20260301080000;a21026-Rtd=" + str(number) * 3500))
        await house.until(lambda: gateway.stats.unstored)
        assert 1 == len(gateway.connections)
        # There is room again.
        gateway.landing._db.execute("PRAGMA max_page_count = 100000")
        line.send(upload(999))
        while "QN=20260301080000999" not in await line.answer():
            pass

    gateway = with_gateway(tmp_path, test, most_pages=60)
    assert gateway.stats.unstored and gateway.landing.failures
    found = stored(tmp_path)
    assert upload(999) in found and len(found) == gateway.stats.answered


async def _ended(line: Line) -> None:
    while await line.answer():
        pass


@pytest.mark.parametrize(
    ("limits", "data", "why"),
    [
        (Limits(rate=1, burst=20), b"".join(upload(number) for number in range(40)), "flood"),
        (Limits(garbage=2_000), b"x" * 5_000, "garbage"),
        (Limits(rejected=5), b"".join(upload(number, pw="x") for number in range(20)), "nothing_right"),
        (Limits(connections=1), b"", "too_many_connections"),
        (Limits(per_address=1), b"", "too_many_of_address"),
    ],
)
def test_whoever_asks_for_too_much_is_cut_off_and_told_and_others_go_on(
    tmp_path: Path, limits: Limits, data: bytes, why: str
) -> None:
    async def test(house: House) -> None:
        other = await house.line()
        other.send(upload(500))
        assert "QN=20260301080000500" in await other.answer()
        line = await house.line()
        if data:
            line.send(data)
        await _ended(line)
        other.send(upload(501))
        assert "QN=20260301080000501" in await other.answer()

    gateway = with_gateway(tmp_path, test, limits=limits)
    assert {why: 1} == gateway.stats.cut_off


def test_a_frame_that_trickles_in_and_silence_end_a_connection(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        gateway = house.gateway
        slow, silent, idle = await house.line(), await house.line(), await house.line()
        idle.send(upload(1))
        assert await idle.answer()
        slow.send(upload(2)[:30])
        await house.until(lambda: gateway._partial)
        (connection,) = gateway._partial
        began = connection.partial
        connection.seen = began + 59.9  # another byte has come since
        gateway.look_at_partial(began + 60)
        await _ended(slow)
        gateway.look_at_idle(gateway.clock() + 901)
        await _ended(silent)
        gateway.look_at_idle(gateway.clock() + 7201)
        await _ended(idle)

    gateway = with_gateway(tmp_path, test)
    assert {"slow": 1, "silent": 1, "idle": 1} == gateway.stats.cut_off
    assert ["incomplete", "cut_off_slow"] == quarantined(tmp_path)


def test_reading_stops_while_too_much_waits_for_the_disk_and_goes_on_after(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        for number in range(200):
            line.send(upload(number))
        for _number in range(200):
            assert "CN=9014" in await line.answer()

    gateway = with_gateway(tmp_path, test, limits=Limits(pending=3))
    assert (200, 200) == (len(stored(tmp_path)), gateway.stats.answered)


def test_what_was_sent_before_the_end_is_stored_and_answered(tmp_path: Path) -> None:
    lines: list[Line] = []

    async def test(house: House) -> None:
        line = await house.line()
        lines.append(line)
        for number in range(50):
            line.send(upload(number))
        await house.until(lambda: house.gateway.stats.taken == 50)

    gateway = with_gateway(tmp_path, test)
    assert (50, 50) == (len(stored(tmp_path)), gateway.stats.answered)


def test_the_gateway_tells_what_it_does_without_any_password(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        line = await house.line()
        line.send(upload(1) + upload(2, pw="654321") + upload(3))
        assert await line.answer() and await line.answer()
        house.gateway._write_status()
        text = (tmp_path / "status.json").read_text()
        found = json.loads(text)
        assert (2, 2, {"wrong_password": 1}, [MN], 1) == (
            found["frames"], found["answered"], found["rejected"], found["connected"], found["connections"],
        )  # fmt: skip
        assert "123456" not in text and "654321" not in text

    with_gateway(tmp_path, test, status=tmp_path / "status.json")


def write_certificate(key: Path, certificate: Path) -> None:
    """A key, and a certificate of localhost that it signs itself."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def test_a_connection_in_tls_is_served_like_any_other(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    write_certificate(key, certificate)
    client = ssl.create_default_context(cafile=str(certificate))

    async def test(house: House) -> None:
        line = await house.line(ssl=client, server_hostname="localhost")
        line.send(upload(1))
        assert "CN=9014" in await line.answer()
        plain = await house.line()
        plain.send(upload(2))
        await _ended(plain)

    with_gateway(tmp_path, test, tls=tls_context(certificate, key))
    assert [upload(1)] == stored(tmp_path)


# Commands ----------------------------------------------------------------------------------------------------------------


def reply(cn: str, qn: str, content: str, flag: int | None = 4) -> bytes:
    return upload(cn=cn, qn=qn, st="91", flag=flag, content=content)


def test_a_command_goes_down_and_its_answers_and_data_are_matched_by_qn_and_reported(tmp_path: Path) -> None:
    commands = InMemoryCommands([Command("7", MN, "1061")])

    async def test(house: House) -> None:
        commander = house.gateway.commander
        assert commander is not None
        line = await house.line()
        line.send(upload(1))
        assert await line.answer()
        await commander.step(frozenset(house.gateway.stations))
        asked = await line.answer()
        assert f"ST=31;CN=1061;PW=123456;MN={MN};Flag=5;CP=&&&&" in asked
        qn = asked[3:20]
        line.send(reply("9011", "20000101000000000", "QnRtn=2"))  # of something else
        line.send(reply("9011", qn, "QnRtn=1"))
        line.send(upload(cn="1061", qn=qn, content="RtdInterval=30"))
        assert "CN=9014" in await line.answer()
        line.send(reply("9012", qn, "ExeRtn=1"))
        await house.until(lambda: not commander.busy)
        await commander.tell()

    with_gateway(tmp_path, test, commands=commands)

    assert [SENT, "accepted", DONE] == [one.state for one in commands.reports]
    assert ("1", "done", {"RtdInterval": "30", "frames": "1"}, 1) == (
        commands.reports[-1].code, commands.reports[-1].detail, commands.reports[-1].answer, commands.reports[-1].tries,
    )  # fmt: skip
    # Whatever a station says is kept.
    assert 5 == len(stored(tmp_path))


def test_a_command_that_is_refused_one_that_is_never_answered_and_one_for_a_station_that_is_away(tmp_path: Path) -> None:
    commands = InMemoryCommands(
        [Command("1", MN, "3012", {"PolId": "w01018"}), Command("2", MN, "2012"), Command("3", OTHER, "1011"), Command("4", MN, "2012")]
    )

    async def test(house: House) -> None:
        commander, gateway = house.gateway.commander, house.gateway
        assert commander is not None
        now = [0.0]
        commander._clock = lambda: now[0]
        line = await house.line()
        line.send(upload(1))
        assert await line.answer()
        connected = frozenset(gateway.stations)
        await commander.step(connected)
        first = await line.answer()
        assert "CN=3012" in first and "CP=&&PolId=w01018&&" in first
        line.send(reply("9011", first[3:20], "QnRtn=8"))
        await house.until(lambda: len(commander._reports))
        await commander.step(connected)
        # Only one at a time; the same frame again after each time-out.
        asked = [await line.answer()]
        for _repeat in range(3):
            now[0] += 10
            await commander.step(connected)
            asked.append(await line.answer())
        now[0] += 10
        await commander.step(connected)
        assert 1 == len(set(asked)) and "CN=2012" in asked[0]
        # A notice is ended by 9013.
        last = await line.answer()
        line.send(reply("9013", last[3:20], ""))
        await house.until(lambda: not commander.busy)
        await commander.tell()

    with_gateway(tmp_path, test, commands=commands, patience=Patience(poll=3600))

    found = [(one.id, one.state, one.detail, one.tries) for one in commands.reports if one.state != SENT]
    assert [("1", REFUSED, "wrong_cn", 1), ("2", UNANSWERED, "", 4), ("4", DONE, "", 1)] == found
