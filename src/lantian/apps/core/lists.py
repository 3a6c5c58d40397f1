"""Lists: one way to filter, sort, page and export every ledger.

The state of a list is its address: filter fields by name, ``sort``, ``page``, ``size``. Results are exchanged in the
page by HTMX; without scripts the same form and links load the whole page.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import unescape
from io import BytesIO
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django import forms
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db import models
from django.forms.utils import flatatt
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.encoding import force_str
from django.utils.html import conditional_escape, format_html, format_html_join, strip_tags
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from django_tables2.columns.linkcolumn import BaseLinkColumn

from lantian.apps.core import display, log
from lantian.apps.core.pages import PageMixin

PAGE_SIZES = (20, 50, 100)

#: More rows than this are not written into one Excel file while somebody waits.
EXPORT_LIMIT = 100_000

#: Parameters of the address that are not filters.
STATE = ("sort", "page", "size", "export")


class LedgerTable(tables.Table):
    """Base of every table.

    ``phone`` says what a phone does with it: ``"scroll"`` (default) keeps the first column in sight while the rest
    moves, ``"cards"`` turns each row into a card.
    """

    class Meta:
        template_name = "lantian/table.html"

    #: ``scroll`` or ``cards``
    phone: ClassVar[str] = "scroll"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Arguments and not Meta alone, which a table with a Meta of its own would lose.
        kwargs.setdefault("template_name", "lantian/table.html")
        kwargs.setdefault("attrs", {"class": "table table-vcenter lt-table"})
        kwargs.setdefault("empty_text", _("Nothing found."))
        kwargs.setdefault("default", display.ABSENT)
        kwargs.setdefault("order_by_field", "sort")
        kwargs.setdefault("page_field", "page")
        kwargs.setdefault("per_page_field", "size")
        super().__init__(*args, **kwargs)

    def body_html(self) -> SafeString:
        """The rows of the page; written here, because a template would work out each of thousands of cells anew."""
        heads = {
            column.name: format_html(
                '<td {} data-label="{}"><div class="lt-cell', column.attrs["td"].as_html(), column.header
            )
            for column in self.columns
        }
        for column in self.columns:
            column.render = _signed(column.render)
        cells = [(heads[column.name], _cell_of(column)) for column in self.columns]
        written: list[str] = []
        for row in self.paginated_rows:
            written.append(format_html("<tr {}>", row.attrs.as_html()))
            for head, cell_of in cells:
                cell = cell_of(row)
                absent = " lt-none-here" if cell == self.default else ""
                written.append(f'{head}{absent}">{conditional_escape(cell)}</div></td>\n')
            written.append("</tr>\n")
        # Every piece has been escaped above.
        return mark_safe("".join(written))


def _component(name: str, **context: Any) -> SafeString:
    return render_to_string(f"lantian/components/{name}.html", context)


_EVERYTHING = inspect.Signature([inspect.Parameter("given", inspect.Parameter.VAR_KEYWORD)])


def _signed(method: Any) -> Any:
    """A renderer that takes everything and hands on what it wants, which django-tables2 works out anew for each cell."""
    if hasattr(method, "__signature__"):
        return method
    wanted = inspect.signature(method).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in wanted):
        return method
    names = [one.name for one in wanted if one.kind is not one.VAR_POSITIONAL]

    def render(**given: Any) -> Any:
        # As django-tables2 does it: who wants what there is not is not asked.
        if any(name not in given for name in names):
            return None
        return method(**{name: given[name] for name in names})

    render.__signature__ = _EVERYTHING  # type: ignore[attr-defined]
    return render


def _cell_of(bound: Any) -> Callable[[Any], Any]:
    """What writes a column's cell of a row. django-tables2 looks the way to the value up anew for each of them.

    That way is taken for whatever is no plain attribute of a model's row: steps over relations, choices, links.
    """
    name, column = str(bound.accessor), bound.column
    plain = "__" not in name and not bound.link
    if not plain or isinstance(column, tables.ManyToManyColumn | BaseLinkColumn):
        return lambda row: row.get_cell(bound.name)
    empty, default, render = column.empty_values, bound.default, bound.render
    #: whether rows of a class show the attribute as it is
    as_it_is: dict[type, bool] = {}

    def cell(row: Any) -> Any:
        record = row.record
        kind = type(record)
        if kind not in as_it_is:
            as_it_is[kind] = isinstance(record, models.Model) and not hasattr(kind, f"get_{name}_display")
        value = getattr(record, name, None) if as_it_is[kind] else None
        if value is None or callable(value):
            return row.get_cell(bound.name)
        if value in empty:
            return default
        return render(
            value=value, record=record, column=column, bound_column=bound, bound_row=row, table=bound._table
        )

    return cell


def _without_zeros(value: Any) -> str:
    """A number without the zeros that its column adds behind the point."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=1024)
