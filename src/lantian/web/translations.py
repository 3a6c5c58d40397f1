"""The Chinese catalogue: merged from one fragment per room, compiled without system gettext, checked for gaps.

``python -m lantian.web.translations`` compiles; with ``--check`` it lists what stands in the way of a complete
catalogue and ends with status 1 if there is anything; ``--unused`` lists entries that no source asks for.

Message ids are English. The fragments lie in ``locale/messages/<room>.po``; what is made from them,
``locale/zh_Hans/LC_MESSAGES/django.{po,mo}``, is not kept in version control.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

WEB = Path(__file__).resolve().parent
PACKAGE = WEB.parent
FRAGMENTS = WEB / "locale" / "messages"
TARGET = WEB / "locale" / "zh_Hans" / "LC_MESSAGES"
LOCALE = "zh_Hans"

#: Functions whose first arguments are message ids; ``_`` and ``__`` are the usual short names for the lazy and plain one.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "__": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_BRACES = re.compile(r"\{(\w*)[^{}]*\}")

Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps the catalogue from being complete and sound.

    Attributes
    ----------
    kind
        ``untranslated``, ``fuzzy``, ``conflict``, ``placeholders``, ``syntax`` or ``javascript``.
    where
        File and line.
    text
        The message id, or what is wrong.
    """

    kind: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.text}"


def _key(message: Message) -> Key:
    singular = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return message.context, str(singular)


def _strings(message: Message) -> tuple[str, ...]:
    found = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return tuple(str(text or "") for text in found)


def _short(path: Path) -> str:
    try:
        return path.relative_to(PACKAGE.parent.parent).as_posix()
    except ValueError:
        return path.as_posix()


def merge(folder: Path = FRAGMENTS) -> tuple[Catalog, list[Problem]]:
    """Put the fragments together.

    Parameters
    ----------
    folder
        Where the fragments lie.

    Returns
    -------
    tuple
        The catalogue, and what is wrong with the fragments; of two translations that differ, the first is kept.
    """
    whole = Catalog(locale=LOCALE, project="LanTian", version="1", charset="utf-8", fuzzy=False)
    problems: list[Problem] = []
    origin: dict[Key, str] = {}
    for path in sorted(folder.glob("*.po")):
        try:
            with path.open("rb") as file:
                fragment = read_po(file, locale=LOCALE, abort_invalid=True)
        except (PoFileError, ValueError) as error:
            problems.append(Problem("syntax", _short(path), str(error)))
            continue
        for message in fragment:
            if not message.id:
                continue
            where = f"{_short(path)}:{message.lineno}"
            key = _key(message)
            if message.fuzzy:
                problems.append(Problem("fuzzy", where, key[1]))
                continue
            if not all(_strings(message)):
                problems.append(Problem("untranslated", where, key[1]))
                continue
            problems.extend(Problem("placeholders", where, f"{key[1]} ({error})") for error in _faults(message, whole))
            known = whole.get(message.id, context=message.context)
            if known is None:
                origin[key] = where
                whole.add(message.id, message.string, context=message.context)
            elif _strings(known) != _strings(message):
                problems.append(Problem("conflict", where, f"{key[1]} (translated otherwise at {origin[key]})"))
            elif isinstance(message.id, list | tuple) and not isinstance(known.id, list | tuple):
                # The entry that knows the plural serves both.
                whole.delete(known.id, context=known.context)
                whole.add(message.id, message.string, context=message.context)
    return whole, problems


def _faults(message: Message, catalogue: Catalog) -> Iterator[str]:
    for error in message.check(catalogue):
        yield str(error)
    ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
    if message.python_format:
        return
    wanted = {name for text in ids for name in _BRACES.findall(str(text))}
    for text in _strings(message):
        given = set(_BRACES.findall(text))
        if given - wanted or (len(ids) == 1 and wanted - given):
            yield f"{{}}-placeholders differ: {sorted(wanted)} and {sorted(given)}"


