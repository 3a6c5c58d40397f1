"""Formulas of an .xlsx file that carry no value: nothing of a file is ever computed here.

The value that was saved with a formula is what a reader gets. Where none was saved, or an error (``#REF!``), the cell
looks empty; who reads a list has to know that it is not.
"""

from __future__ import annotations

import posixpath
import re
from typing import IO

from lantian.office.errors import CorruptFile
from lantian.office.files import open_container, parse_xml
from lantian.office.limits import DEFAULT_LIMITS, MEGABYTE, Limits

#: tags of cells, formulas and values with what follows them; one walk, whatever the file is
_TAG = re.compile(rb"<(/?)(?:\w+:)?([cfv])(?=[\s/>])([^>]*)>([^<]*)")
_KIND = re.compile(rb'\bt="(\w+)"')
_HINT = re.compile(rb'<(?:\w+:)?f[\s>/]|t="e"')
_ADDRESS = re.compile(rb'\br="([A-Z]{1,3}\d{1,7})"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def formulas_without_value(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> dict[str, dict[str, str]]:
    """Cells by sheet name and address whose formula was saved without a value (``""``) or with an error.

    Raises
    ------
    OfficeError
        The container is damaged or too large.
    """
    container = open_container(data, limits)
    if not container.has("xl/workbook.xml") or not container.has("xl/_rels/workbook.xml.rels"):
        return {}
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in parse_xml(container.read("xl/_rels/workbook.xml.rels"))
    }
    found: dict[str, dict[str, str]] = {}
    for sheet in parse_xml(container.read("xl/workbook.xml")).iter("{*}sheet"):
        target = str(targets.get(sheet.get(_RELATION)) or "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if not target or not container.has(path.lower()):
            continue
        try:
            with container.zip.open(container.names[path.lower()]) as part:
                cells = _without_value(part)
        # zipfile and the decompressors below it raise many kinds of error on crafted members
        except Exception as error:
            raise CorruptFile from error
        if cells:
            found[str(sheet.get("name"))] = cells
    return found


class _Walk:
    """The state between two tags."""

    def __init__(self) -> None:
        self.cells: dict[str, str] = {}
        self.address, self.kind, self.formula, self.value = "", b"", False, b""

    def close(self) -> None:
        """Judge the cell that ends here."""
        # A formula whose value is an empty text has one.
        if self.address and (self.kind == b"e" or (self.formula and not self.value and self.kind != b"str")):
            self.cells[self.address] = self.value.decode("utf-8", "replace")[:40]
        self.address = ""

    def take(self, piece: bytes) -> None:
        """Go over a piece that ends before a tag."""
        for closing, name, attributes, text in _TAG.findall(piece):
            if name == b"c":
                self.close()
                if closing or attributes.endswith(b"/"):
                    continue
                found = _ADDRESS.search(attributes)
                self.address = found[1].decode() if found else ""
                mark = _KIND.search(attributes)
                self.kind, self.formula, self.value = mark[1] if mark else b"", False, b""
            elif not closing and name == b"f":
                self.formula = True
            elif not closing and name == b"v":
                self.value = text


def _without_value(part: IO[bytes]) -> dict[str, str]:
    walk = _Walk()
    kept = b""
    while chunk := part.read(MEGABYTE):
        content = kept + chunk
        at = content.rfind(b"<", 0, max(content.rfind(b"<c "), content.rfind(b":c ")) + 1)
        if at < 1 and len(content) > 4 * MEGABYTE:
            raise CorruptFile
        piece, kept = content[: max(at, 0)], content[max(at, 0) :]
        # Most stretches have no formula, and to know it is much faster than to look at each tag.
        if _HINT.search(piece):
            walk.take(piece)
            walk.close()
    walk.take(kept)
    walk.close()
    return walk.cells
