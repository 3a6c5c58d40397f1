"""Addresses of the site: the frame, and what the apps and the API bring when they are there."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from lantian.web import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.HomeView.as_view(), name="home"),
    path("style/", views.StyleView.as_view(), name="style"),
    path("healthz", views.healthz, name="healthz"),
    path("language/", set_language, name="set_language"),
]


def _is_there(module: str) -> bool:
    found = find_spec(module)
    return found is not None and found.origin is not None


# An app brings its own addresses; one without pages brings none.
for _prefix, _module in (
    ("", "lantian.apps.core.urls"),
    ("plans/", "lantian.apps.plans.urls"),
    ("air/", "lantian.apps.air.urls"),
    ("sources/", "lantian.apps.sources.urls"),
    ("monitoring/", "lantian.apps.monitoring.urls"),
):
    if _is_there(_module):
        urlpatterns.append(path(_prefix, include(_module)))

if _is_there("lantian.web.api"):
    from importlib import import_module

    _api: Any = import_module("lantian.web.api")
    urlpatterns += [
        path("api/v1/docs", _api.ApiDocsView.as_view(), name="api_docs"),
        path("api/v1/", _api.api.urls),
    ]

if settings.DEBUG:
    from lantian.web import errors

    urlpatterns += [
        path("style/error/400/", errors.bad_request),
        path("style/error/403/", errors.permission_denied),
        path("style/error/404/", errors.not_found),
        path("style/error/413/", errors.too_large),
        path("style/error/500/", errors.server_error),
        path("style/error/csrf/", errors.csrf_failure),
    ]

handler400 = "lantian.web.errors.bad_request"
handler403 = "lantian.web.errors.permission_denied"
handler404 = "lantian.web.errors.not_found"
handler500 = "lantian.web.errors.server_error"
