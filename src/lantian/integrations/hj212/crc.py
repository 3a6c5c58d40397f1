"""The check of HJ 212 (annex A), which is not that of Modbus.

A byte goes into the upper half of the register, whose lower half is thrown away; so only eight bits are carried from
byte to byte, and the step that carries them is linear and of order eight. Bytes that are a multiple of eight apart
therefore fold onto each other by exclusive or, and eight steps are left to do whatever the length.
"""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from operator import xor
from struct import unpack


def _row(value: int) -> int:
    for _bit in range(8):
        low = value & 1
        value >>= 1
        if low:
            value ^= 0xA001
    return value


#: what eight shifts make of a byte
TABLE: tuple[int, ...] = tuple(_row(value) for value in range(256))
_STEP = bytes(value >> 8 for value in TABLE)
#: 0 to 7 steps of a byte
_STEPS: tuple[bytes, ...] = tuple(
    accumulate(range(7), lambda done, _number: done.translate(_STEP), initial=bytes(range(256)))
)


def crc(segment: bytes) -> int:
    """The check of a data segment.

    Parameters
    ----------
    segment
        The bytes between the length and the check.

    Returns
    -------
    int
        Sixteen bits; written with four hexadecimal digits, the upper half first. Its lower half only ever takes eight
        values, so that one damaged segment in 256 passes.

    Examples
    --------
    >>> f"{crc(b''):04X}", f"{crc(b'123456789'):04X}"
    ('FFFF', '2F80')

    Notes
    -----
    HJ/T 212-2005 annex A, HJ 212-2017 annex A; the value printed there for the example of 2017 (1C08) is a slip, 1C80
    is what the printed procedure gives.
    """
    if not segment:
        return 0xFFFF
    # The register begins with ones, as if they were added to the first byte.
    padded = bytes(-len(segment) % 8) + bytes((segment[0] ^ 0xFF,)) + segment[1:]
    lanes = reduce(xor, unpack(f">{len(padded) // 8}Q", padded))
    found = 0
    for steps in _STEPS:
        found ^= steps[lanes & 0xFF]
        lanes >>= 8
    return TABLE[found]


# Other checks, which some loggers compute instead ------------------------------------------------------------------------


def _modbus_row(value: int) -> int:
    for _bit in range(8):
        value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


_MODBUS: tuple[int, ...] = tuple(_modbus_row(value) for value in range(256))


def modbus(segment: bytes) -> int:
    """The check of Modbus, which some loggers compute instead.

    >>> f"{modbus(b'123456789'):04X}"
    '4B37'
    """
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ _MODBUS[(register ^ byte) & 0xFF]
    return register


def modbus_swapped(segment: bytes) -> int:
    """The check of Modbus with its two halves exchanged.

    >>> f"{modbus_swapped(b'123456789'):04X}"
    '374B'
    """
    found = modbus(segment)
    return (found & 0xFF) << 8 | found >> 8


#: name of a way to compute the check → the way
WAYS = {"standard": crc, "modbus": modbus, "modbus_swapped": modbus_swapped}
