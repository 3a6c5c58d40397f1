"""Text of Word documents (.docx) as a reader sees it on paper.

Paragraphs and tables in the order of the document, automatic numbers written out, insertions accepted and
deletions dropped, text boxes after the paragraph they hang on, footnotes at the end.  Headers, footers,
comments, hidden text, tables of contents and field instructions are left out.

Names are compared without their namespace, so that files of the strict variant and of WPS read the same.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

from lantian.office.errors import CorruptFile, TooLarge, _
from lantian.office.extracted import ExtractedText, Note
from lantian.office.files import Container, open_container
from lantian.office.limits import Deadline, Limits, size_text
from lantian.office.numbering import Numbering, attribute, child, local, number_of

_DOCUMENT_RELATION = "/officeDocument"
_SUPERSCRIPTS = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
#: characters of the Symbol and Wingdings fonts that official documents use, by code without the private-use
#: offset
_SYMBOLS = {
    "symbol": {
        0xA3: "≤", 0xB3: "≥", 0xB4: "×", 0xB1: "±", 0x6D: "μ", 0xB0: "°", 0xB9: "≠", 0xBB: "≈", 0xB7: "·",
        0xA2: "′", 0xB2: "″", 0x2D: "−", 0xB8: "÷", 0x61: "α", 0x62: "β", 0x44: "Δ", 0x53: "Σ",
    },
    "wingdings": {0xFC: "✓", 0xFE: "☑", 0xFD: "☒", 0xA8: "☐", 0x6F: "□", 0x6E: "■", 0x6C: "●", 0xD8: "➢"},
    "wingdings 2": {0x52: "☑", 0x50: "✓", 0xA3: "□", 0x30: "□"},
}  # fmt: skip


def docx_text(data: bytes, limits: Limits, deadline: Deadline) -> ExtractedText:
    """Extract the text of a .docx file.

    Raises
    ------
    CorruptFile, PasswordProtected, TooLarge, ZipBomb, TimedOut
    """
    container = open_container(data, limits)
    reader = _Reader(container, limits, deadline)
    reader.read()
    text = "\n".join(reader.lines)
    starts = {0}
    offset, line_offsets = 0, []
    for line in reader.lines:
        line_offsets.append(offset)
        offset += len(line) + 1
    for line_number, column in reader.page_marks:
        if line_number < len(line_offsets):
            starts.add(line_offsets[line_number] + min(column, len(reader.lines[line_number])))
    return ExtractedText(text, "docx", tuple(sorted(starts)), tuple(reader.notes.values()))


class _Reader:
    def __init__(self, container: Container, limits: Limits, deadline: Deadline) -> None:
        self.container = container
        self.limits = limits
        self.deadline = deadline
        self.lines: list[str] = []
        #: line and column at which pages begin
        self.page_marks: list[tuple[int, int]] = []
        self.notes: dict[str, Note] = {}
        self._size = 0
        self._pending = ""
        self._footnotes: list[tuple[str, str]] = []
        main = self._main_part()
        folder, name = posixpath.split(main)
        self._relations = self._read_relations(posixpath.join(folder, "_rels", name + ".rels"))
        self._folder = folder
        self._main = container.xml(main)
        styles = self._optional("/styles")
        self._contents_styles = _styles_of_contents(styles)
        self._numbering = Numbering(self._optional("/numbering"), styles)

    # --- parts ---

    def _main_part(self) -> str:
        for kind, target in self._read_relations("_rels/.rels").items():
            if kind.endswith(_DOCUMENT_RELATION):
                return posixpath.normpath(target.lstrip("/"))
        return "word/document.xml"

    def _read_relations(self, name: str) -> dict[str, str]:
        if not self.container.has(name):
            return {}
        return {
            attribute(relation, "Type"): attribute(relation, "Target")
            for relation in self.container.xml(name)
            if attribute(relation, "TargetMode") != "External"
        }

    def _optional(self, kind: str) -> Any:
        """Root of a part by its kind of relation; None if it is missing or damaged (the text does without
        it)."""
        for relation, target in self._relations.items():
            if relation.endswith(kind):
                path = target.lstrip("/") if target.startswith("/") else posixpath.join(self._folder, target)
                path = posixpath.normpath(path)
                if self.container.has(path):
                    try:
                        return self.container.xml(path)
                    except CorruptFile:
                        message = _("A part of the document is damaged and was left out: %(part)s.")
                        self._note("part_damaged", message, part=path)
        return None

    def _note(self, code: str, message_id: str, **params: str | int) -> None:
        self.notes.setdefault(code, Note(code, message_id, params))

    # --- blocks ---

    def read(self) -> None:
        body = child(self._main, "body")
        if body is None:
            raise CorruptFile
        self._blocks(body)
        self._flush()
        if self._footnotes:
            self._read_footnotes()

    def _emit(self, line: str) -> None:
        for part in line.split("\n"):
            self.lines.append(part)
            self._size += len(part.encode("utf-8", "surrogatepass")) + 1
        if self._size > self.limits.text_bytes:
            raise TooLarge(
                _("The text of the file is longer than %(limit)s. Split the document."),
                limit=size_text(self.limits.text_bytes),
            )
        self.deadline.check()

    def _flush(self) -> None:
        if self._pending:
            pending, self._pending = self._pending, ""
            self._emit(pending)

    def _blocks(self, parent: Any) -> None:
        for element in parent:
            name = local(element.tag)
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._flush()
                self._table(element)
            elif name == "sdt":
                gallery = child(child(child(element, "sdtPr"), "docPartObj"), "docPartGallery")
                if attribute(gallery, "val") == "Table of Contents":
                    self._note("contents_left_out", _("The table of contents was left out."))
                else:
                    self._blocks_of(child(element, "sdtContent"))
            elif name in ("customXml", "ins", "moveTo", "smartTag"):
                self._blocks(element)
            elif name == "AlternateContent":
                self._blocks_of(_chosen(element))
            elif name == "altChunk":
                self._note("embedded_left_out", _("The document embeds another file, which was left out."))

    def _blocks_of(self, element: Any) -> None:
        if element is not None:
            self._blocks(element)

    def _paragraph(self, paragraph: Any) -> None:
        properties = child(paragraph, "pPr")
        if attribute(child(properties, "pStyle"), "val") in self._contents_styles:
            self._note("contents_left_out", _("The table of contents was left out."))
            return
        text, boxes = self._inline(paragraph, page_marks=True)
        label = self._numbering.label(properties)
        if label and text.strip():
            text = label + text.lstrip()
        mark = child(properties, "rPr")
        if child(mark, "del") is not None or child(mark, "moveFrom") is not None:
            # the paragraph mark itself was deleted: the next paragraph goes on in this line
            self._pending += text
        else:
            line, self._pending = self._pending + text, ""
            self._emit(line.rstrip())
        for box in boxes:
            self._flush()
            self._blocks(box)

    def _inline(self, element: Any, *, page_marks: bool = False) -> tuple[str, list[Any]]:
        """Text of a paragraph, and the contents of the text boxes that hang on it."""
        boxes: list[Any] = []
        parts: list[str] = []
        for kind, value in self._pieces(element):
            if kind == "text":
                parts.append(value)
            elif kind == "box":
                boxes.append(value)
            elif kind == "page" and page_marks:
                column = len(self._pending) + len("".join(parts).rpartition("\n")[2])
                self.page_marks.append((len(self.lines) + "".join(parts).count("\n"), column))
        text = "".join(parts)
        return text.lstrip("\t ") if text[:1] in ("\t", " ") else text, boxes

    def _pieces(self, element: Any) -> Iterator[tuple[str, Any]]:
        for node in element:
            name = local(node.tag)
            if name == "r":
                yield from self._run(node)
            elif name in (
                "hyperlink",
                "ins",
                "moveTo",
                "smartTag",
                "fldSimple",
                "customXml",
                "bdo",
                "dir",
                "sdtContent",
            ):
                yield from self._pieces(node)
            elif name == "sdt":
                content = child(node, "sdtContent")
                if content is not None:
                    yield from self._pieces(content)
            elif name == "AlternateContent":
                chosen = _chosen(node)
                if chosen is not None:
                    yield from self._pieces(chosen)
            elif name in ("oMath", "oMathPara"):
                yield "text", _mathematics(node)
            elif name in ("del", "moveFrom"):
                self._note("changes_accepted", _("Tracked changes were read as accepted."))

    def _run(self, run: Any) -> Iterator[tuple[str, Any]]:
        properties = child(run, "rPr")
        if _is_on(child(properties, "vanish")) or _is_on(child(properties, "webHidden")):
            self._note("hidden_left_out", _("Hidden text was left out."))
            return
        raised = attribute(child(properties, "vertAlign"), "val") == "superscript"
        yield from self._run_content(run, raised)

    def _run_content(self, run: Any, raised: bool) -> Iterator[tuple[str, Any]]:
        for node in run:
            name = local(node.tag)
            if name == "t":
                text = (node.text or "").replace("\n", " ").replace("\r", " ")
                if raised and text.strip("0123456789+-−") == "":
                    text = text.translate(_SUPERSCRIPTS)
                yield "text", text
            elif name in ("tab", "ptab"):
                yield "text", "\t"
            elif name in ("br", "cr"):
                if attribute(node, "type") == "page":
                    yield "page", None
                else:
                    yield "text", "\n"
            elif name == "lastRenderedPageBreak":
                yield "page", None
            elif name == "noBreakHyphen":
                yield "text", "-"
            elif name == "sym":
                yield "text", _symbol(attribute(node, "font"), attribute(node, "char"))
            elif name in ("footnoteReference", "endnoteReference"):
                if attribute(node, "customMarkFollows") not in ("1", "true", "on"):
                    self._footnotes.append((name.removesuffix("Reference"), attribute(node, "id")))
            elif name == "ruby":
                base = child(node, "rubyBase")
                if base is not None:
                    yield from self._pieces(base)
            elif name == "AlternateContent":
                chosen = _chosen(node)
                if chosen is not None:
                    yield from self._run_content(chosen, raised)
            elif name in ("drawing", "pict", "object"):
                yield from (("box", box) for box in _text_boxes(node))

    # --- tables ---

    def _table(self, table: Any) -> None:
        rows = list(self._rows(table))
        columns = max((len(row) for row in rows), default=0)
        if columns <= 1:
            # a frame around text, not a table
            for row in _descendants(table, "tr"):
                for cell in _descendants(row, "tc"):
                    self._blocks(cell)
                    self._flush()
            return
        above: list[str] = []
        for row in rows:
            texts: list[str] = []
            for cell in row:
                if cell is _CONTINUES:
                    texts.append(above[len(texts)] if len(texts) < len(above) else "")
                elif cell is _SPANNED or cell is None:
                    texts.append("")
                else:
                    texts.append(self._cell_text(cell))
            above = texts
            filled = [text for text in texts if text]
            if len(filled) == 1 and texts[0] and all(cell is _SPANNED for cell in row[1:]):
                self._emit(filled[0])
            elif filled:
                self._emit("\t".join(texts))

    def _rows(self, table: Any) -> Iterator[list[Any]]:
        for row in _descendants(table, "tr"):
            properties = child(row, "trPr")
            if child(properties, "del") is not None:
                continue
            cells: list[Any] = [None] * _bounded(attribute(child(properties, "gridBefore"), "val"))
            for cell in _descendants(row, "tc"):
                settings = child(cell, "tcPr")
                if child(settings, "cellDel") is not None:
                    continue
                merge = child(settings, "vMerge")
                continues = merge is not None and attribute(merge, "val", "continue") == "continue"
                span = max(1, _bounded(attribute(child(settings, "gridSpan"), "val", "1")))
                cells.append(_CONTINUES if continues else cell)
                cells.extend([_CONTINUES if continues else _SPANNED] * (span - 1))
            yield cells

    def _cell_text(self, cell: Any) -> str:
        """Text of a cell in one line; nested tables are read along."""
        kept, self.lines = self.lines, []
        marks, size = len(self.page_marks), self._size
        try:
            self._blocks(cell)
            self._flush()
            texts = [" ".join(line.split()) for line in self.lines]
        finally:
            self.lines = kept
            del self.page_marks[marks:]
            self._size = size
        return " ".join(text for text in texts if text)

    # --- footnotes ---

    def _read_footnotes(self) -> None:
        parts = {"footnote": self._optional("/footnotes"), "endnote": self._optional("/endnotes")}
        referenced, self._footnotes = self._footnotes, []
        seen: set[tuple[str, str]] = set()
        count = 0
        for kind, key in referenced:
            if (kind, key) in seen:
                continue
            seen.add((kind, key))
            for footnote in parts[kind] if parts[kind] is not None else ():
                if local(footnote.tag) == kind and attribute(footnote, "id") == key:
                    text = self._cell_text(footnote)
                    if text:
                        count += 1
                        self._emit(f"注{count}：{text}")
        if count:
            self._note(
                "footnotes_at_end", _("Footnotes stand at the end of the text: %(count)s."), count=count
            )


_CONTINUES: Any = object()
_SPANNED: Any = object()


def _bounded(text: str) -> int:
    return max(0, min(63, number_of(text)))


def _is_on(element: Any) -> bool:
    return element is not None and attribute(element, "val", "1") not in ("0", "false", "off")


def _chosen(alternative: Any) -> Any:
    """The variant of a piece that exists twice for old and new programs."""
    choice = child(alternative, "Choice")
    return choice if choice is not None and len(choice) else child(alternative, "Fallback")


def _descendants(parent: Any, name: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, through the wrappers that may stand between them."""
    for element in parent:
        tag = local(element.tag)
        if tag == name:
            yield element
        elif tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _descendants(element, name)


