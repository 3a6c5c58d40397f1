"""The way from a gateway to the office it belongs to: named in its configuration, called in each of its processes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from lantian.integrations.hj212.errors import RegistryRefused
from lantian.integrations.hj212.running import Config, Seams


def seams(config: Config) -> Seams:
    """What the gateway takes from the ledger: who may send, commands that wait, the sink of newest values.

    Raises
    ------
    RegistryRefused
        If the ledger cannot be read at the start; later on, what was known holds.
    """
    # The caller may be the loop that receives, in which the ledger may not be asked.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_seams, config).result()


def _seams(config: Config) -> Seams:
    import django

    django.setup()
    from django.db import DatabaseError, connection

    from lantian.integrations.hj212.ledger import Keeper, LedgerCommands, LedgerLatest, LedgerRegistrations

    register = LedgerRegistrations()
    try:
        register.refresh()
    except DatabaseError as error:
        raise RegistryRefused(
            f"The register of devices cannot be read ({error}). Start the site once, or name a file with --registry."
        ) from None
    finally:
        connection.close()
    keeper = Keeper(register, Path(config.folder), time.monotonic)
    threading.Thread(target=partial(keeper.run, threading.Event()), name="ledger", daemon=True).start()
    return Seams(register, LedgerCommands(), LedgerLatest(lambda: register.ids))
