"""Files made on the spot: Word documents from raw XML, PDF files, zip containers."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Sequence

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:v="urn:schemas-microsoft-com:vml"'
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def make_zip(members: dict[str, bytes | str]) -> bytes:
    """A zip file with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def make_docx(
    body: str, *, namespace: str = W, members: dict[str, bytes | str] | None = None, **parts: str
) -> bytes:
    """A Word document from the XML of its body; ``numbering``, ``styles`` and ``footnotes`` are the inside
    of parts.
    """
    names = _NAMESPACES.replace(W, namespace)
    files: dict[str, bytes | str] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument"'
        ' Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {names}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">'
        + "".join(
            f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{kind}.xml"/>' for kind in parts
        )
        + "</Relationships>",
    }
    for kind, inside in parts.items():
        files[f"word/{kind}.xml"] = f"<w:{kind} {names}>{inside}</w:{kind}>"
    return make_zip(files | (members or {}))


def paragraph(text: str, properties: str = "") -> str:
    """The XML of a paragraph with one run."""
    inside = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f'<w:p>{inside}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def make_pdf(draw: Callable[[canvas.Canvas], None], **options: object) -> bytes:
    """A PDF drawn by a function; the font STSong-Light is registered."""
    if "STSong-Light" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer, pagesize=A4, **options)
    draw(sheet)
    sheet.save()
    return buffer.getvalue()


def draw_lines(sheet: canvas.Canvas, lines: Sequence[str], *, top: float = 760) -> None:
    """Write lines of text down a page."""
    sheet.setFont("STSong-Light", 12)
    for number, line in enumerate(lines):
        sheet.drawString(80, top - 20 * number, line)


def draw_picture(sheet: canvas.Canvas) -> None:
    """Cover a page with a picture, as a scanner does."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("L", (200, 280), 230).save(picture, "PNG")
    picture.seek(0)
    sheet.drawImage(ImageReader(picture), 0, 0, *A4)


@pytest.fixture(scope="session")
def soffice() -> str:
    """Path of LibreOffice; the test is skipped where it is absent."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed on this machine")
    return program
