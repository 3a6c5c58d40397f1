"""Why a file could not be read or written.

::

    OfficeError                 office_error
    ├── UnsupportedType         unsupported_type     not a kind of file that we read
    ├── EmptyFile               empty                no bytes, or no text or table in it
    ├── TooLarge                too_large            beyond a limit (file, text, pages, rows, columns)
    ├── CorruptFile             corrupt              damaged, or not what its name says
    ├── PasswordProtected       password_protected   encrypted
    ├── ScannedPdf              scanned_pdf          pictures of pages, no text
    ├── ZipBomb                 zip_bomb             unpacks to far more than an office file holds
    ├── EncodingUnknown         encoding_unknown     text in an encoding that cannot be told
    ├── ConverterMissing        converter_missing    LibreOffice is needed and absent
    └── TimedOut                timeout              took longer than the time limit

``code`` is stable and part of the command line's and the API's contract.  An error carries a message *id*
(English, with ``%(name)s`` places) and its parameters; whoever shows it translates the id and then fills in
the places, so this package needs no translation machinery.  ``str(error)`` is the English sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

Parameter = str | int


def _(message_id: str) -> str:
    """Mark a message id for the catalogue."""
    return message_id


class OfficeError(Exception):
    """A file could not be read or written.

    Parameters
    ----------
    message_id
        English sentence with ``%(name)s`` places; the default of the class where it is left out.
    **params
        What goes into the places.

    Attributes
    ----------
    code
        Stable identifier of the kind of error.
    """

    code: ClassVar[str] = "office_error"
    default_message: ClassVar[str] = _("The file could not be processed.")

    def __init__(self, message_id: str | None = None, **params: Parameter) -> None:
        self.message_id = message_id or self.default_message
        self.params: Mapping[str, Parameter] = params
        super().__init__(self.message_id % params)


class UnsupportedType(OfficeError):
    """The file is of a kind that is not read here."""

    code = "unsupported_type"
    default_message = _(
        "This kind of file cannot be read. Save it as .docx, .pdf with text or .txt, or paste the text."
    )


class EmptyFile(OfficeError):
    """The file holds no bytes, or no text or table."""

    code = "empty"
    default_message = _("The file is empty. Choose another file or paste the text.")


class TooLarge(OfficeError):
    """The file, or what is in it, is beyond a limit."""

    code = "too_large"
    default_message = _("The file is larger than %(limit)s. Split it, or leave out pictures and appendices.")


class CorruptFile(OfficeError):
    """The file is damaged, or is not what its name says."""

    code = "corrupt"
    default_message = _(
        "The file is damaged or is not what its name says. Open it in Word, Excel or WPS, save it again and retry."
    )


class PasswordProtected(OfficeError):
    """The file is encrypted."""

    code = "password_protected"
    default_message = _("The file is protected by a password. Remove the password, save it and retry.")


class ScannedPdf(OfficeError):
    """The PDF holds pictures of pages and no text."""

    code = "scanned_pdf"
    default_message = _(
        "This PDF is a scan: its pages are pictures without text. Recognise the text with another program"
        " and paste it, or use the Word file of the document."
    )


class ZipBomb(OfficeError):
    """The file unpacks to far more than an office file holds."""

    code = "zip_bomb"
    default_message = _("The file unpacks to far more data than a document holds and was not opened.")


class EncodingUnknown(OfficeError):
    """The text is in an encoding that cannot be told."""

    code = "encoding_unknown"
    default_message = _(
        "The encoding of the text could not be told. Save the file as UTF-8 and retry, or paste the text."
    )


class ConverterMissing(OfficeError):
    """LibreOffice is needed for this kind of file and is not installed."""

    code = "converter_missing"
    default_message = _(
        "Files of the kind %(kind)s need LibreOffice, which is not installed here. Save the file as .docx and"
        " retry, or paste the text."
    )


class TimedOut(OfficeError):
    """Reading or writing took longer than the time limit."""

    code = "timeout"
    default_message = _(
        "The file could not be read within %(seconds)s seconds. Split it, or save it again as"
        " .docx and retry."
    )
