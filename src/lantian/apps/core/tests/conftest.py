"""What tests of the foundation share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from huey.contrib.djhuey import HUEY


@pytest.fixture
def at_once() -> Iterator[None]:
    """Jobs run where they are started, as soon as the transaction is committed."""
    before, HUEY.immediate = HUEY.immediate, True
    yield
    HUEY.immediate = before
