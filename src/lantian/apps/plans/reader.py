"""The door to the two readers: files into text, text into a plan."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.plans import drafts
from lantian.apps.plans.exceptions import NothingToRead, PlanTooLarge, UnreadableFile
from lantian.office.errors import OfficeError
from lantian.office.errors import TooLarge as OfficeTooLarge
from lantian.office.limits import DEFAULT_LIMITS
from lantian.office.plain import unify_lines
from lantian.office.text import extract_text
from lantian.rules.documents.errors import PlanTooLarge as DocumentTooLarge
from lantian.rules.documents.parse import parse_plan

logger = logging.getLogger(__name__)

#: Endings that the page of the import takes.
ENDINGS = ("docx", "pdf", "txt", "md", "doc", "wps")
#: Longer texts are read by the worker, so that nobody waits for a page [characters].
BACKGROUND_FROM = 300_000


@dataclass(frozen=True, slots=True)
class Source:
    """A text and where it came from."""

    text: str
    kind: str
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The mark by which the same text is known again."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


def from_file(data: bytes, filename: str) -> Source:
    """Get the text out of a file.

    Raises
    ------
    UnreadableFile
        With what the reader of files says, in the user's language; ``data["office_code"]`` has its code.
    PlanTooLarge
        If the text is too long.
    """
    if not data:
        raise NothingToRead(fields={"file": NothingToRead.message})
    try:
        extracted = extract_text(data, filename)
    except OfficeTooLarge as error:
        said = __(error.message_id) % error.params
        raise PlanTooLarge(said, fields={"file": said}, office_code=error.code) from error
    except OfficeError as error:
        said = __(error.message_id) % error.params
        raise UnreadableFile(said, fields={"file": said}, office_code=error.code) from error
    notes = tuple(__(note.message_id) % note.params for note in extracted.notes)
    return Source(extracted.text.replace("\x00", ""), extracted.format, notes)


def from_paste(text: str) -> Source:
    """Take a text that was pasted.

    Raises
    ------
    NothingToRead, PlanTooLarge
        If there is none, or too much.
    """
    text = unify_lines(text.replace("\x00", ""))
    if not text.strip():
        raise NothingToRead(fields={"text": NothingToRead.message})
    if len(text.encode("utf-8", "replace")) > DEFAULT_LIMITS.text_bytes:
        raise PlanTooLarge(fields={"text": PlanTooLarge.message})
    return Source(text, "paste")


def read(text: str) -> drafts.Draft:
    """Read a text into a draft.

    Raises
    ------
    UnreadableFile
        If the reader breaks off; the cause is in the log of the server.
    """
    try:
        plan = parse_plan(text, max_bytes=DEFAULT_LIMITS.text_bytes)
    except DocumentTooLarge as error:
        raise PlanTooLarge from error
    except Exception as error:  # whatever it is, the user keeps the text and gets an answer
        logger.exception("the reader of plans broke off on a text of %d characters", len(text))
        raise UnreadableFile(
            __("The text could not be read because of an error in the system. Please report the document."),
            cause=type(error).__name__,
        ) from error
    draft: dict[str, Any] = drafts.from_reading(plan)
    return draft
