"""Reads of places, organisations, people, jobs and messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from lantian.apps.core.models import (
    Notification,
    Organisation,
    OrganisationAlias,
    Person,
    Post,
    Region,
    RegionBoundary,
    User,
)
from lantian.rules import geo

MOST_SUGGESTIONS = 20


def on_day(day: date) -> Q:
    """Rows with a validity that holds on a day."""
    return (Q(valid_from__isnull=True) | Q(valid_from__lte=day)) & (
        Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    )


def with_children(rows: Any, day: date | None = None) -> Any:
    """Rows of a tree with the mark ``has_children``; of a day, where one is given."""
    below = rows.model._base_manager.filter(parent=OuterRef("pk"))
    if day is not None:
        below = below.filter(on_day(day))
    return rows.annotate(has_children=Exists(below.order_by()))


def region_roots(rows: Any, day: date) -> Any:
    """The places at the top of the tree on a day."""
    return with_children(rows.filter(on_day(day), parent__isnull=True), day).order_by("code")


def region_children(rows: Any, region: Region, day: date) -> Any:
    """The places straight below one on a day."""
    return with_children(rows.filter(on_day(day), parent=region), day).order_by("code")


def level_counts(region: Region, day: date) -> list[tuple[str, int]]:
    """How many places of each level lie in a place on a day."""
    return list(
        Region.objects.filter(on_day(day), path__startswith=region.path)
        .exclude(pk=region.pk)
        .order_by()
        .values_list("level")
        .annotate(count=Count("pk"))
    )


def region_words(region: Region) -> str:
    """What stands in a field for a place."""
    return f"{region.code} {region.name}"


def organisation_words(organisation: Organisation) -> str:
    """What stands in a field for an organisation."""
    return f"{organisation.name} #{organisation.pk}"


def suggest_regions(rows: Any, text: str) -> list[Region]:
    """Open places whose code or name goes with a text, upper levels first."""
    text = text.strip()
    if not text:
        return []
    found = rows.filter(valid_to__isnull=True)
    words = text.split()
    if words[0].isalnum() and words[0].isascii():
        found = found.filter(code__startswith=words[0])
        words = words[1:]
    for word in words:
        found = found.filter(Q(name__icontains=word) | Q(short_name__icontains=word))
    return list(found.order_by("depth", "code")[:MOST_SUGGESTIONS])


def suggest_organisations(rows: Any, text: str) -> list[Organisation]:
    """Open organisations whose names or code go with a text."""
    text = text.split("#")[0].strip()
    if not text:
        return []
    alias = OrganisationAlias.objects.filter(organisation=OuterRef("pk"), name__icontains=text)
    found = rows.filter(merged_into__isnull=True, valid_to__isnull=True).filter(
        Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__istartswith=text) | Exists(alias)
    )
    return list(found.order_by("depth", "name")[:MOST_SUGGESTIONS])


def map_of(region: Region) -> dict[str, Any] | None:
    """The outlines of a place and of the places in it, simplified, as GeoJSON; None where there is none.

    A place without an outline of its own that has a single place in it (a county straight under its province) is shown
    by that place's.
    """
    children = list(region.children.filter(valid_to__isnull=True).order_by("code"))
    wanted = {region.pk: region, **{child.pk: child for child in children}}
    found = {
        row.region_id: row for row in RegionBoundary.objects.filter(region_id__in=wanted).defer("geometry")
    }
    missing = [child.pk for child in children if child.pk not in found]
    if missing:
        below: dict[int, list[int]] = {}
        for key, parent in Region.objects.filter(parent_id__in=missing, valid_to__isnull=True).values_list(
            "pk", "parent_id"
        ):
            if parent is not None:
                below.setdefault(parent, []).append(key)
        only = {keys[0]: parent for parent, keys in below.items() if len(keys) == 1}
        for row in RegionBoundary.objects.filter(region_id__in=only).defer("geometry"):
            found[only[row.region_id]] = row
    if not found:
        return None
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "name": wanted[key].name,
                    "code": wanted[key].code,
                    "own": key == region.pk,
                    "url": "" if key == region.pk else reverse("core:region", args=[key]),
                    "label": _label_at(row.simplified or row.geometry),
                },
                "geometry": row.simplified or row.geometry,
            }
            for key, row in found.items()
        ],
    }


def _label_at(geometry: Any) -> list[float]:
    """Longitude and latitude at which the name of a place is written."""
    x, y = geo.label_point(geo.read_polygons(geometry))
    return [round(x, 5), round(y, 5)]


def boundary_note(region: Region) -> dict[str, Any] | None:
    """Where the outlines of a map come from."""
    rows = RegionBoundary.objects.filter(Q(region=region) | Q(region__parent=region)).order_by("-imported_at")
    found = rows.values("source", "declared_crs", "imported_at").first()
    return {**found} if found is not None else None


def organisation_counts(rows: Iterable[Organisation]) -> dict[int, dict[str, int]]:
    """Numbers of people and accounts of organisations, with two queries for all of them."""
    keys = [row.pk for row in rows]
    counts: dict[int, dict[str, int]] = {key: {"people": 0, "users": 0} for key in keys}
    for name, model in (
        ("people", Person.objects.filter(left_on__isnull=True)),
        ("users", User.objects.all()),
    ):
        found = model.filter(organisation_id__in=keys).order_by().values_list("organisation_id")
        for key, count in found.annotate(count=Count("pk")):
            counts[key][name] = count
    return counts


def open_posts(day: date) -> Any:
    """Posts that are held on a day."""
    return Post.objects.filter(on_day(day)).select_related("organisation")


def unread(user: User) -> int:
    """How many messages somebody has not read."""
    return Notification.objects.filter(recipient=user, read_at__isnull=True).count()
