"""Cells of words: texts, what can be chosen, yes and no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from lantian.rules.sources.errors import InputError, Message, _
from lantian.rules.sources.fields import FieldKind, ListField, Value
from lantian.rules.sources.keys import cleaned, quoted

Reader = Callable[[str], Value]

#: what people write where there is nothing and the word cannot be a value
BLANK = frozenset({"", "/", "／", "-", "－", "—", "——", "--", "\\"})
#: the same where 无 is no value, either
NOTHING = BLANK | {"无", "暂无", "N/A", "n/a"}
_YES = frozenset("是有√✓✔☑对已y1") | {
    "yes",
    "true",
    "已安装",
    "已建",
    "已建成",
    "已联网",
    "已完成",
    "安装",
    "具备",
    "合格",
}
_NO = frozenset("否无×✗✘☐x错未不n0") | {
    "no", "false", "没有", "不是", "未安装", "未建", "未联网", "未完成", "不具备", "不合格",
}  # fmt: skip
_LONGEST_TEXT, _LONGEST_LONG_TEXT = 300, 5000
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\u00ad]")


def text_reader(field: ListField) -> Reader:
    """A reader of texts."""
    longest = _LONGEST_LONG_TEXT if field.kind is FieldKind.LONG_TEXT else _LONGEST_TEXT
    several_lines = field.kind is FieldKind.LONG_TEXT

    def reader(text: str) -> Value:
        word = text if text.isprintable() else _INVISIBLE.sub("", text)
        word = word.strip()
        if several_lines:
            word = "\n".join(" ".join(line.split()) for line in word.splitlines()).strip()
        elif not word.isprintable() or "  " in word:
            word = " ".join(word.split())
        if word in BLANK:
            return None
        if len(word) > longest:
            raise InputError(
                "text_long",
                Message(_("The text has %(found)s signs; at most %(most)s go into this field. Shorten it."),
                        found=len(word), most=longest),
                field.key,
            )  # fmt: skip
        if not _printable(word):
            raise InputError(
                "text_sign",
                Message(
                    _("The text “%(text)s” has signs that cannot be shown. Type it anew."), text=quoted(word)
                ),
                field.key,
            )
        return word

    return reader


def _printable(word: str) -> bool:
    return word.isprintable() or all(
        sign in "\n " or unicodedata.category(sign) not in ("Cc", "Cs", "Cn", "Co") for sign in word
    )


def _folded(text: str) -> str:
    """A word of an option as it is looked up."""
    return cleaned(text).casefold().replace("—", "-").replace("–", "-")


def _words(field: ListField) -> dict[str, str]:
    words: dict[str, str] = {}
    for part in ("code", "english", "also", "label"):  # the label wins where two say the same
        for option in field.options:
            said = getattr(option, part)
            for word in said if isinstance(said, tuple) else (said,):
                words[_folded(word)] = option.code
    return words


def choice_reader(field: ListField) -> Reader:
    """A reader of one thing that is chosen."""
    words = _words(field)

    def reader(text: str) -> Value:
        word = _folded(text)
        found = words.get(word)
        if found is None:
            if word in NOTHING:
                return None
            raise _no_option(field, text)
        return found

    return reader


_SEPARATORS = re.compile(r"[、,，;；/|+\n]+")


def choices_reader(field: ListField) -> Reader:
    """A reader of several things that are chosen."""
    words = _words(field)
    order = [option.code for option in field.options]

    def reader(text: str) -> Value:
        whole = words.get(_folded(text))
        if whole is not None:
            return (whole,)
        if text.strip() in NOTHING:
            return None
        found = set()
        for part in _SEPARATORS.split(text):
            if part.strip():
                code = words.get(_folded(part))
                if code is None:
                    raise _no_option(field, part)
                found.add(code)
        return tuple(code for code in order if code in found) or None

    return reader


def _no_option(field: ListField, text: str) -> InputError:
    labels = [option.label for option in field.options]
    return InputError(
        "choice_unknown",
        Message(
            _("“%(value)s” cannot be chosen for “%(field)s”. Write one of %(options)s."),
            value=quoted(text.strip()), field=field.label,
            options="、".join(labels[:12]) + ("…" if len(labels) > 12 else ""),
        ),
        field.key,
    )  # fmt: skip


def flag_reader(field: ListField) -> Reader:
    """A reader of yes and no."""

    def reader(text: str) -> Value:
        word = _folded(text)
        if word in _YES:
            return True
        if word in _NO:
            return False
        if word in BLANK:
            return None
        raise InputError(
            "not_a_flag",
            Message(_("“%(value)s” is neither yes nor no. Write 是 or 否."), value=quoted(text.strip())),
            field.key,
        )

    return reader
