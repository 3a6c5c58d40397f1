"""What comes out of a file that has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lantian.office.errors import Parameter


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the reader of a file did or left out and that its user should know.

    Attributes
    ----------
    code
        Stable identifier.
    message_id, params
        English sentence with ``%(name)s`` places and what goes into them, for the catalogue.
    """

    code: str
    message_id: str
    params: Mapping[str, Parameter] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message_id % self.params


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """Text of a file.

    Attributes
    ----------
    text
        The text; lines end with a line feed, cells of a table row are parted by tabs.
    format
        What the file was: ``txt``, ``docx``, ``pdf``, ``doc``, ``rtf`` or ``odt``.
    page_starts
        Code-point offsets into ``text`` at which pages begin, as far as the file says; the first is 0.
    notes
        What was left out or repaired.
    encoding
        Encoding of a text file; ``""`` for the others.
    """

    text: str
    format: str
    page_starts: tuple[int, ...] = (0,)
    notes: tuple[Note, ...] = ()
    encoding: str = ""
