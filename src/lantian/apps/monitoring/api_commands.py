"""The web API of commands to devices: which there are, ask, see what came back, take back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema, Status

from lantian.apps.core.api_base import Paging, Results, actor_of, need, one, paged, rows
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.monitoring.access import DEVICE_COMMAND
from lantian.apps.monitoring.actions.commands import KEPT_HOURS, CancelCommand, SendCommand
from lantian.apps.monitoring.choices_devices import CommandState
from lantian.apps.monitoring.command_words import answers_of, command_words, offered_commands, outcome_words
from lantian.apps.monitoring.models import Device, DeviceCommand

router = Router()

#: a command waits at most so long for its device [h]
MOST_HOURS = 168
#: what a text of a request may hold: a database need not take NUL
_NUMBER, _TEXT, _CODE = r"^[^\x00-\x20]*$", r"^[^\x00]*$", r"^[0-9]*$"


class KindFieldOut(Schema):
    """A field of a command, and what it takes."""

    name: str
    kind: str
    needed: bool
    least: int | None = None
    most: int | None = None
    unit: str = ""
    choices: list[str] = []


class KindOut(Schema):
    """A command that may be sent."""

    cn: str
    name: str
    needs_reason: bool
    versions: list[str] = Field(description="Editions whose layout of it is known; empty for all.")
    fields: list[KindFieldOut]


class ParameterOut(Schema):
    """A field as it goes into the frame; ``now`` and ``sealed`` stand for what is filled in when it is sent."""

    name: str
    value: str


class AnswerOut(Schema):
    """What came back, or was done."""

    at: datetime | None
    state: str
    code: str
    words: str
    fields: dict[str, str]


class CommandOut(Schema):
    """A command and where it stands."""

    id: int
    device: int
    mn: str
    cn: str
    name: str
    parameters: list[ParameterOut]
    state: str
    state_words: str
    over: bool
    outcome: str
    outcome_words: str
    attempts: int
    answers: list[AnswerOut]
    asked_by: str
    created_at: datetime
    until: datetime
    sent_at: datetime | None
    ended_at: datetime | None


class CommandQuery(Paging):
    """Filters."""

    device: int | None = Field(None, description="key of a device")
    mn: str = Field("", max_length=40, pattern=_NUMBER, description="number of a device")
    cn: str = Field("", max_length=4, pattern=_CODE)
    state: str = Field("", max_length=9, description="queued, sent, accepted, done, failed, timed_out or cancelled")


class CommandIn(Schema):
    """A command. Say which device by its number or its key."""

    mn: str = Field("", max_length=40, pattern=_NUMBER)
    device: int | None = None
    cn: str = Field(max_length=4)
    fields: dict[str, str] = Field({}, description="names as in the frame; times as YYYYMMDDhhmmss in official time")
    reason: str = Field("", max_length=500, pattern=_TEXT, description="needed where the command does something at the station")
    keep_hours: int = Field(KEPT_HOURS, ge=1, le=MOST_HOURS, description="it waits so long for the device to connect [h]")


class CancelIn(Schema):
    """Why it is taken back."""

    reason: str = Field("", max_length=500, pattern=_TEXT)


def _told(row: DeviceCommand) -> dict[str, Any]:
    return {
        "id": row.pk,
        "device": row.device_id,
        "mn": row.device.mn,
        "cn": row.cn,
        "name": command_words(row.cn),
        "parameters": [{"name": str(key), "value": str(value)} for key, value in row.parameters],
        "state": row.state,
        "state_words": row.get_state_display(),
        "over": row.is_over,
        "outcome": row.outcome,
        "outcome_words": outcome_words(row.outcome),
        "attempts": row.attempts,
        "answers": answers_of(row),
        "asked_by": row.asker,
        "created_at": row.created_at,
        "until": row.until,
        "sent_at": row.sent_at,
        "ended_at": row.ended_at,
    }


@router.get("", response=Results[CommandOut], summary=_("Commands to devices"))
def commands(request: HttpRequest, query: Query[CommandQuery]) -> dict[str, Any]:
    """Needs ``monitoring.device.command``; the newest first."""
    found = rows(request, DeviceCommand.objects.select_related("device"), DEVICE_COMMAND)
    if query.device is not None:
        found = found.filter(device=query.device)
    if query.mn:
        found = found.filter(device__mn=query.mn)
    if query.cn:
        found = found.filter(cn=query.cn)
    if query.state:
        if query.state not in CommandState.values:
            raise Invalid(fields={"state": ", ".join(CommandState.values)})
        found = found.filter(state=query.state)
    part = paged(found, query)
    return {**part, "items": [_told(row) for row in part["items"]]}


@router.get("/kinds", response=list[KindOut], summary=_("Commands that may be sent"))
def kinds(request: HttpRequest, version: str = Query("", max_length=4)) -> list[dict[str, Any]]:
    """Needs ``monitoring.device.command``. With ``version`` (2005, 2017, 2025) those of an edition."""
    need(request, DEVICE_COMMAND)
    return [
        {
            "cn": found.cn,
            "name": found.name if (get_language() or "zh").startswith("zh") else found.english,
            "needs_reason": found.confirm,
            "versions": list(found.versions),
            "fields": [
                {
                    "name": field.key,
                    "kind": field.kind,
                    "needed": not field.optional,
                    "least": field.least if field.kind == "whole" else None,
                    "most": field.most if field.kind == "whole" else None,
                    "unit": field.unit,
                    "choices": list(field.choices),
                }
                for field in found.fields_of(version)
                if field.kind != "now"
            ],
        }
        for found in offered_commands(version).values()
    ]


@router.get("/{int:key}", response=CommandOut, summary=_("A command to a device"))
def command(request: HttpRequest, key: int) -> dict[str, Any]:
    """Needs ``monitoring.device.command``. Ask again until ``over``."""
    return _told(one(request, DeviceCommand.objects.select_related("device"), DEVICE_COMMAND, key))


@router.post("", response={201: CommandOut}, summary=_("Send a command to a device"))
def send(request: HttpRequest, body: CommandIn) -> Any:
    """Needs ``monitoring.device.command``. It waits for the device; the answer says where it stands."""
    found = rows(request, Device.objects.all(), DEVICE_COMMAND)
    if (body.device is None) == (not body.mn):
        raise Invalid(fields={"device": "device / mn"})
    device = (found.filter(pk=body.device) if body.device is not None else found.filter(mn=body.mn)).first()
    if device is None:
        raise NotFound
    row = SendCommand(
        actor_of(request), device, body.cn, body.fields, keep_hours=body.keep_hours, reason=body.reason
    ).execute()
    return Status(201, _told(row))


@router.post("/{int:key}/cancel", response=CommandOut, summary=_("Take a command back"))
def cancel(request: HttpRequest, key: int, body: CancelIn) -> dict[str, Any]:
    """Needs ``monitoring.device.command``; only before it was sent."""
    row = one(request, DeviceCommand.objects.select_related("device"), DEVICE_COMMAND, key)
    return _told(CancelCommand(actor_of(request), row, reason=body.reason).execute())
