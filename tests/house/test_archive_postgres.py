"""Backup and restore of an office whose ledger is on a PostgreSQL server."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from lantian.cli import archive
from lantian.web import conf
from tests.databases import TEMPLATE
from tests.house.conftest import environment, lantian
from tests.house.test_archive import english, rewrite

__all__ = ["english"]
pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("english")]


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database of one's own, which the functions of this process also use."""
    server = os.environ["LANTIAN_TEST_POSTGRES"]
    name = f"lantian_house_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    monkeypatch.setenv("LANTIAN_DATABASE_URL", address)
    yield address
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def office(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "place" / "office"
    monkeypatch.setenv("LANTIAN_DATA", str(data))
    if template := os.environ.get(TEMPLATE):
        name = urlsplit(url).path.removeprefix("/")
        with psycopg.connect(os.environ["LANTIAN_TEST_POSTGRES"], autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name}")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    else:
        done = lantian(data, "manage", "migrate", "--verbosity=0", LANTIAN_DATABASE_URL=url)
        assert 0 == done.returncode, done.stderr
    (data / "files").mkdir(parents=True)
    conf.secret_key(data)  # which a start makes, and a copied database has not
    (data / "files" / "x").write_text("photo")
    return data


def query(url: str, text: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(text)
        return cursor.fetchall() if cursor.description else []


def test_what_was_stored_comes_back_and_what_was_there_is_kept(url: str, office: Path, tmp_path: Path) -> None:
    query(url, "CREATE TABLE note (text text)")
    query(url, "INSERT INTO note VALUES ('before')")
    query(url, "INSERT INTO django_session VALUES ('k', 'data', '2099-01-01')")
    roles = query(url, "SELECT code FROM core_role ORDER BY code")
    made = lantian(office, "backup", str(tmp_path / "a.tar.gz"), LANTIAN_DATABASE_URL=url)
    assert 0 == made.returncode, made.stderr
    query(url, "INSERT INTO note VALUES ('after')")
    query(url, "CREATE TABLE added_later (n int)")

    with archive.opened(tmp_path / "a.tar.gz", office) as found:
        kept = found.put_in_place()

    assert [("before",)] == query(url, "SELECT text FROM note")
    assert [(None,)] == query(url, "SELECT to_regclass('public.added_later')::text")
    assert [(0,)] == query(url, "SELECT count(*) FROM django_session")
    assert roles == query(url, "SELECT code FROM core_role ORDER BY code")
    assert "photo" == (office / "files" / "x").read_text()
    schema = kept.rsplit("schema ", 1)[1].split()[0]
    assert [("before",), ("after",)] == query(url, f"SELECT text FROM {schema}.note")
    # The restored ledger is one that the site can work with and change further.
    checked = lantian(office, "manage", "migrate", "--check", LANTIAN_DATABASE_URL=url)
    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_a_dump_that_cannot_be_loaded_leaves_everything_as_it_was(url: str, office: Path, tmp_path: Path) -> None:
    import hashlib

    query(url, "CREATE TABLE note (text text)")
    query(url, "INSERT INTO note VALUES ('here')")
    good = archive.backup(office, tmp_path / "a.tar.gz").path
    broken = b"PGDMP no dump"

    def manifest(found: dict[str, Any]) -> None:
        found["files"][archive.POSTGRES_MEMBER] = {"size": len(broken), "sha256": hashlib.sha256(broken).hexdigest()}

    def members(found: list[Any]) -> None:
        found[1][0].size = len(broken)
        found[1] = (found[1][0], broken)

    bad = rewrite(good, tmp_path / "bad.tar.gz", manifest, members)

    with pytest.raises(archive.ArchiveError, match="pg_restore failed"), archive.opened(bad, office) as found:
        found.put_in_place()

    assert [("here",)] == query(url, "SELECT text FROM note")
    assert [] == query(url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore%'")
    assert "photo" == (office / "files" / "x").read_text()


def test_a_backup_of_sqlite_does_not_go_into_postgresql(url: str, office: Path, migrated: Path, tmp_path: Path) -> None:
    made = lantian(migrated, "backup", str(tmp_path / "a.tar.gz"))
    assert 0 == made.returncode, made.stderr

    with pytest.raises(archive.ArchiveError, match="holds a sqlite database; this house uses postgresql"):
        with archive.opened(tmp_path / "a.tar.gz", office):
            pass


def test_a_wrong_password_is_not_shown(office: Path, tmp_path: Path) -> None:
    done = lantian(office, "backup", str(tmp_path / "a.tar.gz"), LANTIAN_DATABASE_URL="postgresql://a:secretword@127.0.0.1:1/b")

    assert 1 == done.returncode
    assert "pg_dump failed" in done.stderr
    assert "secretword" not in done.stdout + done.stderr
    assert environment(office)["LANTIAN_DATA"] == str(office)


def test_an_office_moves_from_sqlite_to_postgresql_with_its_log_whole(url: str, migrated: Path, tmp_path: Path) -> None:
    """The commands of docs/how-to/postgresql.md."""
    data = tmp_path / "office"
    shutil.copytree(migrated, data)
    answers = ["晴川市", "2", "", "晴川市攻坚办", "张三", "zhangsan", "Qk7-blue-Sky-42x", "Qk7-blue-Sky-42x", "n", "李四", "lisi", "n"]
    made = subprocess.run(
        [sys.executable, "-m", "lantian.cli.main", "create-admin"],
        env=environment(data),
        input="\n".join(answers) + "\n",
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert 0 == made.returncode, made.stderr
    rows = str(tmp_path / "rows.xml")
    without_roles = "from lantian.apps.core.models import Role; Role.objects.all().delete()"
    verify = (
        "from lantian.apps.core import log; from lantian.apps.core.models import Grant, LogEntry;"
        "print('entries', LogEntry.objects.count(), 'broken', list(log.verify()),"
        " 'roles', sorted(Grant.objects.values_list('role__code', flat=True)))"
    )
    before = lantian(data, "manage", "shell", "-c", verify).stdout.strip().split("\n")[-1]

    steps = [
        lantian(data, "manage", "dumpdata", "--format", "xml", "-e", "contenttypes", "-e", "sessions", "-o", rows),
        lantian(data, "manage", "migrate", "--verbosity=0", LANTIAN_DATABASE_URL=url),
        lantian(data, "manage", "shell", "-c", without_roles, LANTIAN_DATABASE_URL=url),
        lantian(data, "manage", "loaddata", rows, LANTIAN_DATABASE_URL=url),
    ]

    assert [0, 0, 0, 0] == [step.returncode for step in steps], [step.stderr for step in steps]
    after = lantian(data, "manage", "shell", "-c", verify, LANTIAN_DATABASE_URL=url).stdout.strip().split("\n")[-1]
    assert "broken [] roles ['auditor', 'security_admin', 'system_admin']" in before
    assert before == after
