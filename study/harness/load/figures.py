"""What a load's log says: the time of each request against its schedule, and percentiles. Pure functions of the log.

A load at a constant rate has a schedule for each connection: request i is due one interval after request i-1. h2load
sends late what it could not send in time and logs how long the answer took from then. So a request that was due while
its connection still waited for an answer counts from when it was due. One whose connection was free counts from when it
was sent: there the timer of h2load was late, by up to a millisecond, and not the server. How late is in the figures.
A request that was due and had no answer when the time was up counts with what it had waited by then.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

from ..folder import FolderError, RunFolder

FILE, LOG = "loadtest.json", "loadtest.tsv"
_QUANTILES = (50, 75, 90, 99, 99.9)
_HIGHEST_US = 600_000_000


class Sent(NamedTuple):
    """A request that was answered, in microseconds."""

    start: int
    status: int
    took: int


Connections = Sequence[Sequence[Sent]]


class Times(NamedTuple):
    """Of one connection, in microseconds: answers and then what was not answered; the timer's delays."""

    waited: list[int]
    unanswered: int
    late: list[int]


def times(sent: Sequence[Sent], interval: float, seconds: float) -> Times:
    waited: list[int] = []
    late: list[int] = []
    first = free = sent[0].start
    for number, request in enumerate(sent):
        due = first + number * interval
        answered = request.start + request.took
        if free > due:
            waited.append(round(answered - due))
        else:
            waited.append(request.took)
            late.append(max(0, round(request.start - due)))
        free = answered
    unanswered = 0
    # What became due in the last interval may well have been answered in time.
    while (left := seconds * 1e6 - (len(sent) + unanswered) * interval) > interval:
        waited.append(round(left))
        unanswered += 1
    return Times(waited, unanswered, late)


def summary(connections: Connections, rate: float, seconds: float) -> dict[str, Any]:
    """The figures of one load; times in ns. `rate` is that of all connections together."""
    histogram = HdrHistogram(1, _HIGHEST_US, 3)
    found = [times(sent, len(connections) / rate * 1e6, seconds) for sent in connections]
    values = [value for each in found for value in each.waited]
    for value in values:
        # The histogram's smallest value is 1; a request of under a microsecond there is not.
        histogram.record_value(min(max(value, 1), _HIGHEST_US))
    highest = max(values)
    # The histogram keeps three digits and answers with the upper end of a step, which may lie above the largest value.
    percentiles = {f"p{each:g}": min(round(histogram.get_value_at_percentile(each)), highest) * 1000 for each in _QUANTILES}
    every = [request for sent in connections for request in sent]
    span = max(request.start + request.took for request in every) - min(request.start for request in every)
    late = [value for each in found for value in each.late]
    return {
        "requests": len(every),
        "unanswered": sum(each.unanswered for each in found),
        # The first request of each connection is sent at once, so that the span holds one interval less than requests.
        "achieved": round(max(0, len(every) - len(connections)) / max(span / 1e6, 1e-9), 2),
        "errors": sum(request.status != 200 for request in every),
        "timer_late": {"p50": round(statistics.median(late)) * 1000, "max": max(late) * 1000},
        "percentiles": {**percentiles, "max": highest * 1000},
    }


def rows(passes: Iterable[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each rate and target: the median of its passes, the lowest and the highest of them."""
    groups: dict[tuple[float, str], list[dict[str, Any]]] = defaultdict(list)
    for each in passes:
        groups[each["rate"], each["target"]].append(each)
    found = []
    for (rate, name), group in sorted(groups.items(), key=lambda item: (item[0][0], names.index(item[0][1]))):
        per = {key: [each["percentiles"][key] for each in group] for key in group[0]["percentiles"]}
        found.append(
            {
                "target": name,
                "rate": rate,
                "passes": len(group),
                "requests": sum(each["requests"] for each in group),
                "count": sum(each["requests"] + each["unanswered"] for each in group),
                "achieved": round(statistics.median(each["achieved"] for each in group), 2),
                "errors": sum(each["errors"] for each in group),
                "contended": sum(each["contended"] for each in group),
                "percentiles": {key: round(statistics.median(values)) for key, values in per.items()},
                "low": {key: min(values) for key, values in per.items()},
                "high": {key: max(values) for key, values in per.items()},
            }
        )
    return found


def lines(number: int, connections: Connections) -> Iterator[str]:
    """The log of pass `number`: its number, the connection, start after the pass's first request, status, duration (µs)."""
    first = min(sent[0].start for sent in connections)
    for connection, sent in enumerate(connections):
        for request in sent:
            yield f"{number}\t{connection}\t{request.start - first}\t{request.status}\t{request.took}\n"


def read(text: str) -> dict[int, list[list[Sent]]]:
    """The connections of each pass in a log."""
    found: dict[int, dict[int, list[Sent]]] = defaultdict(lambda: defaultdict(list))
    for line in text.splitlines():
        number, connection, *fields = (int(field) for field in line.split("\t"))
        found[number][connection].append(Sent(*fields))
    return {number: list(connections.values()) for number, connections in found.items()}


def wrong(folder: RunFolder) -> Iterator[str]:
    """What in loadtest.json does not follow from the log beside it."""
    if not folder.exists(FILE):
        return
    document = folder.read(FILE)
    try:
        logs = read(folder.data(LOG).decode("ascii"))
    except (ValueError, TypeError) as error:
        raise FolderError(f"{folder.stored(LOG)}: expected five numbers a line: {error}") from None
    if sorted(logs) != sorted(each["number"] for each in document["passes"]):
        yield f"{LOG} holds other passes than {FILE}"
        return
    for each in document["passes"]:
        made = summary(logs[each["number"]], each["rate"], document["seconds"])
        for name in made:
            if each[name] != made[name]:
                yield f"{FILE}: pass {each['number']}: {name} is not what {LOG} gives"
    names = list(dict.fromkeys(row["target"] for row in document["runs"]))
    if document["runs"] != rows(document["passes"], names):
        yield f"{FILE}: the rows are not the medians of the passes"
