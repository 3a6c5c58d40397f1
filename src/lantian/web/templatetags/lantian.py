"""The components that every page is built from. The style page at ``/style/`` shows each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.db.models.fields import BLANK_CHOICE_DASH
from django.http import QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantian.apps.core import display
from lantian.apps.core.lists import unit_list_context

register = template.Library()

#: Tones of badges, alerts, statistics and buttons, in Tabler's names.
TONES = {
    "neutral": "secondary",
    "grey": "secondary",
    "blue": "azure",
    "brand": "primary",
    "green": "green",
    "yellow": "yellow",
    "orange": "orange",
    "red": "red",
}

ALERTS = {
    "info": ("info", "info-circle"),
    "success": ("success", "circle-check"),
    "warning": ("warning", "alert-triangle"),
    "danger": ("danger", "alert-octagon"),
    # names of django.contrib.messages
    "error": ("danger", "alert-octagon"),
    "debug": ("info", "bug"),
}


def _words(value: Any) -> str:
    """Only letters, digits and hyphens: what may stand in a class name or an id."""
    return "".join(sign for sign in str(value) if sign.isalnum() or sign in "-_")


# Small signs -------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: Any = "") -> SafeString:
    """Show a Tabler icon; with a label it has a meaning of its own, without one it is decoration."""
    if label:
        return format_html(
            '<i class="ti ti-{}" role="img" aria-label="{}" title="{}"></i>', _words(name), label, label
        )
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', _words(name))


@register.inclusion_tag("lantian/components/light.html")
def light(status: Any, label: Any = None, bare: bool = False) -> dict[str, Any]:
    """Show a light: grey, blue, yellow, red or green, each with its own shape; ``bare`` hides the words from sight."""
    known = display.LIGHTS.get(str(status), display.LIGHTS["grey"])
    return {"code": known.code, "label": label or known.label, "bare": bare}


@register.inclusion_tag("lantian/components/badge.html")
def badge(label: Any, tone: str = "neutral", icon: str = "") -> dict[str, Any]:
    """Show a short word in a box; tones: neutral, brand, blue, green, yellow, orange, red."""
    return {"label": label, "tone": tone if tone in TONES else "neutral", "icon": _words(icon)}


@register.simple_tag
def quantity(value: Any, unit: Any = "", comparator: Any = "", value_max: Any = None) -> SafeString:
    """Write a number with its unit: ``≥95%``, ``12,480 µg/m³``, ``40–50 台``."""
    if value is None or value == "":
        return format_html('<span class="lt-absent">{}</span>', display.ABSENT)
    sign = display.COMPARATORS.get(str(comparator or ""), str(comparator or ""))
    text = display.number(value)
    if value_max is not None and value_max != "":
        text = f"{text}–{display.number(value_max)}"
    unit_text = str(unit or "")
    if not unit_text:
        return format_html('<span class="lt-quantity">{}{}</span>', sign, text)
    return format_html(
        '<span class="lt-quantity">{}{}{}<span class="lt-unit">{}</span></span>',
        sign,
        text,
        display.unit_gap(unit_text),
        unit_text,
    )


@register.simple_tag
def date_cn(value: date | datetime | None, end: date | datetime | None = None) -> SafeString:
    """Write a day (``2017-06-30``), a moment (``2017-06-30 14:05``) or an interval, in campaign time."""
    if not value and not end:
        return format_html('<span class="lt-absent">{}</span>', display.ABSENT)
    parts = [_time(part) for part in (value, end) if part]
    if len(parts) == 2 and parts[0] != parts[1]:
        return format_html('<span class="lt-date">{} – {}</span>', *parts)
    return format_html('<span class="lt-date">{}</span>', parts[0])


def _time(value: Any) -> SafeString:
    stamp = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return format_html('<time datetime="{}">{}</time>', stamp, display.campaign_date(value))


@register.inclusion_tag("lantian/components/due.html")
def due(day: date | None, finished: Any = None, today: date | None = None, soon: int = 7) -> dict[str, Any]:
    """Show a deadline and how far it is: days left, due today, days overdue, or the day on which it was finished."""
    if day is None:
        return {"day": None, "absent": display.ABSENT}
    if finished:
        return {"day": _time(day), "tone": "grey", "words": "", "icon": ""}
    left = (day - (today or display.campaign_today())).days
    if left < 0:
        words = ngettext("%(days)s day overdue", "%(days)s days overdue", -left) % {"days": -left}
        return {"day": _time(day), "tone": "red", "words": words, "icon": "alert-octagon"}
    if left == 0:
        return {"day": _time(day), "tone": "yellow", "words": _("due today"), "icon": "alert-triangle"}
    words = ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}
    return {
        "day": _time(day),
        "tone": "yellow" if left <= soon else "grey",
        "words": words,
        "icon": "alert-triangle" if left <= soon else "",
    }


@register.inclusion_tag("lantian/components/progress.html")
def progress(value: Any, max: Any = 100, label: Any = "", tone: str = "") -> dict[str, Any]:
    """Show how much of something is done: a bar with the numbers beside it."""
    try:
        done, whole = float(value or 0), float(max or 0)
    except (TypeError, ValueError):
        done = whole = 0.0
    percent = round(100 * min(done, whole) / whole) if whole > 0 else 0
    plain_share = whole == 100
    text = f"{percent}%" if plain_share else f"{display.number(value or 0)} / {display.number(max or 0)}"
    return {
        "value": percent,
        "max": 100,
        "percent": percent,
        "label": label,
        "text": text,
        "tone": TONES.get(tone, ""),
    }


@register.inclusion_tag("lantian/components/unit_list.html")
def unit_list(units: Any, role: Any = "", limit: int = 3) -> dict[str, Any]:
    """Show organisations: the first ones in full, the others behind a click, with their role in front."""
    return {**unit_list_context(display.names(units), limit, role), "absent": display.ABSENT}


# Blocks ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("lantian/components/stat.html")
def stat(
    label: Any,
    value: Any,
    unit: Any = "",
    hint: Any = "",
    url: str = "",
    icon: str = "",
    tone: str = "",
) -> dict[str, Any]:
    """Show one number large, with unit, label and a line of explanation."""
    absent = value is None or value == ""
    return {
        "label": label,
        "number": display.number(value),
        "absent": absent,
        "unit": unit,
        "hint": hint,
        "url": url,
        "icon": _words(icon),
        "tone": tone if tone in TONES else "",
    }


@register.inclusion_tag("lantian/components/empty.html")
def empty(title: Any, hint: Any = "", url: str = "", label: Any = "", icon: str = "inbox") -> dict[str, Any]:
    """Say that there is nothing, why, and what the next step is."""
    return {"title": title, "hint": hint, "url": url, "label": label, "icon": _words(icon)}


@register.inclusion_tag("lantian/components/steps.html")
def steps(labels: Any, current: int = 1) -> dict[str, Any]:
    """Show the steps of a guided page; ``labels`` is a list, or one text with ``|`` between the steps."""
    names = [part.strip() for part in str(labels).split("|")] if isinstance(labels, str) else list(labels)
    marked = [
        {
            "number": number,
            "label": name,
            "state": "done" if number < current else "now" if number == current else "next",
        }
        for number, name in enumerate(names, 1)
    ]
    return {"steps": marked, "current": current, "total": len(names)}


@register.inclusion_tag("lantian/components/tabs.html", takes_context=True)
def tabs(context: Context, items: Sequence[Any]) -> dict[str, Any]:
    """Show links between pages of one subject: pairs of label and address, or triples with a count."""
    request = context.get("request")
    path = request.path if request is not None else ""
    found = []
    for item in items:
        label, url, *rest = item
        found.append({"label": label, "url": url, "count": rest[0] if rest else None, "active": url == path})
    return {"tabs": found}


@register.inclusion_tag("lantian/components/facts.html")
def facts(pairs: Any, columns: int = 2) -> dict[str, Any]:
    """Show pairs of label and value; what is absent is shown as absent."""
    listed = pairs.items() if isinstance(pairs, dict) else pairs
    return {
        "pairs": [
            (label, display.campaign_date(value) if isinstance(value, date) else value)
            for label, value in listed
        ],
        "columns": 1 if columns == 1 else 2,
        "absent": display.ABSENT,
    }


@register.inclusion_tag("lantian/components/source_span.html")
def source_span(
    text: Any,
    start: int | None = None,
    end: int | None = None,
    url: str = "",
    context: int = 60,
) -> dict[str, Any]:
    """Show where a value stands: the words of the document with some text around, and a link to the place.

    ``text`` is the whole text of the document with ``start`` and ``end`` given, or the words alone without them.
    """
    whole = str(text or "")
    if start is None or end is None or not 0 <= start <= end <= len(whole):
        return {
            "before": "",
            "marked": whole,
            "after": "",
            "cut_before": False,
            "cut_after": False,
            "url": url,
        }
    first, last = max(0, start - context), min(len(whole), end + context)
    return {
        "before": whole[first:start],
        "marked": whole[start:end],
        "after": whole[end:last],
        "cut_before": first > 0,
        "cut_after": last < len(whole),
        "start": start,
        "end": end,
        "url": url,
    }


@register.simple_tag
def marked_text(text: str, spans: Sequence[Any], anchor: str = "span") -> SafeString:
    """Write a text with its spans marked, each with an id ``<anchor>-<start>-<end>`` to link to.

    ``spans`` are ``(start, end)``, ``(start, end, tone)`` or ``(start, end, tone, title)``; spans that overlap an
    earlier one only keep their place to jump to.
    """
    pieces: list[Any] = []
    at = 0
    prefix = _words(anchor)
    ordered = sorted((tuple(span) for span in spans), key=lambda span: (span[0], -span[1]))
    for start, end, *rest in ordered:
        start, end = max(0, int(start)), min(len(text), int(end))
        tone = rest[0] if rest and rest[0] in TONES else "brand"
        title = rest[1] if len(rest) > 1 else ""
        if start < at or end <= start:
            pieces.append(format_html('<span id="{}-{}-{}"></span>', prefix, start, end))
            continue
        pieces.append(conditional_escape(text[at:start]))
        pieces.append(
            format_html(
                '<mark id="{}-{}-{}" class="lt-mark lt-mark-{}" title="{}">{}</mark>',
                prefix,
                start,
                end,
                tone,
                title,
                text[start:end],
            )
        )
        at = end
    pieces.append(conditional_escape(text[at:]))
    # Every piece has been escaped above.
    return mark_safe("".join(pieces))


@register.inclusion_tag("lantian/components/log_entry.html")
def log_entry(entry: Any, title: Any = "") -> dict[str, Any]:
    """Show an entry of the action log: who, when, what, before and after, and the reason."""
    before = entry.before if isinstance(entry.before, dict) else {}
    after = entry.after if isinstance(entry.after, dict) else {}
    changes = [
        {
            "name": name,
            "had": before.get(name) not in (None, "", []),
            "before": _logged(before.get(name)),
            "after": _logged(after.get(name)),
        }
        for name in dict.fromkeys([*before, *after])
    ]
    return {"entry": entry, "changes": changes, "title": title or entry.action}


def _logged(value: Any) -> str:
    if value is None or value == "":
        return display.ABSENT
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list | tuple):
        return "、".join(_logged(part) for part in value) or display.ABSENT
    if isinstance(value, dict):
        return "；".join(f"{name}: {_logged(part)}" for name, part in value.items()) or display.ABSENT
    return str(value)


@register.simple_block_tag(takes_context=True)
def card(
    context: Context,
    content: str,
    title: Any = "",
    subtitle: Any = "",
    icon: str = "",
    url: str = "",
    flush: bool = False,
    id: str = "",
) -> SafeString:
    """Wrap content in a card: ``{% card _("Title") %}…{% endcard %}``; ``flush`` leaves out the inner margin (tables)."""
    return _block(
        "card",
        content,
        title=title,
        subtitle=subtitle,
        icon=_words(icon),
        url=url,
        flush=flush,
        id=_words(id),
    )


@register.simple_block_tag
def alert(content: str, tone: str = "info", title: Any = "") -> SafeString:
    """Wrap content in a notice; tones: info, success, warning, danger."""
    name, sign = ALERTS.get(str(tone).split()[-1] if tone else "info", ALERTS["info"])
    return _block("alert", content, tone=name, icon=sign, title=title)


@register.simple_block_tag
def foldable(content: str, title: Any, open: bool = False) -> SafeString:
    """Wrap content that opens with a click, without scripts."""
    return _block("foldable", content, title=title, open=open)


@register.simple_block_tag
def buttons(content: str) -> SafeString:
    """Wrap the buttons at the end of a form; on a phone they stay in reach at the bottom."""
    return format_html('<div class="lt-buttons">{}</div>', content)


def _block(name: str, content: str, **values: Any) -> SafeString:
    # The content comes from the template engine as a SafeString: what had to be escaped has been.
    return render_to_string(f"lantian/components/{name}.html", {"content": content, **values})


@register.inclusion_tag("lantian/components/action_button.html", takes_context=True)
def action_button(
    context: Context,
    label: Any = "",
    url: str = "",
    icon: str = "",
    tone: str = "",
    permission: str | None = None,
    small: bool = False,
    **rest: Any,
) -> dict[str, Any]:
    """Show a link as a button; it is left out when the account lacks ``permission``. Tones: primary, danger, ghost."""
    user = context.get("user")
    # A template gives an empty text where a dictionary names no permission.
    shown = bool(url) and (
        not permission or (user is not None and hasattr(user, "may") and user.may(permission))
    )
    return {
        "label": label,
        "url": url,
        "icon": _words(icon),
        "tone": tone if tone in {"primary", "danger", "ghost"} else "",
        "small": small,
        "shown": shown,
    }


@register.inclusion_tag("lantian/components/post_button.html", takes_context=True)
def post_button(
    context: Context,
    label: Any,
    url: str,
    icon: str = "",
    tone: str = "",
    question: Any = "",
    permission: str | None = None,
    small: bool = False,
) -> dict[str, Any]:
    """Show a button that posts without further fields; with ``question`` the browser asks first."""
    user = context.get("user")
    return {
        "label": label,
        "url": url,
        "icon": _words(icon),
        "tone": tone if tone in {"primary", "danger", "ghost"} else "",
        "question": question,
        "small": small,
        "shown": not permission or (user is not None and hasattr(user, "may") and user.may(permission)),
        "csrf_token": context.get("csrf_token"),
    }


_chart_count = "_lantian_charts"


@register.simple_tag(takes_context=True)
def chart(context: Context, option: Any, title: Any = "", height: str = "md") -> SafeString:
    """Draw a chart with ECharts from an option dictionary; ``height`` is sm, md or lg.

    The option stands in the page as JSON, which no browser executes; without scripts the title says what is missing.
    """
    number = int(context.render_context.get(_chart_count, 0) or 0) + 1
    context.render_context[_chart_count] = number
    key = f"chart-{number}"
    return format_html(
        '<figure class="lt-chart lt-chart-{}" data-chart="{}" role="img" aria-label="{}"></figure>{}',
        height if height in {"sm", "md", "lg"} else "md",
        key,
        title,
        json_script(option, key),
    )


# Lists and forms ---------------------------------------------------------------------------------------------------


@register.inclusion_tag("lantian/components/pagination.html", takes_context=True)
def pagination(context: Context, page_obj: Page[Any] | None, target: str = "") -> dict[str, Any]:
    """Show the pages of a list; everything else in the address is kept.

    With ``target``, the id of the element that holds the list, HTMX exchanges that element alone.
    """
    if page_obj is None:
        return {"page_obj": None}
    query = _query_of(context)
    for name in ("page", "export"):
        query.pop(name, None)
    kept = query.urlencode()
    return {
        "page_obj": page_obj,
        "prefix": f"?{kept}&page=" if kept else "?page=",
        "pages": list(page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)),
        "ellipsis": page_obj.paginator.ELLIPSIS,
        "target": _words(target),
        "path": context["request"].path if "request" in context else "",
    }


def _query_of(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request is not None else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """The query string of the page with some parameters replaced; empty values remove theirs."""
    query = _query_of(context)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None and value != "":
            query[name] = str(value)
    text = query.urlencode()
    return f"?{text}" if text else "?"


_KINDS: tuple[tuple[type[forms.Widget], str, str], ...] = (
    (forms.CheckboxSelectMultiple, "choices", ""),
    (forms.RadioSelect, "choices", ""),
    (forms.CheckboxInput, "check", "lt-check"),
    (forms.ClearableFileInput, "file", "form-control"),
    (forms.FileInput, "file", "form-control"),
    (forms.Select, "input", "form-select"),
    (forms.Textarea, "input", "form-control"),
    (forms.Widget, "input", "form-control"),
)


#: What Django writes where nothing has been chosen; dashes tell nobody what to do.
_BLANK = f">{BLANK_CHOICE_DASH[0][1]}</option>"


def _with_words(widget: SafeString, required: bool) -> SafeString:
    if _BLANK not in widget:
        return widget
    words = _("Please choose") if required else _("Not chosen")
    return mark_safe(widget.replace(_BLANK, format_html(">{}</option>", words), 1))


@register.inclusion_tag("lantian/components/field.html")
def field(form_field: Any, label: Any = None, compact: bool = False, placeholder: Any = "") -> dict[str, Any]:
    """Show a field of a form with label, help, errors and its state for screen readers."""
    widget = form_field.field.widget
    kind, css = next((kind, css) for base, kind, css in _KINDS if isinstance(widget, base))
    classes = [*str(widget.attrs.get("class", "")).split(), *css.split()]
    if form_field.errors and css:
        classes.append("is-invalid")
    # A group of choices would put the class on the box around them as well.
    attrs: dict[str, Any] = {"class": " ".join(dict.fromkeys(classes))} if classes else {}
    described = [form_field.auto_id + "_helptext"] if form_field.help_text and form_field.auto_id else []
    if form_field.errors and form_field.auto_id:
        attrs["aria-invalid"] = "true"
        described.append(form_field.auto_id + "_error")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if placeholder:
        attrs["placeholder"] = placeholder
    return {
        "field": form_field,
        "kind": kind,
        "label": form_field.label if label is None else label,
        "widget": _with_words(form_field.as_widget(attrs=attrs), form_field.field.required),
        "compact": compact,
        "required": form_field.field.required,
        "password": isinstance(widget, forms.PasswordInput),
    }


@register.inclusion_tag("lantian/components/render_form.html")
def render_form(form: forms.BaseForm, columns: int = 1) -> dict[str, Any]:
    """Show all fields of a form, its general errors first."""
    return {"form": form, "columns": 2 if columns == 2 else 1}


@register.inclusion_tag("lantian/components/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """Say above a form how many fields are wrong, and what is wrong with the form as a whole."""
    return {"form": form, "wrong": sum(1 for bound in form if bound.errors) if form.is_bound else 0}
