"""``lantian bench air`` runs from end to end on a few stations, and leaves nothing behind."""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lantian.cli.bench import BENCHMARKS
from lantian.cli.main import app
from tests.integrations.stations import upload


def test_it_measures_arrays_files_the_lake_and_one_more_hour(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ["--stations", "18", "--once", "--rounds", "1", "--rows", "10000", "--folder", str(tmp_path)]
    found = CliRunner().invoke(app, ["bench", "air", *options])
    said = capfd.readouterr().out
    assert (0, []) == (found.exit_code, list(tmp_path.iterdir())), said
    for wanted in (
        r"CSV, 10,000 rows.* rows/s",
        r"rows on which the arrays differ from it: 0 of",
        r"HJ 633-2026 day",
        r"rows +157,644\n",
        r"corrections +7\d\d\n",
        r"full evaluation +\d+\.\d\d s",
        # (18 stations and 2 cities) x 17 periods
        r"results +340\n",
        r"one more hour on the pages +\d+\.\d\d s",
        r"peak memory \[MB\] +\d+",
    ):
        assert re.search(wanted, said), (wanted, said)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["bench", "air", "--folder", str(tmp_path / "none")])
    assert (1, True) == (found.exit_code, str(tmp_path / "none") in found.stderr)


def test_it_measures_computing_and_writing_of_an_inventory_apart_and_what_of_the_mass_is_missing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ["--sources", "200", "--series", "10", "--cells", "16", "--folder", str(tmp_path)]
    found = CliRunner().invoke(app, ["bench", "inventory", *options])
    said = capfd.readouterr().out
    assert (0, []) == (found.exit_code, list(tmp_path.iterdir())), said
    for wanted in (
        r"200 sources, 15,768,000 values of sources and hours",
        r"400 sources",
        r"computing +\d+\.\d s",
        r"writing +\d+\.\d s",
        r"peak memory \[MB\] +\d+",
        r"mass error, sums +\d\.\de-1\d",
        r"mass error, written +\d\.\de-1\d",
        r"mass error, read +\d\.\de-1\d",
        r"twice the sources: \d+\.\d\d x the computing",
    ):
        assert re.search(wanted, said), (wanted, said)


def test_more_series_than_sources_are_refused() -> None:
    found = CliRunner().invoke(app, ["bench", "inventory", "--sources", "100", "--series", "101"])
    assert 2 == found.exit_code


def test_it_counts_what_the_rules_find_of_made_up_frauds_and_over_how_many_honest_stacks_they_cry(
    capfd: pytest.CaptureFixture[str],
) -> None:
    found = CliRunner().invoke(app, ["bench", "frauds", "--stacks", "140"])
    said = capfd.readouterr().out
    assert 0 == found.exit_code, said
    rows = {name: (int(there), int(hit)) for name, there, hit in re.findall(r"(?m)^(R\d+) +(\d+) +(\d+) ", said)}
    assert len(rows) == 22 and "rules without" not in said, said
    assert all(there >= hit for there, hit in rows.values())
    there, hit = (sum(column) for column in zip(*rows.values(), strict=True))
    assert hit * 2 > there > 20, said


