"""``lantian bench air`` runs from end to end on a few stations, and leaves nothing behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lantian.cli.main import app


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
