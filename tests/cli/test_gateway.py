"""``lantian gateway`` and ``lantian hj212 replay`` as processes: the real hour, a peaceful end, and what they refuse."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lantian.cli.main import app
from lantian.integrations.hj212 import landing
from lantian.lake.stacks.tables import STACK_FRAME
from lantian.lake.store import Lake
from tests.integrations.stations import MN, upload

HOUR = Path(__file__).resolve().parents[3] / "shared" / "data" / "hj212-stream-hour10.h212.gz"


@contextmanager
def running(data: Path, registry: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A gateway on a free port; ends it if the test has not."""
    data.mkdir(exist_ok=True)
    (data / "stations.csv").write_text(registry, "utf-8")
    command = [sys.executable, "-m", "lantian.cli.main", "gateway", "--registry", str(data / "stations.csv"), "--listen", "127.0.0.1:0"]
    environment = {**os.environ, "PYTHONPATH": "src", "LANTIAN_LANGUAGE": "en"}
    process = subprocess.Popen([*command, "--data", str(data), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None and process.stderr is not None
        said = process.stdout.readline()
        found = re.search(r":(\d+)\.$", said.strip())
        assert found, process.stderr.read()
        yield process, int(found[1])
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    said, log = process.communicate(timeout=60)
    assert 0 == process.returncode, log
    return said + log


def replayed(*options: str) -> str:
    found = CliRunner().invoke(app, ["hj212", "replay", *options])
    assert 0 == found.exit_code, found.output + found.stderr
    return found.stdout


def test_a_stream_is_replayed_stored_answered_and_drained_into_the_lake_at_the_end(tmp_path: Path) -> None:
    stream = tmp_path / "stream"
    bad = upload(7).replace(b"18.5", b"18.6")
    stream.write_bytes(b"".join(upload(number, flag=4) for number in range(1, 6)) + upload(3, flag=4) + bad + upload(8, mn="M8"))

    with running(tmp_path / "d", f"mn,password\n{MN},123456\nM8,secret1\n", "--drain-every", "600") as (process, port):
        said = replayed(str(stream), "--to", f"127.0.0.1:{port}", "--speed", "0", "--ask")
        log = ended(process)

    assert re.search(r"^发送 8 包.*2 个连接.*正确 7 包.*错误 1 包.*7 包要求应答.*6 包", said), said
    db = landing.connect(tmp_path / "d" / "gateway" / "landing.db")
    frames = landing.frames_after(db, 0, 99)
    assert [0, 0, 1, 0, 0] == [one.repeats for one in frames]
    assert {"crc_mismatch", "wrong_password"} == {one.error for _number, one in landing.rejects(db)}
    assert 5 == Lake(str(tmp_path / "d" / "lake")).read(STACK_FRAME).num_rows
    assert 5 == landing.cursor(db, "lake").done
    assert "secret1" not in log and "123456" not in log
    status = json.loads((tmp_path / "d" / "gateway" / "status.json").read_text())
    assert (6, {"crc_mismatch": 1, "wrong_password": 1}) == (status["frames"], status["rejected"])


def test_what_was_answered_is_drained_even_if_the_gateway_is_killed(tmp_path: Path) -> None:
    stream = tmp_path / "stream"
    stream.write_bytes(b"".join(upload(number) for number in range(1, 40)))

    with running(tmp_path / "d", f"mn\n{MN}\n", "--drain-every", "600") as (process, port):
        said = replayed(str(stream), "--to", f"127.0.0.1:{port}", "--speed", "0")
        process.kill()
        # The process that drains holds the other end until it has ended, too.
        process.communicate(timeout=60)

    assert "39 包要求应答，收到应答 39 包" in said, said
    assert 39 == Lake(str(tmp_path / "d" / "lake")).read(STACK_FRAME).num_rows
    assert 39 == landing.cursor(landing.connect(tmp_path / "d" / "gateway" / "landing.db"), "lake").done


@pytest.mark.shared
def test_a_real_hour_is_stored_whole_and_every_bad_frame_is_accounted_for(tmp_path: Path) -> None:
    if not HOUR.exists():
        pytest.skip("the real hour is not beside the project")
    import gzip

    names = sorted(set(re.findall(rb"MN=([^;]+);", gzip.decompress(HOUR.read_bytes()))))
    registry = "mn\n" + "\n".join(name.decode() for name in names) + "\n"

    with running(tmp_path, registry, "--drain-every", "600", "--unknown", "refuse") as (process, port):
        said = replayed(str(HOUR), "--to", f"127.0.0.1:{port}", "--speed", "0")
        ended(process)

    assert "发送 9133 包" in said and "正确 9127 包" in said and "错误 6 包" in said, said
    db = landing.connect(tmp_path / "gateway" / "landing.db")
    assert [(8478, 649)] == db.execute("SELECT count(*), sum(repeats) FROM frame").fetchall()
    assert 6 == len(landing.rejects(db))
    assert 8478 == Lake(str(tmp_path / "lake")).read(STACK_FRAME, columns=["mn"]).num_rows


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--listen", "nowhere"], "nowhere"),
        (["--unknown", "ask"], "ask"),
        (["--tls-key", "k.pem"], "--tls-cert"),
        (["--limit", "colour=3"], "colour=3"),
        (["--limit", "rate=x"], "rate=x"),
        (["--tls-cert", "none.pem"], "none.pem"),
        (["--forward", "none.json"], "none.json"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path))
    registry = tmp_path / "stations.csv"
    registry.write_text("mn\nA\n")
    found = CliRunner().invoke(app, ["gateway", "--registry", str(registry), "--listen", "127.0.0.1:0", *options])
    assert found.exit_code in (1, 2) and (said in found.stderr or "none" in said), found.stderr


def test_a_registry_that_is_wrong_is_refused_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path))
    registry = tmp_path / "stations.csv"
    registry.write_text("mn,crc\nA,xor\n")
    found = CliRunner().invoke(app, ["gateway", "--registry", str(registry)])
    assert (1, True) == (found.exit_code, "line 2" in found.stderr)


def test_a_gateway_that_is_not_there_is_told(tmp_path: Path) -> None:
    stream = tmp_path / "stream"
    stream.write_bytes(upload(1))
    for to in ("127.0.0.1:1", "nowhere"):
        found = CliRunner().invoke(app, ["hj212", "replay", str(stream), "--to", to])
        assert (1, True) == (found.exit_code, to in found.stderr)
