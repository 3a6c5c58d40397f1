"""Stations and cities by what tables call them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_NOTE = re.compile(r"[(（\[【].*?[)）\]】]")
_PEOPLES = (
    "藏|羌|彝|回|苗|侗|壮|瑶|白|傣|水|满|畲|黎|傈僳|景颇|哈尼|土家|布依|朝鲜|蒙古|哈萨克|柯尔克孜|维吾尔"
)
_CITY_ENDS = re.compile(rf"(?:市|地区|盟|(?:(?:{_PEOPLES})族?)*自治州|州|地)$")


@dataclass(frozen=True, slots=True)
class Key:
    """What a row says about whom it belongs to."""

    code: str = ""
    name: str = ""
    city: str = ""

    @property
    def text(self) -> str:
        """The key as one line."""
        return " ".join(part for part in (self.code, self.city, self.name) if part)


@dataclass(frozen=True, slots=True)
class Known:
    """A station or city of the register."""

    code: str
    name: str = ""
    city: str = ""


def name_key(name: str) -> str:
    """A name without its notes (启用…, 停运…, 对照点), spaces and case.

    >>> name_key("岗李水库(对照点)"), name_key("太极 体育中心（停运191231）")
    ('岗李水库', '太极体育中心')
    """
    plain = unicodedata.normalize("NFKC", name)
    return re.sub(r"\s", "", _NOTE.sub("", plain)).lower() or re.sub(r"\s", "", plain).lower()


def city_key(city: str) -> str:
    """A city's name without its kind.

    >>> city_key("郑州市"), city_key("日喀则地区"), city_key("甘孜藏族自治州"), city_key("郑州")
    ('郑州', '日喀则', '甘孜', '郑州')
    """
    plain = name_key(city)
    short = _CITY_ENDS.sub("", plain)
    return short if len(short) >= 2 else plain


class Register:
    """The stations (or cities) that are known.

    A key is told by its code; without one by its name within its city; without a city by its name where only one
    is called so.
    """

    def __init__(self, known: Iterable[Known]) -> None:
        self._codes: dict[str, str] = {}
        self._in_city: dict[tuple[str, str], set[str]] = {}
        self._names: dict[str, set[str]] = {}
        for one in known:
            self._codes[one.code.strip().upper()] = one.code
            if one.name:
                name = name_key(one.name)
                self._in_city.setdefault((city_key(one.city), name), set()).add(one.code)
                self._names.setdefault(name, set()).add(one.code)

    def __len__(self) -> int:
        return len(self._codes)

    def find(self, key: Key) -> tuple[str | None, str]:
        """The code, or None with the reason: ``unknown_station`` or ``ambiguous_station``."""
        for text in (key.code, key.name):
            found = self._codes.get(text.strip().upper()) if text else None
            if found is not None:
                return found, ""
        name = name_key(key.name or (key.code if not key.name else ""))
        if not name:
            return None, "unknown_station"
        candidates = self._in_city.get((city_key(key.city), name)) if key.city else self._names.get(name)
        if not candidates:
            return None, "unknown_station"
        if len(candidates) > 1:
            return None, "ambiguous_station"
        return next(iter(candidates)), ""


class Cities(Register):
    """Cities (or other regions) by code, name and short name."""

    def __init__(self, known: Iterable[Known]) -> None:
        known = list(known)
        super().__init__(known)
        self._short: dict[str, set[str]] = {}
        for one in known:
            self._short.setdefault(city_key(one.name), set()).add(one.code)

    def find(self, key: Key) -> tuple[str | None, str]:
        """The code of a city by its code or name."""
        text = key.code or key.city or key.name
        found = self._codes.get(text.strip().upper())
        if found is not None:
            return found, ""
        for other in (key.city, key.name):
            candidates = self._short.get(city_key(other)) if other else None
            if candidates:
                return (next(iter(candidates)), "") if len(candidates) == 1 else (None, "ambiguous_station")
        return None, "unknown_station"
