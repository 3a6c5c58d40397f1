"""Text out of the files that plans come in.

:func:`extract_text` is the only door: it takes the bytes of a file and its name, believes neither, and
gives text with its page starts, or an :class:`~lantian.office.errors.OfficeError` that says what to do.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from lantian.office.convert import to_docx
from lantian.office.docx_text import docx_text
from lantian.office.errors import CorruptFile, EmptyFile, OfficeError, TooLarge, UnsupportedType, _
from lantian.office.extracted import ExtractedText, Note
from lantian.office.files import TABLE_SUFFIXES, check_size, detect_kind, refuse_html, safe_name, suffix_of
from lantian.office.limits import DEFAULT_LIMITS, Deadline, Limits, size_text
from lantian.office.plain import decode_text, unify_lines
from lantian.office.worker import call

__all__ = ["DEFAULT_LIMITS", "ExtractedText", "Limits", "Note", "OfficeError", "extract_text", "safe_name"]


def extract_text(data: bytes, filename: str, *, limits: Limits = DEFAULT_LIMITS) -> ExtractedText:
    """Extract the text of a file.

    Reads plain text (UTF-8, UTF-16, GB18030, Big5), Word (.docx; .doc, .wps, .rtf and .odt where
    LibreOffice is installed) and PDF with text.

    Parameters
    ----------
    data
        Content of the file.
    filename
        Its name as it came; only the ending is looked at, and only where the content does not say what it is.
    limits
        Bounds for size and time.

    Raises
    ------
    OfficeError
        One of its children, see :mod:`lantian.office.errors`; nothing else, whatever the bytes are.
    """
    try:
        return _extract(data, filename, limits)
    except RecursionError as error:
        raise CorruptFile from error


def _extract(data: bytes, filename: str, limits: Limits) -> ExtractedText:
    check_size(data, limits)
    kind = detect_kind(data, filename, limits)
    if kind == "html":
        raise refuse_html()
    if kind in ("xlsx", "xls", "ods") or (kind == "text" and suffix_of(filename) in TABLE_SUFFIXES):
        raise UnsupportedType(
            _("This is a table, not a document. Choose the plan as .docx, .pdf or .txt, or paste its text.")
        )
    if kind == "text":
        extracted = _plain(data)
    elif kind == "docx":
        extracted = docx_text(data, limits, Deadline(limits.seconds))
    elif kind == "pdf":
        extracted = _from_worker(call("pdf", data, limits, Deadline(limits.seconds)))
    else:
        converted = to_docx(data, kind, limits, Deadline(limits.converter_seconds))
        extracted = dataclasses.replace(docx_text(converted, limits, Deadline(limits.seconds)), format=kind)
    if not extracted.text.strip():
        raise EmptyFile(_("There is no text in the file. Choose another file or paste the text."))
    if len(extracted.text.encode("utf-8", "replace")) > limits.text_bytes:
        raise TooLarge(
            _("The text of the file is longer than %(limit)s. Split the document."),
            limit=size_text(limits.text_bytes),
        )
    return extracted


def _plain(data: bytes) -> ExtractedText:
    decoded = decode_text(data)
    text = unify_lines(decoded.text)
    notes: tuple[Note, ...] = ()
    if decoded.replaced:
        notes = (
            Note(
                "bytes_replaced",
                _("%(count)s places of the text could not be read and show as �."),
                {"count": decoded.replaced},
            ),
        )
    starts = (0, *(place + 1 for place, sign in enumerate(text) if sign == "\f"))
    return ExtractedText(text, "txt", starts, notes, decoded.encoding)


def _from_worker(answer: dict[str, Any]) -> ExtractedText:
    return ExtractedText(
        text=str(answer["text"]),
        format="pdf",
        page_starts=tuple(map(int, answer["page_starts"])),
        notes=tuple(Note(note["code"], note["message_id"], note["params"]) for note in answer["notes"]),
    )
