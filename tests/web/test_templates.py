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


def _static_names() -> set[tuple[str, str]]:
    found = set()
    for path in TEMPLATES:
        for name in re.findall(r"""\{% static ["']([^"']+)["'] %\}""", path.read_text(encoding="utf-8")):
            found.add((name, str(path.relative_to(SOURCE))))
    return found


def test_every_static_file_that_a_template_names_is_there_or_is_built() -> None:
    from lantian.web.assets import FILES

    built = {f"vendor/{target}" for target in FILES.values()}
    folders = [*SOURCE.glob("**/static")]
    missing = [
        (name, where)
        for name, where in _static_names()
        if name not in built and not any((folder / name).is_file() for folder in folders)
    ]
    assert missing == []


def _icon_names() -> set[str]:
    """Names of icons as templates and registrations write them."""
    found: set[str] = set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"\bti-([a-z][a-z0-9-]*[a-z0-9])\b", text))
        found |= set(re.findall(r'\bicon="([a-z][a-z0-9-]*)"', text))
    for path in SOURCE.glob("**/*.py"):
        if "tests" not in path.parts:
            found |= set(re.findall(r'"icon": "([a-z][a-z0-9-]*)"', path.read_text(encoding="utf-8")))
    return found


def test_every_icon_exists_in_the_icon_font() -> None:
    css = SOURCE / "web" / "static" / "vendor" / "tabler-icons" / "tabler-icons.min.css"
    if not css.is_file():
        pytest.skip("the front-end libraries have not been built here (python -m lantian.web.assets)")
    known = set(re.findall(r"\.ti-([a-z0-9-]+):+before", css.read_text(encoding="utf-8")))
    assert len(known) > 1000
    assert _icon_names() - known == set()
