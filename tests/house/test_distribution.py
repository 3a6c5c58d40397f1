"""Which worker runs which tests, and from which ledger."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.databases import LEDGER, put_ledger
from tests.distribution import LONG, TOGETHER, rank_of, unit_of

ROOT = Path(__file__).resolve().parents[2]


def test_a_module_is_a_unit_and_what_shares_something_dear_is_one() -> None:
    assert "tests/web/test_lists.py" == unit_of("tests/web/test_lists.py::test_a[x::y]")
    assert "tests/web/test_lists.py" == unit_of("tests/web/test_lists.py::TestLists::test_a")
    assert unit_of("tests/e2e/test_air.py::test_a") == unit_of("tests/e2e/test_work.py::test_b")
    assert unit_of("tests/lake/test_spark.py::test_a") == unit_of("tests/lake/test_spark_evaluation.py::test_b")


def test_the_longest_begin_first_and_pure_rules_come_last() -> None:
    units = [unit_of(f"{module}::test") for module in ("tests/rules/air/test_aqi.py", "tests/e2e/test_air.py", "tests/cli/test_bench.py")]

    assert [len(LONG), 0] == [rank_of(unit) for unit in units[:2]]
    assert 0 < rank_of(units[2]) < len(LONG)


@pytest.mark.parametrize("start", sorted({*LONG, *TOGETHER}))
def test_whatever_is_named_is_there(start: str) -> None:
    assert (ROOT / start).exists() or list(ROOT.glob(f"{start}*"))


def test_a_ledger_is_put_into_a_folder_where_one_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made.sqlite3"
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("CREATE TABLE note (text)")

    monkeypatch.delenv(LEDGER, raising=False)
    assert not put_ledger(tmp_path / "without")
    monkeypatch.setenv(LEDGER, str(made))
    assert put_ledger(tmp_path / "with")

    assert not (tmp_path / "without").exists()
    with closing(sqlite3.connect(tmp_path / "with" / "ledger.sqlite3")) as connection:
        assert [("note",)] == connection.execute("SELECT name FROM sqlite_master").fetchall()
