"""Headers that Django does not set by itself."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

#: Devices and powers of the browser that no page asks for.
PERMISSIONS_POLICY = ", ".join(
    f"{power}=()"
    for power in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)


class PrivacyMiddleware(MiddlewareMixin):
    """Refuse powers of the browser, and keep pages of a logged-in person out of caches and shared computers."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers that the page did not set itself."""
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        # The session was read only where somebody asked who it is: static files stay cacheable.
        if getattr(getattr(request, "session", None), "accessed", False):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