def _small(name: str, language: str | None, **context: str) -> SafeString:
    """A component that depends on few words: lists show it over and over again."""
    return _component(name, **context)


class DateColumn(tables.Column):
    """A day or a moment in campaign time."""

    def __init__(self, **extra: Any) -> None:
        extra.setdefault("attrs", {"th": {"class": "lt-col-date"}, "td": {"class": "lt-col-date"}})
        super().__init__(**extra)

    def render(self, value: date | datetime) -> str:
        """Write it."""
        return display.campaign_date(value)

    def value(self, value: Any, bound_column: Any = None) -> Any:
        """Excel gets a real date."""
        if isinstance(value, datetime):
            return value.astimezone(display.CAMPAIGN_TIME).replace(tzinfo=None) if value.tzinfo else value
        return value


class NumberColumn(tables.Column):
    """A number, set to the right, with the unit in the head or behind each value.

    Parameters
    ----------
    unit
        Unit of the whole column, written in its head.
    unit_accessor
        Where the unit of each row comes from, if rows differ.
    """

    def __init__(self, unit: str = "", unit_accessor: str = "", **extra: Any) -> None:
        extra.setdefault("attrs", {"th": {"class": "lt-num"}, "td": {"class": "lt-num"}})
        super().__init__(**extra)
        self.unit = unit
        self.unit_accessor = tables.A(unit_accessor) if unit_accessor else None

    @property
    def header(self) -> Any:
        """The label with the unit."""
        label = super().header
        if label is None or not self.unit:
            return label
        return f"{label} ({self.unit})"

    def render(self, value: Any, record: Any) -> str:
        """Write it."""
        unit = self.unit_accessor.resolve(record, safe=True, quiet=True) if self.unit_accessor else ""
        return display.quantity(value, str(unit or ""))

    def value(self, value: Any, record: Any) -> Any:
        """Excel gets the number."""
        return value


class LightColumn(tables.Column):
    """A light; the value is one of the codes of :data:`lantian.apps.core.display.LIGHTS`.

    Parameters
    ----------
    label_accessor
        Where the words beside the light come from; without it the light's own label is shown.
    """

    def __init__(self, label_accessor: str = "", **extra: Any) -> None:
        super().__init__(**extra)
        self.label_accessor = tables.A(label_accessor) if label_accessor else None

    def _label(self, value: Any, record: Any) -> Any:
        label = self.label_accessor.resolve(record, quiet=True) if self.label_accessor else None
        return label or (display.LIGHTS[value].label if value in display.LIGHTS else str(value))

    def render(self, value: Any, record: Any) -> SafeString:
        """Shape, colour and words."""
        code = value if value in display.LIGHTS else "grey"
        return _small("light", get_language(), code=code, label=force_str(self._label(value, record)))

    def value(self, value: Any, record: Any) -> str:
        """Excel gets the words."""
        return force_str(self._label(value, record))


class BadgeColumn(tables.Column):
    """A short word in a box.

    Parameters
    ----------
    tones
        Tone for each value: ``blue``, ``green``, ``yellow``, ``red``, ``grey``; others are neutral.
    """

    def __init__(self, tones: dict[Any, str] | None = None, **extra: Any) -> None:
        super().__init__(**extra)
        self.tones = tones or {}

    def render(self, value: Any, record: Any, bound_column: Any) -> SafeString:
        """Write the label of the choice in the tone of its value."""
        raw = bound_column.accessor.resolve(record, quiet=True)
        return _component("badge", label=value, tone=self.tones.get(raw, "neutral"), icon="")

    def value(self, value: Any) -> Any:
        """Excel gets the words."""
        return force_str(value)


class UnitsColumn(tables.Column):
    """Names of organisations, the first of them in full and the others behind a click."""

    def __init__(self, limit: int = 3, **extra: Any) -> None:
        extra.setdefault("orderable", False)
        super().__init__(**extra)
        self.limit = limit

    def render(self, value: Any) -> SafeString | str:
        """Write them."""
        found = display.names(value)
        if not found:
            return display.ABSENT
        if len(found) <= self.limit + 1:
            names = format_html_join("", '<span class="lt-unit-name">{}</span>', ((name,) for name in found))
            return format_html('<span class="lt-units">{}</span>', names)
        return _component("unit_list", **unit_list_context(found, self.limit))

    def value(self, value: Any) -> str:
        """Excel gets all of them."""
        return "、".join(display.names(value))


