"""Readings that a broker has handed over: many messages at once, so that the lake is written once for all of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lantian.apps.monitoring.choices_power import PowerDoor
from lantian.apps.monitoring.doors.power import messages, rejects, storing
from lantian.apps.monitoring.doors.power.storing import Judged
from lantian.apps.monitoring.models.power import METER_NUMBER
from lantian.rules.monitoring.errors import Message, Reason, _

#: of one message of a broker
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of messages."""

    messages: int
    stored: storing.Stored
    refused: int


def take(found: Sequence[tuple[str, bytes]], now: datetime) -> Taken:
    """Store the readings of messages, pairs of topic and payload; what cannot be read is kept with its reason.

    A payload is one reading, a list of them, or an object with ``rows``, as the API takes them. Where a row names no meter,
    the last part of the topic is its number.

    Raises
    ------
    StoreBusy
        The lake cannot be written now: nothing was taken.
    """
    by_topic: list[tuple[str, list[Judged]]] = [(topic, _items(topic, payload)) for topic, payload in found]
    every = [item for _topic, items in by_topic for item in items]
    known = storing.known_meters({item.number for item in every})
    judged = storing.judge(every, known, now)
    digest = hashlib.sha256()
    for topic, payload in found:
        digest.update(topic.encode("utf-8", "replace") + b"\0" + hashlib.sha256(payload).digest())
    done = storing.store(
        judged, known, door=PowerDoor.MQTT, batch=storing.batch_name("mqtt", digest.digest()), now=now, actor="mqtt"
    )
    refused = sum(
        rejects.keep(items, known, door=PowerDoor.MQTT, name=topic, now=now) for topic, items in by_topic
    )
    return Taken(len(found), done, refused)


def _items(topic: str, payload: bytes) -> list[Judged]:
    last = topic.rpartition("/")[2]
    meter = last if re.fullmatch(METER_NUMBER, last) else ""
    if len(payload) > MOST_BYTES:
        said = Message(_("a message takes at most %(limit)s kB"), limit=MOST_BYTES // 1024)
        return [_whole(meter, payload, "too_large", said)]
    try:
        given: Any = messages.parse(payload)
    except messages.NotJson:
        said = Message(_("the message is no JSON"))
        return [_whole(meter, payload, "form", said)]
    if isinstance(given, Mapping) and set(given) == {"rows"}:
        given = given["rows"]
    rows = given if isinstance(given, list) else [given]
    if len(rows) > messages.MOST_ROWS:
        said = Message(_("a message takes at most %(limit)s rows"), limit=messages.MOST_ROWS)
        return [_whole(meter, payload, "too_large", said)]
    return messages.rows_of(rows, meter)


def _whole(meter: str, payload: bytes, code: str, message: Message) -> Judged:
    text = payload[:500].decode("utf-8", "replace")
    return Judged(meter, None, reason=Reason(code, message), text=text)
