"""Commands to devices in words, for pages and the API."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices_devices import CommandState
from lantian.apps.monitoring.models import DeviceCommand
from lantian.rules.hj212.commands import SEALED, Command, commands, result_words

OUTCOMES = {
    "taken_back": _("taken back before it was sent"),
    "never_connected": _("the device did not connect in time"),
    "device_not_active": _("the device was suspended or taken out of use"),
    "unanswered": _("no answer after all repeats"),
    "command_refused": _("the gateway does not send this"),
    "refused": _("refused by the device"),
    "no_result": _("the device has accepted it, and told no result"),
    "set_by_hand": _("the password was entered by hand meanwhile"),
    "uses_new": _("the device uses the new password"),
    "uses_former": _("the device uses the former password"),
}
#: what stands for a value that is filled in later, or that nobody may read
_STANDS_FOR = {"now": _("moment of sending"), SEALED: _("under seal")}


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def command_words(cn: str) -> str:
    """A command with its code; the code alone where the texts have none."""
    known = commands().get(cn)
    return cn if known is None else f"{cn} {known.name if _chinese() else known.english}"


def outcome_words(outcome: str) -> str:
    """Why it ended as it did; the word itself where nobody says."""
    return str(OUTCOMES.get(outcome, outcome))


def parameter_words(value: str) -> str:
    """A value of a field, or what stands for it."""
    return str(_STANDS_FOR.get(value, value))


def offered_commands(version: str) -> dict[str, Command]:
    """Commands that are offered for devices of an edition: those that carry a password have a page of their own."""
    return {
        one.cn: one for one in commands().values() if one.in_version(version) and not one.carries_secret
    }


def answers_of(row: DeviceCommand) -> list[dict[str, Any]]:
    """What came back of a command, step by step, with its codes in words."""
    language = get_language() or "zh"
    found = []
    for one in row.answers:
        code, state = str(one.get("code") or ""), str(one.get("state") or "")
        field = "ExeRtn" if state in {CommandState.DONE, CommandState.FAILED} else "QnRtn"
        if one.get("refused"):
            # What a device refuses is told by the code of the request, not of the result.
            field = "QnRtn"
        found.append(
            {
                "at": parse_datetime(str(one.get("at") or "")),
                "state": state,
                "code": code,
                "words": result_words(field, code, language) if code else "",
                "fields": {str(key): str(value) for key, value in dict(one.get("fields") or {}).items()},
            }
        )
    return found
