"""Recorded values of any kind, as words."""

from __future__ import annotations

from typing import Any

from .text import significant


def words(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(words(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key} {words(item)}" for key, item in value.items())
    return str(value)
