"""Commands that a host may send to a station: their fields, and whether values fit.

References
----------
HJ 212-2017, table 5 and annex C; of HJ 212-2025 what its examples C41, C61 and C62 show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

#: as times stand in frames
TIME = "%Y%m%d%H%M%S"
#: stands for a new password wherever its command is kept: the password itself is sealed elsewhere
SEALED = "sealed"


class CommandRefused(ValueError):
    """A value does not fit.

    Attributes
    ----------
    key
        The field; empty where the command itself does not fit.
    message_id, params
        Why, as a message id with what stands in it.
    """

    def __init__(self, key: str, message_id: str, **params: Any) -> None:
        super().__init__(message_id % params)
        self.key, self.message_id, self.params = key, message_id, params


def _(text: str) -> str:
    """Mark a message id."""
    return text


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a command.

    Attributes
    ----------
    kind
        ``factor``, ``whole``, ``choice``, ``time``, ``clock``, ``info``, ``parameter`` (the text of the parameter that
        ``InfoId`` names), ``secret`` (a new password) or ``now`` (filled in when it is sent).
    labels
        Of the choices, in Chinese and in English; empty where they are their own.
    versions
        Editions that have it; all if empty.
    """

    key: str
    kind: str
    optional: bool = False
    least: int = 0
    most: int = 0
    unit: str = ""
    choices: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    versions: tuple[str, ...] = ()

    def in_version(self, version: str) -> bool:
        """Whether an edition has it; one that is not known (empty) does."""
        return not version or not self.versions or version in self.versions


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes
    ----------
    form
        ``read`` (accepted, data, result), ``set`` (accepted, result) or ``notice`` (one answer).
    history
        Whether it asks for data of a period.
    confirm
        Whether it does something at the station.
    versions
        Editions whose layout of it is known; all if empty.
    """

    cn: str
    name: str
    english: str
    form: str
    fields: tuple[Field, ...]
    history: bool = False
    confirm: bool = False
    versions: tuple[str, ...] = ()

    @property
    def carries_secret(self) -> bool:
        """Whether it carries a new password."""
        return any(one.kind == "secret" for one in self.fields)

    def in_version(self, version: str) -> bool:
        """Whether it is known for an edition; for one that is not known (empty) it is."""
        return not version or not self.versions or version in self.versions

    def fields_of(self, version: str) -> tuple[Field, ...]:
        """What it has in an edition."""
        return tuple(one for one in self.fields if one.in_version(version))


@cache
def _book() -> dict[str, Any]:
    text = resources.files("lantian.rules.books").joinpath("hj212", "commands.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def commands() -> dict[str, Command]:
    """All commands by their codes."""
    found = {}
    for row in _book()["commands"]:
        fields = tuple(
            Field(
                one["key"],
                one["kind"],
                bool(one.get("optional")),
                int(one.get("least", 0)),
                int(one.get("most", 0)),
                one.get("unit", ""),
                tuple(one.get("choices", ())),
                tuple((pair[0], pair[1]) for pair in one.get("labels", ())),
                tuple(one.get("versions", ())),
            )
            for one in row["fields"]
        )
        found[row["cn"]] = Command(
            row["cn"],
            row["name"],
            row["english"],
            row["form"],
            fields,
            bool(row.get("history")),
            bool(row.get("confirm")),
            tuple(row.get("versions", ())),
        )
    return found


def checked(cn: str, given: Mapping[str, str], *, version: str = "", most_days: int = 31) -> list[tuple[str, str]]:
    """The fields of a command as they go into its frame; ``now`` stands for the moment of sending, ``sealed`` for a password.

    Parameters
    ----------
    given
        Field → text; times as ``YYYYMMDDhhmmss`` in official time.
    version
        Edition that the station speaks; empty where that is not known.
    most_days
        The longest period that is asked for at once [d].

    Raises
    ------
    CommandRefused
        The first value that does not fit.
    """
    command = commands().get(cn)
    if command is None:
        raise CommandRefused("", _("There is no command %(cn)s."), cn=cn)
    if not command.in_version(version):
        raise CommandRefused(
            "", _("The layout of command %(cn)s is known for %(versions)s only; the device speaks %(version)s."),
            cn=cn, versions="、".join(command.versions), version=version,
        )  # fmt: skip
    found: list[tuple[str, str]] = []
    fields = command.fields_of(version)
    for field in fields:
        if field.kind == "now":
            found.append((field.key, "now"))
            continue
        text = str(given.get(field.key, "") or "").strip()
        if not text:
            if field.optional:
                continue
            raise CommandRefused(field.key, _("The command needs this. Fill it in."))
        found.append((field.key, _value(field, text)))
    unknown = set(given) - {field.key for field in fields}
    if unknown:
        raise CommandRefused("", _("The command has no field %(name)s."), name="、".join(sorted(unknown))[:80])
    values = dict(found)
    if "Info" in values:
        # The parameter's number is part of the name under which its text goes into the frame.
        name = f"{values['InfoId']}-Info"
        found = [(name if key == "Info" else key, text) for key, text in found if key != "InfoId"]
    begin, end = values.get("BeginTime"), values.get("EndTime")
    if begin and end:
        length = datetime.strptime(end, TIME) - datetime.strptime(begin, TIME)
        if length.total_seconds() < 0:
            raise CommandRefused("EndTime", _("The end lies before the beginning."))
        if length.days >= most_days:
            raise CommandRefused(
                "EndTime", _("Ask for at most %(days)s days at once; a station answers one frame after the other."),
                days=most_days,
            )  # fmt: skip
    elif begin or end:
        raise CommandRefused("EndTime" if begin else "BeginTime", _("Give beginning and end, or neither."))
    return found


def _value(field: Field, text: str) -> str:
    if field.kind == "whole":
        number = int(text) if re.fullmatch(r"\d{1,6}", text) else -1
        if not field.least <= number <= field.most:
            raise CommandRefused(
                field.key, _("Give a whole number from %(least)s to %(most)s."), least=field.least, most=field.most
            )
        return str(number)
    if field.kind == "choice":
        if text not in field.choices:
            raise CommandRefused(field.key, _("Choose one of %(choices)s."), choices="、".join(field.choices))
        return text
    if field.kind == "time":
        try:
            moment = datetime.strptime(text, TIME) if re.fullmatch(r"\d{14}", text) else None
        except ValueError:
            moment = None
        if moment is None or moment.year < 2000:
            raise CommandRefused(field.key, _("Write the time as year, month, day, hour, minute and second."))
        return text
    if field.kind == "clock":
        try:
            datetime.strptime(text, "%H%M%S")
        except ValueError:
            raise CommandRefused(field.key, _("Write the time of day as six figures, such as 080000.")) from None
        return text
    if field.kind == "secret":
        # Never told what was given, not even in part.
        if not re.fullmatch(r"[0-9A-Za-z]{6}", text):
            raise CommandRefused(field.key, _("A password in a frame has six letters or figures."))
        return SEALED
    if field.kind == "parameter":
        if not re.fullmatch(r"[0-9A-Za-z.+-]{1,20}", text):
            raise CommandRefused(field.key, _("Write letters, figures, points and signs only, 20 at most."))
        return text
    # Codes of factors and of information: what a frame could take for the end of a field may not stand in them.
    if not re.fullmatch(r"[A-Za-z0-9_]{1,20}", text):
        raise CommandRefused(field.key, _("Write a code of letters and figures."))
    return text


def result_words(field: str, code: str, language: str = "zh") -> str:
    """A result code of an answer (``QnRtn``, ``ExeRtn``) in words; the code itself where the texts have none."""
    words = _book()["results"].get(field, {}).get(code)
    return code if words is None else str(words[0 if language.startswith("zh") else 1])


def flag_words(flag: str, language: str = "zh") -> str:
    """The mark of a value in words; the mark itself where the texts have none."""
    words = _book()["flags"].get(flag)
    return flag if words is None else str(words[0 if language.startswith("zh") else 1])


def known_flags() -> tuple[str, ...]:
    """The marks that the texts define."""
    return tuple(_book()["flags"])
