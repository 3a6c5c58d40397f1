"""What rules say, kept as JSON with its places and told in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as __

from lantian.rules.monitoring.errors import Message, Reason


def message_json(message: Message) -> dict[str, Any]:
    """A sentence as JSON keeps it."""
    places = {
        name: message_json(value) if isinstance(value, Message) else value
        for name, value in message.params.items()
    }
    return {"id": message.message_id, "places": places}


def written(reason: Reason) -> dict[str, Any]:
    """A reason as JSON keeps it."""
    return {"code": reason.code, **message_json(reason.message)}


def told(kept: Any) -> str:
    """The sentence of a kept reason or message; empty where there is none."""
    if not isinstance(kept, Mapping) or "id" not in kept:
        return ""
    places = {
        name: told(value) if isinstance(value, Mapping) else value
        for name, value in (kept.get("places") or {}).items()
    }
    return __(str(kept["id"])) % places


def said(reason: Reason) -> str:
    """A reason in the language of whoever reads it."""
    return reason.text(__)


def message_of(kept: Mapping[str, Any]) -> Message:
    """A kept sentence as the rules made it."""
    places = {
        name: message_of(value) if isinstance(value, Mapping) else value
        for name, value in (kept.get("places") or {}).items()
    }
    return Message(str(kept["id"]), **places)


def reason_of(kept: Mapping[str, Any]) -> Reason:
    """A kept reason as the rules gave it."""
    return Reason(str(kept["code"]), message_of(kept))
