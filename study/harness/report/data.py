"""What a report is made from: the files of one run folder, with the look-ups that the sections share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..folder import FolderError, RunFolder
from ..statistics import LEAST_PAIRS, LEAST_PAIRS_OF_FULL

ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
OUTCOMES = ("allow", "expired", "bad-signature", "wrong-scope", "malformed", "absent")
TOKENS = ("0.3", "1", "4")
EVENTS = ("small", "typical", "large")
BASE_CELL = "allow/0.3/typical"
FAMILIES = ("node", "python", "workerd")
REFERENCES = {"node": "js-tuned", "python": "py-pyjwt", "workerd": "worker-js"}
FLOORS = {"node": "noop", "python": "py-noop", "workerd": "worker-noop"}
ROLES = {
    "door": "a door of Portcullis",
    "experiment": "a door built as it is not shipped",
    "reference": "the one that ratios refer to",
    "peer": "another library, used well",
    "historical": "as published; decides differently",
    "baseline": "does not decide; the floor of its runtime",
}
_ROLE_ORDER = {"baseline": 0, "historical": 1, "reference": 2, "peer": 3, "door": 4, "experiment": 5}
_PROFILE_ORDER = {"edge-viewer": 0, "unthrottled": 1, "free": 2}
_CLIENT_ORDER = {"ric": 0, "thin": 1, "": 2}


@dataclass(frozen=True)
class Context:
    id: str
    algorithm: str
    runtime: str
    profile: str
    client: str
    cell: str

    @property
    def family(self) -> str:
        return family(self.runtime)


def family(runtime: str) -> str:
    return next((name for name in FAMILIES if runtime.startswith(name)), runtime)


def runtime_title(runtime: str) -> str:
    kind = family(runtime)
    titles = {"node": "Node", "python": "Python", "workerd": "workerd"}
    version = runtime.removeprefix(kind)
    return f"{titles.get(kind, runtime)} {version}".strip()


def _version(runtime: str) -> tuple[int, ...]:
    return tuple(int(part) for part in runtime.removeprefix(family(runtime)).split(".") if part.isdigit())


def _optional(folder: RunFolder, name: str) -> Any:
    try:
        return folder.read(name)
    except (FolderError, OSError):
        return None


@dataclass(frozen=True)
class Data:
    folder: RunFolder
    manifest: dict[str, Any]
    analysis: dict[str, Any]
    choice: dict[str, Any] | None = None
    articles: dict[str, Any] | None = None
    load: dict[str, Any] | None = None
    gate: dict[str, Any] = field(default_factory=dict)
    builds: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: RunFolder) -> Data:
        analysis = folder.read("analysis.json")
        return cls(
            folder=folder,
            manifest=folder.manifest(),
            analysis=analysis,
            choice=_optional(folder, "choice.json"),
            articles=_optional(folder, "articles.json"),
            load=_optional(folder, "loadtest.json"),
            gate=_optional(folder, "gate.json") or {},
            builds=_optional(folder, "builds.json") or {},
            environment=_optional(folder, "environment.json") or {},
            plan=_optional(folder, "plan.json") or {},
        )

    # --- the run ---------------------------------------------------------------------------------

    @property
    def run(self) -> str:
        return str(self.analysis.get("run") or self.folder.path.name)

    @property
    def exploratory(self) -> bool:
        return bool(self.analysis.get("exploratory"))

    @property
    def least_pairs(self) -> int:
        return LEAST_PAIRS if self.exploratory else LEAST_PAIRS_OF_FULL

    @property
    def broken_sentinels(self) -> list[dict[str, Any]]:
        """Where the machine could not tell the reference from itself, or was too busy."""
        return [entry for entry in self.analysis.get("sentinels", []) if entry.get("valid") is False and entry["n"] >= self.least_pairs]

    @property
    def short_sentinels(self) -> list[dict[str, Any]]:
        """Where too few rounds were measured for an interval."""
        return [entry for entry in self.analysis.get("sentinels", []) if entry["n"] < self.least_pairs]

    @property
    def headline(self) -> str:
        """The reference of the whole run; empty when it was not measured."""
        stated = self.analysis.get("headline")
        name = (stated.get("reference") if isinstance(stated, dict) else stated) or REFERENCES["node"]
        return str(name)

    @cached_property
    def machine(self) -> str:
        machine = self.environment.get("machine") or self.manifest.get("machine") or {}
        parts = [machine.get("cpu"), f"{machine['cores']} cores" if machine.get("cores") else None, machine.get("system")]
        return ", ".join(str(part) for part in parts if part) or "an unrecorded machine"

    # --- contenders ------------------------------------------------------------------------------

    @cached_property
    def contenders(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = list(self.analysis.get("contenders", []))
        return sorted(rows, key=self._order)

    @staticmethod
    def _order(row: dict[str, Any]) -> tuple[int, int, str]:
        runtime = family(str(row.get("runtime", "")))
        place = FAMILIES.index(runtime) if runtime in FAMILIES else len(FAMILIES)
        return place, _ROLE_ORDER.get(str(row.get("role")), 9), str(row["name"])

    @cached_property
    def by_name(self) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in self.contenders}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {row["name"]: index for index, row in enumerate(self.contenders)}

    def place(self, name: str) -> int:
        return self._places.get(name, len(self._places))

    def role(self, name: str) -> str:
        return str(self.by_name.get(name, {}).get("role", "peer"))

    def decides(self, name: str) -> bool:
        return bool(self.by_name.get(name, {}).get("decides", True))

    def without_number(self) -> list[dict[str, Any]]:
        return [row for row in self.contenders if row.get("status", "measured") != "measured"]

    # --- contexts --------------------------------------------------------------------------------

    @cached_property
    def contexts(self) -> dict[str, Context]:
        fields = ("algorithm", "runtime", "profile", "client", "cell")
        return {
            key: Context(key, *(str(value.get(name) or "") for name in fields))
            for key, value in self.analysis.get("contexts", {}).items()
        }

    @cached_property
    def algorithms(self) -> list[str]:
        found = {context.algorithm for context in self.contexts.values() if context.algorithm and context.runtime}
        return sorted(found, key=lambda name: (ALGORITHMS.index(name) if name in ALGORITHMS else 9, name))

    @cached_property
    def runtimes(self) -> list[str]:
        """The newest version of each family first."""
        found = {context.runtime for context in self.contexts.values() if context.runtime}
        order = {name: index for index, name in enumerate(FAMILIES)}
        return sorted(found, key=lambda name: (order.get(family(name), 9), [-part for part in _version(name)], name))

    @cached_property
    def newest(self) -> list[str]:
        """One runtime of each family."""
        seen: dict[str, str] = {}
        for runtime in self.runtimes:
            seen.setdefault(family(runtime), runtime)
        return list(seen.values())

    @cached_property
    def roles(self) -> list[str]:
        found = {str(row.get("role")) for row in self.contenders}
        return [role for role in ROLES if role in found]

    def context_words(self, context: Context) -> str:
        parts = [context.algorithm, runtime_title(context.runtime) if context.runtime else ""]
        parts += [
            profile_title(context.profile) if context.profile else "",
            client_title(context.client) if context.client else "",
        ]
        parts += [context.cell]
        return ", ".join(part for part in parts if part)

    # --- figures and claims ----------------------------------------------------------------------

    @cached_property
    def figures(self) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
        """(metric, context id) -> contender -> figure."""
        found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        for figure in self.analysis.get("figures", []):
            found.setdefault((figure["metric"], figure["context"]), {})[figure["contender"]] = figure
        return found

    @cached_property
    def claims(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """(metric, context id) -> claims, in the contenders' order."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for claim in self.analysis.get("claims", []):
            found.setdefault((claim["metric"], claim["context"]), []).append(claim)
        for rows in found.values():
            rows.sort(key=lambda claim: (self.place(claim["subject"]), self.place(claim["reference"])))
        return found

    def claim(self, metric: str, context: str, subject: str, reference: str | None = None) -> dict[str, Any] | None:
        """The claim about a subject; without a reference, the one against the reference of its own runtime."""
        rows = [claim for claim in self.claims.get((metric, context), []) if claim["subject"] == subject]
        own = reference or REFERENCES.get(family(self.contexts[context].runtime))
        return next((claim for claim in rows if claim["reference"] == own), rows[0] if rows and not reference else None)

    @cached_property
    def rivals(self) -> list[dict[str, Any]]:
        """Claims about two that somebody would choose between, whatever the reference of their runtime."""
        rows = [claim for claim in self.analysis.get("rivals", []) if claim["context"] in self.contexts]
        return sorted(rows, key=lambda claim: (self.place(claim["subject"]), self.place(claim["reference"])))

    @cached_property
    def sentinels(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(entry["metric"], entry["context"]): entry for entry in self.analysis.get("sentinels", [])}

    def primary(self, metric: str, algorithm: str, runtime: str, cell: str = "") -> Context | None:
        """The context that the page shows for a metric: most contenders, then the throttled profile, then the real client."""
        keys = [key for name, key in self.figures if name == metric]
        rows = [self.contexts[key] for key in keys if key in self.contexts]
        rows = [row for row in rows if (row.algorithm, row.runtime, row.cell) == (algorithm, runtime, cell)]

        def rank(row: Context) -> tuple[int, int, int, str]:
            crowd = len(self.figures[(metric, row.id)])
            return -crowd, _PROFILE_ORDER.get(row.profile, 9), _CLIENT_ORDER.get(row.client, 9), row.id

        return min(rows, key=rank) if rows else None

    def primaries(self, metric: str, cell: str = "") -> list[Context]:
        """One context for each algorithm and runtime that has the metric."""
        found = (self.primary(metric, algorithm, runtime, cell) for algorithm in self.algorithms for runtime in self.runtimes)
        return [context for context in found if context]

    def ordered(self, figures: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        return [figures[name] for name in sorted(figures, key=self.place)]

    def base(self, metric: str, name: str, algorithm: str | None = None) -> tuple[Context, dict[str, Any]] | None:
        """A contender's figure where the summary looks: the first algorithm, the newest runtime of its family."""
        kind = family(str(self.by_name.get(name, {}).get("runtime", "")))
        cell = BASE_CELL if metric in ("warm", "warm_cpu") else ""
        for wanted in [algorithm] if algorithm else self.algorithms:
            for runtime in [runtime for runtime in self.runtimes if family(runtime) == kind]:
                context = self.primary(metric, wanted, runtime, cell)
                figure = self.figures[(metric, context.id)].get(name) if context else None
                if context and figure:
                    return context, figure
        return None


def profile_title(profile: str) -> str:
    return {
        "edge-viewer": "modelled 128 MB function",
        "free": "no CPU limit",
        "unthrottled": "128 MB function, but unthrottled",
    }.get(profile, profile)


def client_title(client: str) -> str:
    return {"ric": "the real runtime client", "thin": "our thin runtime client"}.get(client, client)