def test_it_measures_the_gateway_and_balances_what_was_sent_stored_and_drained(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stream = tmp_path / "stream"
    wrong = upload(2).replace(b"18.5", b"18.6")
    stream.write_bytes(upload(1) + wrong + upload(1) + upload(3))
    folder = tmp_path / "folder"
    folder.mkdir()
    options = ["--connections", "20", "--rate", "100", "--wanted", "1", "--seconds", "1", "--stream", str(stream), "--speed", "36000"]
    CliRunner().invoke(app, ["bench", "gateway", *options, "--folder", str(folder)])
    said = capfd.readouterr().out
    # How quick it is here and now is no matter of a test.
    for wanted in (
        r"frames a second of one core +[\d,]+",
        r"connections open +20 ",
        r"frames sent, answered +(\d+) +\1 ",
        r"every answered frame is stored and drained once",
        r"right, and of these differing +3   2; not right 1",
        r"every right frame is stored, every other one accounted for",
    ):
        assert re.search(wanted, said), (wanted, said)
    assert [] == list(folder.iterdir())


#: a peer that takes whatever has a `##` for right, and leaves what it was given
DRIVER = """
import json, os, sys
from pathlib import Path
frames = Path(sys.argv[-1]).read_bytes().splitlines(keepends=True)
Path(sys.argv[1]).write_text(json.dumps([[one.decode() for one in frames], sorted(os.sched_getaffinity(0)), sys.argv[2:-1]]))
print("chatter")
print(json.dumps({"frames": len(frames), "seconds": 0.5, "ok": sum(one.startswith(b"##") for one in frames)}))
"""


@pytest.fixture
def peers() -> Any:
    """The module of the peers, which lies beside the measurements."""
    spec = importlib.util.spec_from_file_location("gateway_peers", BENCHMARKS / "gateway_peers.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def command(*words: str | Path) -> str:
    """What runs a Python with arguments, as it is written on a command line."""
    return shlex.join([sys.executable, *map(str, words)])


def test_a_peer_reads_the_frames_of_the_run_on_one_core_and_its_pace_is_told_beside_ours(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stream, driver, saw = tmp_path / "stream", tmp_path / "a driver.py", tmp_path / "saw"
    # Two right frames, one of them without CR, and one whose check is wrong.
    sent = [upload(1), upload(2).replace(b"18.5", b"18.6"), upload(3).replace(b"\r\n", b"\n")]
    stream.write_bytes(b"".join(sent))
    driver.write_text(DRIVER)
    folder = tmp_path / "folder"
    folder.mkdir()
    options = ["--connections", "1", "--rate", "10", "--wanted", "1", "--seconds", "1", "--stream", str(stream), "--speed", "36000"]
    options += ["--peer", f"any={command(driver, saw, 'x y', '--rounds=3')}", "--peer", f"none={command('-c', 'raise SystemExit(3)')}"]
    found = CliRunner().invoke(app, ["bench", "gateway", *options, "--folder", str(folder)])
    said = capfd.readouterr().out
    frames, cores, words = json.loads(saw.read_text())
    assert [one.rstrip(b"\r\n").decode() + "\r\n" for one in sent] == frames
    assert (1, ["x y", "--rounds=3"]) == (len(cores), words)
    ours = re.search(r"frames a second of one core +([\d,]+)", said)
    theirs = re.search(r"(?m)^any +6 +(\d+\.\d\d) times ours; took 3 of 3 for right$", said)
    assert ours and theirs, said
    assert abs(6 / int(ours[1].replace(",", "")) - float(theirs[1])) < 0.006
    assert re.search(r"frames that are right +2 +of 3\n", said), said
    # What could not be measured is told, and the rest goes on.
    assert re.search(r"(?m)^none +NOT MEASURED: it has ended with 3$", said), said
    assert "every right frame is stored, every other one accounted for" in said
    assert (1, []) == (found.exit_code, list(folder.iterdir()))


@pytest.mark.parametrize("text", ["", "theirs", "=true", " =true", "theirs=", "theirs= ", "theirs='true"])
def test_what_is_no_name_and_command_is_refused(peers: Any, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        peers.peer(text)


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("", "has not printed"),
        ("9133 frames", "has not printed"),
        ("[1, 2, 3]", "has not printed"),
        ('{"frames": 3, "seconds": 1}', "has not printed"),
        ('{"frames": null, "seconds": 1, "ok": 1}', "has not printed"),
        ('{"frames": 3, "seconds": 0, "ok": 3}', "cannot be"),
        ('{"frames": 3, "seconds": NaN, "ok": 3}', "cannot be"),
        ('{"frames": 3, "seconds": Infinity, "ok": 3}', "cannot be"),
        ('{"frames": 0, "seconds": 1, "ok": 0}', "cannot be"),
        ('{"frames": 3, "seconds": 1, "ok": 4}', "cannot be"),
    ],
)
def test_a_peer_that_tells_nothing_sensible_is_not_measured(
    peers: Any, tmp_path: Path, printed: str, why: str
) -> None:
    one = peers.Peer("theirs", (sys.executable, "-c", f"print({printed!r})"))
    with pytest.raises(peers.PeerError, match=why):
        peers.measure(one, tmp_path / "frames")


def test_a_peer_that_is_not_there_or_does_not_end_is_not_measured(peers: Any, tmp_path: Path) -> None:
    with pytest.raises(peers.PeerError, match="could not be started"):
        peers.measure(peers.Peer("none", (str(tmp_path / "none"),)), tmp_path / "frames")
    endless = peers.Peer("endless", (sys.executable, "-c", "import threading; threading.Event().wait()"))
    with pytest.raises(peers.PeerError, match="has not ended"):
        peers.measure(endless, tmp_path / "frames", patience=0.2)
