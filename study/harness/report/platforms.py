"""Limits of the platforms, from study/platforms.toml (a copy may be kept in choice.json)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from .data import Data

STUDY = Path(__file__).resolve().parents[2]


def _toml(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((STUDY / name).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}


def _kept(data: Data, name: str) -> dict[str, Any]:
    """The copy that the run keeps, so that its page does not change with a newer file."""
    kept = ((data.choice or {}).get("data") or {}).get(name)
    return kept if isinstance(kept, dict) else {}


def platforms(data: Data) -> dict[str, Any]:
    kept = _kept(data, "platforms")
    return kept or _toml("platforms.toml")


def prices(data: Data) -> dict[str, Any]:
    kept = _kept(data, "prices")
    return kept or _toml("prices.toml")


def rows(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The platforms of a document, whether it holds them itself or below `platforms`."""
    inner = document.get("platforms", document)
    return {str(key): value for key, value in inner.items() if isinstance(value, dict)} if isinstance(inner, dict) else {}


def size_limits(data: Data, family: str) -> list[tuple[float, str]]:
    """Compressed size limits that concern a runtime family, smallest first, equal ones together."""
    found: dict[float, list[str]] = {}
    for entry in rows(platforms(data)).values():
        if family not in entry.get("runtimes", []):
            continue
        title = str(entry.get("title", "")).split(",")[0]
        words = {
            "zip": title,
            "zip_older": f"{title}, older",
            "compressed": f"{title}, paid",
            "compressed_free": f"{title}, free",
        }
        for key, word in words.items():
            if isinstance(entry.get(key), int | float):
                names = found.setdefault(float(entry[key]), [])
                if word not in names:
                    names.append(word)
    return [
        (limit, f"{limit / 2**20:g} MiB {' and '.join(names) if len(names) < 3 else names[0] + ' …'}")
        for limit, names in sorted(found.items())
    ]
