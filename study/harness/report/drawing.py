"""Vega-Lite to inline SVG: the same bytes on every machine, coloured by the page's own custom properties.

No chart lets the renderer measure text (sizes and paddings are given), so installed fonts change nothing.
"""

from __future__ import annotations

import re
from typing import Any

import vl_convert

# A mark's description carries the contender's name into the SVG, where it becomes `data-c` for the page's filters.
MARK, DOT = "§", "•"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_NOT_NEEDED = (
    re.compile(r'<path class="(?:background|foreground)"[^>]*/>'),
    re.compile(r' (?:xmlns:xlink|version|pointer-events|aria-hidden|aria-roledescription)="[^"]*"'),
    re.compile(r' role="graphics-(?:symbol|object)"'),
    re.compile(r' class="mark-[^"]*"'),
    re.compile(r' opacity="1"'),
    re.compile(r' font-family="[^"]*"'),
    re.compile(r"<g>\s*</g>"),
)
_DOTS = re.compile(rf'(?:<path aria-label="{DOT}([^"]*)" transform="translate\([^)]*\)"[^>]*/>)+')
_DOT = re.compile(rf'<path aria-label="{DOT}([^"]*)" transform="translate\(([^)]*)\)"[^>]*?fill="([^"]*)"[^>]*/>')
# Places are rounded, words are not.
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")


def described(name: str, sign: str = MARK) -> str:
    return sign + (name if _SAFE.fullmatch(name) else "other")


_AXIS = {
    "titleColor": "var(--soft)",
    "gridColor": "var(--line)",
    "domainColor": "var(--line)",
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}


def specification(layers: list[dict[str, Any]], width: int, height: int, padding: tuple[int, int, int, int]) -> dict[str, Any]:
    """A whole Vega-Lite chart; `padding` is left, top, right, bottom, as text needs it."""
    left, top, right, bottom = padding
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "padding": {"left": left, "top": top, "right": right, "bottom": bottom},
        "autosize": {"type": "none"},
        "background": None,
        "config": {"font": "sans-serif", "view": {"stroke": None}, "axis": _AXIS},
        "layer": layers,
    }


_INHERITED = ("text-anchor", "font-size", "font-weight", "fill", "stroke", "stroke-width", "stroke-dasharray")
_GROUP = re.compile(r"<g>((?:<(?:text|line|path)\b[^>]*(?:/>|>[^<]*</text>))+)</g>")
_ATTRIBUTE = re.compile(r' ([\w-]+)="([^"]*)"')


def _hoist(match: re.Match[str]) -> str:
    """What all the members of a group have in common is said once, at the group."""
    opened = re.findall(r"<(?:text|line|path)\b[^>]*>", match[1])
    common = dict(_ATTRIBUTE.findall(opened[0]))
    for tag in opened[1:]:
        own = dict(_ATTRIBUTE.findall(tag))
        common = {name: value for name, value in common.items() if own.get(name) == value}
    shared = "".join(f' {name}="{common[name]}"' for name in _INHERITED if name in common)
    if not shared or len(opened) == 1:
        return match[0]
    inner = _TAG.sub(
        lambda tag: _ATTRIBUTE.sub(lambda a: "" if a[1] in _INHERITED and a[1] in common else a[0], tag[0]), match[1]
    )
    return f"<g{shared}>{inner}</g>"


def _collapse(match: re.Match[str]) -> str:
    """Sample dots of one row as one path: a tenth of the bytes."""
    paths: dict[tuple[str, str], list[str]] = {}
    for name, place, colour in _DOT.findall(match[0]):
        x, y = (f"{float(part):.1f}" for part in place.split(","))
        paths.setdefault((name, colour), []).append(f"M{x},{y}h0")
    return "".join(
        f'<path class="dots" data-c="{name}" stroke="{colour}" d="{"".join(moves)}"/>' for (name, colour), moves in paths.items()
    )


def svg(spec: dict[str, Any], label: str) -> str:
    """The drawing, without what a page does not need, as one image for a screen reader."""
    text: str = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    for pattern in _NOT_NEEDED:
        text = pattern.sub("", text)
    text = _DOTS.sub(_collapse, text)
    text = re.sub(rf' aria-label="{MARK}([^"]*)"', r' data-c="\1"', text)
    text = re.sub(r' aria-label="[^"]*"', "", text)
    while "<g></g>" in text:
        text = text.replace("<g></g>", "")
    text = _TAG.sub(lambda tag: _NUMBER.sub(lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), tag[0]), text)
    text = _GROUP.sub(_hoist, text)
    quoted = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    size = re.search(r'viewBox="0 0 (\d+)', text)
    width = size[1] if size else "700"
    return re.sub(r"<svg [^>]*?viewBox", f'<svg role="img" aria-label="{quoted}" style="--w:{width}" viewBox', text, count=1)
