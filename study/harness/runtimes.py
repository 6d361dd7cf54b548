"""The labels of runtimes: a family and a version, such as node24 or python3.11; workerd has no version in its label."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LABEL = re.compile(r"([a-z]*)([\d.]*)")
TITLES = {"node": "Node", "python": "Python"}


def family_of(label: str | None) -> str:
    """node24 -> node"""
    return _parts(label)[0]


def version_of(label: str | None) -> tuple[int, ...]:
    """node24 -> (24,), python3.11 -> (3, 11): the newest is the largest."""
    return tuple(int(part) for part in _parts(label)[1].split(".") if part)


def newest(labels: Iterable[str]) -> str:
    return max(labels, key=version_of)


def _parts(label: str | None) -> tuple[str, str]:
    found = _LABEL.match(label or "")
    assert found is not None  # both parts may be empty
    return found[1], found[2]
