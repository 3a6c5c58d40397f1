"""Files are kept once by content, checked at the door, and shown by the right over what they hang on."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.apps.core import files
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import NotAllowed, NotFound, TooLarge
from lantian.apps.core.models import Attachment, Job, LogEntry, Organisation, User
from lantian.apps.core.models.access import DataScope
from lantian.apps.core.tests.test_foundation import make_user

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return Path(settings.MEDIA_ROOT)


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_equal_content_is_kept_once_under_its_hash(media: Path) -> None:
    first = files.store(PDF, "甲.pdf", actor=Actor.system())
    second = files.store(BytesIO(PDF), "乙.pdf", actor=Actor.system())

    assert first.sha256 == second.sha256
    assert stored(media) == [media / first.sha256[:2] / first.sha256[2:4] / first.sha256]
    assert files.read(second) == PDF
    assert (first.name, first.media_type, first.size) == ("甲.pdf", "application/pdf", len(PDF))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "空.pdf"),
        (b"<html><script>alert(1)</script></html>", "a.html"),
        (b"<svg onload='x'/>", "a.svg"),
        (b"MZ\x90\x00", "a.txt"),
        (b"\x7fELF", "a.csv"),
        (b"<html>", "a.pdf"),
        (b"not a zip", "a.xlsx"),
        (b"x", "noending"),
        (b"x", "a.exe"),
    ],
)
def test_what_is_empty_dangerous_or_not_what_it_says_is_refused(
    content: bytes, name: str, media: Path
) -> None:
    with pytest.raises(files.FileRefused) as refused:
        files.store(content, name, actor=Actor.system())

    assert "file" in refused.value.fields
    assert (Attachment.objects.count(), stored(media)) == (0, [])


def test_a_file_beyond_the_limit_leaves_nothing_behind(media: Path) -> None:
    with pytest.raises(TooLarge):
        files.store(b"a" * (2 * files.MEGABYTE), "a.txt", actor=Actor.system(), max_bytes=files.MEGABYTE)

    assert stored(media) == []


@given(st.text(max_size=300))
def test_a_safe_name_is_short_and_has_no_way_out(name: str) -> None:
    safe = files.safe_name(name)

    assert 0 < len(safe) <= files.MAX_NAME
    assert not set('/\\\x00\r\n"<>:|?*') & set(safe)
    assert safe not in {".", ".."}


def test_only_the_uploader_sees_a_file_that_hangs_on_nothing() -> None:
    mine, other = (User.objects.create(username=name) for name in ("mine", "other"))
    added = files.store(PDF, "a.pdf", actor=Actor(mine))

    assert files.get(Actor(mine), added.pk) == added
    with pytest.raises(NotFound):
        files.get(Actor(other), added.pk)


def test_a_file_is_seen_by_who_sees_its_row() -> None:
    bureau = Organisation.objects.create(name="局")
    elsewhere = Organisation.objects.create(name="另一局")
    owner = make_user(bureau, "core.job.view", scope=DataScope.SELF)
    colleague = make_user(bureau, "core.job.view", scope=DataScope.DEPARTMENT)
    stranger = make_user(elsewhere, "core.job.view", scope=DataScope.DEPARTMENT)
    added = files.store(
        PDF, "a.pdf", actor=Actor(owner), target=Job.objects.create(kind="x", title="x", user=owner)
    )

    assert files.may_see(Actor(owner), added)
    assert files.may_see(Actor(colleague), added)
    assert not files.may_see(Actor(stranger), added)
    assert not files.may_see(Actor(owner, scopes=frozenset({"core.log.view"})), added)
    assert not files.may_see(Actor(None), added)


def test_a_file_on_a_model_that_nobody_registered_is_shown_to_nobody() -> None:
    from django.contrib.contenttypes.models import ContentType

    bureau = Organisation.objects.create(name="局")
    user = make_user(bureau, "core.organisation.view", scope=DataScope.ALL)
    added = files.store(PDF, "a.pdf", actor=Actor(user))
    added.content_type = ContentType.objects.get_for_model(User)
    added.object_id = user.pk
    added.save()

    assert not files.may_see(Actor(user), added)
    with pytest.raises(LookupError):
        files.store(PDF, "a.pdf", actor=Actor(user), target=user)


def test_pages_add_and_remove_files_only_where_the_room_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bureau = Organisation.objects.create(name="局")
    user = make_user(
        bureau, "core.organisation.view", "core.organisation.manage", "core.attachment.add", scope="all"
    )
    with pytest.raises(NotAllowed):
        files.AddAttachment(Actor(user), bureau, PDF, "a.pdf").execute()
    monkeypatch.setattr(files, "_targets", dict(files._targets))
    files.register_target(Organisation, "core.organisation.view", add_permission="core.organisation.manage")

    added = files.AddAttachment(Actor(user), bureau, PDF, "a.pdf").execute()
    assert list(files.of(bureau)) == [added]
    files.RemoveAttachment(Actor(user), added, reason="传错").execute()

    assert list(files.of(bureau)) == []
    assert not files.may_see(Actor(user), added)
    assert list(LogEntry.objects.order_by("id").values_list("action", "result")) == [
        ("core.attachment.add", "denied"),
        ("core.attachment.add", "done"),
        ("core.attachment.remove", "done"),
    ]


def test_sweeping_removes_only_what_no_row_names(media: Path) -> None:
    kept = files.store(PDF, "a.pdf", actor=Actor.system())
    sha256, _ = files.content.put([b"orphan"], 100)

    assert files.content.sweep(older_than_seconds=-5) == 1
    assert files.content.path(kept.sha256).exists()
    assert not files.content.path(sha256).exists()
