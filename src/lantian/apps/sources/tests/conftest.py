"""A list of kilns and a list of enterprises in a small city."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from huey.contrib.djhuey import HUEY

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import User
from lantian.apps.sources.actions.lists import OpenList
from lantian.apps.sources.models import SourceList
from tests.fixtures.accounts import City

#: an enterprise as a row of a table gives it
CEMENT: dict[str, Any] = {
    "uscc": "91130200699229617X",
    "name": "晴川示例水泥有限公司",
    "trade": "C3011",
    "region_code": "990102",
    "street": "石桥街道",
    "address": "石桥路1号",
    "person": "李工",
    "state": "running",
}


@pytest.fixture
def actors(staff: dict[str, User]) -> dict[str, Actor]:
    """Who acts, by role."""
    return {code: Actor(user) for code, user in staff.items()}


@pytest.fixture
def enterprises(small_city: City, actors: dict[str, Actor]) -> SourceList:
    """The list of enterprises of the city."""
    return OpenList(actors["campaign_office"], "enterprises", name="", region=small_city.prefecture).execute()


@pytest.fixture
def kilns(small_city: City, actors: dict[str, Actor]) -> SourceList:
    """The list of kilns of the city."""
    return OpenList(actors["campaign_office"], "kilns", name="", region=small_city.prefecture).execute()


@pytest.fixture
def at_once() -> Iterator[None]:
    """Jobs run where they are started, as soon as the transaction is committed."""
    before, HUEY.immediate = HUEY.immediate, True
    yield
    HUEY.immediate = before