class ProgressColumn(tables.Column):
    """A bar; the value is a share between 0 and 100."""

    def render(self, value: Any) -> SafeString:
        """Write it."""
        share = _without_zeros(value)
        return _small(
            "progress",
            get_language(),
            value=share,
            max="100",
            percent=share,
            label="",
            tone="",
            text=f"{share}%",
        )

    def value(self, value: Any) -> Any:
        """Excel gets the number."""
        return value


class ClampColumn(tables.Column):
    """A long text, cut after two lines in the page; Excel gets the whole of it."""

    def render(self, value: Any) -> SafeString:
        """Write it."""
        return format_html('<span class="lt-clamp" title="{}">{}</span>', value, value)

    def value(self, value: Any) -> Any:
        """Excel gets the text."""
        return force_str(value)


class ActionsColumn(tables.Column):
    """Links at the end of a row.

    Parameters
    ----------
    links
        Function from the record to dictionaries with ``label``, ``url`` and ``icon``.
    """

    def __init__(self, links: Callable[[Any], Sequence[dict[str, Any]]], **extra: Any) -> None:
        super().__init__(
            empty_values=(),
            orderable=False,
            verbose_name=_("Actions"),
            exclude_from_export=True,
            attrs={"th": {"class": "lt-col-actions"}, "td": {"class": "lt-col-actions"}},
            **extra,
        )
        self.links = links

    def render(self, record: Any) -> SafeString:
        """Write them."""
        return _component("row_actions", links=self.links(record))


def unit_list_context(found: Sequence[str], limit: int = 3, role: Any = "") -> dict[str, Any]:
    """Split names into those shown and those behind a click."""
    limit = max(1, int(limit))
    if len(found) <= limit + 1:  # "and 1 more" takes as much room as the name itself
        limit = len(found)
    return {"shown": list(found[:limit]), "more": list(found[limit:]), "role": role}


class SearchFilter(django_filters.CharFilter):
    """One search box over several fields; each word must be found in one of them.

    Parameters
    ----------
    fields
        Lookups to search in, whatever the case.
    """

    def __init__(self, fields: Sequence[str], **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Search"))
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"type": "search", "autocomplete": "off", "inputmode": "search"})
        )
        super().__init__(**kwargs)
        self.lookups = tuple(fields)

    def filter(self, qs: Any, value: str) -> Any:
        """Narrow the rows word by word."""
        for word in (value or "").split():
            condition = models.Q()
            # Chinese knows no case, and folding the case of long texts is most of the work.
            lookup = "contains" if word.lower() == word.upper() else "icontains"
            for field in self.lookups:
                condition |= models.Q(**{f"{field}__{lookup}": word})
            qs = qs.filter(condition)
        return qs


class DayInput(forms.DateInput):
    """The browser's own day picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class LongSelect(forms.Select):
    """A choice among hundreds, written here, because a template for each option would take longer than the list."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Write it."""
        context = self.get_context(name, value, attrs)["widget"]
        written: list[str] = []
        for group, options, _index in context["optgroups"]:
            if group:
                written.append(format_html('<optgroup label="{}">', group))
            written += [
                format_html(
                    '<option value="{}"{}>{}</option>',
                    option["value"],
                    flatatt(option["attrs"]),
                    option["label"],
                )
                for option in options
            ]
            if group:
                written.append("</optgroup>")
        # Every piece has been escaped above.
        inner = mark_safe("\n".join(written))
        return format_html(
            '<select name="{}"{}>\n{}\n</select>', context["name"], flatatt(context["attrs"]), inner
        )


class DayFromFilter(django_filters.DateFilter):
    """From a day on, the day included."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DayInput())
        super().__init__(field_name=field_name, lookup_expr="gte", **kwargs)


class DayToFilter(django_filters.DateFilter):
    """Up to a day, the day included."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DayInput())
        super().__init__(field_name=field_name, lookup_expr="lte", **kwargs)


