"""What the tests of plans share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.plans import actions
from lantian.apps.plans.models import Plan
from lantian.apps.plans.tests.material import PLAN, Place
from lantian.apps.plans.tests.working import make_work


@pytest.fixture
def place(db: Any) -> Place:
    """Places, organisations and, on request, accounts."""
    return Place()


@pytest.fixture
def office(place: Place) -> Actor:
    """Somebody of the campaign office of the district."""
    return Actor(place.user("campaign_office", place.office, region=place.district))


@pytest.fixture
def plan(place: Place, office: Actor) -> Plan:
    """The small plan, in the ledger."""
    return actions.import_plan_from_text(office, PLAN, "云山区方案", place.district)


@pytest.fixture
def work(place: Place) -> SimpleNamespace:
    """A task of 200 boilers, and everybody who has to do with it."""
    return make_work(place)
