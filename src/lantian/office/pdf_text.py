"""Text of PDF documents, page by page, without the furniture of the pages.

Runs inside :mod:`lantian.office.worker`: the PDF library is native code that must not be used by two
threads at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from lantian.office.errors import CorruptFile, EmptyFile, PasswordProtected, ScannedPdf, TooLarge, _
from lantian.office.extracted import ExtractedText, Note
from lantian.office.limits import Deadline, Limits, size_text

#: a running head or foot lies in this share of the page from its edge
_MARGIN_SHARE = 0.12
#: a page with a picture and less than this many characters is a scan (a stamp of a scanning app, a page
#: number)
_SCAN_CHARACTERS = 15
_PAGE_NUMBER = re.compile(
    r"[\s\-—–－―·•~～]*(?:第\s*)?(\d{1,4})(?:\s*页)?(?:\s*[/／,，]?\s*共?\s*\d{1,4}\s*页?)?[\s\-—–－―·•~～]*"
)
#: characters of the CJK radicals supplement that PDF files give in place of the character itself
_RADICALS = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻥⻦⻨⻩⻬⻮⻰⻳⻤⻗⻪⻫⻒⻑",
    "母民虎西见角贝车长门青韦页风飞食马骨鱼鸟麦黄齐齿龙龟鬼雨黾齐镸长",
)


@dataclass(slots=True)
class _Line:
    text: str
    #: lower edge of the first visible character as a share of the page height, from below; None if unknown
    height: float | None


@dataclass(slots=True)
class _Page:
    lines: list[_Line]
    pictures: bool
    drawn: bool

    @property
    def characters(self) -> int:
        return sum(len("".join(line.text.split())) for line in self.lines)


def pdf_text(data: bytes, limits: Limits, deadline: Deadline) -> ExtractedText:
    """Extract the text of a PDF.

    Raises
    ------
    CorruptFile, PasswordProtected, ScannedPdf, EmptyFile, TooLarge, TimedOut
    """
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise PasswordProtected from error
        raise CorruptFile from error
    if count > limits.pages:
        raise TooLarge(_("The PDF has more than %(limit)s pages. Split it."), limit=limits.pages)
    pages: list[_Page] = []
    size = 0
    for index in range(count):
        deadline.check()
        try:
            page = _read_page(document, index)
        except pypdfium2.PdfiumError as error:
            raise CorruptFile from error
        size += sum(len(line.text.encode("utf-8", "replace")) + 1 for line in page.lines)
        if size > limits.text_bytes:
            raise TooLarge(
                _("The text of the file is longer than %(limit)s. Split the document."),
                limit=size_text(limits.text_bytes),
            )
        pages.append(page)
    return _assemble(pages)


def _read_page(document: pypdfium2.PdfDocument, index: int) -> _Page:
    page = document[index]
    try:
        height = page.get_height() or 1.0
        textpage = page.get_textpage()
        try:
            raw = textpage.get_text_range()
            lines = _split_lines(raw, textpage, height)
        finally:
            textpage.close()
        pictures = drawn = False
        # forms are looked into: scanning programs wrap the picture of the page in one
        for number, item in enumerate(page.get_objects(max_depth=3)):
            drawn = True
            if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
                pictures = True
            if pictures or number > 2_000:
                break
    finally:
        page.close()
    return _Page(lines, pictures, drawn)


def _split_lines(raw: str, textpage: pypdfium2.PdfTextPage, height: float) -> list[_Line]:
    """Lines of a page with their place; only the place of the first character of a line is asked for."""
    lines = []
    for found in re.finditer(r"[^\r\n]+", raw):
        text = found.group()
        first = found.start() + len(text) - len(text.lstrip())
        place = None
        try:
            place = textpage.get_charbox(first)[1] / height
        except (pypdfium2.PdfiumError, IndexError):
            place = None
        lines.append(_Line(_clean(text), place))
    return [line for line in lines if line.text.strip()]


def _clean(text: str) -> str:
    """Give characters their ordinary form; drop what is no character."""
    # U+FFFE and U+0002 stand for a hyphen at the end of a line in this library
    text = text.replace("\ufffe", "-").replace("\x02", "-").translate(_RADICALS)
    text = re.sub(
        "[\u2f00-\u2fd5\uf900-\ufaff]", lambda found: unicodedata.normalize("NFKC", found.group()), text
    )
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\ufeff\uffff\ud800-\udfff]", "", text)
    return text.replace("\u00a0", " ").rstrip()


def _assemble(pages: list[_Page]) -> ExtractedText:
    notes: list[Note] = []
    scans = [
        number for number, page in enumerate(pages, 1) if page.characters < _SCAN_CHARACTERS and page.pictures
    ]
    total = sum(page.characters for page in pages)
    if scans and 2 * len(scans) > len(pages):
        raise ScannedPdf
    if total == 0:
        # text that was turned into outlines is as unreadable as a picture of it
        raise ScannedPdf if any(page.drawn for page in pages) else EmptyFile()
    if scans:
        notes.append(
            Note(
                "pages_without_text",
                _("These pages are pictures without text and were left out: %(pages)s."),
                {"pages": ", ".join(map(str, scans))},
            )
        )
    unreadable = sum(
        1
        for page in pages
        for line in page.lines
        for sign in line.text
        if sign == "\ufffd" or "\ue000" <= sign <= "\uf8ff"
    )
    if unreadable * 3 > total:
        raise ScannedPdf(
            _(
                "The characters of this PDF cannot be told from its fonts. Use the Word file of the document,"
                " or recognise the text with another program and paste it."
            )
        )
    if unreadable * 50 > total:
        notes.append(
            Note("unreadable_characters", _("%(count)s characters could not be read."), {"count": unreadable})
        )
    furniture = _furniture(pages)
    if furniture:
        notes.append(
            Note(
                "page_furniture_left_out",
                _("Page numbers and running heads were left out: %(count)s lines."),
                {"count": len(furniture)},
            )
        )
    texts: list[str] = []
    starts: list[int] = []
    offset = 0
    for number, page in enumerate(pages):
        starts.append(offset)
        for place, line in enumerate(page.lines):
            if (number, place) not in furniture:
                texts.append(line.text)
                offset += len(line.text) + 1
    text = "\n".join(texts)
    return ExtractedText(text, "pdf", tuple(min(start, len(text)) for start in starts), tuple(notes))


def _furniture(pages: list[_Page]) -> set[tuple[int, int]]:
    """Page and line of the page numbers and running heads; empty where it is not certain.

    A page number has to lie at the edge and to count with the pages, on at least three pages (or all, if
    there are two); a running head has to be the same line at the edge of at least three pages and of most
    of the pages.
    """
    at_edge: list[tuple[int, int, str, bool]] = [
        (number, place, line.text.strip(), line.height < _MARGIN_SHARE)
        for number, page in enumerate(pages)
        for place, line in enumerate(page.lines)
        if line.height is not None and (line.height < _MARGIN_SHARE or line.height > 1 - _MARGIN_SHARE)
    ]
    enough = 2 if len(pages) == 2 else 3
    found: set[tuple[int, int]] = set()
    numbers: dict[tuple[int, bool], list[tuple[int, int]]] = {}
    for number, place, text, low in at_edge:
        matched = _PAGE_NUMBER.fullmatch(text)
        if matched:
            numbers.setdefault((int(matched.group(1)) - number, low), []).append((number, place))
    for places in numbers.values():
        if len({number for number, _place in places}) >= enough:
            found.update(places)
    repeated: Counter[tuple[str, bool]] = Counter()
    for text, low in {(number, text, low): (text, low) for number, _place, text, low in at_edge}.values():
        repeated[(text, low)] += 1
    shown: set[tuple[str, bool]] = set()
    for number, place, text, low in at_edge:
        times = repeated[(text, low)]
        if len(text) <= 60 and times >= 3 and 10 * times >= 6 * len(pages):
            # the first one stays: a letterhead or the title may run on as the head of every page
            if low or (text, low) in shown:
                found.add((number, place))
            shown.add((text, low))
    return found
