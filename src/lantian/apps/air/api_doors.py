"""``POST /api/v1/air/hours``: stations send their hours with a key of their own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema

from lantian.apps.air import lake
from lantian.apps.air.actions.keys import MARK
from lantian.apps.air.doors import push
from lantian.apps.air.models import StationKey
from lantian.apps.core.actions import client_ip
from lantian.apps.core.api_base import ErrorOut
from lantian.apps.core.exceptions import CoreError, TooLarge
from lantian.apps.core.sender_auth import SenderKeyAuth

router = Router()


class KeyNotGood(CoreError):
    """The key is wrong, revoked or over."""

    code = "unauthenticated"
    status = 401
    message = _("A valid key of a sender is needed: X-Station-Key: lts_… It may be wrong, revoked or over.")


class StationKeyAuth(SenderKeyAuth):
    """``X-Station-Key: lts_…``."""

    param_name = "X-Station-Key"
    model = StationKey
    mark = MARK
    refused = KeyNotGood


class RowIn(Schema):
    """One station and hour; concentrations in µg/m³, CO in mg/m³, each a number, a text of one, or absent."""

    station: str = Field(description="Code of the station, such as 1316A.")
    time: str = Field(
        description="Label of the hour: 2026-03-01T15:00:00+08:00, or 2026-03-01 15:00 in campaign time (UTC+8)."
    )
    pm25: float | str | None = Field(None, description="PM2.5 [µg/m³]")
    pm10: float | str | None = Field(None, description="PM10 [µg/m³]")
    so2: float | str | None = Field(None, description="SO2 [µg/m³]")
    no2: float | str | None = Field(None, description="NO2 [µg/m³]")
    co: float | str | None = Field(None, description="CO [mg/m³]")
    o3: float | str | None = Field(None, description="O3, mean of the hour [µg/m³]")
    o3_24h: float | str | None = Field(
        None, description="Greatest hour of O3 of the day so far; checks o3 only."
    )
    o3_8h: float | str | None = Field(None, description="Moving mean of 8 h of O3; checks o3 only.")
    o3_8h_24h: float | str | None = Field(None, description="Greatest of them so far; checks o3 only.")


class HoursIn(Schema):
    """A message with hours of stations."""

    delivery: str = Field(description="Your own name for this content; sent again, it is answered as before.")
    label: str = Field("end", description="Whether times are the “end” (default) or the “start” of the hour.")
    rows: list[RowIn] = Field(description="1 to 5000 rows; a message of at most 2 MB.")


class HeldOut(Schema):
    """Values that were held for review, and why."""

    items: list[str]
    reason: str
    message: str


class RowOut(Schema):
    """What became of a row: stored, same, partly, held or empty."""

    row: int
    result: str
    held: list[HeldOut] = []


class HoursOut(Schema):
    """What became of a message."""

    delivery: str
    repeated: bool
    results: dict[str, int]
    reasons: dict[str, int]
    rows: list[RowOut]


@router.post(
    "",
    response={200: HoursOut, 401: ErrorOut, 409: ErrorOut, 413: ErrorOut, 422: ErrorOut, 429: ErrorOut, 503: ErrorOut},
    auth=StationKeyAuth(),
    summary="Send hours of stations",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": HoursIn.model_json_schema(ref_template="#/components/schemas/{model}")}},
        }
    },
)  # fmt: skip
def receive_hours(request: HttpRequest) -> dict[str, Any]:
    """Take hours of stations in, each row answered; the same delivery sent again changes nothing."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > push.MOST_BYTES:
        raise TooLarge
    message = push.read_message(request.body)
    key: StationKey = request.auth  # type: ignore[attr-defined]
    return push.ReceiveHours(key, message, lake(), ip=client_ip(request), now=timezone.now()).execute()
