"""The web API: the routers of all apps under ``/api/v1``, one form for refusals, a page of its own as documentation."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import BaseRenderer

import lantian
from lantian.apps.core import api_registry
from lantian.apps.core.api_auth import SessionAuth, TokenAuth, Unauthenticated
from lantian.apps.core.exceptions import CoreError, NotFound
from lantian.apps.core.middleware import error_body
from lantian.apps.core.pages import Page

logger = logging.getLogger("lantian.api")


class JsonRenderer(BaseRenderer):
    """JSON in which Chinese stays readable."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        """Write it."""
        return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)


def known_callers_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """The description of the API is for those who may use it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            found = TokenAuth()(request) or SessionAuth()(request)
        except CoreError as error:
            return answer(request, error_body(error), error.status)
        if not found:
            refused = Unauthenticated()
            return answer(request, error_body(refused), refused.status)
        return view(request, *args, **kwargs)

    return guarded


def answer(request: HttpRequest, body: Any, status: int) -> HttpResponse:
    """JSON with a status."""
    return HttpResponse(
        json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False),
        status=status,
        content_type="application/json; charset=utf-8",
    )


api = NinjaAPI(
    title="LanTian",
    version=lantian.__version__,
    description="The same actions and queries as the pages. Times are ISO 8601 with offset; lists come in parts.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
    docs_decorator=known_callers_only,
    auth=[TokenAuth(), SessionAuth()],
    renderer=JsonRenderer(),
)


@api.exception_handler(CoreError)
def core_error(request: HttpRequest, error: CoreError) -> HttpResponse:
    """What an action refused."""
    return answer(request, error_body(error), error.status)


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Nobody is logged in."""
    response = core_error(request, Unauthenticated())
    response["WWW-Authenticate"] = 'Bearer realm="LanTian"'
    return response


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Values of the wrong form, beside the names of their fields."""
    fields: dict[str, list[str]] = {}
    for problem in error.errors:
        # ("body", "body", "name"): where it came from, the name of the argument, the field
        where = [str(part) for part in problem.get("loc", ())]
        name = ".".join(where[2:] if len(where) > 2 and where[0] == "body" else where[1:]) or ".".join(where)
        fields.setdefault(name, []).append(str(problem.get("msg", "")))
    body = {"code": "invalid", "message": __("Please correct the marked fields."), "fields": fields}
    return answer(request, body, 422)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """No such row."""
    return core_error(request, NotFound())


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework refuses: unreadable JSON, a missing CSRF token."""
    code, said = "bad_request", str(error)
    if error.status_code == 403:
        code = "csrf"
        said = __("A change through a session needs the CSRF token of the page (header X-CSRFToken).")
    return answer(request, {"code": code, "message": said, "fields": {}}, error.status_code)


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Our mistake; the details stay in the log of the server."""
    logger.exception("the API failed at %s %s", request.method, request.path)
    body = {
        "code": "server_error",
        "message": __("Something went wrong on our side. Your last step was not carried out."),
        "fields": {},
    }
    return answer(request, body, 500)


for _part in api_registry.parts():
    api.add_router(_part.prefix, _part.load(), tags=[_part.tag])


def described() -> list[dict[str, Any]]:
    """The operations by heading, out of the OpenAPI description, for the page."""
    schema: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), cls=DjangoJSONEncoder))
    parts = schema.get("components", {}).get("schemas", {})
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            summary = operation.get("summary", "")
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            answers = [
                {
                    "status": status,
                    "name": _name(content.get("content", {}).get("application/json", {}).get("schema", {})),
                }
                for status, content in operation.get("responses", {}).items()
            ]
            groups.setdefault((operation.get("tags") or ["API"])[0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "id": operation.get("operationId", ""),
                    "summary": __(summary) if summary else "",
                    "text": operation.get("description", ""),
                    "parameters": [
                        {
                            "name": parameter["name"],
                            "where": parameter["in"],
                            "type": _name(parameter.get("schema", {})),
                            "required": parameter.get("required", False),
                            "text": parameter.get("schema", {}).get("description", ""),
                        }
                        for parameter in operation.get("parameters", [])
                    ],
                    "body": _fields(body, parts),
                    "answers": answers,
                }
            )
    return [{"tag": __(tag), "operations": listed} for tag, listed in groups.items()]


def _name(schema: dict[str, Any]) -> str:
    """A type in a word."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " | ".join(_name(part) for part in schema[key])
    if schema.get("type") == "array":
        return f"[{_name(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    words = schema.get("format") or schema.get("type") or ""
    return str(words)


def _fields(schema: dict[str, Any], parts: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a body."""
    if "$ref" in schema:
        schema = parts.get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "type": _name(field),
            "required": name in required,
            "text": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


class ApiDocsView(Page):
    """The documentation of the API, made from its description, without anything from outside."""

    template_name = "core/api_docs.html"
    title = _("API documentation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the operations."""
        return super().get_context_data(groups=described(), **kwargs)
