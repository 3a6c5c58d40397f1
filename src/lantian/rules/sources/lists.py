"""The full-scope lists (全口径清单): which there are, what identifies an entry, and which facts it has.

The book ``lists.json`` names each list that the plans order, with document and item. A field is defined once, in the
dictionary of fields; lists refer to it by its key. What the documents do not settle is marked so (``unsure``).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from lantian.rules.sources.errors import BookError, DefinitionError, IdentifierError, Message, _
from lantian.rules.sources.fields import (
    FieldKind,
    ListField,
    Option,
    Scope,
    Value,
    check_field,
)
from lantian.rules.sources.permits import parse_permit

#: kinds of sources
SOURCE_KINDS = (
    "enterprise", "site", "yard", "gas_station", "oil_depot", "restaurant", "mixing_plant", "mine", "repair_shop",
    "coal_seller", "coal_depot", "livestock_farm", "vehicle", "machine", "road", "land", "village", "project",
    "vendor", "trade",
)  # fmt: skip
#: kinds of units of a source
UNIT_KINDS = (
    "line", "process", "kiln", "boiler", "facility", "outlet", "tank", "storage", "material", "cems", "meter",
)  # fmt: skip

#: what stands for a part of a key that nobody wrote: the first site of an enterprise is 001 (HJ 608)
_KEY_DEFAULTS = {"site_number": "001"}


@dataclass(frozen=True, slots=True)
class ListType:
    """A list.

    Attributes
    ----------
    name, english
        What officials call it, and in English.
    group
        Code of the group that the office shows it in.
    subject
        Kind of source or unit that an entry is.
    natural_key
        Keys of the fields that identify an entry, in order.
    other_keys
        What identifies it where a part of the natural key is not known, the better first.
    fields
        Its columns in order; ``required`` is meant for this list.
    owners
        Who keeps it, in the words of the documents.
    named_in
        Documents and items that order it.
    frozen_after_confirmation
        Once confirmed, it changes only by the announced procedure.
    quantity
        Its rows are quantities of a place and time, no identities.
    unsure
        What is not settled about the list or its key.
    """

    code: str
    name: str
    english: str
    group: str
    subject: str
    natural_key: tuple[str, ...]
    fields: tuple[ListField, ...]
    owners: tuple[str, ...] = ()
    named_in: tuple[str, ...] = ()
    other_keys: tuple[tuple[str, ...], ...] = ()
    frozen_after_confirmation: bool = False
    quantity: bool = False
    note: str = ""
    unsure: str = ""

    @property
    def is_of_units(self) -> bool:
        """Whether an entry is a unit of a source."""
        return self.subject in UNIT_KINDS

    @property
    def required(self) -> tuple[ListField, ...]:
        """The fields that an entry must have."""
        return tuple(field for field in self.fields if field.required)

    def field(self, key: str) -> ListField:
        """A column by its key; :class:`KeyError` where the list has none."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(key)

    def of_scope(self, scope: Scope) -> tuple[ListField, ...]:
        """The columns that are facts of the source, of the unit, or of this list only."""
        return tuple(field for field in self.fields if field.scope is scope)


@dataclass(frozen=True, slots=True)
class ListBook:
    """The dictionary of fields and the lists.

    Attributes
    ----------
    groups
        Code → name and English name, in the order of the office.
    documents
        Key of a document → its number.
    elsewhere
        What the plans call a list but another room keeps: item → room.
    """

    fields: Mapping[str, ListField]
    lists: Mapping[str, ListType]
    groups: Mapping[str, tuple[str, str]]
    documents: Mapping[str, str]
    elsewhere: Mapping[str, str]

    def of_subject(self, subject: str) -> tuple[ListType, ...]:
        """The lists whose entries are sources or units of a kind."""
        return tuple(one for one in self.lists.values() if one.subject == subject)


@lru_cache(maxsize=1)
def list_book() -> ListBook:
    """The book that comes with the house.

    Raises
    ------
    BookError
    """
    text = resources.files("lantian.rules.books.sources").joinpath("lists.json").read_text("utf-8")
    return read_list_book(json.loads(text))


