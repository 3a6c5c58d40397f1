"""Activities by hand: the sources of a year, the rows of one, a form for each row, and the factor that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.pages import put_errors
from lantian.apps.sources import access
from lantian.apps.sources.actions.activities import (
    ChooseFactor,
    Facility,
    RemoveActivity,
    SaveActivity,
    SaveTotal,
)
from lantian.apps.sources.emissions import by_hand, telling
from lantian.apps.sources.emissions.rows import inventory_books
from lantian.apps.sources.filters_lists import PlaceFilter
from lantian.apps.sources.forms_activities import ActivityForm, FacilityForm, FactorForm
from lantian.apps.sources.models import Activity, InventoryRun, Source
from lantian.apps.sources.paging import PagedRows
from lantian.apps.sources.views.inventory import INVENTORIES, OfRun
from lantian.rules.sources.calculations import CALCULATIONS
from lantian.rules.sources.layout import BY_KEY

ACTIVITIES = (_("Activities"), "sources:activities")
#: facilities that a form takes
_MOST_FACILITIES = 12


def years_kept() -> list[int]:
    """The years with activities, the latest first."""
    years = Activity.objects.filter(year__isnull=False).order_by("-year").values_list("year", flat=True)
    return [year for year in years.distinct() if year is not None]


class ActivityTable(lists.LedgerTable):
    """Sources with activities in a year."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Pollution source"), order_by=("name", "pk"), attrs={"td": {"class": "lt-col-title"}})
    region = tables.Column(verbose_name=_("Region"), order_by=("region_id", "name"))
    trade = tables.Column(verbose_name=_("Trade code"), orderable=False)
    rows = tables.Column(verbose_name=_("Rows"), accessor="pk", orderable=False)

    class Meta(lists.LedgerTable.Meta):
        model = Source
        fields = ("name", "region", "trade", "rows")

    def render_name(self, value: str, record: Any) -> Any:
        """The way to its rows."""
        return format_html(
            '<a href="{}">{}</a>', reverse("sources:source_activities", args=[record.pk, record.in_year]), value
        )

    def render_rows(self, record: Any) -> str:
        """How many of which sheet."""
        return "、".join(f"{BY_KEY[sheet].name} {number}" for sheet, number in record.counted)


