"""Backups: written while somebody writes, put back as a whole or not at all."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lantian.cli import archive
from lantian.cli.archive import ArchiveError
from lantian.cli.house import House

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages as they are written in the code."""
    monkeypatch.setattr(archive, "_", lambda text: text)


def ledger(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(data / "ledger.sqlite3", timeout=20)


def note(data: Path, text: str) -> None:
    with closing(ledger(data)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS house_note (text TEXT)")
        connection.execute("INSERT INTO house_note VALUES (?)", [text])
        connection.commit()


def notes(data: Path) -> list[str]:
    with closing(ledger(data)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM house_note ORDER BY rowid")]


def furnish(data: Path) -> None:
    """Add what an office has besides its ledger."""
    stored = data / "files" / "ab" / "cd" / "abcd"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"photo" * 1000)
    (data / "books").mkdir()
    (data / "books" / "本地规则.toml").write_text("a = 1\n", encoding="utf-8")
    (data / "logs").mkdir(exist_ok=True)
    (data / "logs" / "web.log").write_text("not kept")


def restore(file: Path, data: Path) -> str:
    with archive.opened(file, data) as found:
        return found.put_in_place()


def test_what_was_stored_comes_back_and_what_was_there_is_kept(office: Path, tmp_path: Path) -> None:
    furnish(office)
    note(office, "before")
    key = (office / "secret-key").read_text()
    done = archive.backup(office, tmp_path / "a.tar.gz")
    note(office, "after")
    (office / "secret-key").write_text("x" * 60)
    (office / "files" / "ab" / "cd" / "abcd").write_bytes(b"other")

    kept = restore(done.path, office)

    assert ["before"] == notes(office)
    assert key == (office / "secret-key").read_text()
    assert b"photo" * 1000 == (office / "files/ab/cd/abcd").read_bytes()
    assert "a = 1\n" == (office / "books" / "本地规则.toml").read_text(encoding="utf-8")
    assert not (office / "logs").exists()
    assert ["before", "after"] == notes(Path(kept))
    assert 0o700 == stat.S_IMODE(office.stat().st_mode)
    assert {"office", "office.lock", "office.restoring", Path(kept).name} == {p.name for p in office.parent.iterdir()}


def test_a_backup_is_readable_by_its_owner_only_and_leaves_nothing_else_behind(office: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()

    done = archive.backup(office, target / "a.tar.gz")

    assert 0o600 == stat.S_IMODE(done.path.stat().st_mode)
    assert ["a.tar.gz"] == [path.name for path in target.iterdir()]
    assert [] == list((office / "tmp").iterdir())
    assert (2, done.path.stat().st_size) == (done.files, done.size)


def test_a_backup_while_somebody_writes_holds_whole_transactions(office: Path, tmp_path: Path) -> None:
    with closing(ledger(office)) as connection:
        connection.execute("CREATE TABLE left_side (n INTEGER)")
        connection.execute("CREATE TABLE right_side (n INTEGER, filler TEXT)")
        connection.commit()
    end, written = threading.Event(), [0]

    def write() -> None:
        with closing(ledger(office)) as connection:
            while not end.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO left_side VALUES (?)", [written[0]])
                connection.execute("INSERT INTO right_side VALUES (?, ?)", [written[0], "x" * 5000])
                connection.commit()
                written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while written[0] < 50:
            pass
        made = []
        for number in range(3):
            before = written[0]
            made.append((before, archive.backup(office, tmp_path / f"{number}.tar.gz")))
        went_on = written[0]
    finally:
        end.set()
        writer.join()

    assert went_on > 50, "the backups held up the writer"
    for before, done in made:
        restore(done.path, office)
        with closing(ledger(office)) as connection:
            left = connection.execute("SELECT count(*), max(n) FROM left_side").fetchone()
            right = connection.execute("SELECT count(*), max(n) FROM right_side").fetchone()
            assert "ok" == connection.execute("PRAGMA integrity_check").fetchone()[0]
        assert left == right == (left[0], left[0] - 1)
        assert before <= left[0] <= written[0]


def test_nobody_is_logged_in_after_a_restore(office: Path, tmp_path: Path) -> None:
    with closing(ledger(office)) as connection:
        connection.execute("INSERT INTO django_session VALUES ('k', 'data', '2099-01-01')")
        connection.commit()
    done = archive.backup(office, tmp_path / "a.tar.gz")

    restore(done.path, office)

    with closing(ledger(office)) as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM django_session").fetchone()


def test_a_restore_into_a_place_where_nothing_is(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(office, "moved")
    done = archive.backup(office, tmp_path / "a.tar.gz")
    fresh = tmp_path / "another machine" / "office"
    monkeypatch.setenv("LANTIAN_DATA", str(fresh))

    assert "" == restore(done.path, fresh)

    assert ["moved"] == notes(fresh)


def test_a_file_that_is_there_is_replaced_only_when_asked(office: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.tar.gz"
    target.write_bytes(b"precious")

    with pytest.raises(ArchiveError, match="is there already"):
        archive.backup(office, target)
    assert b"precious" == target.read_bytes()

    archive.backup(office, target, replace=True)
    assert target.read_bytes().startswith(b"\x1f\x8b")


def test_a_folder_that_is_no_data_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path))
    monkeypatch.delenv("LANTIAN_DATABASE_URL", raising=False)

    with pytest.raises(ArchiveError, match="not a data folder"):
        archive.backup(tmp_path, tmp_path / "a.tar.gz")

    assert [] == [path.name for path in tmp_path.iterdir()]


# Files that are not what they should be ---------------------------------------------------------------------------------


def rewrite(
    source: Path,
    target: Path,
    manifest: Callable[[dict[str, Any]], None] = lambda _found: None,
    members: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None] = lambda _found: None,
) -> Path:
    """Write a backup anew with something changed."""
    with tarfile.open(source) as tar:
        found = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    listed = json.loads(found[0][1])
    manifest(listed)
    content = json.dumps(listed).encode()
    found[0][0].size = len(content)
    found[0] = (found[0][0], content)
    members(found)
    with tarfile.open(target, "w:gz") as tar:
        for member, data in found:
            tar.addfile(member, io.BytesIO(data) if member.isreg() else None)
    return target


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, link
    return info, content


def everything(folder: Path) -> list[str]:
    """All files, but for those that SQLite makes and removes while somebody reads."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    return sorted(name for name in found if not name.endswith(("-wal", "-shm")))


def set_key(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda found: found.__setitem__(key, value)


def listed(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda found: found["files"].__setitem__(name, {"size": 0, "sha256": "e3b0c442" * 8})


BAD: dict[str, tuple[Any, Any, str]] = {
    "newer format": (set_key("format", 2), None, "has format 2"),
    "other product": (set_key("product", "other"), None, "not a backup of LanTian"),
    "newer database": (
        lambda found: found["migrations"].append(["core", "9999_of_tomorrow"]),
        None,
        r"newer version .*core\.9999_of_tomorrow",
    ),
    "other database": (set_key("database", "postgresql"), None, "not complete"),
    "climbing name": (listed("data/files/../../../../evil"), None, "does not belong"),
    "absolute name": (listed("/etc/cron.d/evil"), None, "does not belong"),
    "unknown place": (listed("data/static/x.js"), None, "does not belong"),
    "name with a backslash": (listed("data/files/..\\evil"), None, "does not belong"),
    "doubled slash": (listed("data/files//x"), None, "does not belong"),
    "size below zero": (lambda found: found["files"]["data/secret-key"].update(size=-1), None, "damaged"),
    "listed but missing": (listed("data/files/x"), None, "data/files/x is missing"),
    "changed content": (None, lambda found: found.__setitem__(2, (found[2][0], b"y" * found[2][0].size)), "checksum is wrong"),
    "not listed": (None, lambda found: found.append(member("data/files/x", b"x")), "not in its list"),
    "twice": (None, lambda found: found.append(found[2]), "not in its list"),
    "link": (listed("data/files/x"), lambda found: found.append(member("data/files/x", kind=tarfile.SYMTYPE, link="/etc/passwd")), "not in its list"),
    "hard link": (listed("data/files/x"), lambda found: found.append(member("data/files/x", kind=tarfile.LNKTYPE, link="data/secret-key")), "not in its list"),
    "climbing member": (None, lambda found: found.append(member("../evil", b"x")), "not in its list"),
    "no list": (None, lambda found: found.pop(0), "does not begin with a list"),
    "no key": (lambda found: found["files"].pop("data/secret-key"), lambda found: found.pop(2), "not complete"),
    "huge": (lambda found: found["files"]["data/secret-key"].update(size=10**18), None, "left on the disk"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_backup_that_was_tampered_with_changes_nothing(office: Path, tmp_path: Path, case: str) -> None:
    note(office, "here")
    good = archive.backup(office, tmp_path / "good.tar.gz").path
    manifest, members, message = BAD[case]
    nothing = lambda _found: None  # noqa: E731
    bad = rewrite(good, tmp_path / "bad.tar.gz", manifest or nothing, members or nothing)
    before = everything(tmp_path)

    with pytest.raises(ArchiveError, match=message):
        restore(bad, office)

    assert ["here"] == notes(office)
    assert before == everything(tmp_path)


@pytest.mark.parametrize("length", [0, 1, 10, 200, 0.5, 0.99])
def test_a_backup_that_was_cut_off_is_refused(office: Path, tmp_path: Path, length: float) -> None:
    whole = archive.backup(office, tmp_path / "good.tar.gz").path.read_bytes()
    bad = tmp_path / "bad.tar.gz"
    bad.write_bytes(whole[: int(length if length > 1 or length == int(length) else length * len(whole))])

    with pytest.raises(ArchiveError):
        restore(bad, office)


@pytest.mark.parametrize(
    "content",
    [b"no archive at all", gzip.compress(b"no tar" * 1000, mtime=0), b"\x1f\x8b\x08\x00broken"],
    ids=["text", "gzip-of-no-tar", "broken-gzip"],
)
def test_a_file_of_another_kind_is_refused(office: Path, tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.tar.gz"
    bad.write_bytes(content)

    with pytest.raises(ArchiveError, match="damaged or is not a backup"):
        restore(bad, office)


def test_a_file_that_is_not_there_is_named(office: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="could not be read"):
        restore(tmp_path / "nothing.tar.gz", office)


def test_a_damaged_ledger_inside_a_sound_backup_is_refused(office: Path, tmp_path: Path) -> None:
    import hashlib

    good = archive.backup(office, tmp_path / "good.tar.gz").path
    broken = b"SQLite format 3\0" + b"\xff" * 20000

    def manifest(found: dict[str, Any]) -> None:
        found["files"]["database/ledger.sqlite3"] = {"size": len(broken), "sha256": hashlib.sha256(broken).hexdigest()}

    def members(found: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        found[1] = member("database/ledger.sqlite3", broken)

    bad = rewrite(good, tmp_path / "bad.tar.gz", manifest, members)

    with pytest.raises(ArchiveError, match="ledger in the backup is damaged"):
        restore(bad, office)


def test_two_restores_at_once_do_not_meet(office: Path, tmp_path: Path) -> None:
    done = archive.backup(office, tmp_path / "a.tar.gz")

    with House(office).restoring, pytest.raises(ArchiveError, match="Another restore"):
        restore(done.path, office)


def test_a_server_that_does_not_let_go_keeps_its_data(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(office, "here")
    done = archive.backup(office, tmp_path / "a.tar.gz")
    note(office, "later")
    monkeypatch.setattr(archive, "PATIENCE", 0.3)

    with House(office).serving, pytest.raises(ArchiveError, match="did not let go"):
        restore(done.path, office)

    assert ["here", "later"] == notes(office)


def test_sizes_are_written_for_people() -> None:
    assert ["0 B", "999 B", "1.0 kB", "1.5 MB", "2.0 GB", "3000.0 GB"] == [
        archive.readable(size) for size in (0, 999, 1000, 1_500_000, 2_000_000_000, 3_000_000_000_000)
    ]
