"""Ledgers for the tests are copies of one that was migrated once, where ``./lantian test`` has made one.

Every migration from the first on takes some ten seconds, and longer with each app; without this each worker of each
pass would pay for it, and each test that starts from a data folder of an office. Where no copy is named, as when pytest
is run by hand, the migrations run.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

#: The file of a migrated ledger on SQLite.
LEDGER = "LANTIAN_TEST_LEDGER"
#: The name of a migrated database on the PostgreSQL server of the tests; see ``tests/settings.py``.
TEMPLATE = "LANTIAN_TEST_TEMPLATE"


def put_ledger(data: Path) -> bool:
    """Put a copy of the migrated ledger into an empty data folder.

    Returns
    -------
    bool
        Whether there was one to copy.
    """
    made = os.environ.get(LEDGER)
    if made:
        data.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, data / "ledger.sqlite3")
    return bool(made)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """The database in memory begins as a copy; its migrations then find nothing to do."""
    made = os.environ.get(LEDGER)
    if not made:
        yield
        return
    from django.db.backends.signals import connection_created

    def fill(connection: Any, **_more: Any) -> None:
        if connection.vendor != "sqlite" or not connection.is_in_memory_db():
            return
        target = connection.connection
        if target.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            with closing(sqlite3.connect(f"file:{made}?mode=ro", uri=True)) as source:
                source.backup(target)

    connection_created.connect(fill, weak=False)
    yield
    connection_created.disconnect(fill)