def read_list_book(data: Mapping[str, Any]) -> ListBook:
    """A book out of its data, checked as a whole.

    Raises
    ------
    BookError
    """
    options = {
        name: tuple(Option(row[0], row[1], row[2], tuple(row[3:])) for row in rows)
        for name, rows in data["options"].items()
    }
    fields: dict[str, ListField] = {}
    for row in data["fields"]:
        field = _field(row, options)
        if field.key in fields:
            raise BookError("lists", field.key, "two fields have this key")
        fields[field.key] = field
    groups: dict[str, tuple[str, str]] = {code: (zh, en) for code, zh, en in data["groups"]}
    lists: dict[str, ListType] = {}
    for row in data["lists"]:
        one = _list(row, data, fields)
        if one.code in lists:
            raise BookError("lists", one.code, "two lists have this code")
        _check_list(one, groups, data["documents"])
        lists[one.code] = one
    return ListBook(fields, lists, groups, data["documents"], data["elsewhere"])


def _field(row: Mapping[str, Any], options: Mapping[str, tuple[Option, ...]]) -> ListField:
    try:
        field = ListField(
            key=row["key"],
            label=row["label"],
            english=row["english"],
            kind=FieldKind(row.get("kind", "text")),
            scope=Scope(row.get("scope", "source")),
            unit=row.get("unit", ""),
            options=options[row["options"]] if "options" in row else (),
            note=row.get("note", ""),
            least=_decimal(row.get("least")),
            most=_decimal(row.get("most")),
            digits=row.get("digits"),
            unsure=row.get("unsure", ""),
        )
        check_field(field)
    except (KeyError, ValueError) as error:
        raise BookError("lists", str(row.get("key")), str(error)) from error
    return field


