"""The token that opens the page on which the first administrator is made.

There is no default account. The first start prints an address with a random token; only a hash of it is kept, in the
data folder, for a limited time, and it opens nothing once an account exists.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path

from django.conf import settings

from lantian.apps.core.models import User

#: How long a token opens the page [s].
LIFETIME_SECONDS = 24 * 3600


def _path() -> Path:
    return Path(settings.DATA) / "setup-token.json"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_needed() -> bool:
    """Whether no account exists yet."""
    return not User.objects.exists()


def issue_token() -> str:
    """Make a token; one that was issued before stops working.

    Returns
    -------
    str
        The token, which is stored nowhere.
    """
    token = secrets.token_urlsafe(32)
    path = _path()
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump({"sha256": _digest(token), "expires": int(time.time()) + LIFETIME_SECONDS}, file)
    draft.replace(path)
    return token


def check_token(token: str) -> bool:
    """Whether a token opens the set-up page now: the one last issued, in its time, while no account exists."""
    try:
        stored = json.loads(_path().read_text(encoding="ascii"))
        digest, expires = str(stored["sha256"]), float(stored["expires"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    # Compared first and in constant time, so that the answer tells nothing about how near a guess was.
    fits = hmac.compare_digest(digest.encode(), _digest(token).encode())
    return fits and time.time() < expires and is_needed()


def forget_token() -> None:
    """Remove the token after the set-up."""
    _path().unlink(missing_ok=True)
