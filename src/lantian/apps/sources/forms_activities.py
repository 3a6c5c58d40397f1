"""Forms made of the columns of the inventory's workbook: what is typed is read as its cells are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.sources.emissions import by_hand
from lantian.apps.sources.models import Source
from lantian.rules.sources.books import EXTRA_POLLUTANTS, POLLUTANTS, Books
from lantian.rules.sources.layout import BY_KEY, Field, Kind

LEVELS = ("source_class", "trade", "item", "technology")
#: columns that a factor of one's own needs
OWN = ("pollutant", "own_factor", "own_unit", "own_grounds")
_NUMBERS = frozenset({Kind.NUMBER, Kind.SHARE, Kind.PERCENT, Kind.SIGNED, Kind.YEAR})
_FACILITY = ("technology", "pollutant", "efficiency", "running", "collection", "in_series", "side_effect", "grounds")
_YES_NO = (("", "—"), ("是", _("Yes")), ("否", _("No")))
#: words of columns that the rules know
_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("roads", "surface"): ("铺装", "未铺装"),
    ("animals", "phase"): ("液态", "固态"),
    ("burning", "way"): ("秸秆产量", "焚烧面积", "火点数", "森林", "草原"),
    ("leaks", "medium"): ("气体", "轻液体", "重液体", "所有"),
}


def _choices(values: Iterable[str], held: str) -> list[tuple[str, Any]]:
    offered = list(dict.fromkeys(values))
    if held and held not in offered:
        offered.insert(0, held)
    return [("", "—"), *((value, value) for value in offered)]


def _words_of(sheet: str, field: Field, books: Books) -> Sequence[str]:
    """What a column of words may say, where the books or the rules list it."""
    if (sheet, field.key) in _WORDS:
        return _WORDS[sheet, field.key]
    if sheet == "facilities" and field.key == "technology":
        return [one.name for one in books.technologies.values() if one.family != "collection"]
    if sheet == "animals" and field.key == "animal":
        return list(books.animals)
    if sheet == "fertilisers" and field.key == "crop":
        return list(books.fertilisers)
    if field.key == "pollutant":
        extra = ("颗粒物",) if sheet == "facilities" else EXTRA_POLLUTANTS
        return (*POLLUTANTS, *extra)
    return ()


def _field(sheet: str, field: Field, books: Books, held: str) -> forms.Field:
    words = _words_of(sheet, field, books)
    label = f"{field.heading}（%）" if field.kind is Kind.PERCENT else field.heading
    note = field.note.removeprefix("%，") if field.kind is Kind.PERCENT else field.note
    if field.kind is Kind.FLAG:
        return forms.ChoiceField(label=label, choices=_YES_NO, required=False, help_text=note)
    if words:
        return forms.CharField(
            label=label, required=False, help_text=note, widget=forms.Select(choices=_choices(words, held))
        )
    attrs = {"autocomplete": "off"}
    if field.kind in _NUMBERS:
        attrs["inputmode"] = "decimal"
    return forms.CharField(
        label=label, required=False, max_length=2000, help_text=note, widget=forms.TextInput(attrs=attrs)
    )


class ActivityForm(forms.Form):
    """The columns of a sheet; for the sheet of activities, class by class, with what its method needs.

    Nothing is required here: the action judges every field by the rules of the workbook.
    """

    def __init__(
        self,
        *args: Any,
        sheet: str,
        source: Source | None,
        year: int,
        books: Books,
        texts: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, initial=dict(texts), **kwargs)
        self.sheet, self.books = sheet, books
        layout = BY_KEY[sheet]
        hidden: set[str] = {"source_id", "year"}
        offered: dict[str, list[str]] = {}
        if sheet == "activities" and source is not None:
            wanted = by_hand.wanted_of(by_hand.read(sheet, texts)[0], source, year)
            offered = by_hand.levels(books, texts)
            offered["activity_unit"] = by_hand.units_for(books, wanted)
            needed = by_hand.needs(books, wanted)
            hidden |= {key for key in ("size_mw", "sulphur", "ash") if key not in needed and not texts.get(key)}
            hidden |= {"factor"}
        for field in layout.fields:
            if field.key in hidden:
                continue
            held = texts.get(field.key, "")
            if field.key in offered and (offered[field.key] or field.key in LEVELS):
                self.fields[field.key] = forms.CharField(
                    label=field.heading,
                    required=False,
                    widget=forms.Select(choices=_choices(offered[field.key], held)),
                    help_text="" if field.key in LEVELS else field.note,
                )
            else:
                self.fields[field.key] = _field(sheet, field, books, held)
            self.fields[field.key].wanted = field.required  # type: ignore[attr-defined]
        if "factor" in hidden:
            self.fields["factor"] = forms.CharField(required=False, widget=forms.HiddenInput())

    @property
    def levels(self) -> list[Any]:
        """The four levels but for control."""
        return [self[key] for key in LEVELS if key in self.fields] if self.sheet == "activities" else []

    @property
    def main(self) -> list[Any]:
        """The other columns."""
        aside = {*OWN, "factor", *LEVELS} if self.sheet == "activities" else set()
        return [self[key] for key in self.fields if key not in aside]

    @property
    def own(self) -> list[Any]:
        """The columns of a factor of one's own."""
        return [self[key] for key in OWN] if self.sheet == "activities" else []

    @property
    def own_open(self) -> bool:
        """Whether one is there already, or something is wrong with it."""
        return any(self[key].value() or self[key].errors for key in OWN) if self.sheet == "activities" else False

    def texts(self) -> dict[str, str]:
        """What was typed."""
        return {key: str(self.data.get(self.add_prefix(key), "") or "").strip() for key in self.fields}


class FacilityForm(forms.Form):
    """A facility of the same unit: level four of the class, what it removes, and how long it runs."""

    key = forms.IntegerField(required=False, widget=forms.HiddenInput())
    gone = forms.BooleanField(label=_("Take away"), required=False)

    def __init__(self, *args: Any, books: Books, texts: Mapping[str, str], key: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, initial={**texts, "key": key or None}, **kwargs)
        for name in _FACILITY:
            field = BY_KEY["facilities"].field(name)
            self.fields[name] = _field("facilities", field, books, texts.get(name, ""))

    @property
    def columns(self) -> list[Any]:
        """What is shown."""
        return [self[name] for name in _FACILITY]

    def texts(self) -> dict[str, str]:
        """What was typed."""
        return {name: str(self.data.get(self.add_prefix(name), "") or "").strip() for name in _FACILITY}

    @property
    def filled(self) -> bool:
        """Whether anything was typed."""
        return any(self.texts().values())


class FactorForm(forms.Form):
    """Another factor for a pollutant: one of the books, or an own value."""

    name = forms.CharField(required=False, max_length=400)
    value = forms.CharField(
        label=_("Own value"), required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    unit = forms.CharField(label=_("Unit of the own value"), required=False, max_length=40, help_text=_("as in kg/t, g/m3"))
    reason = forms.CharField(
        label=_("Grounds"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They stand in the row, in the workbook and in the log together with your name."),
    )  # fmt: skip
