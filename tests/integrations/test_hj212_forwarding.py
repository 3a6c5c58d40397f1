"""Forwarding to a superior platform: in order, confirmed, and without a gap after an outage."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lantian.integrations.hj212 import cipher, landing
from lantian.integrations.hj212.crc import crc
from lantian.integrations.hj212.forwarding import Forwarder, Superior
from lantian.integrations.hj212.framing import frames
from lantian.integrations.hj212.gate import judge, read_head
from lantian.integrations.hj212.landing import Landing
from lantian.integrations.hj212.registrations import Registration
from tests.integrations.stations import MN, OLD, SOON, House, registered, run_async, upload, with_gateway

STATIONS = registered(Registration(MN, password="123456"), Registration(OLD, lenient_length=True))


def land(path: Path, *datas: bytes) -> None:
    found = Landing(path, gather=0.0)
    for number, data in enumerate(datas):
        (frame,) = frames(iter([data]))
        verdict = judge(frame, "10.0.0.1", STATIONS, 1_772_323_200_000_000 + number, park=False)
        assert verdict.arrival is not None
        found.put(verdict.arrival)
    found.close()


def segments(path: Path) -> list[str]:
    found = landing.frames_after(landing.connect(path), 0, 1000)
    return [one.raw[6:-6].decode() for one in found]


def test_an_outage_leaves_no_gap_and_signs_of_life_and_answers_are_not_forwarded(tmp_path: Path) -> None:
    own = tmp_path / "own" / "landing.db"
    land(
        own,
        *(upload(number) for number in range(1, 6)),
        upload(6, cn="9015", content=""),
        upload(7, cn="9011", content="QnRtn=1"),
        upload(8, flag=4, qn="", mn=OLD, content="DataTime=20260301080000;01-Rtd=1"),
    )
    told: list[int] = []

    def superior(port: int) -> Superior:
        return Superior("province", "127.0.0.1", port, "000001", window=2, pause=0.01, longest_pause=0.01, answer=SOON)

    async def breaking() -> int:
        """A platform that takes three frames, confirms two of them, and goes away."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            from lantian.integrations.hj212.encoding import frame, segment
            from lantian.integrations.hj212.framing import Framer

            framer, seen = Framer(), 0
            while data := await reader.read(4096):
                for one in framer.feed(data):
                    seen += 1
                    head = read_head(one.segment)
                    if seen <= 2:
                        writer.write(frame(segment("9014", st="91", mn=head.mn.decode(), qn=head.qn.decode())))
                    else:
                        told.append(seen)
                        writer.close()
                        return

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        forwarder = Forwarder(own, superior(port), idle=0.01)
        task = asyncio.create_task(forwarder.run())
        async with asyncio.timeout(SOON):
            while not told or not forwarder.outages:
                await asyncio.sleep(0.005)
        task.cancel()
        server.close()
        forwarder.close()
        return landing.cursor(landing.connect(own), "forward:province").done

    assert 2 == run_async(breaking())

    async def test(house: House) -> None:
        forwarder = Forwarder(own, superior(house.port), idle=0.01)
        task = asyncio.create_task(forwarder.run())
        await house.until(lambda: landing.cursor(landing.connect(own), "forward:province").done == 8)
        # What comes later is forwarded, too.
        land(own, upload(9))
        await house.until(lambda: landing.cursor(landing.connect(own), "forward:province").done == 9)
        task.cancel()
        assert (5, 5) == (forwarder.sent, forwarder.confirmed)
        forwarder.close()

    with_gateway(tmp_path, test, Registration(MN, password="000001"), Registration(OLD, password="000001"))

    found = segments(tmp_path / "landing.db")
    content = "CP=&&DataTime=20260301080000;a21026-Rtd=18.5,a21026-Flag=N&&"
    assert [f"QN=2026030108000000{number};ST=31;CN=2011;PW=000001;MN={MN};Flag=5;{content}" for number in (3, 4, 5)] == found[:3]
    # Without a QN it gets one, always the same.
    assert f"QN=20260301080000008;ST=31;CN=2011;PW=000001;MN={OLD};Flag=5;CP=&&DataTime=20260301080000;01-Rtd=1&&" == found[3]
    assert 5 == len(found) and "QN=20260301080000009" in found[4]


def test_what_is_late_to_a_platform_of_2025_is_marked_as_a_supplement(tmp_path: Path) -> None:
    land(tmp_path / "l.db", upload(1, flag=9), upload(2, flag=9, content="x=1"))
    forwarder = Forwarder(tmp_path / "l.db", Superior("x", "127.0.0.1", 1))
    first, second = landing.frames_after(forwarder._db, 0, 9)
    late = forwarder._prepared(first, late=True)
    in_time = forwarder._prepared(second, late=False)
    assert late is not None and b";Flag=9;RF=1;CP=&&" in late[1]
    assert in_time is not None and b"RF" not in in_time[1] and b"PW=123456" in in_time[1]
    forwarder.close()


def test_a_frame_in_cipher_goes_on_as_it_came_and_a_wrong_length_is_set_right(tmp_path: Path) -> None:
    clear = upload(2, flag=9)[6:-6]
    secret = cipher.enciphered(clear, b"0" * 16)
    enciphered = b"##%04d%s%04X\r\n" % (len(secret), secret, crc(clear))
    wrong = upload(3, mn=OLD)
    land(tmp_path / "l.db", enciphered, b"##%04d" % (int(wrong[2:6]) + 6) + wrong[6:])
    forwarder = Forwarder(tmp_path / "l.db", Superior("x", "127.0.0.1", 1))
    first, second = (forwarder._prepared(one, late=False) for one in landing.frames_after(forwarder._db, 0, 9))
    assert (b"20260301080000002", enciphered) == first
    assert second is not None and wrong == second[1]
    forwarder.close()


def test_the_password_of_a_platform_is_not_told() -> None:
    assert "000001" not in repr(Superior("x", "h", 1, "000001"))