def _write(path: Path, content: bytes) -> None:
    """Put a file in place at once: several processes may build at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".catalogue-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def build(folder: Path = FRAGMENTS, target: Path = TARGET) -> list[Problem]:
    """Merge and compile the catalogue.

    Returns
    -------
    list
        What is wrong with the fragments; a faulty entry is left out, the others work.
    """
    whole, problems = merge(folder)
    text, binary = io.BytesIO(), io.BytesIO()
    write_po(text, whole, sort_output=True)
    write_mo(binary, whole)
    _write(target / "django.po", text.getvalue())
    _write(target / "django.mo", binary.getvalue())
    return problems


def ensure(folder: Path = FRAGMENTS, target: Path = TARGET) -> None:
    """Compile the catalogue if a fragment is newer than what was made from it."""
    compiled = target / "django.mo"
    made = compiled.stat().st_mtime_ns if compiled.is_file() else -1
    if any(path.stat().st_mtime_ns > made for path in [folder, *folder.glob("*.po")] if path.exists()):
        build(folder, target)


# What the sources ask for -------------------------------------------------------------------------------------------


def sources(package: Path = PACKAGE) -> Iterator[Path]:
    """Files that may hold message ids: modules, templates and our own scripts."""
    for path in sorted(package.rglob("*")):
        parts = path.relative_to(package).parts
        if "tests" in parts or "migrations" in parts or "vendor" in parts:
            continue
        if path.suffix == ".py" or (path.suffix in {".html", ".txt"} and "templates" in parts):
            yield path
        elif path.suffix == ".js" and "static" in parts:
            yield path


def messages_in(path: Path) -> Iterator[tuple[int, Key]]:
    """Message ids in one file, with their lines.

    Parameters
    ----------
    path
        A ``.py``, ``.js`` or template file.
    """
    text = path.read_text(encoding="utf-8")
    method, shift = "python", 0
    if path.suffix == ".js":
        method = "javascript"
    elif path.suffix != ".py":
        from django.utils.translation.template import templatize

        # Inside brackets Python does not care about the indentation that the page has.
        text, shift = f"(\n{templatize(text, origin=str(path))}\n)", 1
    found: Iterable[Any] = extract(method, io.BytesIO(text.encode()), KEYWORDS, options={"encoding": "utf-8"})
    for line, ids, _comments, context in found:
        # Babel gives (singular, plural) for plural forms.
        singular = ids[0] if isinstance(ids, list | tuple) else ids
        if singular:
            yield max(1, line - shift), (context, singular)


def check(package: Path = PACKAGE, folder: Path = FRAGMENTS) -> list[Problem]:
    """List everything that keeps the Chinese catalogue from being complete.

    Parameters
    ----------
    package
        Where the sources lie.
    folder
        Where the fragments lie.
    """
    whole, problems = merge(folder)
    known = {_key(message) for message in whole if message.id}
    complained = {problem.text for problem in problems if problem.kind in {"untranslated", "fuzzy"}}
    for path in sources(package):
        try:
            for line, key in messages_in(path):
                where = f"{_short(path)}:{line}"
                if path.suffix == ".js":
                    problems.append(Problem("javascript", where, f"{key[1]} (give the text in a data attribute)"))
                elif key not in known and key[1] not in complained:
                    problems.append(Problem("untranslated", where, key[1] if key[0] is None else f"{key[1]} ({key[0]})"))
        except (SyntaxError, UnicodeDecodeError) as error:
            problems.append(Problem("syntax", _short(path), str(error)))
    return problems


def unused(package: Path = PACKAGE, folder: Path = FRAGMENTS) -> list[str]:
    """Message ids of the fragments that no source asks for (those of libraries among them)."""
    whole, _problems = merge(folder)
    asked = {key for path in sources(package) for _line, key in messages_in(path)}
    return sorted(key[1] for key in {_key(message) for message in whole if message.id} - asked)


def main(arguments: list[str] | None = None) -> int:
    """Compile, check or list."""
    parser = argparse.ArgumentParser(prog="python -m lantian.web.translations", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="list what is untranslated, fuzzy or in conflict")
    parser.add_argument("--unused", action="store_true", help="list entries that no source asks for")
    options = parser.parse_args(arguments)
    if options.unused:
        print("\n".join(unused()))
        return 0
    problems = check() if options.check else build()
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.check:
        print(f"{len(problems)} problems in the Chinese catalogue")
        return 1 if problems else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