class ActivityFilter(lists.LedgerFilter):
    """Filters of the sources of a year."""

    search = lists.SearchFilter(["name"])
    year = django_filters.ChoiceFilter(label=_("Year"), choices=(), method="as_it_is", empty_label=None)
    region = PlaceFilter()

    class Meta:
        model = Source
        fields = ("search", "year", "region")

    def __init__(self, *args: Any, years: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = [(str(year), str(year)) for year in years]

    def as_it_is(self, queryset: Any, name: str, value: str) -> Any:
        """The page itself looks for the year."""
        return queryset


class ActivityList(lists.ListView):
    """The sources that have activities in a year."""

    model = Source
    permission = access.INVENTORY_VIEW
    table_class = ActivityTable
    filterset_class = ActivityFilter
    title = _("Activities of the inventory")
    subtitle = _("One record: rows of the workbook and rows that were entered by hand.")
    breadcrumbs = (INVENTORIES,)
    empty_title = _("No activities of this year are kept.")
    empty_hint = _("Import the workbook of activities, or enter them at a source.")

    @cached_property
    def years(self) -> list[int]:
        """The years to choose from."""
        return years_kept()

    @cached_property
    def year(self) -> int:
        """The year of the address, else the latest."""
        wanted = self.request.GET.get("year", "")
        if wanted.isdigit() and int(wanted) in self.years:
            return int(wanted)
        return self.years[0] if self.years else display.campaign_today().year - 1

    def get_subtitle(self) -> str:
        """With the year."""
        return f"{self.year} · {self.subtitle}"

    def get_filterset(self, rows: Any) -> ActivityFilter:
        """With the years."""
        return ActivityFilter(self.request.GET, queryset=rows, request=self.request, years=self.years)

    def get_queryset(self) -> Any:
        """Those with a row."""
        held = Activity.objects.filter(year=self.year, source__isnull=False).order_by().values("source")
        return super().get_queryset().live().filter(pk__in=held)

    def get_table_kwargs(self) -> dict[str, Any]:
        """By name."""
        return {"order_by": ("name",)}

    def get_table(self, rows: Any) -> Any:
        """A page of it in two steps."""
        return super().get_table(PagedRows(rows, self._on_page))

    def _on_page(self, keys: Sequence[int]) -> list[Source]:
        counted: dict[int, list[tuple[str, int]]] = {}
        rows = Activity.objects.filter(source__in=keys, year=self.year).exclude(sheet="sources")
        for key, sheet, number in (
            rows.order_by().values_list("source", "sheet").annotate(number=Count("pk")).order_by("sheet")
        ):
            counted.setdefault(key or 0, []).append((sheet, number))
        found = list(Source.objects.filter(pk__in=keys).select_related("region"))
        for source in found:
            source.counted = counted.get(source.pk, [])  # type: ignore[attr-defined]
            source.in_year = self.year  # type: ignore[attr-defined]
        return found


class _OfSource(pages.RowMixin):
    """A page about the activities of a source in a year."""

    model = Source
    permission = access.INVENTORY_VIEW
    breadcrumbs = (INVENTORIES, ACTIVITIES)

    def get_queryset(self) -> Any:
        """With its place."""
        return super().get_queryset().select_related("region")

    @property
    def year(self) -> int:
        """The year of the address."""
        year = int(self.kwargs["year"])
        if not 1949 <= year <= 2199:
            raise Http404
        return year

    def may_enter(self, source: Source) -> bool:
        """Whether the account may change its activities."""
        rows = Source.objects.filter(pk=source.pk)
        return self.user.may(access.INVENTORY_RUN) and self.actor.rows(rows, access.INVENTORY_RUN).exists()


def _gaps(found: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"pollutant": gap.pollutant or "", "why": telling.words_of(gap.why), "sheet": gap.sheet} for gap in found
    ]


class SourceActivities(_OfSource, pages.Page):
    """The rows of a source in a year, and what comes of them."""

    template_name = "sources/inventory_activities.html"

    def get_title(self) -> str:
        """Source and year."""
        return __("%(name)s, activities of %(year)s") % {"name": self.object.name, "year": self.year}

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Its page."""
        return [
            {"label": _("Page of the source"), "url": self.object.get_absolute_url(), "icon": "building-factory-2"}
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows by sheet, sums and gaps."""
        source, year = self.object, self.year
        kwargs.pop("year", None)
        rows = by_hand.rows_of(self.actor, source, year, access.INVENTORY_VIEW)
        found = by_hand.computed(rows, year)
        gaps = found.of_rows([row.pk for row in rows])[1]
        sheets = [
            {
                "key": sheet,
                "name": BY_KEY[sheet].name,
                "rows": [
                    {
                        "row": row, "words": by_hand.named(sheet, row.values), "chosen": bool(row.values.get("factor")),
                        "own": sheet == "activities" and bool(row.values.get("own_factor")),
                    }
                    for row in rows
                    if row.sheet == sheet
                ],
            }
            for sheet in by_hand.SHEETS
        ]
        return super().get_context_data(
            year=year,
            years=[year - 1, year + 1],
            sheets=[one for one in sheets if one["rows"]],
            sums=found.sums,
            gaps=_gaps(gaps),
            offered=[(sheet, BY_KEY[sheet].name) for sheet in by_hand.SHEETS],
            may_enter=self.may_enter(source),
            **kwargs,
        )


