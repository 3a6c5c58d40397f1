"""Settings from the environment."""

from __future__ import annotations

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lantian.web import conf

NAME = "LANTIAN_SOMETHING"


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), (" on ", True), ("0", False), ("false", False), ("", False)])
def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv(NAME, value)

    assert expected is conf.flag(NAME, default=not expected)


def test_a_flag_that_is_neither_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "ture")

    with pytest.raises(conf.ConfigurationError, match=f"{NAME} must be 1 or 0.*'ture'"):
        conf.flag(NAME)


def test_a_flag_that_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)

    assert (True, False) == (conf.flag(NAME, default=True), conf.flag(NAME))


@pytest.mark.parametrize("value", ["0", "33", "two", "", "1.5"])
def test_a_number_outside_of_its_limits_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    with pytest.raises(conf.ConfigurationError, match="from 1 to 32"):
        conf.number(NAME, 2, 1, 32)


@pytest.mark.parametrize("value", ["1", "32"])
def test_a_number_at_its_limits_is_taken(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    assert int(value) == conf.number(NAME, 2, 1, 32)


def test_a_choice_is_taken_whatever_its_case_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "ZH-Hans")
    assert "zh-hans" == conf.choice(NAME, "en", ("zh-hans", "en"))

    monkeypatch.setenv(NAME, "fr")
    with pytest.raises(conf.ConfigurationError, match="one of zh-hans, en"):
        conf.choice(NAME, "en", ("zh-hans", "en"))


def test_a_secret_may_come_from_a_file_and_only_from_one_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://a:b@c/d\n", encoding="utf-8")
    monkeypatch.setenv(f"{NAME}_FILE", str(secret))
    assert "postgresql://a:b@c/d" == conf.text(NAME)

    monkeypatch.setenv(NAME, "x")
    with pytest.raises(conf.ConfigurationError, match="both set"):
        conf.text(NAME)

    monkeypatch.delenv(NAME)
    secret.unlink()
    with pytest.raises(conf.ConfigurationError, match="cannot be read"):
        conf.text(NAME)


def test_the_secret_key_is_made_once_for_all_who_start_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _number: conf.secret_key(tmp_path), range(64)))

    assert 1 == len(keys)
    assert ["secret-key"] == [path.name for path in tmp_path.iterdir()]
    assert 0o600 == stat.S_IMODE((tmp_path / "secret-key").stat().st_mode)
    assert keys == {conf.secret_key(tmp_path)}


def test_two_folders_never_share_a_key(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    assert conf.secret_key(tmp_path / "a") != conf.secret_key(tmp_path / "b")


def test_an_empty_key_file_is_an_error_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("", encoding="ascii")

    with pytest.raises(conf.ConfigurationError, match="no usable key"):
        conf.secret_key(tmp_path)

    assert "" == (tmp_path / "secret-key").read_text(encoding="ascii")


def test_the_data_folder_is_closed_to_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "new" / "office"))

    folder = conf.data_folder()

    assert tmp_path / "new" / "office" == folder
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


def test_a_data_folder_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "file" / "office"))

    with pytest.raises(conf.ConfigurationError, match=r"LANTIAN_DATA: .*file/office"):
        conf.data_folder()


def test_sqlite_in_the_data_folder_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LANTIAN_DATABASE_URL", raising=False)

    found = conf.database(tmp_path)

    assert ("django.db.backends.sqlite3", tmp_path / "ledger.sqlite3") == (found["ENGINE"], found["NAME"])
    assert "IMMEDIATE" == found["OPTIONS"]["transaction_mode"]
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


def test_postgresql_by_one_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANTIAN_DATABASE_URL", "postgresql://us%40er:p%2Fw@db.local:5433/lan%20tian?sslmode=require")

    found = conf.database(tmp_path)

    assert {"NAME": "lan tian", "USER": "us@er", "PASSWORD": "p/w", "HOST": "db.local", "PORT": "5433"} == {
        key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    }
    assert "require" == found["OPTIONS"]["sslmode"]


