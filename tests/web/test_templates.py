"""The templates keep to the content security policy and to the machines that have no way into the internet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "lantian"
TEMPLATES = sorted(SOURCE.glob("**/templates/**/*.html"))

_COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
_SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
_RULES = (
    ("a style block", re.compile(r"<style\b", re.IGNORECASE)),
    ("an inline handler", re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE)),
    ("an htmx handler that evaluates code", re.compile(r"\shx-(on[:-]|vars\b)", re.IGNORECASE)),
    ("evaluated htmx values", re.compile(r"hx-(vals|headers)\s*=\s*[\"']\s*(js|javascript):", re.IGNORECASE)),
    ("a javascript address", re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE)),
    (
        "something loaded from elsewhere",
        re.compile(
            r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE
        ),
    ),
)


def offences(text: str) -> list[str]:
    """What a template must not hold."""
    text = _COMMENT.sub("", text)
    found = [name for name, rule in _RULES if rule.search(text)]
    if any(
        "src=" not in attributes and "application/json" not in attributes
        for attributes in _SCRIPT.findall(text)
    ):
        found.append("an inline script")
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_template_holds_no_inline_script_style_or_handler(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


def test_there_are_templates_to_look_at() -> None:
    assert {"base.html", "plain.html", "style.html"} <= {path.name for path in TEMPLATES}


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("an inline script", "<script>alert(1)</script>"),
        ("an inline script", '<SCRIPT type="module">import "x"</SCRIPT>'),
        ("a style block", "<style>p { color: red }</style>"),
        ("an inline handler", '<button class="btn"\n onclick="go()">x</button>'),
        ("an htmx handler that evaluates code", '<p hx-on:click="go()">'),
        ("evaluated htmx values", "<p hx-vals='js:{a: 1}'>"),
        ("a javascript address", '<a href="javascript:go()">'),
        ("something loaded from elsewhere", '<script src="https://cdn.example/x.js"></script>'),
    ],
)
def test_the_scan_finds_what_it_looks_for(expected: str, text: str) -> None:
    assert [expected] == offences(text)


def test_the_scan_lets_allowed_markup_pass() -> None:
    text = (
        '<script defer src="{% static "lantian/lantian.js" %}"></script>'
        '<script id="chart-1" type="application/json">{}</script>'
        '<a href="https://example.org">on = 1</a><p class="once" data-confirm="x">'
    )
    assert offences(text) == []


def test_style_sheets_and_scripts_of_ours_load_nothing_from_elsewhere() -> None:
    own = (SOURCE / "web" / "static" / "lantian").iterdir()
    found = [
        path.name
        for path in own
        if path.suffix in {".css", ".js"}
        and re.search(r"(?:url\(|import|src\s*=).{0,20}//", path.read_text("utf-8"))
    ]
    assert found == []
