"""Pages of the figures by which electricity is received and judged, and of what the office sets otherwise."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from lantian.apps.core import pages
from lantian.apps.core.exceptions import NotFound
from lantian.apps.monitoring import access, forms_power, power_books
from lantian.apps.monitoring.actions import power_settings as actions
from lantian.apps.monitoring.models import PowerSetting
from lantian.apps.monitoring.views.power import CRUMBS
from lantian.rules.monitoring.book import Entry

FIGURES = (*CRUMBS, (_("Figures of electricity supervision"), "monitoring:power_books"))
#: how sure a figure is → words and colour
GRADES = {
    "H": (_("read in the text"), "green"),
    "M": (_("told alike by several"), "blue"),
    "L": (_("told by one"), "yellow"),
    "D": (_("starting value"), "neutral"),
}


class FigureList(pages.Page):
    """All figures, with what was set, by whom and when."""

    permission = access.POWER_EDIT
    title = _("Figures of electricity supervision")
    subtitle = _("By which readings are received and lines are judged: what the books say, and what the office sets otherwise.")
    breadcrumbs = CRUMBS
    template_name = "monitoring/power_books.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Book by book."""
        may = actions.for_all(self.user)
        books = [
            (power_books.filed_book(name).title, [_row(figure, may) for figure in power_books.figures(name)])
            for name in power_books.BOOKS
        ]
        return super().get_context_data(books=books, may=may, **kwargs)


def _row(figure: power_books.Figure, may: bool) -> dict[str, Any]:
    """A figure as the table shows it."""
    entry, own = figure.entry, figure.own
    words, tone = GRADES[entry.grade]
    key = [entry.book, entry.name]
    document = f"{entry.document} {entry.clause}".strip()
    return {
        "label": entry.label,
        "value": f"{entry.value} {entry.unit}".strip(),
        "document": document,
        "filed": entry.override,
        "grade": f"{entry.grade} {words}",
        "tone": tone,
        "bounds": "" if entry.settled else __("%(least)s to %(most)s") % {"least": entry.least, "most": entry.most},
        "note": entry.note,
        "own": own,
        "own_value": f"{own.value} {entry.unit}".strip() if own is not None else "",
        "holds": figure.holds,
        "set_url": reverse("monitoring:power_book_set", args=key) if may and not entry.settled else "",
        "back_url": reverse("monitoring:power_book_back", args=key) if may and own is not None else "",
    }


class _OneFigure:
    """A page about one entry."""

    kwargs: dict[str, Any]
    actor: Any

    @property
    def entry(self) -> Entry:
        """The entry of the address."""
        book = self.kwargs["book"]
        found = power_books.filed_book(book).entries.get(self.kwargs["entry"]) if book in power_books.BOOKS else None
        if found is None:
            raise NotFound
        return found

    @property
    def own(self) -> PowerSetting | None:
        """What is set."""
        return PowerSetting.objects.filter(book=self.kwargs["book"], entry=self.kwargs["entry"]).first()

    def get_subtitle(self) -> str:
        """Which one, and what the book says."""
        entry = self.entry
        return f"{entry.label} · {entry.value} {entry.unit} · {entry.document}"

    def get_done_url(self, result: PowerSetting) -> str:
        """Back to the list."""
        return reverse("monitoring:power_books")


class FigureSet(_OneFigure, pages.ActionView):
    """An own value."""

    permission = access.POWER_RULES
    title = _("Set a figure otherwise")
    breadcrumbs = FIGURES
    form_class = forms_power.FigureForm
    cancel_url_name = "monitoring:power_books"

    def get_form(self, form_class: Any = None) -> Any:
        """With the bounds of the entry beside the field."""
        form, entry = super().get_form(form_class), self.entry
        said = __("From %(least)s to %(most)s %(unit)s.") % {"least": entry.least, "most": entry.most, "unit": entry.unit}
        form.fields["value"].help_text = said
        return form

    def get_initial(self) -> dict[str, Any]:
        """What is set now."""
        own = self.own
        return {"value": own.value, "grounds": own.grounds} if own is not None else {}

    def run(self, form: Any) -> PowerSetting:
        """Set it."""
        return actions.SetFigure(
            self.actor, self.kwargs["book"], self.kwargs["entry"], **form.cleaned_data
        ).execute()


class FigureBack(_OneFigure, pages.ActionFormMixin, pages.PageMixin, FormView):
    """What the book says holds again."""

    permission = access.POWER_RULES
    title = _("Take an own figure back")
    breadcrumbs = FIGURES
    form_class = pages.ReasonForm
    template_name = "lantian/confirm.html"
    cancel_url_name = "monitoring:power_books"
    submit_label = _("Take the own figure back")
    success_message = _("Taken back.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The question."""
        own, entry = self.own, self.entry
        said = __("Shall %(value)s %(unit)s hold again, as the book says?") % {"value": entry.value, "unit": entry.unit}
        consequences = [__("What has been judged stays; the next judging goes by the book.")]
        if own is not None:
            at = timezone.localtime(own.set_at)
            consequences.append(
                __("Set to %(value)s on %(day)s: %(grounds)s")
                % {"value": own.value, "day": f"{at:%Y-%m-%d}", "grounds": own.grounds}
            )
        return super().get_context_data(question=said, consequences=consequences, tone="danger", **kwargs)

    def run(self, form: Any) -> PowerSetting:
        """Take it back."""
        return actions.TakeFigureBack(
            self.actor, self.kwargs["book"], self.kwargs["entry"], reason=form.cleaned_data["reason"]
        ).execute()
