"""Files: stored once by their content, handed out by the right to see what they hang on.

A file is written to a temporary name and moved to ``ab/cd/<sha256>`` in :setting:`MEDIA_ROOT`, so that a
half-written
file is never found under its hash. Names given by people are kept in the row only and never become paths.
Which rows
may carry files is registered with :func:`register_target`; a file on anything else is shown to nobody.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import permissions
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound, TooLarge
from lantian.apps.core.models import Attachment

MEGABYTE = 1024 * 1024
#: Largest file that a door takes unless it asks for less [byte].
MAX_BYTES = 50 * MEGABYTE
MAX_NAME = 120
CHUNK = 256 * 1024

#: What may be stored, by ending, with the type under which it is handed out. The caller's own word is
#: never believed.
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "wps": "application/vnd.ms-works",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "et": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ofd": "application/ofd",
    "txt": "text/plain",
    "md": "text/plain",
    "csv": "text/csv",
    "json": "application/json",
    "geojson": "application/geo+json",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "zip": "application/zip",
    "gz": "application/gzip",
    "nc": "application/x-netcdf",
}
TABLES = frozenset({"csv", "txt", "xlsx", "xls", "et", "gz"})
#: The only types that a browser may show in the page; everything else is downloaded.
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
_BEGINS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
    "application/zip": (b"PK",),
    "application/gzip": (b"\x1f\x8b",),
    "application/x-netcdf": (b"\x89HDF\r\n\x1a\n", b"CDF"),
}
_ZIPPED = frozenset({"docx", "xlsx", "pptx", "ofd", "zip"})
# Programs and mark-up that a browser or a system might run, whatever the ending says.
_DANGEROUS = (b"MZ", b"\x7fELF", b"#!")


class FileRefused(Invalid):
    """A file that is not taken, and why."""

    code = "file_refused"
    message = _("This file cannot be accepted.")


def ending(name: str) -> str:
    """The ending of a file name, in small letters without the dot."""
    return Path(name).suffix.lower().lstrip(".")


def safe_name(name: str) -> str:
    r"""A name that can stand in a page, a header and any file system.

    Folders, control and direction characters and characters that some system forbids are removed; a long
    name is
    cut before its ending.

    >>> safe_name("../../etc/方案 2024.docx")
    '方案 2024.docx'
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    stem, dot, end = name.rpartition(".")
    if not dot:
        return name[:MAX_NAME] or "file"
    return f"{(stem or 'file')[: MAX_NAME - len(end) - 1]}.{end[:10]}"


