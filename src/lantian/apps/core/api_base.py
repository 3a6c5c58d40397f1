"""What every router of the API uses: who acts, which rows, pages of results, versions, refusals.

A router of an app looks like this::

    router = Router()

    @router.get("", response=Results[PlanOut])
    def plans(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
        return paged(rows(request, Plan.objects.all(), "plans.plan.view"), page)
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Generic, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from lantian.apps.core import log
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, NotAllowed, NotFound

Item = TypeVar("Item")


class ErrorOut(Schema):
    """Every refusal has this form."""

    code: str
    message: str
    fields: dict[str, list[str]] = {}


class Paging(Schema):
    """Which part of a list."""

    page: int = Field(1, ge=1, le=1_000_000)
    size: int = Field(50, ge=1, le=500)


class Results(Schema, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    total: int
    page: int
    size: int


def actor_of(request: HttpRequest) -> Actor:
    """Who acts through this request; the scopes of a token are part of it."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise NotAllowed
    return actor


def need(request: HttpRequest, permission: str) -> Actor:
    """The actor, if it carries a permission."""
    actor = actor_of(request)
    if not actor.may(permission):
        raise NotAllowed(permission=permission)
    return actor


def rows(request: HttpRequest, queryset: Any, permission: str) -> Any:
    """The rows of a queryset that the actor may use under a permission."""
    return need(request, permission).rows(queryset, permission)


def one(request: HttpRequest, queryset: Any, permission: str, key: Any) -> Any:
    """One row, or :class:`NotFound` where it is not there or not visible."""
    row = rows(request, queryset, permission).filter(pk=key).first()
    if row is None:
        raise NotFound
    return row


def paged(queryset: Any, paging: Paging) -> dict[str, Any]:
    """A part of a queryset in the form of :class:`Results`."""
    start = (paging.page - 1) * paging.size
    return {
        "items": list(queryset[start : start + paging.size]),
        "total": queryset.count(),
        "page": paging.page,
        "size": paging.size,
    }


def version_of(row: models.Model) -> str:
    """A short word that changes whenever the row does."""
    text = json.dumps(log.snapshot(row), sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(f"{row._meta.label_lower}:{row.pk}:{text}".encode()).hexdigest()[:20]


def with_version(response: HttpResponse, row: models.Model) -> None:
    """Send the version of a row as its ETag."""
    response["ETag"] = f'"{version_of(row)}"'


def check_version(request: HttpRequest, row: models.Model) -> None:
    """Refuse a change that was made from an older version (header ``If-Match``; without it nothing is checked).

    Raises
    ------
    Conflict
    """
    wanted = request.headers.get("If-Match", "").strip()
    if wanted and wanted != "*" and f'"{version_of(row)}"' not in [part.strip() for part in wanted.split(",")]:
        raise Conflict
