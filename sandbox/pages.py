"""The sandbox's own pages: Jinja templates, escaped by default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).parent / "templates"
_environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)


def warm() -> None:
    """Load and compile all templates, so that no page reads a file while serving."""
    for name in _environment.list_templates():
        _environment.get_template(name)


def page(template: str, values: Mapping[str, object], status: int = 200) -> web.Response:
    """Render a template."""
    html = _environment.get_template(template).render(values)
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}
    return web.Response(text=html, content_type="text/html", status=status, headers=headers)


def message(title: str, text: str, status: int = 400) -> web.Response:
    """Render a page with one message."""
    return page("message.html", {"title": title, "text": text}, status)
