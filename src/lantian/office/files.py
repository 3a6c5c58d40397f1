"""What a file is, told by its content first and its name second, and safe ways into zip containers.

Nothing here trusts a name, a declared size or a declared type.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from lantian.office.errors import (
    CorruptFile,
    EmptyFile,
    PasswordProtected,
    TooLarge,
    UnsupportedType,
    ZipBomb,
    _,
)
from lantian.office.limits import MEGABYTE, Limits, size_text

Kind = Literal["text", "docx", "pdf", "doc", "rtf", "odt", "xlsx", "xls", "ods", "html"]

TEXT_SUFFIXES = frozenset({"", "txt", "text", "md", "markdown"})
TABLE_SUFFIXES = frozenset({"csv", "tsv"})
#: names that promise something other than plain text
_BINARY_SUFFIXES = frozenset(
    {"docx", "docm", "dotx", "doc", "wps", "wpt", "rtf", "odt", "pdf", "xlsx", "xlsm", "xls", "ods", "et"}
)
_OPEN_DOCUMENTS: dict[bytes, Kind] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_HTML_SUFFIXES = frozenset({"html", "htm", "xhtml", "mht", "mhtml"})
_MAX_NAME_BYTES = 200


def safe_name(filename: str) -> str:
    """Reduce a name that came with an upload to a base name that is safe to store and to show.

    Folders (of either kind of slash), drive letters, control characters, characters that change the
    direction of writing, and characters that file systems refuse are taken away; the ending is kept when a
    long name is cut.

    >>> safe_name("../../etc/passwd")
    'passwd'
    >>> safe_name("C:\\\\方案\\\\攻坚方案.docx")
    '攻坚方案.docx'
    """
    base = re.split(r"[\\/]", filename)[-1]
    base = re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]", "", base)
    base = re.sub(r'[<>:"|?*]', "_", base).strip(" .")
    if not base:
        return "unnamed"
    stem, dot, suffix = base.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = base, "", ""
    if re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", stem):
        stem = "_" + stem
    room = _MAX_NAME_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + suffix


def suffix_of(filename: str) -> str:
    """The ending of a name in small letters, without the dot; ``""`` if it has none."""
    base = re.split(r"[\\/]", filename)[-1]
    stem, dot, suffix = base.rpartition(".")
    return suffix.lower().strip() if dot and stem else ""


def check_size(data: bytes, limits: Limits) -> None:
    """Refuse a file without bytes and one beyond the limit."""
    if not data:
        raise EmptyFile
    if len(data) > limits.file_bytes:
        raise TooLarge(limit=size_text(limits.file_bytes))


def detect_kind(data: bytes, filename: str, limits: Limits) -> Kind:
    """Tell what kind of file this is.

    Raises
    ------
    UnsupportedType, CorruptFile, PasswordProtected, ZipBomb
    """
    suffix = suffix_of(filename)
    head = data[:1024]
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_kind(data)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_kind(data, limits)
    if head.lstrip().startswith(b"%PDF-") or (suffix == "pdf" and b"%PDF-" in head):
        return "pdf"
    text_head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text_head.startswith(b"{\\rtf"):
        return "rtf"
    if suffix in _HTML_SUFFIXES or re.match(rb"(?i)<!doctype\s+html|<html[\s>]|mime-version:", text_head):
        return "html"
    if suffix in _BINARY_SUFFIXES:
        raise CorruptFile
    if suffix not in TEXT_SUFFIXES | TABLE_SUFFIXES:
        raise UnsupportedType
    return "text"


def refuse_html() -> UnsupportedType:
    """The error for web pages: their text depends on how they are shown, so the reader has to copy what he
    sees.
    """
    return UnsupportedType(
        _("This file is a web page. Open it in a browser, copy the text of the document and paste it.")
    )


# --- compound files (.doc, .wps, .xls, encrypted OOXML) ---


def _ole_stream(data: bytes, name: str) -> int | None:
    """First sector of a stream, found through its entry in the directory; None if there is no such entry."""
    wanted = name.encode("utf-16-le")
    at = data.find(wanted, 512)
    while at != -1:
        entry = data[at : at + 128]
        if (
            at % 128 == 0
            and len(entry) == 128
            and int.from_bytes(entry[64:66], "little") == len(wanted) + 2
            and entry[66] in (1, 2, 5)
        ):
            return int.from_bytes(entry[116:120], "little")
        at = data.find(wanted, at + 1)
    return None


def _ole_kind(data: bytes) -> Kind:
    if _ole_stream(data, "EncryptedPackage") is not None or _ole_stream(data, "EncryptionInfo") is not None:
        raise PasswordProtected
    document = _ole_stream(data, "WordDocument")
    if document is not None:
        sector_bytes = 1 << min(int.from_bytes(data[30:32], "little"), 16)
        start = (document + 1) * sector_bytes
        header = data[start : start + 12]
        # the word at 10 of the file information block; bit 0x0100 says that the document is encrypted
        if (
            header[:2] == b"\xec\xa5"
            and len(header) == 12
            and int.from_bytes(header[10:12], "little") & 0x0100
        ):
            raise PasswordProtected
        return "doc"
    if _ole_stream(data, "Workbook") is not None or _ole_stream(data, "Book") is not None:
        return "xls"
    if _ole_stream(data, "Root Entry") is None:
        raise CorruptFile
    raise UnsupportedType


# --- zip containers (.docx, .xlsx, .odt) ---


@dataclass(frozen=True, slots=True)
class Container:
    """A zip container whose directory has been checked."""

    zip: zipfile.ZipFile
    limits: Limits
    names: dict[str, zipfile.ZipInfo]

    def has(self, name: str) -> bool:
        """Whether there is such a member; part names are compared without regard to case."""
        return name.lower() in self.names

    def read(self, name: str) -> bytes:
        """The bytes of a member, bounded by the limits."""
        info = self.names.get(name.lower())
        if info is None:
            raise CorruptFile
        if info.file_size > self.limits.member_bytes:
            raise TooLarge(
                _("One part of the file is larger than %(limit)s. Split the document."),
                limit=size_text(self.limits.member_bytes),
            )
        try:
            with self.zip.open(info) as stream:
                content = stream.read(self.limits.member_bytes + 1)
        # zipfile and the decompressors below it raise many kinds of error on crafted members
        except Exception as error:
            raise CorruptFile from error
        if len(content) > self.limits.member_bytes:
            raise ZipBomb
        return content

    def xml(self, name: str) -> Any:
        """The root element of an XML member."""
        return parse_xml(self.read(name))


def open_container(data: bytes, limits: Limits) -> Container:
    """Open a zip container after a look at its directory.

    Raises
    ------
    CorruptFile
        It is not a zip file, or its directory is damaged.
    PasswordProtected
        A member is encrypted.
    ZipBomb
        It declares too many members, or unpacks to too much.
    """
    entries, directory_bytes = _directory_size(data)
    if entries > limits.members or directory_bytes > limits.members * 1024:
        raise ZipBomb
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    # the directory is attacker's data: zipfile answers with struct, value, index and unicode errors as well
    except Exception as error:
        raise CorruptFile from error
    if len(infos) > limits.members or sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise ZipBomb
    for info in infos:
        if info.file_size > 8 * MEGABYTE and info.file_size > limits.ratio * max(info.compress_size, 1):
            raise ZipBomb
    if any(info.flag_bits & 0x1 for info in infos):
        raise PasswordProtected
    return Container(archive, limits, {info.filename.replace("\\", "/").lower(): info for info in infos})


def _directory_size(data: bytes) -> tuple[int, int]:
    """Declared number of entries and size of the zip directory, before anything allocates for it."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if at == -1 or len(data) < at + 22:
        raise CorruptFile
    entries, size = struct.unpack("<HI", data[at + 10 : at + 16])
    if entries == 0xFFFF or size == 0xFFFFFFFF:
        far = data.rfind(b"PK\x06\x06", 0, at)
        if far == -1 or len(data) < far + 48:
            raise CorruptFile
        entries = int.from_bytes(data[far + 32 : far + 40], "little")
        size = int.from_bytes(data[far + 40 : far + 48], "little")
    return entries, size


def _zip_kind(data: bytes, limits: Limits) -> Kind:
    container = open_container(data, limits)
    if container.has("mimetype") and container.names["mimetype"].file_size < 200:
        mimetype = container.read("mimetype").strip()
        opened: Kind | None = _OPEN_DOCUMENTS.get(mimetype)
        if opened is not None:
            manifest = (
                container.read("META-INF/manifest.xml") if container.has("META-INF/manifest.xml") else b""
            )
            if b"encryption-data" in manifest:
                raise PasswordProtected
            return opened
    if container.has("ofd.xml"):
        raise UnsupportedType(
            _("OFD files cannot be read. Save the document as .docx or PDF with text, or paste the text.")
        )
    if not container.has("[Content_Types].xml"):
        raise UnsupportedType
    types = container.read("[Content_Types].xml")
    if b"wordprocessingml" in types or b"ms-word.document" in types or b"ms-word.template" in types:
        return "docx"
    if b"spreadsheetml" in types or b"ms-excel" in types:
        return "xlsx"
    raise UnsupportedType


def parse_xml(data: bytes) -> Any:
    """Parse XML without entities, external parts, network or a document type."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CorruptFile from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise CorruptFile
    return root