class LedgerFilter(django_filters.FilterSet):
    """Base of the filters of a list.

    Attributes
    ----------
    shown
        How many filters stand in sight; the others open with "More filters" (and are open when one of them is set).
    """

    shown: ClassVar[int] = 4

    def get_form_class(self) -> Any:
        """The form, whose choices may be long."""
        made = super().get_form_class()
        for field in made.base_fields.values():
            if type(field.widget) is forms.Select:
                quick = LongSelect(field.widget.attrs)
                quick.is_required = field.widget.is_required
                choices = field.widget.choices
                field.widget = quick
                quick.choices = choices
        return made

    @property
    def first_fields(self) -> list[Any]:
        """Fields in sight."""
        return list(self.form)[: self.shown]

    @property
    def more_fields(self) -> list[Any]:
        """Fields behind "More filters"."""
        return list(self.form)[self.shown :]

    @property
    def more_in_use(self) -> bool:
        """Whether one of the hidden fields is set."""
        return any(self.data.get(field.html_name) for field in self.more_fields)


def active_filters(filterset: Any, query: QueryDict) -> list[dict[str, Any]]:
    """Filters that are set, each with its words and the query string without it."""
    found: list[dict[str, Any]] = []
    for field in filterset.form:
        raw = [value for value in query.getlist(field.html_name) if value != ""]
        if not raw or field.errors:
            continue
        rest = query.copy()
        for name in (field.html_name, "page", "export"):
            rest.pop(name, None)
        words = "、".join(_words_of(field, value) for value in raw)
        found.append({"label": field.label, "value": words, "query": rest.urlencode()})
    return found


def _words_of(field: Any, value: str) -> str:
    choices = getattr(field.field, "choices", None)
    if isinstance(field.field, forms.ModelChoiceField):
        try:
            return str(field.field.to_python(value))
        except forms.ValidationError:
            return value
    for key, label in choices or ():
        if isinstance(label, list | tuple):
            for inner, inner_label in label:
                if str(inner) == value:
                    return str(inner_label)
        elif str(key) == value:
            return str(label)
    return value


