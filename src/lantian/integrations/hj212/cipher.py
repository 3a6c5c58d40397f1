"""Contents in cipher (HJ 212-2025, 6.4.2): SM4, electronic code book, blocks of sixteen, what is left over stays clear.

Encryption comes after the check and the packing, so that the check of a frame is that of its clear text, and the length
stays.
"""

from __future__ import annotations

from typing import Final

_OPEN: Final = b"CP=&&"
_BLOCK: Final = 16


def _parts(segment: bytes) -> tuple[bytes, bytes, bytes]:
    """Header, content and end: the content ends with the last two bytes, whatever it holds."""
    opened = segment.find(_OPEN)
    if opened < 0 or not segment.endswith(b"&&") or len(segment) < opened + len(_OPEN) + 2:
        return segment, b"", b""
    start = opened + len(_OPEN)
    return segment[:start], segment[start:-2], segment[-2:]


def _applied(segment: bytes, key: bytes, *, encrypt: bool) -> bytes:
    # Loaded when it is needed: most stations send clear.
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import SM4

    head, content, end = _parts(segment)
    whole = len(content) // _BLOCK * _BLOCK
    if not whole:
        return segment
    cipher = Cipher(SM4(key), modes.ECB())
    step = cipher.encryptor() if encrypt else cipher.decryptor()
    return head + step.update(content[:whole]) + step.finalize() + content[whole:] + end


def enciphered(segment: bytes, key: bytes) -> bytes:
    """A data segment with its content in cipher; one that has fewer than sixteen signs stays clear.

    Parameters
    ----------
    key
        Sixteen bytes.
    """
    return _applied(segment, key, encrypt=True)


def deciphered(segment: bytes, key: bytes) -> bytes:
    """A data segment with its content clear."""
    return _applied(segment, key, encrypt=False)
