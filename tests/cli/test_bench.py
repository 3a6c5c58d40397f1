"""``lantian bench air`` runs from end to end on a few stations, and leaves nothing behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

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