def _text_boxes(drawing: Any) -> Iterable[Any]:
    """Outermost contents of text boxes in a drawing."""
    if local(drawing.tag) == "txbxContent":
        return [drawing]
    if local(drawing.tag) == "AlternateContent":
        chosen = _chosen(drawing)
        return _text_boxes(chosen) if chosen is not None else []
    return [box for element in drawing for box in _text_boxes(element)]


def _symbol(font: str, code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    table = _SYMBOLS.get(font.lower(), {})
    known = table.get(number & 0xFF if 0xF000 <= number <= 0xF0FF else number)
    if known:
        return known
    return chr(number) if 0x20 < number < 0xD800 or 0xF900 <= number < 0xFFFE else ""


def _mathematics(element: Any) -> str:
    """A formula in one line: fractions with a stroke, indices as they follow."""
    name = local(element.tag)
    if name == "t":
        return element.text or ""
    if name == "f":
        return f"{_mathematics_of(child(element, 'num'))}/{_mathematics_of(child(element, 'den'))}"
    if name in ("sSup", "sSubSup"):
        raised = _mathematics_of(child(element, "sup"))
        if raised and raised.strip("0123456789+-−") == "":
            raised = raised.translate(_SUPERSCRIPTS)
        return _mathematics_of(child(element, "e")) + _mathematics_of(child(element, "sub")) + raised
    return "".join(_mathematics(node) for node in element)


def _mathematics_of(element: Any) -> str:
    return "" if element is None else _mathematics(element)


def _styles_of_contents(styles: Any) -> frozenset[str]:
    """Identifiers of the paragraph styles that tables of contents use."""
    return frozenset(
        attribute(style, "styleId")
        for style in (styles if styles is not None else ())
        if local(style.tag) == "style"
        and attribute(child(style, "name"), "val").lower().startswith(("toc ", "table of figures"))
    )