def _decimal(value: str | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _list(row: Mapping[str, Any], data: Mapping[str, Any], known: Mapping[str, ListField]) -> ListType:
    keys: dict[str, None] = {}
    for name in (*row["fields"], "+entry"):
        for key in data["field_groups"][name[1:]] if name.startswith("+") else (name,):
            keys.setdefault(key)
    required = {*row.get("required", ()), "name"}
    if not row.get("other_keys"):
        required |= {*row["key"]} - {*_KEY_DEFAULTS}
    missing = [key for key in keys if key not in known]
    if missing:
        raise BookError("lists", row["code"], f"there is no field {missing[0]}")
    return ListType(
        code=row["code"],
        name=row["name"],
        english=row["english"],
        group=row["group"],
        subject=row["subject"],
        natural_key=tuple(row["key"]),
        other_keys=tuple(tuple(key) for key in row.get("other_keys", ())),
        fields=tuple(replace(known[key], required=key in required) for key in keys),
        owners=tuple(data["owners"][owner] for owner in row.get("owners", ())),
        named_in=tuple(row.get("named_in", ())),
        frozen_after_confirmation=row.get("frozen", False),
        quantity=row.get("quantity", False),
        note=row.get("note", ""),
        unsure=row.get("unsure", ""),
    )


def _check_list(one: ListType, groups: Mapping[str, object], documents: Mapping[str, str]) -> None:
    keys = {field.key for field in one.fields}
    for key in (*one.natural_key, *(key for keys_ in one.other_keys for key in keys_)):
        if key not in keys:
            raise BookError("lists", one.code, f"the key {key} is no column of the list")
    if not one.natural_key:
        raise BookError("lists", one.code, "a list needs a key")
    if one.subject not in (*SOURCE_KINDS, *UNIT_KINDS):
        raise BookError("lists", one.code, f"there is no subject {one.subject}")
    if one.group not in groups:
        raise BookError("lists", one.code, f"there is no group {one.group}")
    for reference in one.named_in:
        if reference.split(" ", 1)[0] not in documents:
            raise BookError("lists", one.code, f"there is no document {reference}")
    if not one.is_of_units and one.of_scope(Scope.UNIT):
        raise BookError("lists", one.code, "facts of a unit in a list of sources")
    labels = [field.label for field in one.fields]
    for label in labels:
        if labels.count(label) > 1:
            raise BookError("lists", one.code, f"two columns are called {label}")


def extend(one: ListType, own_fields: Iterable[ListField]) -> ListType:
    """A list with the fields that an office has added, behind its own.

    Raises
    ------
    DefinitionError
        ``field_clash``, ``field_scope``, or what :func:`~lantian.rules.sources.fields.check_field` raises.
    """
    own = [replace(field, own=True) for field in own_fields]
    keys = {field.key for field in one.fields}
    labels = {_same(field.label) for field in one.fields}
    for field in own:
        check_field(field)
        if field.key in keys or _same(field.label) in labels:
            raise DefinitionError(
                "field_clash",
                Message(
                    _("The list “%(list)s” has a field %(key)s or “%(label)s” already. Use that one, or give the new"
                      " one another name."),
                    list=one.name, key=field.key, label=field.label,
                ),
            )  # fmt: skip
        if field.scope is Scope.UNIT and not one.is_of_units:
            raise DefinitionError(
                "field_scope",
                Message(
                    _("The list “%(list)s” has no units, so “%(label)s” must be a fact of the source or of the entry."),
                    list=one.name, label=field.label,
                ),
            )  # fmt: skip
        keys.add(field.key)
        labels.add(_same(field.label))
    return replace(one, fields=(*one.fields, *own))


# --- keys ---

_OUTSIDE = re.compile(
    r"[\s\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff·•・,，.。、:：;；'\"“”‘’《》<>\[\]【】〔〕_]+"
)
_BRACKETS = str.maketrans(
    {"（": "(", "）": ")", "﹙": "(", "﹚": ")", "｛": "(", "｝": ")", "{": "(", "}": ")"}
)
_DASHES = re.compile("[-‐‑‒–—―－~～]+")


@lru_cache(maxsize=16384)
def _same(text: str) -> str:
    """A word as it is compared: width, case, spaces, brackets and punctuation do not matter.

    >>> _same("晴川市（云山）水泥 有限公司．"), _same("晴川市(云山)水泥有限公司")
    ('晴川市(云山)水泥有限公司', '晴川市(云山)水泥有限公司')
    """
    plain = unicodedata.normalize("NFKC", text).translate(_BRACKETS).casefold()
    return _DASHES.sub("-", _OUTSIDE.sub("", plain))


def natural_key_of(one: ListType, values: Mapping[str, Value]) -> tuple[str, ...] | None:
    """What identifies an entry: the names of the fields, then their values, normalised.

    Parameters
    ----------
    values
        Key of a field → value as :func:`~lantian.rules.sources.cells.read_value` gives it.

    Returns
    -------
    tuple of str or None
        The names of the fields joined by ``+``, and their values; of the best key that is complete. None where
        none is. A permit number gives credit code and number of the site where they are not written.

    Examples
    --------
    >>> kilns = list_book().lists["kilns"]
    >>> natural_key_of(kilns, {"permit_number": "91130200699229617X002P", "kiln_number": "mf0001"})
    ('uscc+site_number+kiln_number', '91130200699229617X', '002', 'MF0001')
    """
    return next(_complete(one, values), None)


def natural_keys_of(one: ListType, values: Mapping[str, Value]) -> list[tuple[str, ...]]:
    """Every key that identifies an entry, the best first; each as :func:`natural_key_of` gives one."""
    return list(_complete(one, values))


def _complete(one: ListType, values: Mapping[str, Value]) -> Iterator[tuple[str, ...]]:
    filled = _filled({key: values[key] for key in key_fields(one) if key in values})
    for keys, name in _ways(one.natural_key, one.other_keys):
        parts = [key_part(filled.get(key, _KEY_DEFAULTS.get(key))) for key in keys]
        if all(parts):
            yield (name, *parts)


def key_fields(one: ListType) -> frozenset[str]:
    """The fields that the keys of a list are made of, or can be told from."""
    return _key_fields(one.natural_key, one.other_keys)


@lru_cache(maxsize=512)
def _key_fields(first: tuple[str, ...], others: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    return frozenset(first).union(*others, ("permit_number", "uscc", "site_number"))


@lru_cache(maxsize=512)
def _ways(
    first: tuple[str, ...], others: tuple[tuple[str, ...], ...]
) -> tuple[tuple[tuple[str, ...], str], ...]:
    return tuple((keys, "+".join(keys)) for keys in (first, *others))


def key_part(value: Value) -> str:
    """A value as a part of a key; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, tuple):
        return "/".join(value)
    return _same(str(value)).upper()


def _filled(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values that say something, with what a permit number tells of unit and site."""
    found: dict[str, Value] = {key: value for key, value in values.items() if value not in (None, "", ())}
    permit = found.get("permit_number")
    if isinstance(permit, str) and not ("uscc" in found and "site_number" in found):
        try:
            parsed = parse_permit(permit)
        except IdentifierError:
            return found
        if parsed.has_uscc and found.get("uscc", parsed.unit) == parsed.unit:
            found.setdefault("uscc", parsed.unit)
            found.setdefault("site_number", parsed.site)
        if not parsed.has_uscc:
            found["permit_number"] = parsed.stem
    site = found.get("site_number")
    if isinstance(site, str) and site.isdecimal():
        found["site_number"] = site.zfill(3)
    return found