class ListView(PageMixin, TemplateView):
    """A list of rows that the account may see.

    A subclass gives ``model`` (or ``queryset``), ``permission``, ``table_class`` and, mostly, ``filterset_class``.
    The number of queries is fixed: count, page, and what ``get_queryset`` prefetches.

    Attributes
    ----------
    export_title
        Title and file name of the Excel export; an empty text takes the title of the page.
    export_permission
        A further permission for the export; None allows it to everybody who may see the list.
    empty_title, empty_hint, empty_url_name, empty_label, empty_permission
        What a list without any rows says, and the next step it offers to who may take it.
    empty_hint_elsewhere
        What it says instead of the hint to who may not.
    """

    template_name = "lantian/list.html"
    results_template_name = "lantian/list_results.html"
    model: ClassVar[type[models.Model] | None] = None
    queryset: ClassVar[Any] = None
    table_class: ClassVar[type[LedgerTable]]
    filterset_class: ClassVar[type[LedgerFilter] | None] = None
    page_sizes: ClassVar[Sequence[int]] = PAGE_SIZES
    exportable: ClassVar[bool] = True
    export_title: Any = ""
    export_permission: ClassVar[str | None] = None
    empty_title: Any = _("There is nothing here yet.")
    empty_hint: Any = ""
    empty_hint_elsewhere: Any = ""
    empty_url_name: ClassVar[str] = ""
    empty_label: Any = ""
    empty_permission: ClassVar[str | None] = None

    def get_queryset(self) -> Any:
        """Rows under the permission; extend it with ``select_related`` and ``prefetch_related``."""
        if self.permission is None:
            raise TypeError(f"{type(self).__name__} lists rows but names no permission")
        if self.queryset is not None:
            rows = self.queryset.all()
        elif self.model is not None:
            rows = self.model._default_manager.all()
        else:
            raise TypeError(f"{type(self).__name__} names neither model nor queryset")
        return rows.listed_to(self.user, self.permission)

    def get_filterset(self, rows: Any) -> LedgerFilter | None:
        """Filters bound to the address."""
        if self.filterset_class is None:
            return None
        return self.filterset_class(self.request.GET, queryset=rows, request=self.request)

    def get_table(self, rows: Any) -> LedgerTable:
        """Table in the order of the address."""
        table = self.table_class(rows, **self.get_table_kwargs())
        sort = self.request.GET.getlist("sort")
        if sort:
            table.order_by = sort
        table.request = self.request
        return table

    def get_table_kwargs(self) -> dict[str, Any]:
        """Further arguments of the table."""
        return {}

    @property
    def page_size(self) -> int:
        """Rows on a page, one of :attr:`page_sizes`."""
        wanted = self.request.GET.get("size", "")
        allowed = {str(size): size for size in self.page_sizes}
        return allowed.get(wanted, self.page_sizes[0])

    def may_export(self) -> bool:
        """Whether the account may take the list with it."""
        return self.exportable and (self.export_permission is None or self.user.may(self.export_permission))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page, the results alone, or the Excel file."""
        rows = self.get_queryset()
        self.filterset = self.get_filterset(rows)
        self.table = self.get_table(self.filterset.qs if self.filterset is not None else rows)
        if request.GET.get("export") == "xlsx" and self.may_export():
            return self.export()
        try:
            self.table.paginate(page=request.GET.get("page", 1), per_page=self.page_size)
        except PageNotAnInteger:
            self.table.paginate(page=1, per_page=self.page_size)
        except EmptyPage:
            paginator: Paginator[Any] = self.table.paginator
            self.table.paginate(page=paginator.num_pages, per_page=self.page_size)
        response = self.render_to_response(self.get_context_data(**kwargs))
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get_template_names(self) -> list[str]:
        """The results alone for HTMX, else the page."""
        htmx = getattr(self.request, "htmx", None)
        if htmx and not htmx.history_restore_request and htmx.target == "ledger":
            return [self.results_template_name]
        return super().get_template_names()

    def get_empty_hint(self) -> Any:
        """The next step where nothing is listed; only who may take it is told to."""
        if self.empty_hint_elsewhere and self.empty_permission and not self.user.may(self.empty_permission):
            return self.empty_hint_elsewhere
        return self.empty_hint

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add table, filters and the state of the list."""
        query = self.request.GET.copy()
        for name in ("page", "export"):
            query.pop(name, None)
        chips = active_filters(self.filterset, self.request.GET) if self.filterset is not None else []
        may_start = self.empty_url_name and (
            self.empty_permission is None or self.user.may(self.empty_permission)
        )
        return super().get_context_data(
            table=self.table,
            page_obj=self.table.page,
            filterset=self.filterset,
            chips=chips,
            page_sizes=self.page_sizes,
            page_size=self.page_size,
            query=query.urlencode(),
            sort=self.request.GET.get("sort", ""),
            can_export=self.may_export(),
            empty_title=self.empty_title,
            empty_hint=self.get_empty_hint(),
            empty_url_name=self.empty_url_name if may_start else "",
            empty_label=self.empty_label,
            **kwargs,
        )

    def get_export_title(self) -> str:
        """Title of the Excel file."""
        return force_str(self.export_title or self.get_title() or __("List"))

    def export_columns(self) -> list[str]:
        """Heads of the columns that are exported."""
        return [force_str(column.header) for column in self._exported()]

    def export_rows(self) -> Iterator[list[Any]]:
        """Values of the rows, typed: numbers stay numbers, dates stay dates."""
        columns = self._exported()
        for row in self.table.rows:
            yield [plain(row.get_cell_value(column.name)) for column in columns]

    def _exported(self) -> list[Any]:
        return [column for column in self.table.columns if not column.column.exclude_from_export]

    def export(self) -> HttpResponse:
        """Write all rows of the current filter in the current order; the log keeps who took what."""
        title = self.get_export_title()
        count = len(self.table.rows)
        if count > EXPORT_LIMIT:
            return HttpResponse(
                __(
                    "This list has %(count)s rows, more than the %(limit)s that one file takes. Set a filter first."
                )
                % {"count": count, "limit": EXPORT_LIMIT},
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        # Here and not above: openpyxl is heavy, and most requests export nothing.
        from lantian.office.ledger import write_table

        stream = BytesIO()
        write_table(self.export_columns(), self.export_rows(), title, stream)
        query = {
            name: self.request.GET.getlist(name)
            for name in self.request.GET
            if name not in {"export", "page", "size"}
        }
        log.append(
            [log.entry(self.actor, "core.list.export", label=title, after={"rows": count, "filter": query})]
        )
        day = display.campaign_today().strftime("%Y%m%d")
        stem = re.sub(r"[^\w（）()-]+", "_", title)
        response = HttpResponse(
            stream.getvalue(),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        response["Content-Disposition"] = (
            content_disposition_header(True, f"{stem}_{day}.xlsx") or "attachment"
        )
        return response


def plain(value: Any) -> Any:
    """A value as a cell takes it."""
    if value is None or value == display.ABSENT:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(display.CAMPAIGN_TIME).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, bool):
        return __("Yes") if value else __("No")
    if isinstance(value, int | float | date) or type(value).__name__ == "Decimal":
        return value
    if isinstance(value, SafeString):
        # What a column has written for the page, a link mostly: a cell takes its words.
        return unescape(strip_tags(value))
    return force_str(value)
