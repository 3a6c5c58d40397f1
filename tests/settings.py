"""The settings under test: the real ones, in a data folder that vanishes with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="lantian-test-")
_owner = os.getpid()


@atexit.register
def _remove() -> None:
    if os.getpid() == _owner:
        shutil.rmtree(_folder, ignore_errors=True)


os.environ["LANTIAN_DATA"] = _folder
# What an office has set says nothing about the code. Its ledger above all is never the database of a test: a server
# for tests is named by a variable of its own.
for _name in [name for name in os.environ if name.startswith("LANTIAN_")]:
    if not _name.startswith(("LANTIAN_TEST", "LANTIAN_REQUIRE", "LANTIAN_DATA")):
        del os.environ[_name]
os.environ.pop("LANTIAN_DATABASE_URL", None)
os.environ.pop("LANTIAN_DATABASE_URL_FILE", None)
if os.environ.get("LANTIAN_TEST_POSTGRES"):
    os.environ["LANTIAN_DATABASE_URL"] = os.environ["LANTIAN_TEST_POSTGRES"]

from lantian.web import translations  # noqa: E402
from lantian.web.settings import *  # noqa: E402, F403

translations.ensure()

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
HUEY = {**HUEY, "immediate": True, "immediate_use_memory": True}  # noqa: F405
# Files are found where they lie; names with hashes are tested with the real storage where it matters.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
# Argon2 is slow on purpose; tests of log-in use it by asking for it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]  # noqa: F405
DATA = Path(_folder)
# A database that was migrated once, of which each worker gets a copy; for SQLite see tests/databases.py.
if os.environ.get("LANTIAN_TEST_POSTGRES") and os.environ.get("LANTIAN_TEST_TEMPLATE"):
    DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ["LANTIAN_TEST_TEMPLATE"]}  # noqa: F405
