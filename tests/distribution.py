"""Which worker runs which tests under ``--dist loadscope``, and in which order.

What is dear to set up belongs to a module, so that a module goes to one worker; the demo with its browser and the session of
Spark each serve several modules, which stay together. What takes long begins early: otherwise one core works at the
end while the others have nothing to do.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest

#: Modules that share something dear.
TOGETHER = ("tests/e2e/", "tests/lake/test_spark")
#: What takes long, the longest first; whatever is not named here comes after it, and pure rules come last.
LONG = (
    "tests/e2e/",
    "tests/access/",
    "tests/house/test_serve.py",
    "tests/lake/test_spark",
    "tests/lake/test_crashes.py",
    "tests/lake/test_air_evaluation.py",
    "tests/lake/test_object_storage.py",
    "tests/cli/test_air_import.py",
    "tests/rules/air/doors/test_real_tables.py",
    "tests/rules/documents/test_robustness.py",
    "tests/house/",
    "src/lantian/apps/plans/",
    "src/lantian/apps/air/",
    "src/lantian/apps/core/",
    "src/",
    "tests/lake/",
    "tests/cli/",
    "tests/office/",
    "tests/web/",
)


def unit_of(nodeid: str) -> str:
    """The name of what stays on one worker: mostly the module."""
    module = nodeid.partition("::")[0]
    return next((start for start in TOGETHER if module.startswith(start)), module)


def rank_of(unit: str) -> int:
    """The place of a unit in the order of beginning."""
    return next((rank for rank, start in enumerate(LONG) if unit.startswith(start)), len(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Units as above, instead of classes and modules by the number of their tests."""
    if config.getoption("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByUnit(LoadScopeScheduling):
        """Hands out units in the order of collection, which is ours."""

        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    config.option.loadscopereorder = False
    return ByUnit(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker, which is not told the way of distribution."""
    node.workerinput["by_unit"] = node.config.getoption("dist") == "loadscope"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A worker has the order in which units are handed out."""
    if getattr(config, "workerinput", {}).get("by_unit"):
        items.sort(key=lambda item: rank_of(unit_of(item.nodeid)))


def pytest_collection_finish() -> None:
    """Thousands of tests and the modules they need stay until the end: collections of garbage need not look at them."""
    gc.collect()
    gc.freeze()
