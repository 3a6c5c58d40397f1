"""The gateway: how it stands, what it refused and why, and one packet read by hand."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView

from lantian.apps.core import display, pages
from lantian.apps.monitoring import access, gateway_pages
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.forms_devices import MOST_PASTED, PacketForm
from lantian.apps.monitoring.models import Device, GatewayState

#: a gateway that has said nothing for so long is down
SILENT = timedelta(seconds=90)
PAGE = 20
#: what a gateway says of itself, in words; whatever else it says is shown under its own name
NUMBERS = {
    "connections": (_("Connections"), ""),
    "frames_per_second": (_("Packets per second"), ""),
    "answered_per_second": (_("Answers per second"), ""),
    "frames": (_("Packets taken"), ""),
    "repeats": (_("Repeated packets"), ""),
    "rejects": (_("Packets refused"), ""),
    "parked": (_("Packets of unknown devices"), ""),
    "undrained": (_("Not yet in the lake"), ""),
    "since": (_("Running since"), ""),
    "bytes_per_second": (_("Bytes per second"), "B/s"),
    "cut_off": (_("Connections cut off"), ""),
    "p99_ms": (_("Answer within (99 %)"), "ms"),
}


def bytes_of(text: str) -> bytes:
    """The bytes of a pasted packet: hexadecimal figures, or text; line ends of a form are those of HJ 212 already."""
    plain = re.sub(r"(?:0x|\\x|[\s,:])+", "", text)
    if len(plain) >= 8 and len(plain) % 2 == 0 and re.fullmatch(r"[0-9A-Fa-f]+", plain):
        return bytes.fromhex(plain)
    text = text.lstrip()
    if not text.endswith(("\n", "\r")) and text.startswith("##"):
        text += "\r\n"
    return text.encode("utf-8", "surrogatepass")


def shown(raw: bytes) -> dict[str, Any]:
    """Bytes as text and as hexadecimal figures, sixteen a line."""
    lines = []
    for at in range(0, min(len(raw), 2048), 16):
        part = raw[at : at + 16]
        signs = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
        lines.append({"at": f"{at:04x}", "hex": part.hex(" "), "signs": signs})
    return {"text": _text(raw)[:4096], "lines": lines, "length": len(raw), "cut": len(raw) > 2048}


def _text(raw: bytes) -> str:
    """Bytes as text, UTF-8 or else GB 18030; the signs that end a line, and others that nobody sees, by their pictures."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    return _seen(text)


def _seen(text: Any) -> str:
    """A text in which signs that nobody sees, and that a page may not hold, are shown by their pictures."""
    return "".join(chr(0x2400 + ord(sign)) if sign < " " else "␡" if sign == "\x7f" else sign for sign in str(text))


def _value(value: Any) -> str:
    """A number or a moment that the gateway told, as people read it."""
    if isinstance(value, str):
        moment = parse_datetime(value)
        return display.campaign_date(moment) if moment is not None else value
    return display.number(value)


