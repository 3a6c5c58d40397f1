"""Pages of the frame itself: home, the style page, and a sign of life."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

import lantian
from lantian.apps.core import dashboard, display
from lantian.apps.core.pages import Page
from lantian.web import style


class HomeView(Page):
    """What waits for the account, as the apps tell it."""

    template_name = "home.html"
    title = _("Overview")

    def get_subtitle(self) -> Any:
        """The day."""
        return display.campaign_date(display.campaign_today())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the cards, with each of their styles once."""
        cards = dashboard.cards_for(self.request)
        styles = list(dict.fromkeys(path for card in cards for path in card.styles))
        return super().get_context_data(cards=cards, styles=styles, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class StyleView(TemplateView):
    """The living list of all components. It shows no data of the office."""

    template_name = "style.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the examples."""
        return super().get_context_data(
            page_title=_("Style page"),
            page_subtitle=_("Every page is built from these components."),
            **style.examples(self.request),
            **kwargs,
        )


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Tell a balancer or a watchdog whether the process answers and reaches its ledger."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return JsonResponse({"status": "failed", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "version": lantian.__version__})