class _Form(pages.Page):
    """A form of a row: levels, a look at the result before it is kept, and keeping."""

    permission = access.INVENTORY_RUN
    template_name = "sources/inventory_activity_form.html"
    kwargs: dict[str, Any]

    @property
    def sheet(self) -> str:
        """Key of the sheet."""
        raise NotImplementedError

    @property
    def source(self) -> Source | None:
        """The source, or None for totals."""
        raise NotImplementedError

    @property
    def year(self) -> int:
        """The year."""
        raise NotImplementedError

    def texts(self) -> dict[str, str]:
        """What the form begins with."""
        return {}

    def kept_facilities(self, unit: str) -> list[Activity]:
        """Facilities of the same unit."""
        return []

    def action(self, form: ActivityForm, facilities: Sequence[FacilityForm]) -> Any:
        """What keeps it."""
        raise NotImplementedError

    def get_done_url(self, result: Any) -> str:
        """Where to go afterwards."""
        raise NotImplementedError

    def _books(self) -> Any:
        return inventory_books()

    def _forms(self, texts: Mapping[str, str], data: Any = None) -> tuple[ActivityForm, list[FacilityForm]]:
        books = self._books()
        form = ActivityForm(
            data, sheet=self.sheet, source=self.source, year=self.year, books=books, texts=texts
        )
        return form, self._facility_forms(books, texts, data)

    def _facility_forms(self, books: Any, texts: Mapping[str, str], data: Any) -> list[FacilityForm]:
        if self.sheet not in CALCULATIONS or self.source is None:
            return []
        if data is not None:
            count = str(data.get("facilities", ""))
            number = min(int(count), _MOST_FACILITIES) if count.isdigit() and len(count) < 4 else 0
            found = []
            for at in range(number):
                prefix = f"facilities-{at}"
                held = {key[len(prefix) + 1 :]: data[key] for key in data if key.startswith(prefix + "-")}
                found.append(FacilityForm(data, books=books, texts=held, prefix=prefix))
            return found
        rows: list[tuple[int, dict[str, str]]] = [
            (row.pk, by_hand.shown("facilities", row.values)) for row in self.kept_facilities(texts.get("unit", ""))
        ]
        rows.append((0, {}))
        return [
            FacilityForm(books=books, texts=held, key=key, prefix=f"facilities-{at}")
            for at, (key, held) in enumerate(rows[:_MOST_FACILITIES])
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form as it begins."""
        form, facilities = self._forms(self.texts())
        return self._shown(form, facilities)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Other levels, a look at the result, or keep it."""
        typed = {key: str(value).strip() for key, value in request.POST.items()}
        form, facilities = self._forms(typed, request.POST)
        if "levels" in request.POST:
            # Nothing is judged yet: only what the chosen class offers is shown anew.
            blank, _none = self._forms(typed)
            return self._shown(blank, [self._blank(one) for one in facilities])
        form.is_valid()
        for one in facilities:
            one.is_valid()
        action = self.action(form, facilities)
        try:
            if "preview" in request.POST and self.source is not None:
                action.check()
                action.validate()
                return self._shown(form, facilities, **self._result(action))
            result = action.execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            self._wrong(form, facilities, error)
            return self._shown(form, facilities, status=422)
        messages.success(request, _("Saved."))
        return redirect(self.get_done_url(result))

    def _blank(self, form: FacilityForm) -> FacilityForm:
        key = str(form.data.get(form.add_prefix("key"), ""))
        return FacilityForm(
            books=self._books(), texts=form.texts(), key=int(key) if key.isdigit() else 0, prefix=form.prefix
        )

    @staticmethod
    def _wrong(form: ActivityForm, facilities: Sequence[FacilityForm], error: CoreError) -> None:
        """What was refused, beside its field."""
        rest: dict[str, Any] = {}
        for name, said in error.fields.items():
            for one in facilities:
                field = name.removeprefix(f"{one.prefix}-")
                if field != name and field in one.fields:
                    one.add_error(field, said)
                    break
            else:
                rest[name] = said
        if rest or not error.fields:
            error.fields.clear()
            error.fields.update(rest)
            put_errors(form, error)

    @staticmethod
    def _result(action: Any) -> dict[str, Any]:
        _found, told, gaps = action.computed()
        return {"previewed": True, "told": told, "gaps": _gaps(gaps)}

    def _shown(
        self, form: ActivityForm, facilities: Sequence[FacilityForm], status: int = 200, **more: Any
    ) -> HttpResponse:
        context = self.get_context_data(
            form=form, facilities=facilities, layout=BY_KEY[self.sheet], source=self.source, year=self.year,
            **more,
        )  # fmt: skip
        return self.render_to_response(context, status=status)


class _SourceForm(_Form):
    """A form of a row of a source."""

    breadcrumbs = (INVENTORIES, ACTIVITIES)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the rows of the source."""
        assert self.source is not None
        address = reverse("sources:source_activities", args=[self.source.pk, self.year])
        return [*super().get_breadcrumbs(), (f"{self.source.name} {self.year}", address)]

    def kept_facilities(self, unit: str) -> list[Activity]:
        """Facilities of the same unit."""
        assert self.source is not None
        rows = by_hand.rows_of(self.actor, self.source, self.year)
        return [row for row in rows if row.sheet == "facilities" and row.values.get("unit", "") == unit]

    def row(self) -> Activity | None:
        """The row that is changed."""
        return None

    def action(self, form: ActivityForm, facilities: Sequence[FacilityForm]) -> SaveActivity:
        """What keeps the row and the facilities of its unit."""
        assert self.source is not None
        equipment = []
        for one in facilities:
            key = one.cleaned_data.get("key") or 0
            if one.cleaned_data.get("gone"):
                if key:
                    equipment.append(Facility(key, None))
            elif key or one.filled:
                equipment.append(Facility(key, one.texts()))
        return SaveActivity(
            self.actor, self.source, self.year, self.sheet, form.texts(), row=self.row(), facilities=equipment
        )

    def get_done_url(self, result: Activity) -> str:
        """To the row."""
        return reverse("sources:activity", args=[result.pk])


class ActivityNew(_SourceForm):
    """Enter a row."""

    def get_title(self) -> str:
        """The sheet."""
        assert self.source is not None
        return __("Enter %(sheet)s: %(name)s, %(year)s") % {
            "sheet": BY_KEY[self.sheet].name, "name": self.source.name, "year": self.year,
        }  # fmt: skip

    @cached_property
    def source(self) -> Source:  # type: ignore[override]
        """The source, if the account may enter its activities."""
        rows = Source.objects.all().visible_to(self.user, access.INVENTORY_RUN).select_related("region")
        found: Source = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    @property
    def sheet(self) -> str:
        """The sheet of the address."""
        sheet = str(self.kwargs["sheet"])
        if sheet not in by_hand.SHEETS:
            raise Http404
        return sheet

    @property
    def year(self) -> int:
        """The year of the address."""
        year = int(self.kwargs["year"])
        if not 1949 <= year <= 2199:
            raise Http404
        return year

    def texts(self) -> dict[str, str]:
        """The unit, where the address names one."""
        return {"unit": self.request.GET.get("unit", "")[:40]}


class _OfActivity:
    """A page of one row."""

    request: HttpRequest
    kwargs: dict[str, Any]
    user: Any
    permission: Any

    @cached_property
    def activity(self) -> Activity:
        """The row, if the account may use it."""
        rows = Activity.objects.all().visible_to(self.user, self.permission)
        rows = rows.select_related("source__region", "unit")
        found: Activity = get_object_or_404(rows, pk=self.kwargs["pk"])
        if found.sheet not in (*by_hand.SHEETS, "totals"):
            raise Http404
        return found


class ActivityEdit(_OfActivity, _SourceForm):
    """Change a row."""

    def get_title(self) -> str:
        """The row."""
        return __("Edit: %(what)s") % {"what": by_hand.named(self.activity.sheet, self.activity.values)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Totals have no source: they are entered at an inventory."""
        if self.activity.source is None or self.activity.year is None:
            raise Http404
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As above."""
        if self.activity.source is None or self.activity.year is None:
            raise Http404
        return super().post(request, *args, **kwargs)

    @property
    def source(self) -> Source:  # type: ignore[override]
        """Its source."""
        assert self.activity.source is not None
        return self.activity.source

    @property
    def sheet(self) -> str:
        """Its sheet."""
        return self.activity.sheet

    @property
    def year(self) -> int:
        """Its year."""
        return self.activity.year or 0

    def texts(self) -> dict[str, str]:
        """What is kept."""
        return by_hand.shown(self.activity.sheet, self.activity.values)

    def row(self) -> Activity:
        """The row."""
        return self.activity


class ActivityPage(_OfActivity, pages.Page):
    """A row: what it says, what comes of it, with which factors, and why."""

    permission = access.INVENTORY_VIEW
    template_name = "sources/inventory_activity.html"
    breadcrumbs = (INVENTORIES, ACTIVITIES)

    def get_title(self) -> str:
        """The row in a few words."""
        return by_hand.named(self.activity.sheet, self.activity.values) or BY_KEY[self.activity.sheet].name

    def get_subtitle(self) -> str:
        """Sheet and year."""
        return f"{BY_KEY[self.activity.sheet].name} · {self.activity.year or ''}"

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the rows of its source."""
        row = self.activity
        if row.source is None:
            return super().get_breadcrumbs()
        address = reverse("sources:source_activities", args=[row.source.pk, row.year])
        return [*super().get_breadcrumbs(), (f"{row.source.name} {row.year}", address)]

    @cached_property
    def may_enter(self) -> bool:
        """Whether the account may change it."""
        rows = Activity.objects.filter(pk=self.activity.pk)
        return self.user.may(access.INVENTORY_RUN) and self.actor.rows(rows, access.INVENTORY_RUN).exists()

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change it, take it away."""
        if not self.may_enter:
            return []
        key = [self.activity.pk]
        found = []
        if self.activity.source_id is not None:
            found.append(
                {"label": _("Edit"), "url": reverse("sources:activity_edit", args=key), "icon": "pencil", "tone": "primary"}
            )  # fmt: skip
        found.append(
            {"label": _("Take away"), "url": reverse("sources:activity_remove", args=key), "icon": "trash", "tone": "danger"}
        )  # fmt: skip
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Facts, emissions of the activity, gaps, and runs that do not know of it yet."""
        row = self.activity
        texts = by_hand.shown(row.sheet, row.values)
        fields = BY_KEY[row.sheet].fields
        told: list[dict[str, Any]] = []
        gaps: list[dict[str, Any]] = []
        if row.source is not None and row.year is not None:
            rows = by_hand.rows_of(self.actor, row.source, row.year, access.INVENTORY_VIEW)
            mine = by_hand.group(rows, row)
            if row.sheet == "facilities":
                mine = [one for one in rows if one.values.get("unit", "") == row.values.get("unit", "")]
            keys = [one.pk for one in mine]
            told, found = by_hand.computed(rows, row.year).of_rows(keys)
            gaps = _gaps(found)
        current = (
            InventoryRun.objects.all()
            .visible_to(self.user, access.INVENTORY_VIEW)
            .filter(year=row.year, current=True)
            .order_by("-finished_at")
            .first()
        )
        return super().get_context_data(
            row=row,
            facts=[(field.heading, texts[field.key]) for field in fields if texts.get(field.key)],
            told=told,
            gaps=gaps,
            may_enter=self.may_enter,
            may_choose=self.may_enter and row.sheet == "activities",
            current=current,
            stale=current is not None and current.finished_at is not None and row.changed_at > current.finished_at,
            **kwargs,
        )


class ActivityRemove(_OfActivity, pages.ActionView):
    """Take a row away."""

    permission = access.INVENTORY_RUN
    template_name = "lantian/confirm.html"
    form_class = pages.ReasonForm
    title = _("Take the activity away")
    submit_label = _("Take away")
    success_message = _("Done.")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the row."""
        return [(str(ACTIVITIES[0]), reverse(ACTIVITIES[1]))]

    def get_cancel_url(self) -> str:
        """Back to the row."""
        return reverse("sources:activity", args=[self.activity.pk])

    def run(self, form: Any) -> tuple[Any, int]:
        """Remove it."""
        year = self.activity.year or 0
        return RemoveActivity(self.actor, self.activity, reason=form.cleaned_data["reason"]).execute(), year

    def get_done_url(self, result: Any) -> str:
        """To the rows of the source."""
        source, year = result
        if source is None:
            return reverse("sources:activities")
        return reverse("sources:source_activities", args=[source.pk, year])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The question."""
        row = self.activity
        words = by_hand.named(row.sheet, row.values)
        return super().get_context_data(
            object=row,
            question=__("Take “%(what)s” out of the activities of %(year)s?") % {"what": words, "year": row.year},
            consequences=[_("Inventories that were computed before stay as they are; the next one is without it.")],
            tone="danger",
            **kwargs,
        )


class ActivityFactor(_OfActivity, pages.Page):
    """The factors for a pollutant of an activity: which one is taken and why, and another one in its place."""

    permission = access.INVENTORY_RUN
    template_name = "sources/inventory_factor.html"

    @property
    def pollutant(self) -> str:
        """The pollutant of the address."""
        return self.request.GET.get("pollutant", "")[:10]

    def get_title(self) -> str:
        """The pollutant."""
        return __("Factor of %(pollutant)s") % {"pollutant": self.pollutant}

    def get_subtitle(self) -> str:
        """The activity."""
        return by_hand.named(self.activity.sheet, self.activity.values)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the activity."""
        row = self.activity
        return [(str(ACTIVITIES[0]), reverse(ACTIVITIES[1])), (self.get_subtitle(), reverse("sources:activity", args=[row.pk]))]

    def _asked(self) -> Activity:
        row = self.activity
        if row.sheet != "activities" or row.source is None or row.year is None:
            raise Http404
        return row

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The candidates."""
        return self._page(FactorForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take another one, or the usual one again."""
        row, form = self._asked(), FactorForm(request.POST)
        if not form.is_valid():
            return self._page(form, 422)
        values = dict(form.cleaned_data)
        if "back" in request.POST:
            values |= {"name": "", "value": "", "unit": ""}
        elif not values["name"] and not values["value"]:
            form.add_error(None, __("Choose a factor of the list, or write an own value."))
            return self._page(form, 422)
        try:
            ChooseFactor(self.actor, row, self.pollutant, **values).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form, error)
            return self._page(form, 422)
        messages.success(request, _("The factor has been taken over; the result below is computed with it."))
        return redirect("sources:activity", row.pk)

    def _page(self, form: FactorForm, status: int = 200) -> HttpResponse:
        row = self._asked()
        assert row.source is not None and row.year is not None
        books = inventory_books()
        rows = by_hand.rows_of(self.actor, row.source, row.year)
        own = next(
            (one for one in by_hand.group(rows, row) if one.values.get("pollutant") == self.pollutant), None
        )
        held = by_hand.shown("activities", own.values) if own is not None else {}
        wanted = by_hand.wanted_of(row.values, row.source, row.year)
        why, none = by_hand.usual_of(books, wanted, self.pollutant)
        found = by_hand.computed(rows, row.year)
        told = [
            one
            for one in found.of_rows([one.pk for one in by_hand.group(rows, row)])[0]
            if one["emission"].pollutant == self.pollutant
        ]
        context = self.get_context_data(
            row=row, form=form, pollutant=self.pollutant,
            candidates=by_hand.factors_of(books, wanted, self.pollutant, held.get("factor", "")),
            why=why, none=none, held=held if held.get("factor") or held.get("own_factor") else None, told=told,
            picked=form.data.get("name", held.get("factor", "")) if form.is_bound else held.get("factor", ""),
        )  # fmt: skip
        return self.render_to_response(context, status=status)


class InventoryTotal(OfRun, _Form):
    """Enter a total of the statistics for the year of an inventory."""

    permission = access.INVENTORY_RUN
    title = _("Enter a total of the statistics")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the inventory."""
        return [*super().get_breadcrumbs(), (str(self.object), self.object.get_absolute_url())]

    @property
    def sheet(self) -> str:
        """The sheet of totals."""
        return "totals"

    @property
    def source(self) -> None:
        """None: a total belongs to a place."""
        return None

    @property
    def year(self) -> int:
        """That of the inventory."""
        return int(self.object.year)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the way back."""
        return super().get_context_data(back=self.get_done_url(None), **kwargs)

    def texts(self) -> dict[str, str]:
        """The place of the inventory."""
        region = self.object.region
        return {"region": region.code if region is not None else ""}

    def action(self, form: ActivityForm, facilities: Sequence[FacilityForm]) -> SaveTotal:
        """What keeps it."""
        return SaveTotal(self.actor, self.object, form.texts())

    def get_done_url(self, result: Any) -> str:
        """Back to the check."""
        return reverse("sources:inventory_balance", args=[self.object.pk])

