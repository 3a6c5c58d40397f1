"""What the gateway lends to the pages of source monitoring: packets that were refused, the reader of packets, and words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.gateway_pages import Refused, Rejected, Rejects, Replayed, lend

#: stable words of the gateway and the reader → what they mean
WORDS: dict[str, Any] = {
    "bad_length": _("No four figures of the length behind “##”"),
    "too_long": _("Longer than the receiver takes"),
    "length_mismatch": _("The length is not that of the packet"),
    "crc_missing": _("Ends without a check"),
    "crc_mismatch": _("The check (CRC) is wrong"),
    "incomplete": _("Ends before its length"),
    "encrypted": _("Content in cipher, no key"),
    "bad_structure": _("Neither MN nor CN can be read"),
    "unknown_mn": _("The device is not in the register"),
    "parked": _("Waits until the device is approved"),
    "station_refused": _("The device is suspended or out of use"),
    "wrong_address": _("Comes from an address that is not allowed"),
    "wrong_password": _("The password (PW) is wrong"),
    "wrong_st": _("The system code (ST) is not that of the register"),
    "cut_off_flood": _("Cut off: too many packets at once"),
    "cut_off_garbage": _("Cut off: bytes that are no packets"),
    "cut_off_slow": _("Cut off: a packet that did not end"),
    "cut_off_nothing_right": _("Cut off: nothing right among many packets"),
    "cut_off_takes_no_answers": _("Cut off: answers were not taken"),
    "cut_off_unknown_mn": _("Cut off: the device is not in the register"),
    "cut_off_station_refused": _("Cut off: the device is suspended or out of use"),
    "cut_off_wrong_address": _("Cut off: from an address that is not allowed"),
    "parked_full": _("Too many packets of unknown devices wait already"),
    "cut_off_idle": _("Cut off: silent for too long"),
    "cut_off_silent": _("Cut off: no packet after connecting"),
    "cut_off_too_many_connections": _("Cut off: too many connections"),
    "cut_off_too_many_of_address": _("Cut off: too many connections from one address"),
    "other_check": _("Another check, which the register allows"),
    "wrong_length": _("A wrong length, which the register allows"),
    "other_version": _("Another edition than that of the register"),
    "deciphered": _("Content in cipher, read with the key"),
    "missing_crlf": _("No CR LF at the end"),
    "over_1024": _("Longer than the 1,024 bytes of the standard"),
    "lower_case_crc": _("Check written in small letters"),
    "not_utf8": _("Text in GB 18030"),
    "undecodable": _("Text in no known encoding"),
    "repeated_value": _("A value said twice"),
    "repeated_field": _("A field said twice"),
    "bad_item": _("An item without “=”"),
    "bad_time": _("DataTime is no moment"),
}
#: hints of the quarantine → what to do
HINTS: dict[str, Any] = {
    "modbus": _("The check is right by Modbus: set so in the register."),
    "modbus_swapped": _("The check is right by Modbus with its halves exchanged: set so in the register."),
    "no_check_of_hj212": _("No computation of HJ 212 can give this check."),
    "lenient_length": _("The check is right over what stands there: allow a wrong length in the register."),
    "no_mn": _("There is no MN."),
    "no_cn": _("There is no CN."),
}
#: rows that are counted by their reasons at most, so that a flood does not hold up the page
_COUNTED = 200_000
_KEPT = timedelta(days=30)


def words(code: str) -> str:
    """What an error or a warning means; the code itself where nobody says."""
    return str(WORDS.get(code, code))


def landing_file() -> Path:
    """The landing file of the gateway of this office."""
    from lantian.integrations.hj212.running import LANDING

    return Path(settings.DATA) / "gateway" / LANDING


def rejects(error: str, mn: str, offset: int, count: int) -> Rejects:
    """A page of refused packets out of the landing file, the newest first, passwords masked."""
    from lantian.integrations.hj212.gate import masked

    path = landing_file()
    if not path.is_file():
        return Rejects()
    terms, given = ["received >= ?"], [int((datetime.now(UTC) - _KEPT).timestamp() * 1_000_000)]
    chosen: list[Any] = list(given)
    if error:
        terms.append("error = ?")
        chosen.append(error)
    if mn:
        terms.append("instr(mn, ?) > 0")
        chosen.append(mn)
    where = " AND ".join(terms)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)) as db:
            rows = db.execute(
                f"SELECT id, received, peer, mn, error, hint, raw FROM quarantine WHERE {where}"
                " ORDER BY received DESC, id DESC LIMIT ? OFFSET ?",
                (*chosen, count, offset),
            ).fetchall()
            total = db.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM quarantine WHERE {where} LIMIT ?)",
                (*chosen, _COUNTED),
            ).fetchone()[0]
            by_error = dict(
                db.execute(
                    "SELECT error, count(*) FROM (SELECT error FROM quarantine WHERE received >= ? LIMIT ?) GROUP BY error",
                    (*given, _COUNTED),
                ).fetchall()
            )
    except sqlite3.Error:
        return Rejects(readable=False)
    return Rejects(
        [
            Rejected(
                row[0], _moment(row[1]), row[2], row[3], row[4],
                str(HINTS.get(row[5], row[5])), masked(bytes(row[6])), len(row[6]),
            )
            for row in rows
        ],
        total,
        by_error,
    )  # fmt: skip


def refused(since: datetime) -> list[Refused]:
    """What was refused of each device since a moment, by reason; packets that wait for the approval of a device are not."""
    from lantian.integrations.hj212.landing import PARKED

    path = landing_file()
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)) as db:
            rows = db.execute(
                "SELECT mn, error, count(*), min(received), max(received), max(peer) FROM"
                " (SELECT mn, error, received, peer FROM quarantine WHERE received >= ? ORDER BY received LIMIT ?)"
                " WHERE mn != '' AND error != ? GROUP BY mn, error",
                (int(since.timestamp() * 1_000_000), _COUNTED, PARKED),
            ).fetchall()
    except sqlite3.Error:
        return []
    return [Refused(mn, error, count, _moment(first), _moment(last), peer) for mn, error, count, first, last, peer in rows]


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def decode(packet: bytes) -> list[dict[str, Any]]:
    """What the reader says of each packet in some bytes."""
    from lantian.integrations.hj212.decoding import decode as told
    from lantian.integrations.hj212.framing import frames

    return [told(frame) for frame, _number in zip(frames(iter([packet])), range(50), strict=False)]


def replay(number: int) -> Replayed | None:
    """A refused packet, read and judged by the register as it stands now; nothing is stored, passwords are masked."""
    from lantian.apps.monitoring import gateway_ports as ports
    from lantian.integrations.hj212 import gate
    from lantian.integrations.hj212.framing import Framer
    from lantian.integrations.hj212.landing import PARKED
    from lantian.integrations.hj212.ledger import registration_of
    from lantian.integrations.hj212.registrations import InMemory

    path = landing_file()
    if not path.is_file() or not 0 < number < 1 << 63:
        return None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)) as db:
            row = db.execute(
                "SELECT id, received, peer, mn, error, hint, raw FROM quarantine WHERE id = ?", (number,)
            ).fetchone()
    except sqlite3.Error:
        return None
    if row is None:
        return None
    raw = bytes(row[6])
    packet = Rejected(
        row[0], _moment(row[1]), row[2], row[3], row[4], str(HINTS.get(row[5], row[5])), gate.masked(raw), len(raw)
    )  # fmt: skip
    read = decode(raw)
    framer = Framer()
    frames = framer.feed(raw) or framer.flush()
    if not frames:
        return Replayed(packet, read, False, row[4])
    known = [registration_of(one) for one in ports.registrations([row[3]]).values()]
    found = gate.judge(frames[0], row[2], InMemory(known), row[1], park=True)
    if found.reject is None:
        return Replayed(packet, read, True)
    error, hint = found.reject.error, found.reject.hint
    if error == PARKED and not known:
        error = "unknown_mn"
    return Replayed(packet, read, False, error, str(HINTS.get(hint, hint)))


def register() -> None:
    """Lend it."""
    from lantian.integrations.hj212.masking import masked

    lend(rejects=rejects, refused=refused, decode=decode, words=words, replay=replay, mask=masked)
