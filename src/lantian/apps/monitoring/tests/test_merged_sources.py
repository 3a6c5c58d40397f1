"""A device goes along when its source becomes part of another, and comes home when that is taken back."""

from __future__ import annotations

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.tests.conftest import Works
from lantian.apps.sources.actions.duplicates import MergeSources, NamePair, UndoMerge
from lantian.apps.sources.models import Source, Unit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("same", [False, True])
def test_a_device_moves_with_its_source_and_back(
    same: bool, works: Works, device: Device, actors: dict[str, Actor]
) -> None:
    """Where both sources have the same outlet, the device watches the one that stays."""
    office, kept = actors["campaign_office"], Source.objects.get(pk=works.elsewhere.pk)
    outlet = works.outlet
    if same:
        outlet = Unit.objects.create(source=kept, kind="outlet", number=works.outlet.number)
    pair = NamePair(office, works.source, kept).execute()
    done = MergeSources(office, pair, kept, reason="同一企业").execute()
    device.refresh_from_db()
    assert (device.source, device.unit) == (kept, outlet)
    UndoMerge(office, done, reason="误并").execute()
    device.refresh_from_db()
    assert (device.source, device.unit) == (works.source, works.outlet)
