"""The kinds of chart: rows of marks on one axis, lines over requests, and small panels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .drawing import DOT, described, specification
from .text import shorten

# Okabe and Ito's colours by way of the page's custom properties; a shape beside each.
COLOURS = {
    "door": "var(--door)",
    "experiment": "var(--green)",
    "peer": "var(--peer)",
    "reference": "var(--reference)",
    "historical": "var(--historical)",
    "baseline": "var(--baseline)",
}
SHAPES = {
    **{"door": "circle", "experiment": "triangle-down", "peer": "square", "reference": "diamond"},
    **{"historical": "triangle-up", "baseline": "cross"},
}
# A line's colours and dashes: the first of its role, then the next. No dash is there twice: who sees no colours goes by it.
Dash = tuple[int, ...]
LINES: dict[str, tuple[tuple[str, Dash], ...]] = {
    "door": (("var(--door)", (10, 2)), ("var(--green)", (7, 3)), ("var(--purple)", (4, 2)), ("var(--yellow)", (9, 3, 4, 3))),
    "experiment": (("var(--green)", (3, 3)), ("var(--purple)", (3, 6)), ("var(--yellow)", (3, 9))),
    "reference": (("var(--reference)", (1, 0)),),
    "historical": (("var(--historical)", (2, 5)), ("var(--historical)", (8, 6))),
    "baseline": (("var(--baseline)", (1, 3)), ("var(--baseline)", (1, 6))),
    "peer": (("var(--peer)", (14, 3)), ("var(--peer)", (9, 3, 2, 3)), ("var(--peer)", (9, 3, 2, 3, 2, 3))),
}

PLOT, RIGHT, ROW = 392, 200, 25
MOST_LETTERS, LETTER = 26, 8  # of a label at the left; a letter's width in pixels, generously


@dataclass(frozen=True)
class Mark:
    at: float
    low: float | None = None
    high: float | None = None
    shape: str = ""  # default: the role's
    hollow: bool = False
    drop: float = 0.0  # pixels below the row's line
    large: float = 1.0


@dataclass(frozen=True)
class Line:
    """One row of a chart."""

    name: str
    role: str
    value: str  # the words at its right end
    marks: tuple[Mark, ...] = ()
    dots: tuple[float, ...] = ()
    label: str = ""  # at its left end; default: the name
    contender: str = ""  # what filters look at; default: the name


@dataclass(frozen=True)
class Axis:
    title: str
    text: Callable[[float], str]
    log: bool = True
    one: float | None = None  # a line that everything is compared with
    band: tuple[float, float] | None = None  # the noise
    limits: tuple[tuple[float, str], ...] = ()  # a platform's limits, drawn as lines with words
    include: tuple[float, ...] = field(default_factory=tuple)


def _ends(lines: Sequence[Line], axis: Axis) -> tuple[float, float]:
    values = [*axis.include, *(limit for limit, _ in axis.limits)]
    for line in lines:
        values += line.dots
        for mark in line.marks:
            values += [value for value in (mark.at, mark.low, mark.high) if value is not None]
    if axis.one is not None:
        values.append(axis.one)
    if axis.band:
        values += axis.band
    values = [value for value in values if value > 0] if axis.log else values
    low, high = (min(values), max(values)) if values else (1.0, 10.0)
    if axis.log:
        if high / low < 1.5:
            low, high = low / 1.2, high * 1.2
        return low / 1.08, high * 1.08
    return min(0.0, low), (high or 1.0) * 1.06


def ticks(low: float, high: float, log: bool) -> list[float]:
    if not log:
        step = 10.0 ** math.floor(math.log10((high - low) / 4))
        step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 6)
        return [round(step * i, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    places = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [m * 10.0**e for e in places for m in digits if low <= m * 10.0**e <= high]
        if len(found) <= 8:
            break
    if len(found) < 2:
        found = [m * 10.0**e for e in places for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9) if low <= m * 10.0**e <= high]
        found = found[:: max(1, math.ceil(len(found) / 7))]
    return found


Channel = dict[str, Any]
Layer = dict[str, Any]


def _layer(values: list[dict[str, Any]], mark: dict[str, Any], **channels: Channel) -> Layer:
    return {"data": {"values": values}, "mark": mark, "encoding": channels}


def _place(field_name: str, scale: dict[str, Any], axis: dict[str, Any] | None) -> Channel:
    """Every layer names the same axis: one without it would take it from all."""
    return {"field": field_name, "type": "quantitative", "scale": scale, "axis": axis}


def _words(field_name: str) -> Channel:
    return {"field": field_name, "type": "nominal"}


def _text(values: list[dict[str, Any]], x: Channel, y: Channel, size: int = 12, named: bool = False, **mark: Any) -> Layer:
    channels = {"x": x, "y": y, "text": _words("t")} | ({"description": _words("c")} if named else {})
    return _layer(values, {"type": "text", "color": "var(--soft)", "fontSize": size} | mark, **channels)


def _axis(values: list[float], title: str | None, grid: bool, title_y: int = 34) -> dict[str, Any]:
    """Grid and title; the words at the ticks are marks, since an axis would measure them."""
    titled = {"titleY": title_y} if title else {}
    return {"values": values, "labels": False, "title": title, "ticks": False, "grid": grid} | titled


def row_chart(lines: Sequence[Line], axis: Axis, row: int = ROW) -> dict[str, Any]:
    """One row a contender: dots for samples, a bar for the interval, a mark for the figure, words at both ends."""
    height = row * len(lines)
    low, high = _ends(lines, axis)
    values = ticks(low, high, axis.log)
    scale = {"type": "log" if axis.log else "linear", "domain": [low, high], "nice": False}
    ruled = _axis(values, axis.title, True)
    y = _place("y", {"domain": [0, height], "reverse": True, "nice": False, "zero": False}, None)

    def x(field_name: str) -> Channel:
        return _place(field_name, scale, ruled)

    layers: list[Layer] = []
    if axis.band:
        band = [{"x": max(axis.band[0], low), "x2": min(axis.band[1], high)}]
        layers.append(_layer(band, {"type": "rect", "color": "var(--band)"}, x=x("x"), x2={"field": "x2"}))
    layers.append(_text([{"x": value, "t": axis.text(value)} for value in values], x("x"), {"value": height + 6}, baseline="top"))
    if axis.one is not None:
        layers.append(_layer([{"x": axis.one}], {"type": "rule", "color": "var(--text)", "strokeWidth": 1.4}, x=x("x")))
    for number, (value, words) in enumerate(reversed(axis.limits)):
        entry = [{"x": value, "t": words}]
        layers.append(
            _layer(entry, {"type": "rule", "color": "var(--limit)", "strokeDash": [5, 3], "strokeWidth": 1.4}, x=x("x"))
        )
        layers.append(_text(entry, x("x"), {"value": -6 - 15 * number}, align="right", dx=-4, color="var(--limit)"))
    layers += _row_marks(lines, row, x, y)
    top = 8 if not axis.limits else 10 + 15 * len(axis.limits)
    letters = max((len(line.label or line.name) for line in lines), default=0)
    left = max(100, 20 + LETTER * min(letters, MOST_LETTERS))
    return specification(layers, PLOT, height, (left, top, RIGHT, 48))


def _row_marks(lines: Sequence[Line], row: int, x: Callable[[str], Channel], y: Channel) -> list[Layer]:
    named = {"description": _words("c")}
    dots: dict[str, list[dict[str, Any]]] = {}
    spans: dict[tuple[str, float], list[dict[str, Any]]] = {}
    kinds: dict[tuple[str, str, bool, float], list[dict[str, Any]]] = {}
    names, ends = [], []
    for index, line in enumerate(lines):
        middle = index * row + row / 2
        colour, contender = COLOURS.get(line.role, "var(--peer)"), line.contender or line.name
        names.append({"y": middle, "t": shorten(line.label or line.name, MOST_LETTERS), "c": described(contender)})
        ends.append({"y": middle, "t": shorten(line.value, 34), "c": described(contender)})
        for number, value in enumerate(line.dots):
            # A fixed small shift keeps equal samples apart.
            place = {"x": value, "y": middle + (number * 3 % 7 - 3) * 1.3, "c": described(contender, DOT)}
            dots.setdefault(colour, []).append(place)
        for mark in line.marks:
            at = middle + mark.drop
            if mark.low is not None and mark.high is not None:
                span = {"x": mark.low, "x2": mark.high, "y": at, "c": described(contender)}
                spans.setdefault((colour, 1.4 if mark.hollow else 3), []).append(span)
            shape = mark.shape or SHAPES.get(line.role, "square")
            kinds.setdefault((colour, shape, mark.hollow, mark.large), []).append(
                {"x": mark.at, "y": at, "c": described(contender)}
            )
    layers = [
        _layer(
            dots[colour], {"type": "point", "filled": True, "size": 12, "color": colour, "opacity": 0.45}, x=x("x"), y=y, **named
        )
        for colour in sorted(dots)
    ]
    layers += [
        _layer(values, {"type": "rule", "color": colour, "strokeWidth": weight}, x=x("x"), x2={"field": "x2"}, y=y, **named)
        for (colour, weight), values in sorted(spans.items())
    ]
    for (colour, shape, hollow, large), values in sorted(kinds.items()):
        point: dict[str, Any] = {
            "type": "point",
            "shape": shape,
            "filled": not hollow,
            "color": colour,
            "size": 62 * large,
            "opacity": 1,
        }
        layers.append(_layer(values, point | ({"strokeWidth": 1.7} if hollow else {}), x=x("x"), y=y, **named))
    layers.append(_text(names, {"value": -12}, y, 13, named=True, align="right", baseline="middle", color="var(--text)"))
    layers.append(_text(ends, {"value": PLOT + 12}, y, 12, named=True, align="left", baseline="middle", color="var(--text)"))
    return layers


@dataclass(frozen=True)
class Path:
    name: str
    role: str
    points: tuple[tuple[float, float], ...]
    band: tuple[tuple[float, float, float], ...] = ()  # x, low, high


def _spread(wanted: list[float], least: float, bottom: float) -> list[float]:
    """Label places in pixels, at least `least` apart, as near to the wanted ones as that allows."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places = [0.0] * len(wanted)
    last = -math.inf
    for i in order:
        last = places[i] = max(wanted[i], last + least)
    over = max(0.0, last - bottom)
    if over:
        limit = bottom
        for i in reversed(order):
            limit = places[i] = min(places[i], limit)
            limit -= least
    return places


