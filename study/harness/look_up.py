"""Finding one figure or claim of an analysis by what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .runtimes import family_of, version_of
from .workload import BASE_CELL

CLIENTS = ("ric", "thin")
# Without a cgroup the throttled profile is recorded under the name that says so.
STANDS_IN = {"edge-viewer": "unthrottled"}


@dataclass(frozen=True)
class LookUp:
    """An analysis, by metric and contender."""

    analysis: Mapping[str, Any]

    def context(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.analysis["contexts"][name]
        return found

    def entry(self, contender: str) -> Mapping[str, Any] | None:
        return next((e for e in self.analysis["contenders"] if e["name"] == contender), None)

    def figure(self, metric: str, contender: str, **wanted: str) -> Mapping[str, Any] | None:
        """The figure in the asked context; where a member is free: HS256, the newest runtime, the real client, the base cell."""
        rows = [f for f in self.analysis["figures"] if f["metric"] == metric and f["contender"] == contender]
        return self._best(rows, wanted)

    def settling(self, contender: str, **wanted: str) -> Mapping[str, Any] | None:
        return self._best([s for s in self.analysis["settling"] if s["contender"] == contender], wanted)

    def claim(self, metric: str, subject: str, reference: str, **wanted: str) -> Mapping[str, Any] | None:
        claims = self.analysis["claims"]
        rows = [c for c in claims if (c["metric"], c["subject"], c["reference"]) == (metric, subject, reference)]
        return self._best(rows, wanted)

    def _best(self, rows: Iterable[Mapping[str, Any]], wanted: Mapping[str, str]) -> Mapping[str, Any] | None:
        fitting = [row for row in rows if self._fits(self.context(row["context"]), wanted)]
        return min(fitting, key=lambda row: self._rank(self.context(row["context"])), default=None)

    @staticmethod
    def _fits(context: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
        return all(
            context[key] in (value, STANDS_IN.get(value, value)) for key, value in {"algorithm": "HS256", **wanted}.items()
        )

    @staticmethod
    def _rank(context: Mapping[str, Any]) -> tuple[Any, ...]:
        client = CLIENTS.index(context["client"]) if context["client"] in CLIENTS else 0
        newest = tuple(-part for part in version_of(context["runtime"]))
        return (context["cell"] not in (None, BASE_CELL), context["profile"] in STANDS_IN.values(), newest, client)

    def runtimes(self, metric: str, contender: str, family: str) -> list[str]:
        """The runtimes of a family in which there is such a figure, the oldest first."""
        labels = {
            self.context(f["context"])["runtime"]
            for f in self.analysis["figures"]
            if (f["metric"], f["contender"]) == (metric, contender)
        }
        return sorted((label for label in labels if family_of(label) == family), key=version_of)

    def words(self, context: Mapping[str, Any]) -> str:
        """Where a figure was measured; "modelled Lambda" is as near as it gets to Lambda."""
        profile = context["profile"]
        where = "modelled Lambda, " if profile in ("edge-viewer", "unthrottled") else ""
        client = f", client {context['client']}" if context["client"] else ""
        return f"{where}{context['runtime']}, {context['algorithm']}, profile {profile}{client}"