def test_postgresql_by_a_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANTIAN_DATABASE_URL", "postgresql://lantian@/ledger?host=/run/postgresql")

    found = conf.database(tmp_path)

    assert ("/run/postgresql", "ledger", "") == (found["HOST"], found["NAME"], found["PORT"])
    assert "host" not in found["OPTIONS"]


@pytest.mark.parametrize("url", ["mysql://a:secretword@b/c", "postgresql://a:secretword@b", "postgresql://a:secretword@b:port/c", "secretword"])
def test_a_wrong_database_address_is_refused_without_repeating_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.setenv("LANTIAN_DATABASE_URL", url)

    with pytest.raises(conf.ConfigurationError, match="must look like") as caught:
        conf.database(tmp_path)

    assert "secretword" not in str(caught.value)


def test_a_line_break_in_a_message_cannot_fake_a_log_line() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "user %s logged in", ("a\n2026-01-01 INFO fake\r",), None)
    formatter = conf.LineFormatter("{levelname} {message}", style="{")

    assert "INFO user a\\n2026-01-01 INFO fake\\r logged in" == formatter.format(record)


def test_each_process_writes_its_own_log_file(tmp_path: Path) -> None:
    files = {name: conf.log_lines(tmp_path, name, "INFO", False)["handlers"]["file"]["filename"] for name in ("web", "worker")}

    assert {"web": str(tmp_path / "logs" / "web.log"), "worker": str(tmp_path / "logs" / "worker.log")} == files


@pytest.mark.parametrize("in_file", [False, True], ids=["text", "file"])
def test_options_of_a_storage_come_as_json_or_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_file: bool
) -> None:
    text = '{"AWS_REGION": "cn-1", "AWS_SECRET_ACCESS_KEY": "secretword"}'
    (tmp_path / "options.json").write_text(text, encoding="utf-8")
    monkeypatch.setenv("LANTIAN_LAKE_OPTIONS", str(tmp_path / "options.json") if in_file else text)

    assert {"AWS_REGION": "cn-1", "AWS_SECRET_ACCESS_KEY": "secretword"} == conf.pairs("LANTIAN_LAKE_OPTIONS")


@pytest.mark.parametrize("value", ['{"a": 1}', "[]", '{"a": "secretword"', "/nowhere/at/all"])
def test_options_of_a_storage_that_cannot_be_read_are_refused_without_repeating_them(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("LANTIAN_LAKE_OPTIONS", value)

    with pytest.raises(conf.ConfigurationError, match="LANTIAN_LAKE_OPTIONS must be") as caught:
        conf.pairs("LANTIAN_LAKE_OPTIONS")

    assert "secretword" not in str(caught.value)


def test_a_lake_lies_in_a_folder_or_a_storage_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANTIAN_LAKE", raising=False)
    assert "/data/lake" == conf.lake("/data/lake")
    for place in ("s3://bucket/air", "/srv/lake", "file:///srv/lake"):
        monkeypatch.setenv("LANTIAN_LAKE", place)
        assert place == conf.lake("/data/lake")
    for wrong in ("ftp://host/air", "s4://bucket/air", "/srv/{lake}"):
        monkeypatch.setenv("LANTIAN_LAKE", wrong)
        with pytest.raises(conf.ConfigurationError, match="LANTIAN_LAKE: The lake cannot lie at"):
            conf.lake("/data/lake")


def test_pages_may_load_map_tiles_from_the_office_own_server_and_no_other() -> None:
    assert [] == conf.origins("")
    assert ["https://tiles.office.cn:8443"] == conf.origins("https://tiles.office.cn:8443/a/{z}/{x}/{y}.png")
    for wrong in ("tiles.office.cn/{z}/{x}/{y}.png", "https://tiles.office.cn/{z}/{x}.png", "https://{s}.t.cn/{z}/{x}/{y}"):
        with pytest.raises(conf.ConfigurationError, match="LANTIAN_MAP_TILES"):
            conf.origins(wrong)