def _styles(paths: Sequence[Path]) -> list[tuple[str, Dash]]:
    used: dict[str, int] = {}
    styles = []
    for path in paths:
        choices = LINES.get(path.role, LINES["peer"])
        styles.append(choices[used.get(path.role, 0) % len(choices)])
        used[path.role] = used.get(path.role, 0) + 1
    return styles


def line_chart(
    paths: Sequence[Path],
    x_title: str,
    y_title: str,
    y_text: Callable[[float], str],
    points: Sequence[tuple[str, float, float, str]] = (),
) -> dict[str, Any]:
    """Lines over requests, each named at its right end; `points` are marked places (name, x, y, words)."""
    width, height = 520, 300
    everything = [y for path in paths for _, y in path.points] + [
        end for path in paths for _, a, b in path.band for end in (a, b)
    ]
    low, high = min(everything), max(everything)
    margin = (high - low or high or 1.0) * 0.06
    low, high = max(0.0, low - margin), high + margin
    last = max(x for path in paths for x, _ in path.points)
    x_values = [float(x) for x in (1, 2, 5, 10, 20, 50, 100, 200, 500) if x <= last]
    y_values = [value for value in ticks(low, high, False) if low <= value <= high]
    x = _place("x", {"type": "log", "domain": [1, last], "nice": False}, _axis(x_values, x_title, False, 36))
    y = _place("y", {"type": "linear", "domain": [low, high], "nice": False, "zero": False}, _axis(y_values, None, True))
    layers = [
        _text([{"x": value, "t": f"{value:g}"} for value in x_values], x, {"value": height + 8}, baseline="top"),
        _text([{"y": value, "t": y_text(value)} for value in y_values], {"value": -8}, y, align="right", baseline="middle"),
        _text([{"t": y_title}], {"value": -60}, {"value": -8}, align="left", baseline="bottom"),
    ]
    styles = _styles(paths)
    for path, (colour, _) in zip(paths, styles, strict=True):
        if path.band:
            band = [{"x": at, "y": a, "y2": b, "c": described(path.name)} for at, a, b in path.band]
            layers.append(
                _layer(
                    band,
                    {"type": "area", "color": colour, "opacity": 0.12},
                    x=x,
                    y=y,
                    y2={"field": "y2"},
                    description=_words("c"),
                )
            )
    for path, (colour, dash) in zip(paths, styles, strict=True):
        rows = [{"x": at, "y": value, "c": described(path.name)} for at, value in path.points]
        mark = {"type": "line", "color": colour, "strokeWidth": 2, "strokeDash": list(dash)}
        layers.append(_layer(rows, mark, x=x, y=y, description=_words("c")))
    wanted = [height * (high - path.points[-1][1]) / (high - low) for path in paths]
    for path, (colour, _), place in zip(paths, styles, _spread(wanted, 15, height), strict=True):
        end = [{"t": shorten(path.name, 20), "c": described(path.name)}]
        at = {"value": round(place, 1)}
        layers.append(
            _text(
                end, {"value": width + 10}, at, 13, named=True, align="left", baseline="middle", color=colour, fontWeight="bold"
            )
        )
    for name, k, value, told in points:
        own = [{"x": k, "y": value, "t": told, "c": described(name)}]
        dot = {"type": "point", "filled": True, "size": 70, "color": "var(--text)", "opacity": 1}
        layers.append(_layer(own, dot, x=x, y=y, description=_words("c")))
        layers.append(_text(own, x, y, named=True, align="center", baseline="bottom", dy=-8, color="var(--text)"))
    return specification(layers, width, height, (64, 26, 148, 50))


