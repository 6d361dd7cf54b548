"""Blocks to HTML and Markdown."""

from __future__ import annotations

import html
import json
import math
import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
_INLINE = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|`(?P<code>[^`]+)`|\[(?P<words>[^\]]+)\]\((?P<to>#[\w.-]+)\)")


def inline(text: str) -> Markup:
    """Everything is escaped; then the three marks of blocks.py are put in."""

    def put(match: re.Match[str]) -> str:
        if match["strong"]:
            return f"<b>{match['strong']}</b>"
        if match["code"]:
            return f"<code>{match['code']}</code>"
        return f'<a href="{match["to"]}">{match["words"]}</a>'

    return Markup(_INLINE.sub(put, html.escape(str(text), quote=True)))


def plain(text: str) -> str:
    """For an attribute: the same words without marks."""
    return _INLINE.sub(lambda match: match["strong"] or match["code"] or match["words"], str(text))


def markdown(text: str) -> str:
    """The marks are Markdown already; what would become HTML does not."""
    return " ".join(str(text).replace("&", "&amp;").replace("<", "&lt;").split())


def markdown_cell(text: str) -> str:
    return markdown(text).replace("|", "\\|")


def slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)


def sortable(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else "1e300"


def script_json(value: Any) -> str:
    """JSON that can stand inside a script element, whatever its strings hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def environment(autoescape: bool) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "inline": inline,
        "plain": plain,
        "md": markdown,
        "cell": markdown_cell,
        "slug": slug,
        "sortable": sortable,
        "kind": lambda block: type(block).__name__,
    }
    return made


def render(template: str, context: dict[str, Any]) -> str:
    escaped = template.endswith((".html.j2", ".svg.j2"))
    return environment(escaped).get_template(template).render(context)
