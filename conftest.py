"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is no failure, and a run says the same each time.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

SHARED = Path(__file__).resolve().parent.parent / "shared"

pytest_plugins = ["tests.components", "tests.databases", "tests.distribution", "tests.fixtures.accounts"]


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with the real plans and data beside the project; the test is skipped where it is absent."""
    if not (SHARED / "plans").is_dir():
        pytest.skip("the folder ../shared with the real plans and data is not beside this checkout")
    return SHARED