def small_panel(
    name: str,
    role: str,
    line: Sequence[tuple[float, float]],
    band: Sequence[tuple[float, float, float]],
    y_ends: tuple[float, float],
    y_text: Callable[[float], str],
) -> dict[str, Any]:
    """One of several small drawings on equal axes: a line with a band, both axes logarithmic."""
    width, height = 200, 110
    low, high = y_ends
    colour = COLOURS.get(role, "var(--peer)")
    last = max(x for x, _ in line)
    x_values = [float(x) for x in (1, 10, 100) if x <= last]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    y_values = [10.0**e for e in decades if low <= 10.0**e <= high]
    x = _place("x", {"type": "log", "domain": [1, last], "nice": False}, _axis(x_values, None, False))
    y = _place("y", {"type": "log", "domain": [low, high], "nice": False}, _axis(y_values, None, True))
    layers = [
        _layer(
            [{"x": at, "y": a, "y2": b} for at, a, b in band],
            {"type": "area", "color": colour, "opacity": 0.22},
            x=x,
            y=y,
            y2={"field": "y2"},
        ),
        _layer([{"x": at, "y": value} for at, value in line], {"type": "line", "color": colour, "strokeWidth": 2}, x=x, y=y),
        _text([{"x": value, "t": f"{value:g}"} for value in x_values], x, {"value": height + 5}, 11, baseline="top"),
        _text([{"y": value, "t": y_text(value)} for value in y_values], {"value": -6}, y, 11, align="right", baseline="middle"),
        _text(
            [{"t": shorten(name, 24)}],
            {"value": 0},
            {"value": -6},
            13,
            align="left",
            baseline="bottom",
            color="var(--text)",
            fontWeight="bold",
        ),
    ]
    return specification(layers, width, height, (52, 24, 12, 24))
