"""Secrets that must be read again: sealed with AES-256-GCM under a key that is derived from the secret of the office.

A sealed text names the key it was made with, so that the secret of the office can be exchanged: the former ones stand in
``SECRET_KEY_FALLBACKS``, open what they have sealed, and seal nothing any more. What a text is for is bound into it: put
into another row it does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError

_FORM = "1"
_NONCE = 12


class Unsealable(CoreError):
    """A sealed text was made with a secret that is not there any more, or was altered."""

    code = "unsealable"
    status = 409
    message = _(
        "A stored secret cannot be opened: the secret key of the office is another one. Bring the former key back, or"
        " enter the secret anew."
    )


@lru_cache(maxsize=16)
def _key(secret: str) -> tuple[str, bytes]:
    derived = HKDF(hashes.SHA256(), 32, None, b"lantian sealing 1").derive(secret.encode())
    return hashlib.sha256(derived).hexdigest()[:8], derived


def seal(secret: str, purpose: str) -> str:
    """Seal a text.

    Parameters
    ----------
    secret
        What nobody may read.
    purpose
        What it is for and whose it is; the same is needed to open it.
    """
    name, key = _key(settings.SECRET_KEY)
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, secret.encode(), purpose.encode())
    return f"{_FORM}.{name}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, purpose: str) -> str:
    """Open a sealed text.

    Raises
    ------
    Unsealable
        The key is not there any more, the text was altered, or it was sealed for something else.
    """
    form, _dot, rest = sealed.partition(".")
    name, _dot, text = rest.partition(".")
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        known, key = _key(secret)
        if form != _FORM or known != name:
            continue
        try:
            given = base64.urlsafe_b64decode(text.encode())
            return AESGCM(key).decrypt(given[:_NONCE], given[_NONCE:], purpose.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            break
    raise Unsealable


def is_current(sealed: str) -> bool:
    """Whether a text is sealed with the key of today."""
    return sealed.startswith(f"{_FORM}.{_key(settings.SECRET_KEY)[0]}.")