class GatewayPage(pages.Page):
    """How the gateway stands."""

    permission = access.GATEWAY_VIEW
    template_name = "monitoring/gateway.html"
    title = _("Gateway")
    subtitle = _("Receives what monitors send by HJ 212.")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Read a packet by hand."""
        return [
            {"label": __("Read a packet"), "url": reverse("monitoring:gateway_decode"), "icon": "binary"},
            {
                "label": __("Passwords and keys"),
                "url": reverse("monitoring:device_keys"),
                "icon": "key",
                "permission": access.DEVICE_KEY,
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """States, numbers of devices, rejects."""
        now = timezone.now()
        given = self.request.GET
        error, mn = (given.get(key, "").replace("\0", "").strip()[:most] for key, most in (("error", 60), ("mn", 40)))
        page = given.get("page", "1")
        number = max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1
        found = gateway_pages.rejects(error, mn, (number - 1) * PAGE, PAGE)
        rows = []
        for row in found.rows if found is not None else ():
            rows.append({"row": row, "why": gateway_pages.words(row.error), "bytes": shown(row.raw)})
        total = found.total if found is not None else 0
        devices = Device.objects.all()
        return super().get_context_data(
            states=[self._state(row, now) for row in GatewayState.objects.all()],
            rejects=found,
            rows=rows,
            error=error,
            mn=mn,
            number=number,
            pages=(total + PAGE - 1) // PAGE,
            reasons=[
                {"code": code, "words": gateway_pages.words(code), "count": count}
                for code, count in sorted(
                    (found.by_error if found is not None else {}).items(), key=lambda pair: -pair[1]
                )
            ],
            registered=devices.filter(state=DeviceState.ACTIVE).count(),
            parked=devices.filter(state=DeviceState.PARKED).count(),
            devices_url=reverse("monitoring:devices"),
            may_devices=self.user.may(access.MONITORING_VIEW),
            **kwargs,
        )

    @staticmethod
    def _state(row: GatewayState, now: Any) -> dict[str, Any]:
        status = row.status if isinstance(row.status, dict) else {}
        numbers = [
            {"label": NUMBERS[key][0], "unit": NUMBERS[key][1], "value": _value(status[key])}
            for key in NUMBERS
            if isinstance(status.get(key), int | float | str)
        ]
        return {"row": row, "alive": now - row.at < SILENT, "numbers": numbers, "note": status.get("note", "")}


def verdicts(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the reader says of packets, for a page."""
    told = []
    for one in found:
        error = str(one.get("error") or "")
        told.append(
            {
                "ok": bool(one.get("ok")),
                "why": gateway_pages.words(error) if error else "",
                "error": error,
                "warnings": [gateway_pages.words(str(text)) for text in one.get("warnings") or ()],
                "facts": [
                    (key, None if one.get(key) is None else _seen(one[key]))
                    for key in ("mn", "st", "cn", "qn", "flag", "version", "data_time", "length", "crc")
                ],
                "values": [
                    {
                        "factor": _seen(factor),
                        "suffixes": [(_seen(suffix), _seen(value)) for suffix, value in values.items()],
                    }
                    for factor, values in (one.get("values") or {}).items()
                ],
                "fields": [(_seen(key), _seen(value)) for key, value in (one.get("fields") or {}).items()],
                "json": json.dumps(one, ensure_ascii=False, indent=1, default=str),
            }
        )
    return told


class GatewayReject(pages.Page):
    """One refused packet: its bytes, what the reader says, and how it would be judged by the register of today."""

    permission = access.GATEWAY_VIEW
    template_name = "monitoring/gateway_reject.html"
    title = _("Refused packet")
    subtitle = _("Read once more, and judged by the register as it stands now. Nothing is stored.")
    breadcrumbs = ((_("Gateway"), "monitoring:gateway"),)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The packet and both verdicts.

        Raises
        ------
        Http404
            Where it is not kept any more.
        """
        found = gateway_pages.replay(self.kwargs["pk"])
        if found is None:
            raise Http404
        device = Device.objects.visible_to(self.user, access.MONITORING_VIEW).filter(mn=found.packet.mn).first()
        return super().get_context_data(
            found=found,
            why_then=gateway_pages.words(found.packet.error),
            why_now=gateway_pages.words(found.error),
            verdicts=verdicts(found.read),
            bytes=shown(found.packet.raw),
            device=device,
            **kwargs,
        )


class GatewayDecode(pages.PageMixin, FormView):
    """One packet, pasted in and read; nothing is stored."""

    permission = access.GATEWAY_VIEW
    template_name = "monitoring/gateway_decode.html"
    title = _("Read a packet")
    subtitle = _("Structure, length, check and content, as the gateway reads them. Nothing is stored.")
    breadcrumbs = ((_("Gateway"), "monitoring:gateway"),)
    form_class = PacketForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Read it and show the verdict."""
        packet = bytes_of(form.cleaned_data["packet"])
        found = gateway_pages.decode(packet)
        context = self.get_context_data(
            form=form,
            verdicts=verdicts(found or []),
            read=True,
            missing=found is None,
            bytes=shown(gateway_pages.masked(packet)),
        )
        return self.render_to_response(context)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say what is wrong; of what was pasted no more comes back than could be a packet."""
        form.data = form.data.copy()
        form.data["packet"] = form.data.get("packet", "")[:MOST_PASTED].replace("\0", "␀")
        return self.render_to_response(self.get_context_data(form=form), status=422)
