"""A refused packet on its page: read and judged once more, whatever somebody has sent, and no secret of it shown."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lantian.apps.core.models import User
from lantian.apps.monitoring.actions.devices import ChangeDevice, SuspendDevice
from lantian.apps.monitoring.models import Device
from lantian.integrations.hj212 import landing, pages
from lantian.integrations.hj212.crc import modbus
from lantian.integrations.hj212.encoding import frame
from lantian.integrations.hj212.ledger import LedgerRegistrations
from tests.integrations.stations import MN, upload
from tests.integrations.test_hj212_ledger import SYSTEM, Running, register, source, until

__all__ = ["register", "source"]

pytestmark = pytest.mark.django_db
URL = "/monitoring/gateway/rejects/"


def kept(path: Path) -> dict[str, int]:
    with closing(landing.connect(path / "landing.db")) as db:
        return {one.error: number for number, one in landing.rejects(db)}


def test_a_refused_packet_is_judged_by_the_register_as_it_stands_now(
    tmp_path: Path, register: LedgerRegistrations, staff: dict[str, User], client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "landing_file", lambda: tmp_path / "landing.db")
    client = client_of(staff["system_admin"])
    assert client.get(f"{URL}1/").status_code == 404
    with Running(tmp_path, register) as house:
        line = house.line()
        line.send(frame(upload(1)[6:-6], modbus) + upload(2, pw="zq7Kx9"))
        until(lambda: sum(house.gateway.stats.rejected.values()) == 2)
    ids = kept(tmp_path)
    crc, password = f"{URL}{ids['crc_mismatch']}/", f"{URL}{ids['wrong_password']}/"
    page = client.get(crc)
    assert not page.context["found"].takes and "Modbus" in page.context["found"].hint
    assert "仍会拒收" in page.content.decode() and "123456" not in page.content.decode()
    ChangeDevice(SYSTEM, Device.objects.get(mn=MN), options={"crc": "modbus"}).execute()
    assert "可以接收" in client.get(crc).content.decode()
    # With another check set, the one that was right is wrong now.
    assert "wrong_password" == client.get(password).context["found"].packet.error
    assert b"zq7K" not in client.get(password).content
    SuspendDevice(SYSTEM, Device.objects.get(mn=MN), reason="检修").execute()
    assert "station_refused" == client.get(crc).context["found"].error
    office = client_of(staff["campaign_office"])
    assert office.get(crc).status_code == 200 and client_of(staff["department_officer"]).get(crc).status_code == 403
    assert [404, 404] == [client.get(f"{URL}{number}/").status_code for number in (987654, 10**25)]
    listed = client.get("/monitoring/gateway/").content.decode()
    # Its length is that of what came, not of what is shown of it.
    assert crc in listed and f"{len(upload(1))} 字节" in listed


@pytest.mark.parametrize(
    "raw",
    [
        frame('ST=31;CN=2011;PW=zq7Kx9;MN=<script>alert(1)</script>;Flag=5;CP=&&<img src=x onerror="a()">=1&&'),
        frame(b"ST=31;CN=2011;PW=zq7Kx9;MN=A\x00B;Flag=5;CP=&&\xd6\xd0\xce\xc4=1;\x00=\x00&&"),
        b"##9999" + b"\xff" * 3000,
        b"##0010ST=31;PW=zq7Kx9",
        b"##" + b";PW=zq7Kx9" * 200,
        frame(f"ST=31;CN=3020;PW=zq7Kx9;MN={'9' * 900};Flag=5;CP=&&i11001-Info=//{'x' * 5000}//&&"),
    ],
)
def test_whatever_was_sent_its_page_and_the_list_show_it_and_run_nothing(
    tmp_path: Path, raw: bytes, staff: dict[str, User], client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "landing_file", lambda: tmp_path / "landing.db")
    found = next(iter(_judged(raw)), landing.Reject(1, "x", "", "bad_structure", "", raw))
    with closing(landing.Landing(tmp_path / "landing.db", lambda _tokens, _failed: None, gather=0.0)) as kept_in:
        kept_in.reject(found)
    client = client_of(staff["system_admin"])
    for number in kept(tmp_path).values():
        page = client.get(f"{URL}{number}/")
        text = page.content.decode()
        assert page.status_code == 200 and "<script>alert" not in text and "<img src=x" not in text
        assert "zq7K" not in text and "\x00" not in text
    listed = client.get("/monitoring/gateway/").content.decode()
    assert "<script>alert" not in listed and "zq7K" not in listed and "\x00" not in listed


def _judged(raw: bytes) -> list[landing.Reject]:
    from datetime import UTC, datetime

    from lantian.integrations.hj212 import gate
    from lantian.integrations.hj212.framing import frames
    from lantian.integrations.hj212.registrations import InMemory

    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    verdicts = [gate.judge(one, "10.0.0.1", InMemory(), now, park=True) for one in frames(iter([raw]))]
    return [one.reject for one in verdicts if one.reject is not None]


def test_the_form_that_reads_a_packet_takes_whatever_is_pasted(staff: dict[str, User], client_of: Any) -> None:
    client = client_of(staff["system_admin"])
    url = "/monitoring/gateway/read/"
    script = frame('ST=31;CN=2011;PW=zq7Kx9;MN=<script>alert(1)</script>;Flag=5;CP=&&NewPW=zq7Kx9,a-Rtd="><b>&&')
    read = client.post(url, {"packet": script.hex(" ")})
    assert read.status_code == 200 and "<script>alert" not in read.content.decode()
    assert b"zq7K" not in read.content
    pasted = client.post(url, {"packet": script.decode()})
    bytes_shown = "".join(line["signs"] for line in pasted.context["bytes"]["lines"])
    assert "PW=***" in bytes_shown and "zq7K" not in bytes_shown + pasted.context["verdicts"][0]["json"]
    gbk = client.post(url, {"packet": frame(f"ST=31;CN=3020;PW=1;MN={MN};Flag=5;CP=&&i11001-Info=//停机//&&".encode("gbk")).hex()})
    assert "停机" in gbk.context["verdicts"][0]["json"]
    nul = client.post(url, {"packet": "##0010\x00\x01"})
    assert nul.status_code == 422 and b"\x00" not in nul.content
    filtered = client.get("/monitoring/gateway/", {"mn": "\0<script>alert(1)</script>", "error": "\0"})
    assert filtered.status_code == 200 and b"\0" not in filtered.content and b"<script>alert" not in filtered.content
    assert client.post(url, {"packet": "#" * 20_000}).status_code == 422
    assert client.post(url, {"packet": "##" * 8_000}).status_code == 200
    huge = client.post(url, {"packet": "x" * 5_000_000})
    assert huge.status_code == 422 and len(huge.content) < 100_000
    assert client.post(url, {"packet": "\ud800##".encode("utf-8", "surrogatepass").decode("latin-1")}).status_code == 200