class ContentStore:
    """A folder of files under the hash of their content."""

    @property
    def root(self) -> Path:
        """The folder, read from the settings at each call."""
        return Path(settings.MEDIA_ROOT)

    def path(self, sha256: str) -> Path:
        """Where the content with this hash lies."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError("not a SHA-256 hash")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def put(self, chunks: Iterable[bytes], max_bytes: int) -> tuple[str, int]:
        """Write content; returns its hash and size.

        Raises
        ------
        TooLarge
            As soon as more than ``max_bytes`` have arrived; nothing is left behind.
        """
        folder = self.root / "tmp"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        try:
            with temporary.open("xb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > max_bytes:
                        raise TooLarge(
                            __("The file is larger than %(limit)d MB.") % {"limit": max_bytes // MEGABYTE},
                            fields={
                                "file": __("Choose a file of at most %(limit)d MB.")
                                % {"limit": max_bytes // MEGABYTE}
                            },
                        )
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            sha256 = digest.hexdigest()
            final = self.path(sha256)
            if not final.is_file() or final.stat().st_size != size:
                final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                temporary.chmod(0o600)
                temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)
        return sha256, size

    def open(self, sha256: str) -> BinaryIO:
        """Open content for reading."""
        return self.path(sha256).open("rb")

    def sweep(self, older_than_seconds: float = 86_400) -> int:
        """Remove content that no row names and that is older than a day; returns how many files went."""
        limit, removed = time.time() - older_than_seconds, 0
        for found in self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if found.stat().st_mtime < limit and not Attachment.objects.filter(sha256=found.name).exists():
                found.unlink()
                removed += 1
        for found in (self.root / "tmp").glob("*"):
            if found.stat().st_mtime < limit:
                found.unlink()
        return removed


content = ContentStore()


@dataclass(frozen=True, slots=True)
class Target:
    """What the rows of a model ask of who wants to see, or to add, their files."""

    permission: str
    add_permission: str | None
    may_see: Callable[[Actor, Any], bool] | None


_targets: dict[str, Target] = {}


def register_target(
    model: type[models.Model],
    permission: str,
    add_permission: str | None = None,
    may_see: Callable[[Actor, Any], bool] | None = None,
) -> None:
    """Let rows of a model carry files.

    Parameters
    ----------
    permission
        Who sees the row under this permission sees its files.
    add_permission
        Who sees the row under this permission may add and remove files in pages; None: only actions of the
        room do.
    may_see
        A further question, asked with actor and row.
    """
    _targets[model._meta.label_lower] = Target(permission, add_permission, may_see)


def may_see(actor: Actor, attachment: Attachment) -> bool:
    """Whether an actor may read a file: by the right over what it hangs on, else only who uploaded it."""
    if attachment.removed_at is not None:
        return False
    if attachment.content_type_id is None:
        mine = actor.user is not None and actor.user.pk == attachment.uploaded_by_id
        return actor.is_system or mine
    model = cast(ContentType, attachment.content_type).model_class()
    target = _targets.get(model._meta.label_lower) if model is not None else None
    if target is None or model is None:
        return False
    permissions.get(target.permission)
    rows = actor.rows(cast(Any, model)._default_manager.all(), target.permission)
    row = rows.filter(pk=attachment.object_id).first()
    if row is None:
        return False
    return target.may_see is None or target.may_see(actor, row)


def get(actor: Actor, pk: int) -> Attachment:
    """A file that the actor may read.

    Raises
    ------
    NotFound
        If there is none, or it is not for this actor.
    """
    found = Attachment.objects.select_related("content_type", "uploaded_by").filter(pk=pk).first()
    if found is None or not may_see(actor, found):
        raise NotFound
    return found


def of(row: models.Model) -> models.QuerySet[Attachment]:
    """The files on a row, newest first; ask for the right to see the row before."""
    kind = ContentType.objects.get_for_model(row)
    return Attachment.objects.filter(content_type=kind, object_id=row.pk, removed_at__isnull=True)


def read(attachment: Attachment) -> bytes:
    """The whole content."""
    with content.open(attachment.sha256) as file:
        return file.read()


def previewable(attachment: Attachment) -> bool:
    """Whether a browser may show the file in the page."""
    return attachment.media_type in PREVIEWED


def _chunks(source: bytes | BinaryIO | Any) -> Iterator[bytes]:
    if isinstance(source, bytes):
        source = BytesIO(source)
    if hasattr(source, "seek"):
        source.seek(0)
    if hasattr(source, "chunks"):
        yield from source.chunks(CHUNK)
        return
    while chunk := source.read(CHUNK):
        yield chunk


def _check_type(name: str, head: bytes, allowed: Iterable[str] | None) -> str:
    end = ending(name)
    accepted = sorted(set(MEDIA_TYPES) & set(allowed)) if allowed is not None else sorted(MEDIA_TYPES)
    if end not in accepted:
        message = __("Files of the type “%(type)s” are not accepted here; accepted are %(accepted)s.") % {
            "type": end or "?",
            "accepted": ", ".join(accepted),
        }
        raise FileRefused(message, fields={"file": message})
    media_type = MEDIA_TYPES[end]
    expected = _BEGINS.get(media_type) or ((b"PK",) if end in _ZIPPED else ())
    mismatch = expected and not head.startswith(expected)
    if mismatch or head.startswith(_DANGEROUS):
        message = __(
            "“%(name)s” is not what its name says. Open it, save it again as .%(type)s and retry."
        ) % {
            "name": name,
            "type": end,
        }
        raise FileRefused(message, fields={"file": message})
    return media_type


def store(
    source: bytes | BinaryIO | Any,
    name: str,
    *,
    actor: Actor,
    target: models.Model | None = None,
    allowed: Iterable[str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Attachment:
    """Keep a file and hang it on a row; called by actions, which have checked the right and write the log.

    Parameters
    ----------
    source
        Bytes, an open file or an uploaded file.
    name
        The name it was given; kept for people after :func:`safe_name`.
    target
        A saved row of a model known to :func:`register_target`; without one only the uploader sees the file.
    allowed
        Endings that this door takes; all of :data:`MEDIA_TYPES` by default.

    Raises
    ------
    FileRefused
        An empty file, a type that is not taken, or content that belies the name.
    TooLarge
        More than ``max_bytes``.
    """
    name = safe_name(name)
    if target is not None and target._meta.label_lower not in _targets:
        raise LookupError(f"{target._meta.label_lower} is not registered with files.register_target")
    chunks = _chunks(source)
    head = next(chunks, b"")
    if not head:
        message = __("The file “%(name)s” is empty.") % {"name": name}
        raise FileRefused(message, fields={"file": message})
    media_type = _check_type(name, head, allowed)

    def whole() -> Iterator[bytes]:
        yield head
        yield from chunks

    sha256, size = content.put(whole(), max_bytes)
    return Attachment.objects.create(
        name=name,
        sha256=sha256,
        size=size,
        media_type=media_type,
        content_type=ContentType.objects.get_for_model(target) if target is not None else None,
        object_id=target.pk if target is not None else None,
        uploaded_by=actor.user,
    )


class _OnTarget(Action[Attachment]):
    """Shared rights: adding and removing need the row under its ``add_permission``."""

    permission = "core.attachment.add"
    row: models.Model | None

    def check(self) -> None:
        """Refuse rows that are not registered, and rows of others."""
        super().check()
        if self.row is None:
            raise NotFound
        target = _targets.get(self.row._meta.label_lower)
        if target is None or target.add_permission is None:
            raise NotAllowed
        self.check_row(self.row, target.add_permission)

    def subject(self) -> models.Model | None:
        """The row that carries the file."""
        return self.row


class AddAttachment(_OnTarget):
    """Hang a file on a row."""

    code = "core.attachment.add"

    def __init__(self, actor: Actor, row: models.Model, source: Any, name: str, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row, self.source, self.name = row, source, name

    def perform(self) -> Attachment:
        """Store it."""
        added = store(self.source, self.name, actor=self.actor, target=self.row)
        self.log(self.row, after={"attachment": added.pk, "name": added.name, "sha256": added.sha256})
        return added


class RemoveAttachment(_OnTarget):
    """Take a file off a row; its content stays for the log."""

    code = "core.attachment.remove"
    needs_reason = True

    def __init__(self, actor: Actor, attachment: Attachment, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.attachment = attachment
        self.row = cast("models.Model | None", attachment.target) if attachment.content_type_id else None

    def perform(self) -> Attachment:
        """Mark it as removed."""
        self.attachment.removed_at = timezone.now()
        self.attachment.save(update_fields=["removed_at"])
        self.log(
            self.row, before={"attachment": self.attachment.pk, "name": self.attachment.name}, after=None
        )
        return self.attachment


def register_core() -> None:
    """Files of the foundation: what jobs were given and what they made."""
    register_target(apps.get_model("core", "Job"), "core.job.view")
