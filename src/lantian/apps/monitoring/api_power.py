"""``POST /api/v1/power/readings``: programs send readings of meters with a key of their own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema

from lantian.apps.core.actions import client_ip
from lantian.apps.core.api_base import ErrorOut
from lantian.apps.core.exceptions import CoreError, TooLarge
from lantian.apps.core.sender_auth import SenderKeyAuth, SenderKeyRefused
from lantian.apps.monitoring.actions.power import MARK
from lantian.apps.monitoring.doors.power import messages, push
from lantian.apps.monitoring.models import MeterKey

router = Router()


class MeterKeyNotGood(SenderKeyRefused):
    """The key is wrong, revoked or over."""

    message = _("A valid key of a sender is needed: X-Meter-Key: ltm_… It may be wrong, revoked or over.")


class MeterKeyAuth(SenderKeyAuth):
    """``X-Meter-Key: ltm_…``."""

    param_name = "X-Meter-Key"
    model = MeterKey
    mark = MARK
    refused: type[CoreError] = MeterKeyNotGood


class ReadingIn(Schema):
    """One reading: exactly one of kw, kwh and register_kwh, each a number or a text of one."""

    meter: str = Field(description="Number of the meter.")
    start: str | None = Field(
        None, description="Beginning of the period, 2026-03-01T15:00:00+08:00; absent for a counter."
    )
    end: str = Field(description="End of the period, or the moment of a counter.")
    kw: float | str | None = Field(None, description="Mean active power of the period [kW]")
    kwh: float | str | None = Field(None, description="Energy of the period [kWh]")
    register_kwh: float | str | None = Field(None, description="Counter as the meter shows it [kWh]")


class ReadingsIn(Schema):
    """A message with readings."""

    delivery: str = Field(description="Your own name for this content; sent again, it is answered as before.")
    rows: list[ReadingIn] = Field(description="1 to 5000 rows; a message of at most 2 MB.")


class ReadingOut(Schema):
    """What became of a row: new, corrected, same or held."""

    row: int
    result: str
    reason: str = ""
    message: str = ""


class ReadingsOut(Schema):
    """What became of a message."""

    delivery: str
    repeated: bool
    results: dict[str, int]
    counters: dict[str, int]
    rows: list[ReadingOut]


@router.post(
    "",
    response={200: ReadingsOut, 401: ErrorOut, 409: ErrorOut, 413: ErrorOut, 422: ErrorOut, 429: ErrorOut, 503: ErrorOut},
    auth=MeterKeyAuth(),
    summary="Send readings of meters",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": ReadingsIn.model_json_schema(ref_template="#/components/schemas/{model}")}
            },
        }
    },
)  # fmt: skip
def receive_readings(request: HttpRequest) -> dict[str, Any]:
    """Take readings of meters in, each row answered; the same delivery sent again changes nothing."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > messages.MOST_BYTES:
        raise TooLarge
    sent = push.read_message(request.body)
    key: MeterKey = request.auth  # type: ignore[attr-defined]
    return push.ReceiveReadings(key, sent, ip=client_ip(request), now=timezone.now()).execute()
