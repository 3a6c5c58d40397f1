"""Which tests run where, and what is not allowed to be missing."""

from __future__ import annotations

import os
from typing import Any

import pytest

#: Markers of tests that need something which a machine may lack.
COMPONENTS = frozenset({"shared", "e2e", "office_suite", "postgres", "spark", "broker"})
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_reset_sequences", "live_server"})
REQUIRE_ALL = os.environ.get("LANTIAN_REQUIRE_ALL") == "1"
ON_POSTGRES = bool(os.environ.get("LANTIAN_TEST_POSTGRES"))


def _needs_component(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in COMPONENTS) or "shared_dir" in getattr(item, "fixturenames", ())


def _needs_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") or item.get_closest_marker("postgres"):
        return True
    if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    from django.test import TransactionTestCase

    owner = getattr(item, "cls", None)
    return owner is not None and issubclass(owner, TransactionTestCase)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Two passes: on SQLite everything, on PostgreSQL what touches the database; a browser is driven only once."""
    if ON_POSTGRES:
        kept = [item for item in items if _needs_database(item) and not item.get_closest_marker("e2e")]
    else:
        kept = [item for item in items if not item.get_closest_marker("postgres")]
    if len(kept) != len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Where everything must be there (LANTIAN_REQUIRE_ALL=1), a test that skips for want of it has failed."""
    outcome = yield
    report = outcome.get_result()
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail") and _needs_component(item):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"LANTIAN_REQUIRE_ALL=1 allows no missing component, but this test skipped: {reason}"


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """A whole module that skips itself is refused in the same way."""
    outcome = yield
    report = outcome.get_result()
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"LANTIAN_REQUIRE_ALL=1 allows no missing component, but {collector.nodeid} skipped: {report.longrepr}"
